package fault

import (
	"bytes"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/call"
)

// spoilCRC64 changes the CRC-64 of an answer: the header, and elements of its XML
// (choice 767).
func spoilCRC64(rep *call.Reply) {
	change := func(v string) string {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			return v
		}
		return strconv.FormatUint(n^1, 10)
	}
	spoilHeader(rep, "x-cos-hash-crc64ecma", change)
	spoilElements(rep, "CRC64", change)
}

// spoilETag changes the ETag of an answer: the header, and elements of its XML.
func spoilETag(rep *call.Reply) {
	spoilHeader(rep, "ETag", otherETag)
	spoilElements(rep, "ETag", otherETag)
}

// otherETag changes the first hex digit, which stands behind a quote that may be
// escaped.
func otherETag(v string) string {
	b := []byte(v)
	i := 0
	for _, quote := range []string{"&quot;", `"`} {
		if bytes.HasPrefix(b, []byte(quote)) {
			i = len(quote)
			break
		}
	}
	if i == len(b) {
		return v
	}
	if b[i] == '0' {
		b[i] = '1'
	} else {
		b[i] = '0'
	}
	return string(b)
}

func spoilHeader(rep *call.Reply, name string, change func(string) string) {
	for i := range rep.Header {
		if rep.Header[i].Name == name {
			rep.Header[i].Value = change(rep.Header[i].Value)
		}
	}
}

// spoilElements changes the text of elements in a document that is no error.
func spoilElements(rep *call.Reply, name string, change func(string) string) {
	begin, end := []byte("<"+name+">"), []byte("</"+name+">")
	if rep.Err != nil || !bytes.Contains(rep.Body, begin) {
		return
	}
	var out []byte
	rest := rep.Body
	for {
		before, after, found := bytes.Cut(rest, begin)
		out = append(out, before...)
		if !found {
			break
		}
		text, tail, closed := bytes.Cut(after, end)
		out = append(out, begin...)
		if !closed {
			out = append(out, after...)
			break
		}
		out = append(append(out, change(string(text))...), end...)
		rest = tail
	}
	rep.Body = out
}
