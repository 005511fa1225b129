package fidelity

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// claim is a test's word that it holds a row.
type claim struct {
	row    string // id of the row
	folder string // of the test, from the root of the repository
	test   string // function, or title in other languages
	file   string // path from the root of the repository
	line   int
}

// markPrefix begins a line of a comment that is a mark.
const markPrefix = "holds:"

// readMarks reads the marks of all tests below root. Marks that cannot count,
// because they are badly written or stand by no test, come back as sentences.
func readMarks(root string) (claims []claim, wrong []string, err error) {
	err = walk(root, func(file, name string) error {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), markPrefix) {
			return err
		}
		var c []claim
		var w []string
		switch {
		case strings.HasSuffix(name, "_test.go"):
			c, w, err = goMarks(name, text)
		case foreignTest(name):
			c, w = foreignMarks(name, text)
		}
		claims, wrong = append(claims, c...), append(wrong, w...)
		return err
	})
	return claims, wrong, err
}

// walk calls visit with every file of the repository that somebody wrote: with
// its path and with its name from the root, slashes in it.
func walk(root string, visit func(file, name string) error) error {
	return filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case ".git", ".venv", "node_modules", "target", "bin":
				return fs.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(root, file)
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		return visit(file, filepath.ToSlash(name))
	})
}

// goMarks reads the marks of one file of Go tests.
func goMarks(name string, text []byte) (claims []claim, wrong []string, err error) {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	for _, group := range f.Comments {
		for _, comment := range group.List {
			mark, ok := markOf(comment.Text)
			if !ok {
				continue
			}
			line := files.Position(comment.Pos()).Line
			fn := functionAt(f, group)
			if fn == nil || !isTest(fn) {
				wrong = append(wrong, fmt.Sprintf("%s:%d: the mark stands by no test: it belongs into the doc comment of a Test, Fuzz or Example function, or into its body", name, line))
				continue
			}
			rows, msg := splitMark(mark)
			if msg != "" {
				wrong = append(wrong, fmt.Sprintf("%s:%d: %s", name, line, msg))
			}
			for _, row := range rows {
				claims = append(claims, claim{row: row, folder: path.Dir(name), test: fn.Name.Name, file: name, line: line})
			}
		}
	}
	return claims, wrong, nil
}

// markOf takes the mark out of a line comment.
func markOf(comment string) (string, bool) {
	line, ok := strings.CutPrefix(comment, "//")
	if !ok {
		return "", false
	}
	return strings.CutPrefix(strings.TrimSpace(line), markPrefix)
}

// functionAt is the function that a comment documents or stands in.
func functionAt(f *ast.File, group *ast.CommentGroup) *ast.FuncDecl {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && (fn.Doc == group || fn.Pos() <= group.Pos() && group.End() <= fn.End()) {
			return fn
		}
	}
	return nil
}

// isTest tells whether `go test` runs a function by itself.
func isTest(fn *ast.FuncDecl) bool {
	if fn.Recv != nil || fn.Name.Name == "TestMain" {
		return false
	}
	for prefix, params := range map[string]int{"Test": 1, "Fuzz": 1, "Example": 0} {
		rest, ok := strings.CutPrefix(fn.Name.Name, prefix)
		if ok && fn.Type.Params.NumFields() == params && (rest == "" || rest[0] < 'a' || rest[0] > 'z') {
			return true
		}
	}
	return false
}

// splitMark splits `call PutObject; code NoSuchKey` into ids of rows.
func splitMark(mark string) (rows []string, wrong string) {
	for part := range strings.SplitSeq(mark, ";") {
		kind, name, ok := strings.Cut(strings.TrimSpace(part), " ")
		if !ok || !isKind(kind) {
			return rows, fmt.Sprintf("%q is not a kind of row and a name: call PutObject; header x-cos-acl; answer etag; param prefix; code NoSuchKey; reading host-colon", strings.TrimSpace(part))
		}
		rows = append(rows, kind+" "+strings.TrimSpace(name))
	}
	return rows, ""
}
