// Package view writes what is known of a request for a terminal: the finding
// on top, the two canonical forms side by side with the differing part marked,
// then everything else. It is pure: values in, text out. Whatever a request
// holds, what comes out steers no terminal.
package view

import (
	"strings"

	"github.com/cosemu/cosemu/signer/diagnose"
)

// Page is what is shown of one request. Parts left empty are not shown.
type Page struct {
	// Title names the request: "PUT host/path".
	Title string
	// Outcome says in a line what came of it.
	Outcome Text
	// Mood colours Outcome.
	Mood Mood
	// Warning is what puts all that follows in doubt.
	Warning Text
	// Findings are best first, as in diagnose.Report.
	Findings []diagnose.Finding
	// Hints are what there is to know about a request that was served.
	Hints []diagnose.Hint
	// Signed and Arrived are the two canonical forms. With one alone there is
	// nothing to compare; it is shown by itself.
	Signed, Arrived *Side
	// Checks are the steps of the verdict, in order.
	Checks []Check
	// Facts are further lines with a name, Notes without.
	Facts []Fact
	Notes []Text
}

// Text is a sentence in the languages that cosemu speaks.
type Text = diagnose.Text

// Side is one canonical form under its heading.
type Side struct {
	Heading Text
	diagnose.Form
}

// Check is one step of the verdict.
type Check struct {
	Name string
	// Outcome is "ok", the code of the refusal, or Unchecked.
	Outcome string
}

// OK and Unchecked are outcomes of a Check that are no refusal.
const (
	OK        = "ok"
	Unchecked = "unchecked"
)

// Fact is a line with a name.
type Fact struct {
	Name  Text
	Value string
}

// Mood says how an outcome is to be taken.
type Mood int

// The moods.
const (
	Neutral Mood = iota
	Good
	Bad
)

// Style says how a page is written.
type Style struct {
	// Width of the terminal in columns. Less than MinWidth counts as MinWidth.
	Width int
	// Colour allows escape sequences. Without it the same parts are marked
	// with characters.
	Colour bool
	// Lang is "zh" for Chinese; everything else is English.
	Lang string
}

// MinWidth is the narrowest terminal that lines are fitted to.
const MinWidth = 30

// Render writes the page. Every line ends in a line break.
func Render(p Page, s Style) string {
	w := &writer{style: s, width: max(s.Width, MinWidth)}
	w.head(&p)
	main, also := split(p.Findings)
	for i := range main {
		w.finding(&main[i])
	}
	w.forms(p.Signed, p.Arrived)
	if len(also) > 0 {
		w.heading(wordAlso)
		for i := range also {
			w.observation(&also[i])
		}
	}
	for i := range p.Hints {
		w.hint(&p.Hints[i])
	}
	w.checks(p.Checks)
	w.facts(p.Facts)
	for _, n := range p.Notes {
		w.gap()
		w.text("", w.say(n), plain)
	}
	return w.out.String()
}

// split parts the findings that are the answer from those beside it: the
// proven ones, and where nothing is proven the first.
func split(findings []diagnose.Finding) (main, also []diagnose.Finding) {
	for i := range findings {
		if findings[i].Proven {
			main = append(main, findings[i])
		} else {
			also = append(also, findings[i])
		}
	}
	if len(findings) > 0 && !findings[0].Proven {
		// What refused the request comes first, though something that would
		// have refused it next can be proven.
		return findings[:1], findings[1:]
	}
	return main, also
}

func (w *writer) head(p *Page) {
	w.text("", clean(p.Title), strong)
	if o := w.say(p.Outcome); o != "" {
		ink := plain
		switch p.Mood {
		case Good:
			ink = good
		case Bad:
			ink = bad
		}
		w.text("", o, ink)
	}
	if t := w.say(p.Warning); t != "" {
		w.gap()
		w.text("", t, bad)
	}
}

// finding is the answer: what is wrong, what to do, and how sure that is.
func (w *writer) finding(f *diagnose.Finding) {
	w.gap()
	w.text("", w.say(f.Sentence), strong)
	if a := w.say(f.Advice); a != "" {
		w.text("  ", w.say(wordFix)+a, plain)
	}
	w.suggestion(f)
	w.text("  ", string(f.ID)+w.say(proof(f)), faint)
}

// observation is the same in fewer lines.
func (w *writer) observation(f *diagnose.Finding) {
	w.text("  ", w.say(f.Sentence), plain)
	if a := w.say(f.Advice); a != "" {
		w.text("    ", w.say(wordFix)+a, plain)
	}
	w.suggestion(f)
	w.text("    ", string(f.ID)+w.say(proof(f)), faint)
}

// hint is what to know about a request that was served.
func (w *writer) hint(h *diagnose.Hint) {
	w.gap()
	w.text("  ", w.say(h.Sentence), plain)
	w.text("    ", w.say(h.Advice), plain)
	w.text("    ", h.ID+w.say(wordHint), faint)
}

// suggestion is what to paste, on a line of its own that nothing is put into.
func (w *writer) suggestion(f *diagnose.Finding) {
	if f.Suggestion != "" {
		w.line(piece{"    ", plain}, piece{f.Suggestion, good})
	}
}

func proof(f *diagnose.Finding) Text {
	switch {
	case f.Proven:
		return wordProven
	case f.ID == diagnose.Unknown, f.ID == diagnose.FaultInjected:
		return Text{}
	}
	return wordSeen
}

func (w *writer) checks(checks []Check) {
	if len(checks) == 0 {
		return
	}
	w.heading(wordChecks)
	label := 0
	for _, c := range checks {
		label = max(label, Width(w.say(checkName(c.Name))))
	}
	for _, c := range checks {
		ink, outcome := bad, c.Outcome
		switch c.Outcome {
		case OK:
			ink = good
		case Unchecked:
			ink, outcome = faint, w.say(wordUnchecked)
		}
		w.labelled(w.say(checkName(c.Name)), label, clean(outcome), ink)
	}
}

func (w *writer) facts(facts []Fact) {
	label := 0
	for _, f := range facts {
		label = max(label, Width(w.say(f.Name)))
	}
	for i, f := range facts {
		if i == 0 {
			w.heading(wordDetails)
		}
		w.labelled(w.say(f.Name), label, clean(f.Value), plain)
	}
}

// labelled is a line "  name  value", its value hanging.
func (w *writer) labelled(name string, label int, value string, ink ink) {
	indent := "  " + Pad(name, label) + "  "
	blank := strings.Repeat(" ", Width(indent))
	for i, line := range Wrap(value, w.width-Width(indent)) {
		if i > 0 {
			indent = blank
		}
		w.line(piece{indent, faint}, piece{line, ink})
	}
}
