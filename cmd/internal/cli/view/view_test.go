package view

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/stretchr/testify/require"
	eaw "golang.org/x/text/width"
)

// columns is how many columns a line takes, by the Unicode tables of another
// library than the one that laid it out.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch k := eaw.LookupRune(r).Kind(); {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case k == eaw.EastAsianWide || k == eaw.EastAsianFullwidth:
		return 2
	}
	return 1
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]+m")

// form is a canonical form as a signature has it.
func form(path, params, headers string) diagnose.Form {
	return diagnose.Form{
		HttpString:   "put\n" + path + "\n" + params + "\n" + headers + "\n",
		StringToSign: "sha1\n1557989151;1557996351\n8b2751e77f43a0995d6e9eb9477f4b685cca4172\n",
	}
}

func page(signed, arrived diagnose.Form) Page {
	return Page{
		Title: "PUT host/path", Outcome: Text{En: "Refused: 403", Zh: "被拒绝：403"}, Mood: Bad,
		Signed: &Side{Text{En: "signed", Zh: "签名的"}, signed}, Arrived: &Side{Text{En: "arrived", Zh: "到达的"}, arrived},
	}
}

// underCarets returns what stands above the carets of a text, line by line.
func underCarets(t *testing.T, out string) []string {
	t.Helper()
	var marked []string
	lines := strings.Split(out, "\n")
	for i, line := range lines {
		if strings.Trim(line, " ^") != "" || !strings.Contains(line, "^") {
			continue
		}
		require.Positive(t, i)
		at := map[int]rune{} // by column
		col := 0
		for _, r := range lines[i-1] {
			at[col] = r
			col += runeColumns(r)
		}
		var b strings.Builder
		for c := range len(line) + 1 {
			if c < len(line) && line[c] == '^' {
				if r, ok := at[c]; ok {
					b.WriteRune(r)
				}
			} else if b.Len() > 0 {
				marked = append(marked, b.String())
				b.Reset()
			}
		}
	}
	return marked
}

func TestTheDifferingPartIsMarked(t *testing.T) {
	const host = "host=examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com"
	for name, c := range map[string]struct {
		signed, arrived diagnose.Form
		marked          []string // signed, arrived, signed …
	}{
		"a header's value": {form("/a", "", "content-type=image%2Fjpeg"), form("/a", "", "content-type=text%2Fhtml"), []string{"image%2Fjpeg", "text%2Fhtml"}},
		"one character":    {form("/a b", "", host), form("/a+b", "", host), []string{" ", "+"}},
		"Chinese":          {form("/照片/观众.jpg", "", host), form("/照片/大众.jpg", "", host), []string{"观", "大"}},
		"an escape whole":  {form("/a", "", "x=%2Fa"), form("/a", "", "x=%2Ea"), []string{"%2F", "%2E"}},
		"a longer value":   {form("/a", "", "x=1"), form("/a", "", "x=123"), []string{"1", "123"}},
		"words as a whole": {form("/a", "", "t=image%2Fjpeg%3B"), form("/a", "", "t=image%2Fpng%3B"), []string{"jpeg", "png"}},
		"a word too many":  {form("/a", "", "t=a%3B%20b"), form("/a", "", "t=a"), []string{"%3B%20b"}},
		"a parameter":      {form("/a", "p=1&q=2", host), form("/a", "p=1&q=3", host), []string{"2", "3"}},
		"one that is lost": {form("/a", "", "a=1&b=2&c=3"), form("/a", "", "a=1&c=3"), []string{"b=2"}},
		"one that is more": {form("/a", "", "a=1&c=3"), form("/a", "", "a=1&b=2&c=3"), []string{"b=2"}},
		"one renamed":      {form("/a", "", "a=1&b=2"), form("/a", "", "a=1&c=2"), []string{"b=2", "c=2"}},
		"a repeated name":  {form("/a", "", "a=1&a=2"), form("/a", "", "a=1&a=3"), []string{"2", "3"}},
		"a line break":     {form("/a\nb", "", host), form("/a b", "", host), []string{"<LF>", " "}},
		"an invisible one": {form("/a\u200bb", "", host), form("/ab", "", host), []string{"<U+200B>"}},
		"nothing":          {form("/a", "", host), form("/a", "", host), nil},
	} {
		out := Render(page(c.signed, c.arrived), Style{Width: 120})
		require.Equal(t, c.marked, underCarets(t, out), "%s\n%s", name, out)
		// The same parts in colour, and the same text otherwise.
		coloured := Render(page(c.signed, c.arrived), Style{Width: 120, Colour: true})
		require.NotContains(t, coloured, "^")
		var inked []string
		for _, m := range regexp.MustCompile("\x1b\\[1;4;3[12]m([^\x1b]*)\x1b\\[0m").FindAllStringSubmatch(coloured, -1) {
			inked = append(inked, m[1])
		}
		require.Equal(t, c.marked, inked, name)
		withoutCarets := slices.DeleteFunc(strings.Split(out, "\n"), func(l string) bool {
			return strings.Contains(l, "^") && strings.Trim(l, " ^") == ""
		})
		require.Equal(t, strings.Join(withoutCarets, "\n"), trimEnds(sgr.ReplaceAllString(coloured, "")), name)
	}
}

// trimEnds takes the blanks off the ends of lines.
func trimEnds(s string) string { return regexp.MustCompile(`(?m) +$`).ReplaceAllString(s, "") }

// Both columns begin where their headings do, whatever stands before them.
func TestColumnsAlign(t *testing.T) {
	p := page(form("/照片/a b.jpg", "", "a=1&b=%E4%B8%AD&d=4"), form("/照片/é.jpg", "p=观众", "a=1&c=3&d=5"))
	for _, lang := range []string{"en", "zh"} {
		for _, w := range []int{80, 100, 133} {
			lines := strings.Split(Render(p, Style{Width: w, Lang: lang}), "\n")
			from := slices.IndexFunc(lines, func(l string) bool {
				return strings.Contains(l, p.Signed.Heading.In(lang)) && strings.Contains(l, p.Arrived.Heading.In(lang))
			})
			require.Positive(t, from)
			heading := lines[from]
			left := columns(heading[:strings.Index(heading, p.Signed.Heading.In(lang))])
			right := columns(heading[:strings.Index(heading, p.Arrived.Heading.In(lang))])
			for _, want := range []struct{ text, where string }{
				{"/照片/a b.jpg", "left"}, {"/照片/é.jpg", "right"}, {"a=1", "left"}, {"b=%E4", "left"}, {"c=3", "right"}, {"d=4", "left"}, {"d=5", "right"}, {"p=观众", "right"},
			} {
				i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, want.text) })
				require.Positive(t, i, want.text)
				at := map[string]int{"left": left, "right": right}[want.where]
				require.Equal(t, at, columns(lines[i][:strings.Index(lines[i], want.text)]), "%s in\n%s", want.text, lines[i])
			}
		}
	}
}

// rows are the lines that are flagged as different.
func TestDifferentRowsAreFlagged(t *testing.T) {
	out := Render(page(form("/a", "", "a=1&b=2"), form("/a", "", "a=1&b=3")), Style{Width: 100})
	var flagged []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, "! ") {
			flagged = append(flagged, strings.Join(strings.Fields(line), " "))
		}
	}
	require.Equal(t, []string{"! b=2 ! b=3"}, flagged)
}

func TestNarrowTerminalsStack(t *testing.T) {
	out := Render(page(form("/a", "", "a=1&b=2"), form("/a", "", "a=1&b=3")), Style{Width: 40})
	at := func(s string) int {
		i := strings.Index(out, s)
		require.GreaterOrEqual(t, i, 0, "%q in\n%s", s, out)
		return i
	}
	require.Equal(t, 1, strings.Count(out, "a=1"), "what is equal stands once")
	require.Less(t, at("- signed"), at("+ arrived"))
	require.Less(t, at("- b=2"), at("+ b=3"))
	require.Equal(t, []string{"2", "3"}, underCarets(t, out))
}

func finding(id diagnose.ID, proven bool, name string) diagnose.Finding {
	return diagnose.Finding{
		ID: id, Proven: proven, Name: name,
		Sentence: Text{En: "The sentence of " + name + ".", Zh: name + " 的说明。"},
		Advice:   Text{En: "The advice of " + name + ".", Zh: name + " 的建议。"},
	}
}

// inOrder asserts that the texts stand in the page in this order.
func inOrder(t *testing.T, out string, texts ...string) {
	t.Helper()
	last := -1
	for _, s := range texts {
		i := strings.Index(out, s)
		require.Greater(t, i, last, "%q in\n%s", s, out)
		last = i
	}
}

func TestTheFindingIsOnTop(t *testing.T) {
	p := page(form("/a", "", ""), form("/b", "", ""))
	p.Findings = []diagnose.Finding{
		finding(diagnose.HeaderValue, true, "one"), finding(diagnose.PathPlus, true, "two"), finding(diagnose.MD5Hex, false, "three"),
	}
	p.Checks = []Check{{"key", OK}, {"signature", "SignatureDoesNotMatch"}, {"bucket", Unchecked}}
	p.Facts = []Fact{{Text{En: "RequestId"}, "NmI="}}
	p.Notes = []Text{{En: "The note."}}
	p.Warning = Text{En: "The warning."}
	out := Render(p, Style{Width: 100})
	inOrder(t, out,
		"PUT host/path\n", "Refused: 403\n", "The warning.\n",
		"The sentence of one.\n", "Fix: The advice of one.\n", "header-value, proven", "The sentence of two.\n", "path-plus, proven",
		"signed", "Also\n", "The sentence of three.\n", "md5-hex, seen, not proven",
		"Checks\n", "key        ok\n", "signature  SignatureDoesNotMatch\n", "bucket     not checked\n",
		"Details\n", "RequestId  NmI=\n", "The note.\n")

	// What refused the request stands first even if something else is proven.
	p.Findings = []diagnose.Finding{finding(diagnose.Expired, false, "time"), finding(diagnose.HeaderValue, true, "header")}
	inOrder(t, Render(p, Style{Width: 100}), "The sentence of time.", "Also\n", "The sentence of header.", "header-value, proven")

	p.Findings = []diagnose.Finding{finding(diagnose.Unknown, false, "x")}
	out = Render(p, Style{Width: 100})
	require.Contains(t, out, "unknown\n")
	require.NotContains(t, out, "not proven", "nothing is claimed at all")
}

func TestChinese(t *testing.T) {
	p := page(form("/a", "", "a=1"), form("/b", "", ""))
	p.Findings = []diagnose.Finding{finding(diagnose.HeaderValue, true, "甲")}
	p.Checks = []Check{{"signature", "SignatureDoesNotMatch"}, {"something new", Unchecked}}
	out := Render(p, Style{Width: 100, Lang: "zh_CN.UTF-8"})
	inOrder(t, out, "被拒绝：403", "甲 的说明。", "解决：甲 的建议。", "header-value，已证实", "签名的", "到达的", "路径", "（没有）", "检查", "签名  ", "something new", "未检查")
	for _, english := range []string{"Fix", "Checks", "method", "not checked"} {
		require.NotContains(t, out, english)
	}
}

// samples are pieces that values are made of in the tests below.
func samples() []string {
	return []string{
		"a", "/", "%2F", "%E4%B8%AD", "中", "文字，", "é", "e\u0301", " ", "+", "=", "content-type", "。", "\x1b[31m", "\n", "\t", "\u202e", "\u200d", "\xff", "0123456789abcdef", "x-cos-meta-", "한국", "ﾊﾝ",
	}
}

func randomText(r *rand.Rand, most int) string {
	var b strings.Builder
	list := samples()
	for range r.IntN(most + 1) {
		b.WriteString(list[r.IntN(len(list))])
	}
	return b.String()
}

func randomPage(r *rand.Rand) Page {
	pairs := func() string {
		var list []string
		for range r.IntN(6) {
			list = append(list, strings.ReplaceAll(randomText(r, 3), "\n", "")+"="+strings.ReplaceAll(randomText(r, 30), "\n", ""))
		}
		return strings.Join(list, "&")
	}
	p := page(form(randomText(r, 30), pairs(), pairs()), form(randomText(r, 30), pairs(), pairs()))
	p.Title = randomText(r, 40)
	f := finding(diagnose.HeaderValue, r.IntN(2) == 0, randomText(r, 40))
	p.Findings = []diagnose.Finding{f, f}
	p.Facts = []Fact{{Text{En: "name", Zh: "名称"}, randomText(r, 40)}}
	p.Checks = []Check{{"key", randomText(r, 5)}}
	return p
}

// Whatever a request holds: no line is wider than the terminal, and nothing
// that steers one comes out.
func TestEveryLineFitsAndIsHarmless(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		p := randomPage(r)
		for _, s := range []Style{{Width: 30}, {Width: 60, Lang: "zh"}, {Width: 80, Colour: true}, {Width: 121, Lang: "zh", Colour: true}} {
			checkHarmless(t, Render(p, s), s)
		}
	}
}

func checkHarmless(t *testing.T, out string, s Style) {
	t.Helper()
	if s.Colour {
		require.Equal(t, strings.Count(out, "\x1b"), strings.Count(out, "\x1b[0m")*2, "each colour ends")
		out = sgr.ReplaceAllString(out, "")
	}
	require.True(t, strings.HasSuffix(out, "\n"))
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		for _, c := range line {
			require.True(t, unicode.IsPrint(c) && c != unicode.ReplacementChar, "%q in %q", c, line)
		}
		require.LessOrEqual(t, columns(line), max(s.Width, MinWidth), "%q", line)
	}
}

// Wrapping loses nothing but the blanks at which it breaks.
func TestWrapLosesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		text := clean(randomText(r, 60))
		for _, limit := range []int{2, 7, 20, 79} {
			squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
			require.Equal(t, squeeze(text), squeeze(strings.Join(Wrap(text, limit), "")))
		}
	}
}

// Chinese lines break between characters, and none begins with a comma.
func TestWrapChinese(t *testing.T) {
	lines := Wrap("请发送与签名完全一致的头部，或者按实际发送的值签名；检查是否有库。", 26)
	require.Greater(t, len(lines), 2)
	for _, l := range lines {
		require.LessOrEqual(t, columns(l), 26)
		first := []rune(l)[0]
		require.NotContains(t, "，；。", string(first), l)
	}
	require.GreaterOrEqual(t, columns(lines[0]), 22, "and the line is used")
}

// What a request may hold at most is laid out in no time.
func TestLargeTexts(t *testing.T) {
	path := strings.Repeat("/a-中 ", 40_000)
	p := page(form(path, "", path), form(path+"x", "", path))
	p.Title, p.Facts = path, []Fact{{Text{En: "name"}, path + strings.Repeat("x", 1<<18)}}
	start := time.Now()
	out := Render(p, Style{Width: 80})
	require.Less(t, time.Since(start), time.Minute) // a second, on a machine of its own
	require.Greater(t, len(out), 6*len(path))
}

// A path, a header's name, a flag are not broken where there is room.
func TestWrapKeepsWordsWhole(t *testing.T) {
	require.Equal(t, []string{"signed /a/bc-d/e", "or --prove it"}, Wrap("signed /a/bc-d/e or --prove it", 17))
	require.Equal(t, []string{"加上 --prove", "再试，看看"}, Wrap("加上 --prove 再试，看看", 13))
	require.Equal(t, []string{"/abcdefg", "hij"}, Wrap("/abcdefghij", 8), "but for want of room")
}

// The hash differs with anything else; where it has no room it is cut.
func TestTheHashTakesOneLine(t *testing.T) {
	p := page(form("/a", "", "a=1"), form("/b", "", "a=1"))
	for w, want := range map[int]string{120: "8b2751e77f43a0995d6e9eb9477f4b685cca4172", 80: "…"} {
		out := Render(p, Style{Width: w})
		require.Equal(t, 2, strings.Count(out, "8b2751e77f43a099"))
		require.Equal(t, 2, strings.Count(out, want), out)
	}
}

func TestAForm(t *testing.T) {
	p := page(form("/a", "p=1", "h=2&i=3"), diagnose.Form{})
	p.Arrived = nil
	out := Render(p, Style{Width: 80})
	inOrder(t, out, "signed\n", "method   put\n", "path     /a\n", "params   p=1\n", "headers  h=2\n", "i=3\n", "time     1557989151;1557996351\n", "SHA-1    8b2751e77f43a0995d6e9eb9477f4b685cca4172\n")
	require.NotContains(t, out, "^")
}

// A form as a client's mistake may have made it, or none at all.
func TestOddForms(t *testing.T) {
	for _, text := range []string{"", "\n", "put", "put\n", "put\n/a", "put\n/a\n", "\n\n\n\n\n\n", "put\n/a\n\nhost=x", "put\na\nb\nc\nd\ne\n"} {
		odd := diagnose.Form{HttpString: text}
		for _, p := range []Page{page(odd, odd), page(odd, form("/a", "b=1", "c=2")), page(form("/a", "b=1", "c=2"), odd)} {
			checkHarmless(t, Render(p, Style{Width: 80}), Style{Width: 80})
		}
	}
	require.Equal(t, "a\nb", takeApart(form("/a\nb", "p=1", "h=2")).path[1:], "only the path may hold a line break")
}

func FuzzRender(f *testing.F) {
	f.Add("/a b", "p=1", "host=a&x=%2F", "/a+b", "p=2", "host=b", 80, true)
	f.Add("/照片\n", "", "", "\u202e", "é", "\xff%", 31, false)
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g string, w int, colour bool) {
		s := Style{Width: min(max(w, MinWidth), 300), Colour: colour, Lang: a}
		p := page(form(a, b, c), form(d, e, g))
		p.Findings = []diagnose.Finding{finding(diagnose.Host, colour, d)}
		out := Render(p, s)
		if colour {
			out = sgr.ReplaceAllString(out, "")
		}
		for _, r := range out {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%q in %q", r, out)
			}
		}
	})
}
