package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer/diagnose"
)

// TestTexts holds every sentence of the program to its rules: it stands in a
// diagnose.Text, in both languages, with the same placeholders in both, and its
// Chinese has one term for one thing.
func TestTexts(t *testing.T) {
	texts := 0
	for _, line := range goList(t, "-f", `{{.Dir}}={{join .GoFiles ","}}`, module+"/...") {
		dir, files, _ := strings.Cut(line, "=")
		if strings.HasSuffix(dir, "/fidelity") {
			continue // it names pages of the documents
		}
		for name := range strings.SplitSeq(files, ",") {
			if name == "" {
				continue // a package of tests alone
			}
			source, err := os.ReadFile(filepath.Join(dir, name))
			require.NoError(t, err)
			found, problems := textsOf(t, filepath.Join(dir, name), string(source))
			texts += found
			for _, p := range problems {
				t.Error(p)
			}
		}
	}
	require.Greater(t, texts, 400)
}

// Were textsOf blind, TestTexts would pass for the wrong reason.
func TestBadTextsAreSeen(t *testing.T) {
	const source = `package p
var (
	a = Text{En: "Signed for {signed}.", Zh: "签名用的是 {signed}。"}
	b = diagnose.Text{En: "Signed for {signed}.", Zh: "签名用的是 {arrived}。"}
	c = Text{En: "English alone."}
	d = []Text{{En: "x " + y, Zh: "叉"}}
	e = Text{En: "The token.", Zh: "令牌。"}
	f = "单独的中文"
	g = Text{"one", "一"}
	h = Text{En: ` + "`a`" + `, Zh: ""}
	i = Text{En: "{unknown}", Zh: "{unknown} 个"}
	j = Text{En: "a" + by.En, Zh: "一" + by.Zh}
	k = say("%d bodies", "%s 个")
	l = regexp.MustCompile("查询串")
	m = []any{with("a"), errorf("The %s.", "这个 %s。", a)}
)
type n struct {
	o string ` + "`help:\"The host (default ${default}).\" zh:\"主机（默认 ${default}）。\"`" + `
	p string ` + "`help:\"The host (default ${default}).\" zh:\"主机。\"`" + `
	q string ` + "`help:\"The host.\"`" + `
	r string ` + "`json:\"r\"`" + `
}`
	found, problems := textsOf(t, "p.go", source)
	require.Equal(t, 14, found)
	require.Equal(t, []string{
		"p.go:4: not the same placeholders in both languages",
		"p.go:5: not in both languages",
		"p.go:6: not the same values in both languages",
		"p.go:7: 令牌: write Token",
		"p.go:8: Chinese without its English",
		"p.go:10: not in both languages",
		"p.go:11: nothing fills {unknown}",
		"p.go:13: not the same placeholders in both languages",
		"p.go:19: not the same placeholders in both languages",
		"p.go:20: not in both languages",
	}, problems)
}

// TestMessages: every id of a finding has a message, and every message an id. A
// message has a sentence and an advice. One without an id of its own is said of
// several mistakes.
func TestMessages(t *testing.T) {
	said := map[string]int{}
	ids := idsOf(t, "../../../signer/diagnose/id.go")
	for _, line := range goList(t, "-f", `{{.Dir}}={{join .GoFiles ","}}`, module+"/...") {
		dir, files, _ := strings.Cut(line, "=")
		for name := range strings.SplitSeq(files, ",") {
			if name == "" {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, m := range messagesOf(file) {
				require.NotNil(t, m["Sentence"], "%s/%s", dir, name)
				require.NotNil(t, m["Advice"], "%s/%s", dir, name)
				id := "several"
				if m["ID"] != nil {
					id = strings.TrimPrefix(types.ExprString(m["ID"]), "diagnose.")
				}
				said[id]++
			}
		}
	}
	require.Greater(t, len(said), 50)
	for id := range ids {
		if id == "ParamValue" {
			continue // shared with HeaderValue
		}
		require.NotZero(t, said[id], "no message for %s", id)
	}
	for id := range said {
		if _, ok := ids[id]; !ok && id != "several" {
			require.Regexp(t, `^"[a-z-]+"$`, id, "a hint's")
		}
	}
	for _, row := range diagnose.Rows() {
		require.True(t, row.Accepted || slices.Contains(slices.Collect(maps.Values(ids)), row.ID), row.ID)
	}
}

// idsOf are the ids of findings, by the names of their constants.
func idsOf(t *testing.T, name string) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	ids := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			ids[spec.Names[0].Name] = literal(spec.Values[0].(*ast.BasicLit))
		}
		return true
	})
	return ids
}

// messagesOf are the messages in a file, by their fields.
func messagesOf(file *ast.File) []map[string]ast.Expr {
	var found []map[string]ast.Expr
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok || lit.Type != nil && !strings.HasSuffix(types.ExprString(lit.Type), "Message") {
			return true
		}
		fields := map[string]ast.Expr{}
		for _, e := range lit.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				fields[types.ExprString(kv.Key)] = kv.Value
			}
		}
		if fields["Sentence"] != nil || fields["Advice"] != nil {
			if _, built := fields["Advice"].(*ast.CallExpr); !built { // that is With, which fills one
				found = append(found, fields)
			}
		}
		return true
	})
	return found
}

// requireFilled fails for a page on which a placeholder was not filled.
func requireFilled(t *testing.T, page string) {
	t.Helper()
	require.NotRegexp(t, `(^|[^$])\{(name|signed|arrived|detail)\}`, page)
}

// TestConsoleTerms: the console's Chinese uses the same terms.
func TestConsoleTerms(t *testing.T) {
	source, err := os.ReadFile("../../../emulator/internal/control/console/js/words.zh.mjs")
	require.NoError(t, err)
	quoted := regexp.MustCompile("'[^']*'|`[^`]*`|\"[^\"]*\"")
	found := quoted.FindAllString(string(source), -1)
	require.Greater(t, len(found), 150)
	for _, text := range found {
		require.Empty(t, wrongTerms(text), text)
	}
}

// wrongTerms are the words of a Chinese text for which the program has another
// term: one term for one thing.
func wrongTerms(text string) []string {
	if !strings.ContainsFunc(text, isHan) {
		return nil
	}
	var wrong []string
	for _, term := range []struct{ pattern, better string }{
		{`令牌`, "Token"},
		{`(^|[^A-Za-z-])token($|[^A-Za-z-])`, "Token"},
		{`SecretID`, "SecretId"},
		{`云上|云端`, "线上 COS"},
		{`(^|[^预])签名 ?(URL|链接)`, "预签名 URL"},
		{`路径形式|路径式|路径风格`, "path-style"},
		{`查询串|查询字符串|查询参数`, "请求参数"},
		{`到达的(内容|是)`, "实际收到"},
		{`您`, "你, or leave it out"},
		{`消息头|请求头部|报文`, "头部"},
		{`对象名(?:称)?`, "对象键"},
		{`桶策略`, "存储桶策略"},
		{`永久令牌|永久秘钥|秘钥`, "密钥"},
	} {
		found := regexp.MustCompile(term.pattern).FindString(text)
		if term.pattern == `桶策略` && !strings.Contains(strings.ReplaceAll(text, "存储桶策略", ""), "桶策略") {
			continue
		}
		if found != "" {
			wrong = append(wrong, strings.TrimSpace(found)+": write "+term.better)
		}
	}
	return wrong
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

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
