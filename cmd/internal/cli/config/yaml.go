package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// readYAML decodes one document, and returns it also as it was parsed, even
// with an error if it came so far; nil when the text says nothing. Keys that into does not have are an error.
func readYAML(data []byte, into any) (ast.Node, error) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, err
	}
	var root ast.Node
	for _, d := range file.Docs {
		if d.Body == nil || d.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			return nil, &yaml.SyntaxError{Message: "a second document: only one is read", Token: d.Body.GetToken()}
		}
		root = d.Body
	}
	if root == nil {
		return nil, nil
	}
	if err := plain(root); err != nil {
		return root, err
	}
	err = yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(into)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return root, err
}

// plain refuses what a configuration has no use for: tags, anchors, aliases,
// merges, keys that are no texts. The decoder does not get through all of
// them unharmed.
func plain(n ast.Node) error {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		entries, _ := pairs(n)
		for _, e := range entries {
			if k, ok := e.Key.(ast.ScalarNode); !ok || k.Type() == ast.MergeKeyType || k.Type() == ast.TagType {
				return &yaml.SyntaxError{Message: "a key must be a plain text", Token: e.Key.GetToken()}
			}
			if err := plain(e.Value); err != nil {
				return err
			}
		}
	case *ast.SequenceNode:
		for _, v := range n.Values {
			if err := plain(v); err != nil {
				return err
			}
		}
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode,
		*ast.InfinityNode, *ast.NanNode, *ast.CommentNode, *ast.CommentGroupNode:
	default:
		return &yaml.SyntaxError{Message: "cannot hold a YAML " + strings.ToLower(n.Type().YAMLName()), Token: n.GetToken()}
	}
	return nil
}

// yamlMessage is what the library says, without the excerpt of the source that
// its Error method adds: that may hold a secret.
func yamlMessage(err error) string {
	var mismatch *yaml.TypeError
	if errors.As(err, &mismatch) {
		if mismatch.DstType.Kind() == reflect.Bool {
			return "want true or false here"
		}
		return fmt.Sprintf("want %s here", describe(mismatch.DstType))
	}
	var unexpected *yaml.UnexpectedNodeTypeError
	if errors.As(err, &unexpected) {
		return fmt.Sprintf("want a %s here, not a %s",
			strings.ToLower(unexpected.Expected.YAMLName()), strings.ToLower(unexpected.Actual.YAMLName()))
	}
	var ye yaml.Error
	if errors.As(err, &ye) {
		return ye.GetMessage()
	}
	return "cannot be read as YAML"
}

func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "a mapping"
	}
	return "a text"
}

// pairs returns the entries of a mapping; ok is false for another node.
func pairs(n ast.Node) (entries []*ast.MappingValueNode, ok bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// find walks from n along p; nil when there is nothing.
func find(n ast.Node, p path) ast.Node {
	if len(p) == 0 || n == nil {
		return n
	}
	switch step := p[0].(type) {
	case string:
		entries, _ := pairs(n)
		for _, e := range entries {
			if e.Key.GetToken().Value == step {
				return find(e.Value, p[1:])
			}
		}
	case int:
		if seq, ok := n.(*ast.SequenceNode); ok && step < len(seq.Values) {
			return find(seq.Values[step], p[1:])
		}
	}
	return nil
}

// pathAt returns the path of the key or value that stands at pos; nil when
// there is none.
func pathAt(n ast.Node, pos *token.Position) path {
	if entries, ok := pairs(n); ok {
		for _, e := range entries {
			key := e.Key.GetToken()
			if same(key.Position, pos) || (e.Value != nil && same(e.Value.GetToken().Position, pos)) {
				return path{key.Value}
			}
			if rest := pathAt(e.Value, pos); rest != nil {
				return append(path{key.Value}, rest...)
			}
		}
		return nil
	}
	if seq, ok := n.(*ast.SequenceNode); ok {
		for i, v := range seq.Values {
			if rest := pathAt(v, pos); rest != nil {
				return append(path{i}, rest...)
			}
			if same(v.GetToken().Position, pos) {
				return path{i}
			}
		}
	}
	return nil
}

func same(a, b *token.Position) bool { return a.Line == b.Line && a.Column == b.Column }
