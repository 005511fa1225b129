package policy

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cosemu/cosemu/emulator/internal/jsondoc"
)

// statement is one statement, taken apart.
type statement struct {
	effect     Effect
	everyone   bool // it has no principal: it is no bucket's
	principals []principal
	actions    []action
	resources  []resource
	conditions []condition
	start, end int // its JSON in the document
}

// parse reads a document. Names of elements may have any letter case: the pages
// write them in lower case and with a capital (choice 259).
func parse(doc []byte, where Where) (*Policy, *ParseError) {
	if err := checkLength(doc, where); err != nil {
		return nil, err
	}
	if !utf8.Valid(doc) {
		return nil, wrong(PartSyntax, "", "it is not UTF-8")
	}
	if err := jsondoc.Bound(doc); err != nil {
		return nil, wrong(PartSyntax, "", "%s", err)
	}
	doc = bytes.TrimPrefix(bytes.Clone(doc), []byte("\ufeff")) // .NET writes a byte order mark
	x := newReader(doc)
	p := &Policy{where: where, doc: doc}
	var version bool
	var principals []principal
	err := x.object(PartSyntax, "", true, func(name, place string) (err *ParseError) {
		switch strings.ToLower(name) {
		case "version":
			version = true
			return x.version(place)
		case "principal":
			principals, err = x.principals(place)
			return err
		case "statement":
			return x.statements(place, p)
		}
		return x.other(PartSyntax, name, place)
	})
	if err == nil {
		err = x.end()
	}
	if err != nil {
		return nil, err
	}
	if !version {
		return nil, wrong(PartVersion, "version", `it is missing: want "version": "2.0"`)
	}
	if err := p.finish(principals); err != nil {
		return nil, err
	}
	return p, nil
}

// finish checks the document as a whole and gives each statement its principals.
func (p *Policy) finish(principals []principal) *ParseError {
	if len(p.statements) == 0 {
		return wrong(PartStatement, "statement", "it is missing")
	}
	for i := range p.statements {
		s := &p.statements[i]
		switch {
		case p.where != Bucket:
			s.principals, s.everyone = nil, true
		case s.principals == nil && principals == nil:
			return wrong(PartPrincipal, "statement["+strconv.Itoa(i)+"]", "a bucket's policy needs a principal, here or at the top")
		case s.principals == nil:
			s.principals = principals
		}
		for j := range s.resources {
			p.short = p.short || s.resources[j].short
		}
	}
	return nil
}

// version reads the version, which must be 2.0 (choice 263).
func (x *reader) version(place string) *ParseError {
	s, err := x.text(PartVersion, place)
	if err == nil && s != "2.0" {
		err = wrong(PartVersion, place, `only "2.0" is supported, not %.64q`, s)
	}
	return err
}

// other ignores the names that consoles give to policies and statements, and
// refuses every other element: a misspelt condition must not make a policy wider
// than it was meant (choice 251).
func (x *reader) other(part Part, name, place string) *ParseError {
	switch strings.ToLower(name) {
	case "id", "sid":
		_, err := x.text(part, place)
		return err
	}
	return wrong(part, place, "there is no such element in a policy")
}

// statements reads the statements, which must be a list even if there is one
// (choice 263).
func (x *reader) statements(place string, p *Policy) *ParseError {
	t, err := x.token(place)
	if err != nil {
		return err
	}
	if t != json.Delim('[') {
		return wrong(PartStatement, place, "a list […] is wanted here, not %s", kind(t))
	}
	for i := 0; x.dec.More(); i++ {
		inner := place + "[" + strconv.Itoa(i) + "]"
		s, err := x.statement(inner)
		if err != nil {
			return err
		}
		p.statements = append(p.statements, s)
	}
	if len(p.statements) == 0 {
		return wrong(PartStatement, place, "the list is empty")
	}
	_, err = x.token(place) // the closing bracket
	return err
}

func (x *reader) statement(place string) (statement, *ParseError) {
	var s statement
	// Between the comma and the brace there are blanks only.
	at := int(x.dec.InputOffset())
	s.start = at + max(bytes.IndexByte(x.doc[at:], '{'), 0)
	err := x.object(PartStatement, place, true, func(name, place string) (err *ParseError) {
		switch strings.ToLower(name) {
		case "effect":
			s.effect, err = x.effect(place)
		case "principal":
			s.principals, err = x.principals(place)
		case "action":
			s.actions, err = x.actions(place)
		case "resource":
			s.resources, err = x.resources(place)
		case "condition":
			s.conditions, err = x.conditions(place)
		default:
			err = x.other(PartStatement, name, place)
		}
		return err
	})
	s.end = int(x.dec.InputOffset())
	switch {
	case err != nil:
		return s, err
	case s.effect == None:
		return s, wrong(PartEffect, place, "effect is missing: want allow or deny")
	case s.actions == nil:
		return s, wrong(PartAction, place, "action is missing")
	case s.resources == nil:
		return s, wrong(PartResource, place, "resource is missing")
	}
	return s, nil
}

// effect is written in lower case, or with a first capital.
func (x *reader) effect(place string) (Effect, *ParseError) {
	s, err := x.text(PartEffect, place)
	switch {
	case err != nil:
		return None, err
	case strings.EqualFold(s, "allow"):
		return Allow, nil
	case strings.EqualFold(s, "deny"):
		return Deny, nil
	}
	return None, wrong(PartEffect, place, "want allow or deny, not %.64q", s)
}

func (x *reader) actions(place string) (list []action, err *ParseError) {
	err = x.texts(PartAction, place, func(s, place string) *ParseError {
		a, err := parseAction(s, place)
		list = append(list, a)
		return err
	})
	return list, err
}

func (x *reader) resources(place string) (list []resource, err *ParseError) {
	err = x.texts(PartResource, place, func(s, place string) *ParseError {
		r, err := parseResource(s, place)
		list = append(list, r)
		return err
	})
	return list, err
}

// principals reads "*", or {"qcs": […]} with one principal or several.
func (x *reader) principals(place string) (list []principal, err *ParseError) {
	list = []principal{}
	add := func(s, place string) *ParseError {
		p, err := parsePrincipal(s, place)
		list = append(list, p)
		return err
	}
	if x.peek() != '{' {
		s, err := x.text(PartPrincipal, place)
		if err != nil {
			return nil, err
		}
		if s != "*" {
			return nil, wrong(PartPrincipal, place, `want "*" or {"qcs": […]}, not %.64q`, s)
		}
		return list, add(s, place)
	}
	err = x.object(PartPrincipal, place, false, func(name, place string) *ParseError {
		if name != "qcs" {
			return wrong(PartPrincipal, place, `want "qcs" here`)
		}
		return x.texts(PartPrincipal, place, add)
	})
	if err == nil && len(list) == 0 {
		err = wrong(PartPrincipal, place, "it names nobody")
	}
	return list, err
}

// peek is the first byte of the value that comes next; 0 at the end.
func (x *reader) peek() byte {
	rest := bytes.TrimLeft(x.doc[x.dec.InputOffset():], " \t\r\n:")
	if len(rest) == 0 {
		return 0
	}
	return rest[0]
}
