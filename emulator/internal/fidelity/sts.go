package fidelity

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// stsPrefix begins the names of rows that are about STS: some of its codes are
// spelt as codes of COS are.
const stsPrefix = "sts:"

// STSCalls are the calls of STS: action and page.
func STSCalls() []Row {
	var rows []Row
	for _, r := range [][2]string{
		{"AssumeRole", "STS docs: AssumeRole"},
		{"GetCallerIdentity", "STS docs: GetCallerIdentity"},
		{"GetFederationToken", "STS docs: GetFederationToken"},
	} {
		rows = append(rows, Row{Kind: Call, Name: stsPrefix + r[0], What: "`POST /` or `GET /` with the Action " + r[0], Source: r[1]})
	}
	return rows
}

// STSCodeRows makes the rows of the error codes of STS, and lists apart those
// that the code does not use.
func STSCodeRows(root string) (used, unused []Row, err error) {
	packages, err := stsFiles(root)
	if err != nil {
		return nil, nil, err
	}
	codes, uses := map[string]string{}, map[string]int{}
	for _, f := range packages {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if kind, ok := n.Type.(*ast.Ident); ok && kind.Name == "Code" && len(n.Values) == 1 {
					if lit, ok := n.Values[0].(*ast.BasicLit); ok {
						codes[n.Names[0].Name], _ = strconv.Unquote(lit.Value)
						return false // where it is declared it is not used
					}
				}
			case *ast.Ident:
				uses[n.Name]++
			}
			return true
		})
	}
	for ident, code := range codes {
		row := Row{Kind: Code, Name: stsPrefix + code, What: "200, as all of STS", Source: "CAM docs: 公共错误码; choice 277"}
		if listedBySTS(code) {
			row.Source = "sdk: tencentcloud-sdk-go sts/v20180813 errors.go; choice 277"
		}
		if uses[ident] > 0 {
			used = append(used, row)
		} else {
			unused = append(unused, row)
		}
	}
	byName := func(a, b Row) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(used, byName)
	slices.SortFunc(unused, byName)
	return used, unused, nil
}

// listedBySTS tells the codes that the SDK lists for STS from those that all
// services of the cloud's API have in common.
func listedBySTS(code string) bool {
	switch code {
	case "UnauthorizedOperation", "UnsupportedOperation":
		return true
	}
	for _, own := range [...]string{"FailedOperation.", "InvalidParameter.", "ResourceNotFound."} {
		if strings.HasPrefix(code, own) {
			return true
		}
	}
	return false
}

func stsFiles(root string) ([]*ast.File, error) {
	names, err := filepath.Glob(filepath.Join(root, "emulator", "internal", "identity", "sts", "*.go"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}
