package answer

import (
	"fmt"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// mismatch is the code of a refusal in which the canonical form matters.
const mismatch = "SignatureDoesNotMatch"

// Page is a request of the journal.
func (r *Request) Page() view.Page {
	p := view.Page{Title: r.title()}
	said := strings.TrimSuffix(r.Code+": "+r.Message, ": ")
	switch r.Verdict {
	case Accepted:
		p.Mood = view.Good
		p.Outcome = formatted(wordAccepted, r.Status)
	case Reported:
		p.Mood = view.Bad
		p.Outcome = formatted(wordReported, said)
	default:
		p.Mood = view.Bad
		p.Outcome = formatted(wordRefused, fmt.Sprintf("%d %s", r.Status, said))
	}
	arrived := r.signatureForm()
	if f := r.Finding; f != nil {
		p.Findings = f.Findings
		p.Signed = side(wordSigned, f.Signed)
		if f.Arrived != nil {
			arrived = f.Arrived
		}
	}
	if p.Signed != nil || r.Code == mismatch {
		p.Arrived = side(wordArrived, arrived)
	}
	if len(p.Findings) == 0 && r.Verdict != Accepted {
		p.Notes = append(p.Notes, wordNoFinding)
	}
	if o := r.Omitted; o != nil {
		p.Notes = append(p.Notes, formatted(wordOmitted, o.Headers, o.Params))
	}
	p.Hints = r.Hints
	p.Checks = r.checks()
	p.Facts = r.facts(r.Finding)
	return p
}

func (r *Request) title() string {
	if r.Scheme == "https" {
		return r.Method + " https://" + r.Host + r.Path
	}
	return r.Method + " " + r.Host + r.Path
}

func (r *Request) signatureForm() *diagnose.Form {
	if r.Signature == nil || r.Signature.HTTPString == "" {
		return nil
	}
	return &diagnose.Form{HttpString: r.Signature.HTTPString, StringToSign: r.Signature.StringToSign}
}

func (r *Request) checks() []view.Check {
	checks := make([]view.Check, len(r.Steps))
	for i, s := range r.Steps {
		checks[i] = view.Check(s)
	}
	return checks
}

func (r *Request) facts(report *diagnose.Report) []view.Fact {
	l := facts{}
	l.add(wordRequestID, r.ID)
	if r.At != nil {
		at := stamp(r.At)
		if r.Request != nil && r.Request.Remote != "" {
			at += ", " + r.Request.Remote
		}
		l.add(wordAt, at)
	}
	l.add(wordOperation, r.Operation)
	if s := r.Signature; s != nil {
		l.add(wordSecretID, s.SecretID)
		l.add(wordValid, s.SignTime.text())
		if s.KeyTime.Raw != s.SignTime.Raw {
			l.add(wordKeyValid, s.KeyTime.text())
		}
	}
	if report != nil {
		l.add(wordTolerated, strings.Join(report.Accepted, ", "))
	}
	return l
}

// facts is a list that takes only what has a value.
type facts []view.Fact

func (l *facts) add(name diagnose.Text, value string) {
	if value != "" {
		*l = append(*l, view.Fact{Name: name, Value: value})
	}
}

func (t *TimeRange) text() string {
	if t.Start == nil || t.End == nil {
		return t.Raw
	}
	return stamp(t.Start) + " – " + stamp(t.End)
}

// stamp writes a time as the findings do.
func stamp(t *time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func side(heading diagnose.Text, f *diagnose.Form) *view.Side {
	if f == nil || f.HttpString == "" {
		return nil
	}
	return &view.Side{Heading: heading, Form: *f}
}

// Page is what was explained offline.
func (e *Explanation) Page() view.Page {
	p := view.Page{Findings: e.Finding.Findings, Signed: side(wordSigned, e.Finding.Signed), Arrived: side(wordArrived, e.Finding.Arrived)}
	if e.Request != nil {
		r := *e.Request
		r.ID = "" // it leads nowhere
		if e.Cloud != nil {
			r.At = nil // it was not judged here
		}
		p.Title = r.title()
		p.Checks = r.checks()
		p.Facts = r.facts(e.Finding)
		p.Hints = r.Hints
	}
	switch {
	case e.Cloud != nil:
		e.cloudPage(&p)
	case e.Request != nil:
		e.requestPage(&p)
	}
	p.Notes = append(p.Notes, e.Notes...)
	if r := e.Request; r != nil && r.Signature != nil && !e.SecretKnown && e.Finding.Signed == nil {
		p.Notes = append(p.Notes, formatted(wordNoSecret, r.Signature.SecretID))
	}
	return p
}

// requestPage says what would come of a request by itself.
func (e *Explanation) requestPage(p *view.Page) {
	r := e.Request
	if p.Signed == nil && r.Code != "" && r.Code != mismatch || r.Verdict == Accepted {
		p.Arrived = nil // it is not about what was signed
	}
	switch {
	case r.Verdict == Refused:
		p.Mood = view.Bad
		p.Outcome = formatted(wordWouldRefuse, fmt.Sprintf("%d %s", r.Status, strings.TrimSuffix(r.Code+": "+r.Message, ": ")))
	case len(p.Findings) > 0:
	case r.Verdict == Accepted:
		p.Mood = view.Good
		p.Outcome = wordNothingWrong
	default:
		p.Outcome = wordNothingSeen
	}
}

// cloudPage says what the cloud's body holds, and lays it beside the request.
func (e *Explanation) cloudPage(p *view.Page) {
	c := e.Cloud
	if p.Title == "" {
		p.Title = c.Resource
	}
	p.Mood = view.Bad
	if said := strings.TrimSuffix(c.Code+": "+c.Message, ": "); said != "" && said != ":" {
		p.Outcome = formatted(wordCloudRefused, said)
	}
	if p.Arrived != nil {
		p.Arrived.Heading = wordReceived
	}
	if p.Signed == nil && e.Request != nil {
		p.Signed = side(wordThisRequest, e.Request.signatureForm())
	}
	switch {
	case c.Integrity == nil:
	case !c.Belongs && c.StringToSign != "":
		p.Warning = *c.Integrity
	default:
		p.Notes = append(p.Notes, *c.Integrity)
	}
	l := facts(p.Facts)
	l.add(wordRequestID, c.RequestID)
	l.add(wordResource, c.Resource)
	if c.ServerTime != nil {
		l.add(wordServerTime, stamp(c.ServerTime))
	}
	p.Facts = l
	switch {
	case len(p.Findings) > 0:
	case c.Code == mismatch: // cut short, or all that a client shows of it
		p.Notes = append(p.Notes, wordNoStrings)
	default:
		p.Notes = append(p.Notes, wordNoFinding)
	}
}

func formatted(t diagnose.Text, args ...any) diagnose.Text {
	return diagnose.Text{En: fmt.Sprintf(t.En, args...), Zh: fmt.Sprintf(t.Zh, args...)}
}
