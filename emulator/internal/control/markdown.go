package control

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer/diagnose"
)

// markdownWriter writes requests for people: why each was judged as it was, what came and went, and
// what was signed. At its end each has the same as JSON, which the console opens again.
type markdownWriter struct {
	out     io.Writer
	zh      bool
	version string
	// clockOf is the clock of an account.
	clockOf func(account string) clockState
}

// reportEnvelope is a report as JSON. The console knows it by its first member.
type reportEnvelope struct {
	Report  int        `json:"cosemu_report"` // the version of this form
	Version string     `json:"version"`
	Clock   clockState `json:"clock"`
	Request *entry     `json:"request"`
}

func (*markdownWriter) begin(int, int) error { return nil }
func (*markdownWriter) end() error           { return nil }

func (m *markdownWriter) say(en, zh string) string {
	if m.zh {
		return zh
	}
	return en
}

func (m *markdownWriter) text(t diagnose.Text) string { return oneLine(m.say(t.En, t.Zh)) }

func (m *markdownWriter) entry(e *entry) error {
	clock, version := m.clockOf(e.Account), cmp.Or(m.version, "devel")
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", m.say("cosemu: report on a request", "cosemu：请求报告"))
	fmt.Fprintf(&b, "%s\n\n**%s%s**\n", code(e.Method+" "+urlOf(e)), m.verdict(e), map[bool]string{true: ": " + oneLine(e.Message)}[e.Message != ""])
	for _, row := range [][2]string{
		{m.say("Request id", "请求 ID"), code(e.ID)},
		{m.say("Arrived", "到达时间"), code(e.At.Format(time.RFC3339)) + " " + m.say("by the emulator's clock", "（模拟器的时钟）")},
		{m.say("Clock", "时钟"), m.clock(clock)},
		{m.say("Account", "账号"), code(e.Account)},
		{m.say("Version", "版本"), "cosemu " + code(version)},
	} {
		if row[1] != "" {
			fmt.Fprintf(&b, "\n- %s: %s", row[0], row[1])
		}
	}
	b.WriteString("\n")
	m.findings(&b, e)
	m.exchange(&b, e)
	m.forms(&b, e)
	data, err := json.MarshalIndent(reportEnvelope{1, version, clock, e}, "", " ")
	if err != nil {
		return err
	}
	fmt.Fprintf(&b, "\n<details><summary>%s</summary>\n\n%s\n</details>\n\n",
		m.say("For the console: Explain, Open a report", "供控制台打开：诊断 → 打开报告"), fenced("json", string(data)))
	_, err = m.out.Write(b.Bytes())
	return err
}

func (m *markdownWriter) verdict(e *entry) string {
	switch {
	case isFailure(e.Verdict):
		return fmt.Sprintf("%s %d %s", e.Verdict, e.Status, e.Code)
	default:
		return fmt.Sprintf("%s %d", e.Verdict, e.Status)
	}
}

func (m *markdownWriter) clock(c clockState) string {
	switch {
	case c.Frozen:
		return m.say("frozen at ", "停在 ") + code(c.Now.Format(time.RFC3339))
	case c.Offset == "" || c.Offset == "0s":
		return m.say("real time", "真实时间")
	}
	return m.say("real time ", "真实时间 ") + code(c.Offset)
}

func (m *markdownWriter) findings(b *bytes.Buffer, e *entry) {
	if e.Finding == nil || len(e.Finding.Findings) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n", m.say("Why", "原因"))
	for i := range e.Finding.Findings {
		f := &e.Finding.Findings[i]
		kind := m.say("observed", "观察到")
		if f.Proven {
			kind = m.say("proven", "已证实")
		}
		fmt.Fprintf(b, "\n%d. **%s** (%s, %s)\n\n   %s\n", i+1, m.text(f.Sentence), code(string(f.ID)), kind, m.text(f.Advice))
		if f.Signed != "" && f.Arrived != "" {
			fmt.Fprintf(b, "\n   - %s %s\n   - %s %s\n", m.say("signed:", "签名时："), code(f.Signed), m.say("arrived:", "收到的："), code(f.Arrived))
		}
		if f.Suggestion != "" {
			b.WriteString("\n" + fenced("json", f.Suggestion))
		}
	}
}

func (m *markdownWriter) exchange(b *bytes.Buffer, e *entry) {
	target := e.Path
	if e.Request.Query != "" {
		target += "?" + e.Request.Query
	}
	text := e.Method + " " + target + "\nHost: " + e.Host + "\n" + headerLines(e.Request.Headers)
	fmt.Fprintf(b, "\n## %s\n\n%s", m.say("Request", "请求"), fenced("http", text))
	if e.Answer != nil {
		text := fmt.Sprintf("%d %s\n%s", e.Status, http.StatusText(e.Status), headerLines(e.Answer.Headers))
		if e.Answer.Body != "" {
			text += "\n" + e.Answer.Body
		}
		fmt.Fprintf(b, "\n## %s\n\n%s", m.say("Answer", "响应"), fenced("http", text))
	}
}

func (m *markdownWriter) forms(b *bytes.Buffer, e *entry) {
	type form struct{ title, text string }
	var list []form
	if r := e.Finding; r != nil && r.Signed != nil {
		list = append(list, form{m.say("What the client signed", "客户端签名的内容"), r.Signed.HttpString})
	}
	if s := e.Signature; s != nil && s.HTTPString != "" {
		list = append(list, form{m.say("What arrived amounts to (HttpString)", "按收到的请求算出的 HttpString"), s.HTTPString},
			form{"StringToSign", s.StringToSign})
	}
	for _, f := range list {
		fmt.Fprintf(b, "\n## %s\n\n%s", f.title, fenced("text", f.text))
	}
}

func headerLines(h http.Header) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			b.WriteString(name + ": " + v + "\n")
		}
	}
	return b.String()
}

// oneLine keeps a text from adding lines, and with them headings and fences, to the report.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	return strings.NewReplacer("<", "&lt;", "`", "'").Replace(s)
}

// code is a text in a line as it stands, in more backquotes than it has itself.
func code(s string) string {
	if s == "" {
		return ""
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '�'
		}
		return r
	}, s)
	mark := strings.Repeat("`", longestRun(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return mark + s + mark
}

// fenced is a block of text as it stands.
func fenced(kind, text string) string {
	mark := strings.Repeat("`", max(3, longestRun(text)+1))
	return mark + kind + "\n" + strings.TrimRight(text, "\n") + "\n" + mark + "\n"
}

// longestRun counts the most backquotes in a row.
func longestRun(s string) int {
	most, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		most = max(most, run)
	}
	return most
}
