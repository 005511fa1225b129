package cli

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNoGlobalIsWritten: no program code assigns to a variable of a package, or
// to a part of one. The linter lets messages and tables be such variables.
func TestNoGlobalIsWritten(t *testing.T) {
	variables := 0
	for _, line := range goList(t, "-f", `{{.Dir}}={{join .GoFiles ","}}`, module+"/...") {
		dir, files, _ := strings.Cut(line, "=")
		fset := token.NewFileSet()
		var parsed []*ast.File
		for name := range strings.SplitSeq(files, ",") {
			if name == "" {
				continue // a package of tests alone
			}
			f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			parsed = append(parsed, f)
		}
		found, written := globals(fset, parsed)
		variables += found
		require.Empty(t, written)
	}
	require.Greater(t, variables, 50, "the messages and the tables")
}

// Were globals blind, TestNoGlobalIsWritten would pass for the wrong reason.
func TestWrittenGlobalsAreSeen(t *testing.T) {
	const source = `package p
var a, b, d, e, f, g = 1, []int{1}, struct{ x int }{}, map[string]int{}, &struct{ x int }{}, 0
func h(c int) {
	a = 1
	a := 2
	a, c = 3, 4
	b[0]++
	d.x += 1
	(*f).x = 2
	for g = range 3 {}
	for g := range 3 { _ = g }
	delete(e, "x")
	clear(b)
	_, _, _ = a, c, len(b)
}`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", source, parser.SkipObjectResolution)
	require.NoError(t, err)
	found, written := globals(fset, []*ast.File{f})
	require.Equal(t, 6, found)
	require.Equal(t, []string{"p.go:4:2: a", "p.go:7:2: b", "p.go:8:2: d", "p.go:9:4: f", "p.go:10:6: g", "p.go:12:9: e", "p.go:13:8: b"}, written)
}

// noPackages imports nothing: what a package itself declares is all that counts.
type noPackages struct{}

func (noPackages) Import(string) (*types.Package, error) { return nil, errors.New("not wanted") }

// globals counts the variables that a package declares outside functions, and
// says where one of them is assigned to.
func globals(fset *token.FileSet, files []*ast.File) (found int, written []string) {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: noPackages{}, Error: func(error) {}}
	pkg, _ := config.Check("p", fset, files, info) // its errors are those of the imports
	for _, name := range pkg.Scope().Names() {
		if _, ok := pkg.Scope().Lookup(name).(*types.Var); ok {
			found++
		}
	}
	note := func(targets ...ast.Expr) {
		for _, target := range targets {
			if id := root(target); id != nil {
				if v, ok := info.Uses[id].(*types.Var); ok && v.Parent() == pkg.Scope() {
					written = append(written, fset.Position(id.Pos()).String()+": "+id.Name)
				}
			}
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				note(n.Lhs...)
			case *ast.IncDecStmt:
				note(n.X)
			case *ast.RangeStmt:
				note(n.Key, n.Value)
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "delete" || id.Name == "clear") {
					note(n.Args[0])
				}
			}
			return true
		})
	}
	return found, written
}

// root is the variable of which an expression is a part.
func root(e ast.Expr) *ast.Ident {
	for {
		switch part := e.(type) {
		case *ast.Ident:
			return part
		case *ast.SelectorExpr:
			e = part.X
		case *ast.IndexExpr:
			e = part.X
		case *ast.SliceExpr:
			e = part.X
		case *ast.StarExpr:
			e = part.X
		case *ast.ParenExpr:
			e = part.X
		default:
			return nil
		}
	}
}
