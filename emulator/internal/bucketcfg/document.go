// Package bucketcfg reads the configuration documents of a bucket, CORS apart:
// tags, referer list, strict signature rules, lifecycle, and those that switch
// something (switches.go). The referer list and the signature rules are evaluated
// here too; package authz asks them (COS docs: Bucket 接口).
//
// A document that is not in the documented form is MalformedXML (choice 193).
// Reading takes time and memory linear in its length.
package bucketcfg

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
)

const (
	// MaxXML is the largest document in bytes. COS documents 64 KB for CORS,
	// and no other limit.
	MaxXML = 64 << 10
	// MaxLifecycleXML is the largest lifecycle document, which may have a
	// thousand rules.
	MaxLifecycleXML = 1 << 20

	maxNodes = 50_000 // elements of a document
)

// node is an element: a name with a text, or with further elements.
type node struct {
	name, text string
	kids       []node
}

// kid returns the text of the first element of that name, "" for none.
func (n *node) kid(name string) string {
	for i := range n.kids {
		if n.kids[i].name == name {
			return n.kids[i].text
		}
	}
	return ""
}

// all returns what stands in the element list, itself optional.
func (n *node) all(list string) []string {
	var texts []string
	for i := range n.kids {
		if n.kids[i].name != list {
			continue
		}
		for _, item := range n.kids[i].kids {
			texts = append(texts, item.text)
		}
	}
	return texts
}

// read reads a document that must have this shape.
func read(doc []byte, s *shape) (*node, *coserr.Error) {
	r := &reader{doc: xmldoc.New(doc), left: maxNodes}
	var top node
	err := r.content(&top, true)
	switch {
	case err == nil:
		err = errors.New("an end without a beginning")
	case errors.Is(err, io.EOF) && len(top.kids) == 1 && top.kids[0].name == s.name:
		err = s.judge(&top.kids[0])
	case errors.Is(err, io.EOF):
		err = fmt.Errorf("not one element %s", s.name)
	}
	if err != nil {
		return nil, malformed(err)
	}
	return &top.kids[0], nil
}

func malformed(why error) *coserr.Error { return coserr.New(coserr.MalformedXML).WithCause(why) }

type reader struct {
	doc  *xmldoc.Reader
	left int // elements that may still come
}

// content reads until the element that was just opened ends; outside, until the
// document does.
func (r *reader) content(n *node, outside bool) error {
	var text []byte
	for {
		token, err := r.doc.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if r.left--; r.left < 0 {
				return errors.New("too many elements")
			}
			n.kids = append(n.kids, node{name: t.Name.Local})
			if err := r.content(&n.kids[len(n.kids)-1], false); err != nil {
				return early(err)
			}
		case xml.EndElement:
			n.text = string(text)
			if len(n.kids) > 0 && strings.TrimSpace(n.text) != "" {
				return errors.New("text between elements")
			}
			return nil
		case xml.CharData:
			if outside && len(bytes.TrimSpace(t)) > 0 {
				return errors.New("text outside of the element")
			}
			text = append(text, t...)
		}
	}
}

// early turns the end of the document into the error that it is within an element.
func early(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// shape is what an element may contain.
type shape struct {
	name     string
	min, max int                    // how often it may occur
	kids     []shape                // none: it contains a text
	text     func(text string) bool // reports whether the text is allowed; nil: any is
	open     bool                   // it may contain further elements, which are ignored
}

func (s *shape) judge(n *node) error {
	if len(s.kids) == 0 {
		switch {
		case len(n.kids) > 0:
			return fmt.Errorf("unexpected element %.64q in %s", n.kids[0].name, s.name)
		case s.text != nil && !s.text(n.text):
			return fmt.Errorf("%s cannot be %.64q", s.name, n.text)
		}
		return nil
	}
	if len(n.kids) == 0 && strings.TrimSpace(n.text) != "" {
		return fmt.Errorf("text in %s", s.name)
	}
	count := make([]int, len(s.kids))
	for i := range n.kids {
		at := s.find(n.kids[i].name)
		if at < 0 && s.open {
			continue
		}
		if at < 0 {
			return fmt.Errorf("unexpected element %.64q in %s", n.kids[i].name, s.name)
		}
		count[at]++
		if err := s.kids[at].judge(&n.kids[i]); err != nil {
			return err
		}
	}
	for i := range s.kids {
		if count[i] < s.kids[i].min || count[i] > s.kids[i].max {
			return fmt.Errorf("%d times %s in %s", count[i], s.kids[i].name, s.name)
		}
	}
	return nil
}

func (s *shape) find(name string) int {
	for i := range s.kids {
		if s.kids[i].name == name {
			return i
		}
	}
	return -1
}

// one occurs once, option at most once, some up to maximum times.
func one(name string, text func(string) bool) shape {
	return shape{name: name, min: 1, max: 1, text: text}
}

func option(name string, text func(string) bool) shape { return shape{name: name, max: 1, text: text} }

func some(minimum, maximum int, name string, kids ...shape) shape {
	return shape{name: name, min: minimum, max: maximum, kids: kids}
}

func oneOf(words ...string) func(string) bool {
	return func(text string) bool {
		for _, w := range words {
			if text == w {
				return true
			}
		}
		return false
	}
}

func digits(s string) bool { return chars.Digits(s, 9) }

func filled(text string) bool { return text != "" }
