package config

import (
	"errors"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
)

// parseYAML parses one document; nil when the text says nothing. It returns what
// was parsed also with an error, if it came so far.
func parseYAML(data []byte) (ast.Node, error) {
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
	return root, plain(root)
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

// plainly is an error of the library without the excerpt of the source that it
// adds: that may hold a secret.
func plainly(err error) error {
	var mismatch *yaml.TypeError
	var unexpected *yaml.UnexpectedNodeTypeError
	var ye yaml.Error
	switch {
	case errors.As(err, &mismatch) && mismatch.DstType.Kind() == reflect.Bool:
		return lang.Errorf("want true or false here", "这里应是 true 或 false")
	case errors.As(err, &mismatch):
		return lang.Errorf("want a text here", "这里应是文本")
	case errors.As(err, &unexpected):
		return lang.Errorf("want a %s here, not a %s", "这里应是 %s，不是 %s",
			strings.ToLower(unexpected.Expected.YAMLName()), strings.ToLower(unexpected.Actual.YAMLName()))
	case errors.As(err, &ye):
		return lang.Errorf("%s", "YAML：%s", ye.GetMessage())
	}
	return err
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
