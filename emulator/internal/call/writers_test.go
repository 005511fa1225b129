package call_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/call"
)

// writes finds the assignments to a field of a call, which is named c wherever
// there is one: the name of the field, and the place.
func writes(f *ast.File, name string, each func(field, place string)) {
	note := func(e ast.Expr) {
		field := ""
		for {
			switch x := e.(type) {
			case *ast.SelectorExpr:
				field, e = x.Sel.Name, x.X
				continue
			case *ast.IndexExpr:
				e = x.X
				continue
			case *ast.Ident:
				if x.Name == "c" && field != "" {
					each(field, name)
				}
			}
			return
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				note(left)
			}
		case *ast.IncDecStmt:
			note(n.X)
		}
		return true
	})
}

// TestEachPartHasItsWriter: what arrived is written where it is read and nowhere
// afterwards, and what was judged is what the judge returned.
func TestEachPartHasItsWriter(t *testing.T) {
	writers := map[string][]string{}
	for fields, files := range map[reflect.Type][]string{
		reflect.TypeFor[call.Arrived]():   {"judge/arrive.go"},
		reflect.TypeFor[call.Posted]():    {"judge/judge.go"},
		reflect.TypeFor[call.Judgement](): {"judge/judge.go", "judge/arrive.go"},
	} {
		writers[fields.Name()] = files
		for i := range fields.NumField() {
			writers[fields.Field(i).Name] = files
		}
	}
	seen := map[string]bool{}
	for _, room := range []string{"call", "judge", "ops", "api", "explain", "record", "fault"} {
		files, err := os.ReadDir(filepath.Join("..", room))
		require.NoError(t, err)
		for _, file := range files {
			name := room + "/" + file.Name()
			if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", name), nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			writes(f, name, func(field, place string) {
				seen[field] = true
				if files, ok := writers[field]; ok {
					require.Contains(t, files, place, "%s writes c.%s", place, field)
				}
			})
		}
	}
	for _, field := range []string{"Arrived", "At", "Posted", "Who", "Decision", "Out"} {
		require.True(t, seen[field], "the control: somebody writes %s", field)
	}
}
