package config

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// text is a scalar exactly as it is written. A number without quotes keeps its
// digits (appid: 007); the YAML library would turn 007 into 7.
type text string

// UnmarshalYAML takes a text or a number and refuses everything else.
func (t *text) UnmarshalYAML(n ast.Node) error {
	switch n := n.(type) {
	case *ast.StringNode:
		*t = text(n.Value)
	case *ast.LiteralNode:
		*t = text(n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode:
		*t = text(n.GetToken().Value)
	case *ast.NullNode:
		*t = ""
	default:
		return &yaml.SyntaxError{Message: "want a text here, not " + kindOf(n), Token: n.GetToken()}
	}
	return nil
}

// kindOf names a node's type as a person would.
func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.BoolNode:
		return "true or false (put it in quotes if it is meant as a text)"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	}
	return "a " + strings.ToLower(n.Type().String())
}

// A path leads from a setting to a part of it: text for a key, int for an
// index.
type path []any

// String writes a path as error messages do: buckets[0].acl.
func (p path) String() string {
	var b strings.Builder
	for i, step := range p {
		switch step := step.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(step) + "]")
		case string:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step)
		}
	}
	return b.String()
}

// with returns the path with further steps; p itself stays as it is.
func (p path) with(steps ...any) path {
	return append(p[:len(p):len(p)], steps...)
}
