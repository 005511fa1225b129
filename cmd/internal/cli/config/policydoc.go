package config

import (
	"encoding/json"
	"strings"

	"github.com/cosemu/cosemu/emulator"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// policyDoc is a policy as a place writes it: the document as a mapping, or as
// JSON in a text; any other text names a file that holds it.
type policyDoc struct {
	json string
	file string
}

func (p policyDoc) given() bool { return p.json != "" || p.file != "" }

// UnmarshalYAML takes a mapping or a text and refuses everything else.
func (p *policyDoc) UnmarshalYAML(n ast.Node) error {
	if _, ok := pairs(n); ok {
		var b strings.Builder
		appendJSON(&b, "", n)
		p.json = b.String()
		return nil
	}
	var t text
	if err := t.UnmarshalYAML(n); err != nil {
		return &yaml.SyntaxError{Message: "want a policy here, or the name of a file that holds one", Token: n.GetToken()}
	}
	*p = readPolicyText(string(t))
	return nil
}

func readPolicyText(s string) policyDoc {
	if strings.HasPrefix(strings.TrimSpace(s), "{") {
		return policyDoc{json: s}
	}
	return policyDoc{file: s}
}

// parse reads the policy; nil when none is given.
func (p policyDoc) parse() (*emulator.Policy, error) {
	doc := []byte(p.json)
	switch {
	case !p.given():
		return nil, nil
	case p.file != "":
		var err error
		if doc, err = readBounded(p.file); err != nil {
			return nil, err
		}
	}
	return emulator.ParseRights(doc)
}

// appendJSON writes a YAML node as JSON. Numbers stay as they were written, but
// for the version, which is a text also where it stands without quotes.
func appendJSON(b *strings.Builder, key string, n ast.Node) {
	if entries, ok := pairs(n); ok {
		b.WriteByte('{')
		for i, e := range entries {
			if i > 0 {
				b.WriteByte(',')
			}
			name := e.Key.GetToken().Value
			b.WriteString(quoted(name) + ":")
			appendJSON(b, name, e.Value)
		}
		b.WriteByte('}')
		return
	}
	switch n := n.(type) {
	case *ast.SequenceNode:
		b.WriteByte('[')
		for i, v := range n.Values {
			if i > 0 {
				b.WriteByte(',')
			}
			appendJSON(b, "", v)
		}
		b.WriteByte(']')
	case *ast.NullNode:
		b.WriteString("null")
	case *ast.BoolNode:
		b.WriteString(n.GetToken().Value)
	case *ast.IntegerNode, *ast.FloatNode:
		number := n.GetToken().Value
		if strings.EqualFold(key, "version") || !json.Valid([]byte(number)) {
			number = quoted(number)
		}
		b.WriteString(number)
	case *ast.LiteralNode:
		b.WriteString(quoted(n.Value.Value))
	default:
		b.WriteString(quoted(n.GetToken().Value))
	}
}

func quoted(s string) string {
	text, _ := json.Marshal(s) // a text never fails
	return string(text)
}
