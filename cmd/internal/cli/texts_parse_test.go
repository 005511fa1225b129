package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// textsOf counts the texts in a file, and says what is wrong with them. A text
// is a diagnose.Text, or the English and the Chinese side by side: as arguments,
// in a return or in an assignment.
func textsOf(t *testing.T, name, source string) (found int, problems []string) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, parser.SkipObjectResolution)
	require.NoError(t, err)
	problem := func(at token.Pos, what string) {
		p := fset.Position(at)
		problems = append(problems, p.Filename+":"+strconv.Itoa(p.Line)+": "+what)
	}
	paired := map[*ast.BasicLit]bool{} // what is half of a text, or none
	mark := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok {
				paired[lit] = true
			}
			return true
		})
	}
	pairs := func(list []ast.Expr) {
		for i := 1; i < len(list); i++ {
			if isChinese(list[i]) && isEnglish(list[i-1]) && !isWhole(list[i]) {
				found++
				mark(list[i])
				if what := wrongPair(list[i-1], list[i]); what != "" {
					problem(list[i].Pos(), what)
				}
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			en, zh, ok := bothOf(n)
			if !ok {
				pairs(n.Elts)
				return true
			}
			found++
			mark(n)
			if what := wrongPair(en, zh); what != "" {
				problem(n.Pos(), what)
			}
		case *ast.CallExpr:
			if matches(n) {
				mark(n)
			}
			pairs(n.Args)
		case *ast.ReturnStmt:
			pairs(n.Results)
		case *ast.AssignStmt:
			pairs(n.Rhs)
		case *ast.CaseClause:
			for _, e := range n.List {
				mark(e)
			}
		case *ast.Field:
			if en, zh, ok := tagsOf(n); ok {
				found++
				mark(n)
				if what := wrongPair(en, zh); what != "" {
					problem(n.Tag.Pos(), what)
				}
			}
		}
		return true
	})
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && matches(call) {
			return false
		}
		lit, ok := n.(*ast.BasicLit)
		if !ok {
			return true
		}
		text := literal(lit)
		if strings.ContainsFunc(text, isHan) && !paired[lit] {
			problem(lit.Pos(), "Chinese without its English")
		}
		for _, w := range wrongTerms(text) {
			problem(lit.Pos(), w)
		}
		return true
	})
	sort.SliceStable(problems, func(i, j int) bool { return lineOf(problems[i]) < lineOf(problems[j]) })
	return found, problems
}

func lineOf(problem string) int {
	n, _ := strconv.Atoi(strings.Split(problem, ":")[1])
	return n
}

// matches tells a call that looks for a text, which nobody reads.
func matches(call *ast.CallExpr) bool {
	name := types.ExprString(call.Fun)
	name = name[strings.LastIndexByte(name, '.')+1:]
	return name == "MustCompile" || name == "lazily" || name == "Contains" || strings.HasPrefix(name, "Has")
}

// isWhole tells a call that is given both halves of a text.
func isWhole(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	for i := 1; ok && i < len(call.Args); i++ {
		if isChinese(call.Args[i]) && isEnglish(call.Args[i-1]) {
			return true
		}
	}
	return false
}

// tagsOf are the two halves of the help of a command or a flag, in the tag of its
// field.
func tagsOf(field *ast.Field) (en, zh ast.Expr, ok bool) {
	if field.Tag == nil {
		return nil, nil, false
	}
	tag := reflect.StructTag(literal(field.Tag))
	half := func(key string) ast.Expr {
		if text, there := tag.Lookup(key); there {
			ok = true
			return &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(text)}
		}
		return nil
	}
	return half("help"), half("zh"), ok
}

func isChinese(e ast.Expr) bool {
	text, _ := partsOf(e)
	return strings.ContainsFunc(text, isHan)
}

func isEnglish(e ast.Expr) bool {
	text, _ := partsOf(e)
	return strings.ContainsFunc(text, unicode.IsLetter) && !strings.ContainsFunc(text, isHan)
}

// bothOf are the two halves of a Text; nil for one that is not there.
func bothOf(n *ast.CompositeLit) (en, zh ast.Expr, ok bool) {
	switch t := n.Type.(type) {
	case *ast.Ident:
		ok = t.Name == "Text"
	case *ast.SelectorExpr:
		ok = t.Sel.Name == "Text"
	}
	for i, e := range n.Elts {
		kv, keyed := e.(*ast.KeyValueExpr)
		switch {
		case !keyed && ok && i == 0:
			en = e
		case !keyed && ok && i == 1:
			zh = e
		case !keyed:
		case types.ExprString(kv.Key) == "En":
			en, ok = kv.Value, true
		case types.ExprString(kv.Key) == "Zh":
			zh, ok = kv.Value, true
		}
	}
	return en, zh, ok && len(n.Elts) > 0
}

// wrongPair says what is wrong with the two halves of a text; empty: nothing.
func wrongPair(en, zh ast.Expr) string {
	if en == nil || zh == nil {
		return "not in both languages"
	}
	enText, enValues := partsOf(en)
	zhText, zhValues := partsOf(zh)
	if !strings.ContainsFunc(enText+zhText, unicode.IsLetter) {
		return "" // values alone
	}
	places := regexp.MustCompile(`\$?\{[a-z]+\}|%(?:\[[0-9]\])?[a-z]`)
	inEn, inZh := places.FindAllString(enText, -1), places.FindAllString(zhText, -1)
	for _, p := range inEn {
		if p[0] == '{' && !slices.Contains([]string{"{name}", "{signed}", "{arrived}", "{detail}"}, p) {
			return "nothing fills " + p
		}
	}
	switch {
	case enText == "" && len(enValues) == 0 || zhText == "" && len(zhValues) == 0:
		return "not in both languages"
	case !slices.Equal(set(inEn), set(inZh)):
		return "not the same placeholders in both languages"
	case enText != "" && !slices.Equal(set(enValues), set(zhValues)):
		return "not the same values in both languages"
	}
	return ""
}

func set(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// partsOf are the literal text of a concatenation, and what else is in it. The
// two halves of one Text count as the same value.
func partsOf(e ast.Expr) (text string, values []string) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return literal(e), nil
	case *ast.BinaryExpr:
		left, leftValues := partsOf(e.X)
		right, rightValues := partsOf(e.Y)
		return left + right, append(leftValues, rightValues...)
	case *ast.ParenExpr:
		return partsOf(e.X)
	case *ast.CallExpr:
		for _, arg := range e.Args {
			t, v := partsOf(arg)
			text, values = text+t, append(values, v...)
		}
		return text, append(values, types.ExprString(e.Fun))
	}
	value := regexp.MustCompile(`\b(en|zh)(\b|[A-Z])`).ReplaceAllString(types.ExprString(e), "text$2")
	value = regexp.MustCompile(`(En|Zh)\b`).ReplaceAllString(value, "")
	return "", []string{value}
}

func literal(lit *ast.BasicLit) string {
	if lit.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return text
}
