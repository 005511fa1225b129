package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"github.com/cosemu/cosemu/emulator"
)

// policyVerdict is a verdict as a page.
type policyVerdict emulator.PolicyAnswer

// The words of the page. Never written.
var (
	wordPolicyAllowed    = view.Text{En: "Allowed: ", Zh: "允许："}
	wordPolicyDenied     = view.Text{En: "Denied: ", Zh: "被拒绝："}
	wordPolicyNotAllowed = view.Text{En: "Not allowed: ", Zh: "不允许："}
	wordPolicyUndeny     = view.Text{
		En: "Nothing that allows it helps against a denial: narrow that statement, or send the request so that it does not apply.",
		Zh: "任何允许都不能抵消拒绝：请缩小这个 statement 的范围，或者改变请求使它不适用。",
	}
	wordPolicyMeet = view.Text{
		En: "Send the request so that it meets the condition, or change the condition.",
		Zh: "请改变请求以满足条件，或修改条件。",
	}
	wordPolicyAdd = view.Text{En: "This statement would allow it:", Zh: "加入下面这个 statement 就会允许："}
)

// page is the verdict for a reader.
func (v *policyVerdict) page() view.Page {
	p := view.Page{Title: v.Action + " " + v.Resource, Mood: view.Bad}
	outcome := wordPolicyNotAllowed
	switch v.Verdict {
	case emulator.PolicyAllowed:
		outcome, p.Mood = wordPolicyAllowed, view.Good
	case emulator.PolicyDenied:
		outcome = wordPolicyDenied
		p.Notes = append(p.Notes, wordPolicyUndeny)
	default:
		if v.Missing.Condition() && v.Add == nil { // else no request can meet it
			p.Notes = append(p.Notes, wordPolicyMeet)
		}
	}
	p.Outcome = view.Text{En: outcome.En + v.Sentence.En + ".", Zh: outcome.Zh + v.Sentence.Zh + "。"}
	return p
}

// print prints the verdict: the page, then the statements, which are not
// wrapped so that they can be copied.
func (v *policyVerdict) print(p *process) error {
	style := p.style()
	out := view.Render(v.page(), style)
	if v.Statement != nil {
		out += fmt.Sprintf("\nstatement[%d]:\n%s\n", *v.Statement, shownJSON(v.Text))
	}
	if v.Add != nil {
		out += fmt.Sprintf("\n%s\n%s\n", wordPolicyAdd.In(style.Lang), shownJSON(v.Add))
	}
	_, err := io.WriteString(p.stdout, out)
	return err
}

// shownJSON is JSON with unprintable characters escaped. They occur only in its
// strings; between them there is only white space.
func shownJSON(raw []byte) string {
	var out strings.Builder
	for _, r := range string(raw) {
		switch {
		case unicode.IsPrint(r) || r == '\n' || r == '\t':
			out.WriteRune(r)
		case r != '\r':
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&out, `\u%04x`, unit)
			}
		}
	}
	return out.String()
}
