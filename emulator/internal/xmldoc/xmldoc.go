// Package xmldoc reads the XML documents of requests and writes those of answers:
// one [Reader] for all of them, with bounded work and memory whatever comes, and
// one [Writer].
//
// The reader knows the five entities and character references, and no charset
// beside UTF-8; a document type is refused. Names count without their namespace:
// S3 tools send theirs.
package xmldoc

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

const (
	// MaxDepth is how many elements may stand in one another; the deepest
	// document of the API has six.
	MaxDepth = 16
	// MaxTag is the longest tag in bytes, with its name and attributes: those
	// take twenty times their text, and the decoder has no bound for them.
	MaxTag = 8 << 10
	// MaxText is the longest text of an element in bytes, as it is written, and
	// the longest comment; the longest of the API is a key, each byte of it
	// escaped.
	MaxText = 64 << 10
	// MaxTokens is how many elements, texts and comments a document may have in
	// all. A Complete with 10,000 parts, indented and with checksums, has 120,000;
	// the shortest have three bytes and take thirty times that to read.
	MaxTokens = 140_000
)

// What a document may not have.
var (
	errDepth     = fmt.Errorf("elements are more than %d deep", MaxDepth)
	errTag       = fmt.Errorf("a tag is longer than %d bytes", MaxTag)
	errText      = fmt.Errorf("a text is longer than %d bytes", MaxText)
	errTokens    = fmt.Errorf("it has more than %d elements and texts", MaxTokens)
	errDirective = errors.New("a document type is not allowed")
	errBetween   = errors.New("text between elements")
)

// Reader takes a document apart, token by token. Its errors say what is wrong
// with the document.
type Reader struct {
	src   source
	dec   *xml.Decoder
	depth int
	count int // of tokens, but for the ends of elements
}

// New returns a reader of one document.
func New(doc []byte) *Reader {
	doc = bytes.TrimPrefix(doc, []byte("\ufeff")) // .NET writes a byte order mark
	r := &Reader{src: source{doc: doc}}
	r.dec = xml.NewDecoder(&r.src)
	return r
}

// source is a document that ends early where a tag or a text is too long.
type source struct {
	doc       []byte
	at, limit int
	beyond    error // what is wrong with a document that goes past limit
}

// ReadByte implements io.ByteReader, by which the decoder reads.
func (s *source) ReadByte() (byte, error) {
	switch s.at {
	case len(s.doc):
		return 0, io.EOF
	case s.limit:
		return 0, s.beyond
	}
	s.at++
	return s.doc[s.at-1], nil
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := s.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// Token is the next token, and io.EOF behind the document.
func (r *Reader) Token() (xml.Token, error) {
	start := int(r.dec.InputOffset())
	r.src.limit, r.src.beyond = start+MaxText+len("<"), errText // of what follows a text, one byte is read
	if rest := r.src.doc[start:]; len(rest) > MaxTag && rest[0] == '<' && rest[1] != '!' && rest[1] != '?' {
		r.src.limit, r.src.beyond = start+MaxTag, errTag
	}
	t, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	if _, end := t.(xml.EndElement); !end {
		if r.count++; r.count > MaxTokens {
			return nil, errTokens
		}
	}
	switch t.(type) {
	case xml.StartElement:
		if r.depth++; r.depth > MaxDepth {
			return nil, errDepth
		}
	case xml.EndElement:
		r.depth--
	case xml.Directive:
		return nil, errDirective
	}
	return t, nil
}

// Document reads a document whose one element has that name, and calls each as
// Children does.
func (r *Reader) Document(name string, each func(name string) error) error {
	seen := false
	for {
		token, err := r.Token()
		if errors.Is(err, io.EOF) && seen {
			return nil
		}
		if err != nil {
			return err
		}
		t, start := token.(xml.StartElement)
		switch {
		case start && (seen || t.Name.Local != name):
			return Unexpected(t.Name.Local)
		case start:
			seen = true
			err = inside(r.Children(each))
		default:
			err = between(token)
		}
		if err != nil {
			return err
		}
	}
}

// Children calls each for every element in the one that was just opened, until
// that one ends. Each must consume its element, by Children, Text or Skip.
func (r *Reader) Children(each func(name string) error) error {
	for {
		token, err := r.Token()
		if err != nil {
			return inside(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = each(t.Name.Local)
		case xml.EndElement:
			return nil
		default:
			err = between(token)
		}
		if err != nil {
			return err
		}
	}
}

// Text is the content of the element that was just opened, as it is; it may
// hold no further elements.
func (r *Reader) Text() (string, error) {
	var text []byte
	for {
		token, err := r.Token()
		if err != nil {
			return "", inside(err)
		}
		switch t := token.(type) {
		case xml.CharData:
			if len(text)+len(t) > MaxText {
				return "", errText
			}
			text = append(text, t...)
		case xml.EndElement:
			return string(text), nil
		case xml.StartElement:
			return "", Unexpected(t.Name.Local)
		}
	}
}

// Once is Text for an element that may stand there one time: to must be nil.
func (r *Reader) Once(to **string) error {
	if *to != nil {
		return errors.New("an element stands twice")
	}
	text, err := r.Text()
	*to = &text
	return err
}

// Skip passes over the element that was just opened.
func (r *Reader) Skip() error {
	for outer := r.depth - 1; r.depth > outer; {
		if _, err := r.Token(); err != nil {
			return inside(err)
		}
	}
	return nil
}

// Decode reads a document into a struct, as xml.Unmarshal does, and nothing
// behind it.
func Decode(doc []byte, into any) error {
	r := New(doc)
	if err := xml.NewTokenDecoder(r).Decode(into); err != nil {
		return err
	}
	for {
		token, err := r.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if t, start := token.(xml.StartElement); start {
			return Unexpected(t.Name.Local)
		}
		if err := between(token); err != nil {
			return err
		}
	}
}

// between judges what stands between elements: blanks, comments and processing
// instructions, the declaration among them.
func between(token xml.Token) error {
	if t, ok := token.(xml.CharData); ok && len(bytes.TrimSpace(t)) > 0 {
		return errBetween
	}
	return nil
}

// inside is the error of an element: there, the end comes too soon.
func inside(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Unexpected is the error of an element that may not stand where it stands.
func Unexpected(name string) error { return fmt.Errorf("unexpected element %.64q", name) }
