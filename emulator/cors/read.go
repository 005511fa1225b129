package cors

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/cosemu/cosemu/emulator/coserr"
)

// Parse reads a configuration document as a client sends it and judges it. A
// document over MaxXML is XMLSizeLimit, so no caller need read more than one
// byte past that; what is no XML or not of the documented form is MalformedXML
// (choice 131); for the rest see [Rules.Validate].
//
// To keep a configuration, keep the document as it came: written again by
// AppendXML it can be longer than MaxXML.
func Parse(doc []byte) (*Rules, *coserr.Error) {
	if len(doc) > MaxXML {
		return nil, coserr.New(coserr.XMLSizeLimit)
	}
	return parse(doc)
}

func parse(doc []byte) (*Rules, *coserr.Error) {
	doc = bytes.TrimPrefix(doc, []byte("\ufeff")) // .NET writes a byte order mark
	x := &reader{dec: xml.NewDecoder(bytes.NewReader(doc))}
	r, err := x.document()
	if err != nil {
		return nil, coserr.New(coserr.MalformedXML).WithCause(err)
	}
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return r, nil
}

func malformed(why string) *coserr.Error {
	return coserr.New(coserr.MalformedXML).WithCause(errors.New(why))
}

func invalid(message string) *coserr.Error {
	return coserr.New(coserr.InvalidRequest).WithMessage(message)
}

// reader takes a document apart token by token, three levels deep and no
// deeper, so that its work and memory are bounded by the document's length.
// The decoder knows no entities beside the five and no charset beside UTF-8.
type reader struct{ dec *xml.Decoder }

// document reads the one root element and what is around it.
func (x *reader) document() (*Rules, error) {
	var r *Rules
	for {
		token, err := x.dec.Token()
		if errors.Is(err, io.EOF) && r != nil {
			return r, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if r != nil || t.Name.Local != "CORSConfiguration" {
				return nil, unexpected(t.Name.Local)
			}
			if r, err = x.configuration(); err != nil {
				return nil, err
			}
		default:
			if err := between(t); err != nil {
				return nil, err
			}
		}
	}
}

func (x *reader) configuration() (*Rules, error) {
	r := new(Rules)
	return r, x.children(func(name string) error {
		switch {
		case name == "CORSRule" && len(r.Rules) <= MaxRules: // one too many, for Validate to see
			rule, err := x.rule()
			r.Rules = append(r.Rules, rule)
			return err
		case name == "ResponseVary" && r.ResponseVary == nil:
			return x.flag(&r.ResponseVary)
		}
		return unexpected(name)
	})
}

func (x *reader) rule() (Rule, error) {
	var r Rule
	var id *string
	err := x.children(func(name string) error {
		switch {
		case name == "AllowedOrigin":
			text, err := x.text()
			r.AllowedOrigins = append(r.AllowedOrigins, text)
			return err
		case name == "AllowedMethod":
			text, err := x.text()
			r.AllowedMethods = append(r.AllowedMethods, text)
			return err
		case name == "AllowedHeader":
			return x.optional(&r.AllowedHeaders)
		case name == "ExposeHeader":
			return x.optional(&r.ExposeHeaders)
		case name == "MaxAgeSeconds" && r.MaxAge == nil:
			return x.number(&r.MaxAge)
		case name == "ID" && id == nil:
			text, err := x.text()
			id = &text
			return err
		}
		return unexpected(name) // unknown, or a second one where one may be
	})
	if id != nil {
		r.ID = *id
	}
	return r, err
}

// children calls each for every element inside the one that was just opened,
// until that one ends. Each must consume its element.
func (x *reader) children(each func(name string) error) error {
	for {
		token, err := x.dec.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = each(t.Name.Local) // any namespace: S3 tools send theirs
		case xml.EndElement:
			return nil
		default:
			err = between(t)
		}
		if err != nil {
			return err
		}
	}
}

// text is the content of the element that was just opened, as it is.
func (x *reader) text() (string, error) {
	var text []byte
	for {
		token, err := x.dec.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			text = append(text, t...)
		case xml.EndElement:
			return string(text), nil
		case xml.StartElement:
			return "", unexpected(t.Name.Local)
		case xml.Directive:
			return "", errDirective
		}
	}
}

// optional appends the content unless it is empty, which is as if the element
// was not there; SDKs write such.
func (x *reader) optional(list *[]string) error {
	text, err := x.text()
	if text != "" {
		*list = append(*list, text)
	}
	return err
}

func (x *reader) number(to **int) error {
	text, err := x.text()
	if err != nil || text == "" {
		return err
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return fmt.Errorf("MaxAgeSeconds: %w", err)
	}
	*to = new(int(n))
	return nil
}

func (x *reader) flag(to **bool) error {
	text, err := x.text()
	switch {
	case err != nil || text == "":
		return err
	case text == "true" || text == "false":
		*to = new(text == "true")
		return nil
	}
	return errors.New("ResponseVary is neither true nor false")
}

// between accepts what may stand between elements: blanks, comments and
// processing instructions, the declaration among them.
func between(token xml.Token) error {
	switch t := token.(type) {
	case xml.CharData:
		if len(bytes.TrimSpace(t)) > 0 {
			return errors.New("text between elements")
		}
	case xml.Directive:
		return errDirective
	}
	return nil
}

var errDirective = errors.New("a document type is not allowed")

func unexpected(name string) error {
	return fmt.Errorf("unexpected element %.64q", name)
}
