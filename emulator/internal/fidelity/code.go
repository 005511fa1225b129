package fidelity

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// Literal is a name that the code spells out, and what it is used for.
type Literal struct {
	Name string // as in Row.Name; ends in `-` where the code completes it
	// Kinds are those of which one must have a row of this name. Where the code
	// does not show what it does with the name, any will do.
	Kinds []Kind
	File  string
	Line  int
}

// scanned tells whether the tables must know the headers and parameters of a
// file: all of the API's code, and of package signer what reads the carriers of
// a signature.
func scanned(name string) bool {
	if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
		return false
	}
	if name == "signer/claim.go" {
		return true
	}
	for _, other := range [...]string{
		"emulator/internal/control/", "emulator/cosemutest/", "emulator/internal/fidelity/", "emulator/internal/paste/", "emulator/internal/seed/", // another API, or none
		"emulator/internal/bucketcfg/", "emulator/internal/policy/", "emulator/internal/cors/cors.go", // names in documents
	} {
		if strings.HasPrefix(name, other) {
			return false
		}
	}
	return strings.HasPrefix(name, "emulator/")
}

// ReadLiterals finds the headers and query parameters that the API's code
// names, below the root of the repository.
func ReadLiterals(root string) ([]Literal, error) {
	var all []Literal
	err := walk(root, func(path, name string) error {
		if !scanned(name) {
			return nil
		}
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for lit, kinds := range namesIn(f) {
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				return err
			}
			if kinds[0] != Param {
				text = strings.ToLower(text)
			}
			all = append(all, Literal{Name: text, Kinds: kinds, File: name, Line: files.Position(lit.Pos()).Line})
		}
		return nil
	})
	return all, err
}

// namesIn finds the literals of a file that name a header or a parameter.
func namesIn(f *ast.File) map[*ast.BasicLit][]Kind {
	found := map[*ast.BasicLit][]Kind{}
	uses := literalUses(f)
	own, standard := ownHeader(), standardHeader()
	ast.Inspect(f, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(lit.Value)
		use := uses[lit]
		switch {
		case err != nil:
		case use == Param || strings.HasPrefix(text, "response-"):
			found[lit] = []Kind{Param}
		case !own.MatchString(text) && !standard.MatchString(text):
		case use != "":
			found[lit] = []Kind{use}
		default:
			found[lit] = []Kind{Header, Answer, Param}
		}
		return true
	})
	return found
}

// ownHeader matches the cloud's own headers, and the beginnings of such.
func ownHeader() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(x-(cos|cosemu|tc)-[a-z0-9-]+|pic-operations)$`)
}

// standardHeader matches the headers of HTTP that an object store may know.
func standardHeader() *regexp.Regexp {
	return regexp.MustCompile(`^(?i:Accept-Ranges|Access-Control-[A-Za-z-]+|Cache-Control|Content-(Disposition|Encoding|Language|Length|MD5|Range|Type)|` +
		`ETag|If-(Match|None-Match|Modified-Since|Unmodified-Since|Range)|Last-Modified|Retry-After|Transfer-Encoding)$|` +
		// Words that are something else in lower case.
		`^(Authorization|Age|Allow|Date|Expect|Expires|Location|Origin|Range|Referer|Server|Vary)$`)
}

// literalUses tells of literals what is done with them: header fields are read
// and answered, parameters asked for, by a handful of functions.
func literalUses(f *ast.File) map[*ast.BasicLit]Kind {
	uses := map[*ast.BasicLit]Kind{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if kind := useBy(callee(n), len(n.Args)); kind != "" {
				for _, arg := range n.Args {
					markLiteral(uses, arg, kind)
				}
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if index, ok := left.(*ast.IndexExpr); ok {
					markLiteral(uses, index.Index, Answer)
				}
			}
		case *ast.IndexExpr: // what an assignment has marked stays
			markLiteral(uses, n.Index, Header)
		}
		return true
	})
	return uses
}

func callee(call *ast.CallExpr) string {
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		return fn.Name
	case *ast.SelectorExpr:
		return fn.Sel.Name
	}
	return ""
}

// useBy tells what a function does with a name: one of two arguments is asked
// of the headers that it gets, a method with one of the parameters.
func useBy(function string, args int) Kind {
	switch function {
	case "First", "first", "Get", "Values", "headerTime":
		return Header
	case "Add", "add", "set":
		return Answer
	case "pageSize":
		return Param
	case "Find", "Has", "Value", "value":
		if args > 1 {
			return Header
		}
		return Param
	}
	return ""
}

func markLiteral(uses map[*ast.BasicLit]Kind, e ast.Expr, kind Kind) {
	if sum, ok := e.(*ast.BinaryExpr); ok { // "X-Cos-Copy-Source-" + name
		e = sum.X
	}
	if lit, ok := e.(*ast.BasicLit); ok && uses[lit] == "" {
		uses[lit] = kind
	}
}

// CheckLiterals holds the rows against what the code spells out, in both
// directions.
func CheckLiterals(rows []Row, literals []Literal) (wrong []string) {
	used := map[string]bool{}
	for _, l := range literals {
		known := false
		for i := range rows {
			if rows[i].spelt(&l) {
				known = true
				used[rows[i].ID()] = true
			}
		}
		if !known && (len(l.Kinds) == 1 || !exempt(l.File, l.Name)) {
			wrong = append(wrong, l.File+":"+strconv.Itoa(l.Line)+": the code knows the "+string(l.Kinds[0])+" "+strconv.Quote(l.Name)+
				", the tables of emulator/internal/fidelity (headers.go, params.go) do not: give it a row there")
		}
	}
	for i := range rows {
		switch rows[i].Kind {
		case Header, Answer, Param:
			if !used[rows[i].ID()] && !strings.HasPrefix(rows[i].Name, "x-amz-") { // made of COS's names, by package dialect
				wrong = append(wrong, "the code knows no "+strconv.Quote(rows[i].ID())+": take the row out")
			}
		}
	}
	return wrong
}

// spelt tells whether a literal is the name of the row, or begins it.
func (r *Row) spelt(l *Literal) bool {
	name := strings.TrimSuffix(r.Name, "*")
	for _, k := range l.Kinds {
		if k == r.Kind && (name == l.Name || strings.HasSuffix(l.Name, "-") && strings.HasPrefix(name, l.Name)) {
			return true
		}
	}
	return false
}

// exempt knows the literals that look like headers and are none.
func exempt(file, name string) bool {
	switch file {
	case "emulator/internal/form/header.go", "emulator/internal/form/policy.go", "emulator/internal/form/read.go":
		return name == "x-cos-" // of a field of a form
	}
	return false
}
