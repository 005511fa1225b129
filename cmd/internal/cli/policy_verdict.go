package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"github.com/cosemu/cosemu/emulator/policy"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// The verdicts of a policy.
const (
	verdictAllowed    = "allowed"
	verdictDenied     = "denied"      // a statement denies it
	verdictNotAllowed = "not-allowed" // none allows it
)

// policyVerdict is what a policy says to a request, as JSON shows it.
type policyVerdict struct {
	Verdict  string        `json:"verdict"`
	Action   string        `json:"action"`
	Resource string        `json:"resource"`
	Sentence diagnose.Text `json:"sentence"`
	// Statement is the one that decided, or came closest, from 0; nil when the
	// policy allows nothing at all. Text is its JSON.
	Statement *int            `json:"statement,omitempty"`
	Text      json.RawMessage `json:"statement_text,omitempty"`
	Missing   *policyMissing  `json:"missing,omitempty"`
	// Add is a statement that would allow the request.
	Add json.RawMessage `json:"add,omitempty"`
}

// policyMissing is what kept the closest statement from applying.
type policyMissing struct {
	What     string   `json:"what"`
	Operator string   `json:"operator,omitempty"`
	Key      string   `json:"key,omitempty"`
	Want     []string `json:"want"`
	Got      []string `json:"got"`
	Also     []string `json:"also,omitempty"`
}

// judge asks the policy.
func judge(p *policy.Policy, r *policy.Request) *policyVerdict {
	d := p.Evaluate(r)
	v := &policyVerdict{Action: policy.ActionName(r), Resource: policy.ResourceName(r), Verdict: verdictNotAllowed}
	v.Sentence.En, v.Sentence.Zh = d.Describe()
	if d.Statement >= 0 {
		v.Statement, v.Text = &d.Statement, p.Statement(d.Statement)
	}
	switch d.Effect {
	case policy.Allow:
		v.Verdict = verdictAllowed
	case policy.Deny:
		v.Verdict = verdictDenied
	default:
		// A condition that bites is to be met: a statement without it would undo it.
		if d.Missing == nil || d.Missing.What != policy.MissedCondition {
			v.Add = policy.SuggestFor(r, p.Where())
		}
	}
	if m := d.Missing; m != nil {
		v.Missing = &policyMissing{What: m.What.String(), Operator: m.Operator, Key: m.Key, Want: m.Want, Got: append([]string{}, m.Got...)}
		for _, w := range m.Also {
			v.Missing.Also = append(v.Missing.Also, w.String())
		}
	}
	return v
}

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
	case verdictAllowed:
		outcome, p.Mood = wordPolicyAllowed, view.Good
	case verdictDenied:
		outcome = wordPolicyDenied
		p.Notes = append(p.Notes, wordPolicyUndeny)
	default:
		if v.Missing != nil && v.Missing.What == policy.MissedCondition.String() {
			p.Notes = append(p.Notes, wordPolicyMeet)
		}
	}
	p.Outcome = view.Text{En: outcome.En + v.Sentence.En + ".", Zh: outcome.Zh + v.Sentence.Zh + "。"}
	return p
}

// print prints the verdict: the page, then the statements, which are not
// wrapped so that they can be copied.
func (v *policyVerdict) print(p *process, lang string) error {
	style := p.style(lang)
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

// shownJSON is JSON as it stands, in which what no terminal shows is escaped.
// Outside its texts there is nothing of that kind but blanks.
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
