package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
