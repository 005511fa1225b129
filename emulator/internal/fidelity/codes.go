package fidelity

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

const (
	coserrPath = "github.com/cosemu/cosemu/emulator/internal/coserr"
	codeList   = "emulator/internal/coserr/codes.go"
)

// CodeRows returns a row for each code that the emulator answers, and a row for each code that is
// LATER. A constant of package coserr that nothing outside it uses is an error.
func CodeRows(root string) (used, unused []Row, err error) {
	names, err := readCodes(root)
	if err != nil {
		return nil, nil, err
	}
	inUse, err := namesInUse(root)
	if err != nil {
		return nil, nil, err
	}
	for ident, code := range names {
		if !inUse[ident] {
			return nil, nil, errors.New("no operation answers coserr." + ident + ": move it to later.go")
		}
		used = append(used, codeRow(code))
	}
	for _, e := range coserr.Entries() {
		if e.Later {
			unused = append(unused, codeRow(coserr.Code(e.Code)))
		}
	}
	byName := func(a, b Row) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(used, byName)
	slices.SortFunc(unused, byName)
	return used, unused, nil
}

// readCodes reads the constants of type Code: identifier to value.
func readCodes(root string) (map[string]coserr.Code, error) {
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, codeList), nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	codes := map[string]coserr.Code{}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			for i, name := range spec.Names {
				if text, e := strconv.Unquote(spec.Values[i].(*ast.BasicLit).Value); e == nil {
					codes[name.Name] = coserr.Code(text)
				}
			}
		}
		return true
	})
	answered := 0
	for _, e := range coserr.Entries() {
		if !e.Later {
			answered++
		}
	}
	if len(codes) != answered {
		return nil, errors.New(codeList + " was not read whole")
	}
	return codes, nil
}

// namesInUse finds what the emulator's code takes from package coserr.
func namesInUse(root string) (map[string]bool, error) {
	used := map[string]bool{}
	err := walk(filepath.Join(root, "emulator"), func(path, name string) error {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "internal/fidelity/") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == strconv.Quote(coserrPath) && i.Name == nil }) {
			return nil
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "coserr" {
					used[sel.Sel.Name] = true
				}
			}
			return true
		})
		return nil
	})
	return used, err
}

func codeRow(code coserr.Code) Row {
	e := coserr.New(code)
	row := Row{Kind: Code, Name: string(code), What: strconv.Itoa(e.Status) + " `" + e.Message + "`", Source: "COS docs: 错误码"}
	if page := unlisted()[code]; page != "" {
		row.Source = page
	}
	addStatuses(&row, code)
	for _, entry := range coserr.Entries() {
		if entry.Code == string(e.Code) && entry.Status == e.Status {
			row.Source += "; " + entry.Source
		}
	}
	return row
}

// unlisted are the sources of the codes that do not stand on the list of codes.
func unlisted() map[coserr.Code]string {
	return map[coserr.Code]string{
		coserr.FileAlreadyExists:        "COS docs: PUT Object (newer versions of the page)",
		coserr.PathStyleDomainForbidden: "seen: gobackup issues 233 and 268",
	}
}
