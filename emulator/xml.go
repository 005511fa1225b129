package emulator

import "github.com/cosemu/cosemu/emulator/coserr"

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

func (x *xmlWriter) open(name string) {
	x.line()
	x.buf = append(append(append(x.buf, '<'), name...), '>')
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

func (x *xmlWriter) end(name string) {
	x.buf = append(append(append(x.buf, "</"...), name...), '>')
}

func (x *xmlWriter) bytes() []byte { return x.buf }
