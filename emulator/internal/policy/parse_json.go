package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// reader reads a document token by token. Its caller knows what may stand at each
// place, so deeper nesting than a policy's is refused where it begins.
type reader struct {
	doc []byte
	dec *json.Decoder
}

func newReader(doc []byte) *reader {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber() // a length must not go through a float
	return &reader{doc: doc, dec: dec}
}

// token reads the next token. If it is no JSON the error names the line.
func (x *reader) token(place string) (json.Token, *ParseError) {
	t, err := x.dec.Token()
	if err == nil {
		return t, nil
	}
	return nil, x.syntax(place, err)
}

func (x *reader) syntax(place string, err error) *ParseError {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return wrong(PartSyntax, place, "the JSON ends too early")
	}
	// Between tokens the decoder stands before the blanks and separators that
	// precede the byte it stumbled over; within one it counts that byte.
	at := int(x.dec.InputOffset())
	var s *json.SyntaxError
	if errors.As(err, &s) && int(s.Offset) != at {
		at = int(s.Offset) - 1
	} else {
		at = len(x.doc) - len(bytes.TrimLeft(x.doc[at:], " \t\r\n,:"))
	}
	at = max(min(at, len(x.doc)), 0)
	return wrong(PartSyntax, place, "no JSON, line %d: %s", 1+bytes.Count(x.doc[:at], []byte{'\n'}), err)
}

// object calls each for every member of an object; each must read the value. A
// name that occurs twice is refused, with fold also in another letter case:
// readers disagree on which one counts, and the other may forbid something
// (choice 252).
func (x *reader) object(part Part, place string, fold bool, each func(name, place string) *ParseError) *ParseError {
	t, err := x.token(place)
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return wrong(part, place, "an object {…} is wanted here, not %s", kind(t))
	}
	seen := make(map[string]bool, 8)
	for x.dec.More() {
		t, err := x.token(place)
		if err != nil {
			return err
		}
		name, _ := t.(string) // the decoder lets nothing else be a name
		inner := join(place, name)
		key := name
		if fold {
			key = strings.ToLower(name)
		}
		if seen[key] {
			return wrong(part, inner, "it stands here twice")
		}
		seen[key] = true
		if err := each(name, inner); err != nil {
			return err
		}
	}
	_, err = x.token(place) // the closing brace
	return err
}

// list calls each for every element of a list, or once for a single value, which
// may stand for a list of one (CAM docs: 语法结构). An empty list is refused.
func (x *reader) list(part Part, place string, each func(t json.Token, place string) *ParseError) *ParseError {
	t, err := x.token(place)
	if err != nil {
		return err
	}
	if t != json.Delim('[') {
		return each(t, place)
	}
	n := 0
	for ; x.dec.More(); n++ {
		inner := place + "[" + strconv.Itoa(n) + "]"
		t, err := x.token(inner)
		if err != nil {
			return err
		}
		if err := each(t, inner); err != nil {
			return err
		}
	}
	if n == 0 {
		return wrong(part, place, "the list is empty")
	}
	_, err = x.token(place) // the closing bracket
	return err
}

// text reads one text.
func (x *reader) text(part Part, place string) (string, *ParseError) {
	t, err := x.token(place)
	if err != nil {
		return "", err
	}
	return asText(part, place, t)
}

// texts reads a text or a list of them.
func (x *reader) texts(part Part, place string, each func(s, place string) *ParseError) *ParseError {
	return x.list(part, place, func(t json.Token, place string) *ParseError {
		s, err := asText(part, place, t)
		if err != nil {
			return err
		}
		return each(s, place)
	})
}

func asText(part Part, place string, t json.Token) (string, *ParseError) {
	s, ok := t.(string)
	if !ok {
		return "", wrong(part, place, "a text is wanted here, not %s", kind(t))
	}
	return s, nil
}

// end refuses what follows the document.
func (x *reader) end() *ParseError {
	if _, err := x.dec.Token(); !errors.Is(err, io.EOF) {
		return wrong(PartSyntax, "", "something follows the document's end")
	}
	return nil
}

// kind names what a token is.
func kind(t json.Token) string {
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			return "a list"
		}
		return "an object"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case nil:
		return "null"
	}
	return "a number"
}

// join is the place of a member, shortened: it goes into messages and logs.
func join(place, name string) string {
	const longest = 64
	if len(name) > longest {
		name = name[:longest] + "…"
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		name = strconv.Quote(name)
	}
	if place == "" {
		return name
	}
	return place + "." + name
}
