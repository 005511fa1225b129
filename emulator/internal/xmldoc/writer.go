package xmldoc

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// The declarations of documents. Which of them a result carries, if any, differs
// from call to call in the cloud.
const (
	Declaration       = `<?xml version='1.0' encoding='utf-8' ?>`
	DoubleDeclaration = `<?xml version="1.0" encoding="UTF-8"?>` // of copies and of Complete
)

// Writer writes a document in the cloud's byte form: a tab a level, LF between
// lines, none at the end, an empty element as <Prefix/>, five characters
// escaped. The samples whose Content-Length is printed in the COS docs prove it;
// encoding/xml can produce none of them.
type Writer struct {
	buf   []byte
	start int // of the document in buf
	depth int
}

// NewWriter begins a document; declaration may be empty.
func NewWriter(declaration string) *Writer {
	w := Append(make([]byte, 0, 1024), declaration)
	return &w
}

// Append begins a document behind what dst holds.
func Append(dst []byte, declaration string) Writer {
	return Writer{buf: append(dst, declaration...), start: len(dst)}
}

// Grow makes room for n entries of a listing, with keys of ordinary length.
func (w *Writer) Grow(n int) { w.buf = slices.Grow(w.buf, n*400) }

// Bytes is the document, and what stood before it.
func (w *Writer) Bytes() []byte { return w.buf }

// Open begins an element that holds others.
func (w *Writer) Open(name string) {
	w.begin(name)
	w.depth++
}

// OpenWith is Open for an element with attributes, which are written as they are.
func (w *Writer) OpenWith(name, attributes string) {
	w.line()
	w.buf = append(append(append(append(append(w.buf, '<'), name...), ' '), attributes...), '>')
	w.depth++
}

// Close ends an element; one that holds nothing becomes <Name/>.
func (w *Writer) Close(name string) {
	w.depth--
	if n := len(w.buf) - len(name) - 2; n >= 0 && string(w.buf[n:]) == "<"+name+">" {
		w.buf = append(w.buf[:len(w.buf)-1], "/>"...)
		return
	}
	w.line()
	w.end(name)
}

// Text writes an element that holds a text; without one it becomes <Name/>.
func (w *Writer) Text(name, value string) {
	w.line()
	w.buf = append(append(w.buf, '<'), name...)
	if value == "" {
		w.buf = append(w.buf, "/>"...)
		return
	}
	w.buf = AppendEscaped(append(w.buf, '>'), value)
	w.end(name)
}

// Raw is Text for what must not be escaped: it holds nothing from outside.
func (w *Writer) Raw(name, value string) {
	w.begin(name)
	w.buf = append(w.buf, value...)
	w.end(name)
}

// Number writes an element that holds a number.
func (w *Writer) Number(name string, n int64) {
	w.begin(name)
	w.buf = strconv.AppendInt(w.buf, n, 10)
	w.end(name)
}

// Time writes an element that holds a time, in the form that time.Format knows.
func (w *Writer) Time(name string, t time.Time, layout string) {
	w.begin(name)
	w.buf = t.AppendFormat(w.buf, layout)
	w.end(name)
}

// ETag writes an ETag, which is in quotes here as everywhere.
func (w *Writer) ETag(tag string) {
	w.begin("ETag")
	w.buf = append(AppendEscaped(append(w.buf, "&quot;"...), tag), "&quot;"...)
	w.end("ETag")
}

func (w *Writer) line() {
	if len(w.buf) > w.start {
		w.buf = append(w.buf, '\n')
	}
	for range w.depth {
		w.buf = append(w.buf, '\t')
	}
}

func (w *Writer) begin(name string) {
	w.line()
	w.buf = append(append(append(w.buf, '<'), name...), '>')
}

func (w *Writer) end(name string) {
	w.buf = append(append(append(w.buf, "</"...), name...), '>')
}

// AppendEscaped appends a text and escapes & < > " and ', as COS does. Line feeds and tabs stay
// as they are (COS docs: OPTIONS Object).
//
// XML 1.0 has no form for most control characters and for bytes that are not UTF-8. They become
// U+FFFD, since a key may contain them and clients must be able to read the answer (choice 31). A
// carriage return becomes &#xD;, because XML readers turn a raw one into a line feed (choice 32).
func AppendEscaped(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c, size := s[i], 1
		var with string
		switch {
		case c == '&':
			with = "&amp;"
		case c == '<':
			with = "&lt;"
		case c == '>':
			with = "&gt;"
		case c == '"':
			with = "&quot;"
		case c == '\'':
			with = "&apos;"
		case c == '\r':
			with = "&#xD;"
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			if (r == utf8.RuneError && size == 1) || r == '\uFFFE' || r == '\uFFFF' {
				with = "\uFFFD"
			}
		case c < ' ' && c != '\n' && c != '\t':
			with = "\uFFFD"
		}
		if with != "" {
			dst = append(append(dst, s[start:i]...), with...)
			start = i + size
		}
		i += size
	}
	return append(dst, s[start:]...)
}
