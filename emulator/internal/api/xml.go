package api

import (
	"slices"
	"strconv"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// xmlWriter writes result documents in the cloud's byte form: a tab a level,
// LF between lines, none at the end, an empty element as <Prefix/>, five
// characters escaped. The samples whose Content-Length is printed in the COS
// docs prove it; encoding/xml can produce none of them.
type xmlWriter struct {
	buf   []byte
	depth int
}

// newXML begins a document. Which results carry the declaration differs from
// call to call in the cloud.
func newXML(declaration bool) *xmlWriter {
	x := &xmlWriter{buf: make([]byte, 0, 1024)}
	if declaration {
		x.buf = append(x.buf, "<?xml version='1.0' encoding='utf-8' ?>"...)
	}
	return x
}

func (x *xmlWriter) line() {
	if len(x.buf) > 0 {
		x.buf = append(x.buf, '\n')
	}
	for range x.depth {
		x.buf = append(x.buf, '\t')
	}
}

// room makes room for n entries of a listing, with keys of ordinary length.
func (x *xmlWriter) room(n int) { x.buf = slices.Grow(x.buf, n*400) }

func (x *xmlWriter) begin(name string) {
	x.line()
	x.buf = append(append(append(x.buf, '<'), name...), '>')
}

func (x *xmlWriter) open(name string) {
	x.begin(name)
	x.depth++
}

// close ends an element; one that holds nothing becomes <Name/>.
func (x *xmlWriter) close(name string) {
	x.depth--
	if n := len(x.buf) - len(name) - 2; n >= 0 && string(x.buf[n:]) == "<"+name+">" {
		x.buf = append(x.buf[:len(x.buf)-1], "/>"...)
		return
	}
	x.line()
	x.end(name)
}

func (x *xmlWriter) text(name, value string) {
	x.line()
	x.buf = append(append(x.buf, '<'), name...)
	if value == "" {
		x.buf = append(x.buf, "/>"...)
		return
	}
	x.buf = coserr.AppendEscaped(append(x.buf, '>'), value)
	x.end(name)
}

func (x *xmlWriter) number(name string, n int64) {
	x.begin(name)
	x.buf = strconv.AppendInt(x.buf, n, 10)
	x.end(name)
}

// etag writes an ETag, which is in quotes here as everywhere.
func (x *xmlWriter) etag(tag string) {
	x.begin("ETag")
	x.buf = append(coserr.AppendEscaped(append(x.buf, "&quot;"...), tag), "&quot;"...)
	x.end("ETag")
}

// time writes the time of something listed: the milliseconds are always zero,
// also where the version's id has another (COS docs: samples of GET Bucket
// Object versions).
func (x *xmlWriter) time(name string, t time.Time) {
	x.begin(name)
	x.buf = append(t.UTC().AppendFormat(x.buf, "2006-01-02T15:04:05"), ".000Z"...)
	x.end(name)
}

func (x *xmlWriter) end(name string) {
	x.buf = append(append(append(x.buf, "</"...), name...), '>')
}

func (x *xmlWriter) bytes() []byte { return x.buf }
