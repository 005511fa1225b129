package cors

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
)

// Parse reads a configuration document and validates it. One longer than MaxXML is
// XMLSizeLimit, and one that is not in the documented form MalformedXML (choice
// 131); for the rest see [Rules.Validate].
//
// Store the document as it came: AppendXML may write one longer than MaxXML.
func Parse(doc []byte) (*Rules, *coserr.Error) {
	if len(doc) > MaxXML {
		return nil, coserr.New(coserr.XMLSizeLimit)
	}
	return parse(doc)
}

func parse(doc []byte) (*Rules, *coserr.Error) {
	r, err := reader{xmldoc.New(doc)}.document()
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

// reader reads a configuration.
type reader struct{ *xmldoc.Reader }

func (x reader) document() (*Rules, error) {
	r := new(Rules)
	return r, x.Document("CORSConfiguration", func(name string) error {
		switch {
		case name == "CORSRule" && len(r.Rules) <= MaxRules: // one too many, for Validate to see
			rule, err := x.rule()
			r.Rules = append(r.Rules, rule)
			return err
		case name == "ResponseVary" && r.ResponseVary == nil:
			return x.flag(&r.ResponseVary)
		}
		return xmldoc.Unexpected(name)
	})
}

func (x reader) rule() (Rule, error) {
	var r Rule
	var id *string
	err := x.Children(func(name string) error {
		switch {
		case name == "AllowedOrigin":
			text, err := x.Text()
			r.AllowedOrigins = append(r.AllowedOrigins, text)
			return err
		case name == "AllowedMethod":
			text, err := x.Text()
			r.AllowedMethods = append(r.AllowedMethods, text)
			return err
		case name == "AllowedHeader":
			return x.optional(&r.AllowedHeaders)
		case name == "ExposeHeader":
			return x.optional(&r.ExposeHeaders)
		case name == "MaxAgeSeconds" && r.MaxAge == nil:
			return x.number(&r.MaxAge)
		case name == "ID" && id == nil:
			text, err := x.Text()
			id = &text
			return err
		}
		return xmldoc.Unexpected(name) // unknown, or a second one where one may be
	})
	if id != nil {
		r.ID = *id
	}
	return r, err
}

// optional appends the content unless it is empty: SDKs write empty elements where
// they mean none.
func (x reader) optional(list *[]string) error {
	text, err := x.Text()
	if text != "" {
		*list = append(*list, text)
	}
	return err
}

func (x reader) number(to **int) error {
	text, err := x.Text()
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

func (x reader) flag(to **bool) error {
	text, err := x.Text()
	switch {
	case err != nil || text == "":
		return err
	case text == "true" || text == "false":
		*to = new(text == "true")
		return nil
	}
	return errors.New("ResponseVary is neither true nor false")
}
