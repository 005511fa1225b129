// Package answer makes the pages that `why` and `explain` show in a terminal, out
// of what the control API answers.
package answer

import (
	"fmt"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// mismatch is the code of a refusal in which the canonical form matters.
const mismatch = "SignatureDoesNotMatch"

// OfRequest is the page on a request of the journal.
func OfRequest(r *emulator.Request) view.Page {
	p := view.Page{Title: title(r)}
	said := strings.TrimSuffix(r.Code+": "+r.Message, ": ")
	switch {
	case r.Fault != nil && r.Status == 0:
		p.Mood = view.Bad
		p.Outcome = wordSilent
	case r.Verdict == emulator.Accepted:
		p.Mood = view.Good
		p.Outcome = formatted(wordAccepted, r.Status)
	case r.Verdict == emulator.Reported:
		p.Mood = view.Bad
		p.Outcome = formatted(wordReported, said)
	default:
		p.Mood = view.Bad
		p.Outcome = formatted(wordRefused, fmt.Sprintf("%d %s", r.Status, said))
	}
	arrived := signatureForm(r)
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
	if len(p.Findings) == 0 && r.Verdict != emulator.Accepted {
		p.Notes = append(p.Notes, wordNoFinding)
	}
	if o := r.Omitted; o != nil {
		p.Notes = append(p.Notes, formatted(wordOmitted, o.Headers, o.Params))
	}
	p.Hints = r.Hints
	p.Checks = checks(r)
	p.Facts = factsOf(r, r.Finding)
	return p
}

func title(r *emulator.Request) string {
	if r.Scheme == "https" {
		return r.Method + " https://" + r.Host + r.Path
	}
	return r.Method + " " + r.Host + r.Path
}

func signatureForm(r *emulator.Request) *diagnose.Form {
	if r.Signature == nil || r.Signature.HTTPString == "" {
		return nil
	}
	return &diagnose.Form{HttpString: r.Signature.HTTPString, StringToSign: r.Signature.StringToSign}
}

func checks(r *emulator.Request) []view.Check {
	list := make([]view.Check, len(r.Steps))
	for i, s := range r.Steps {
		list[i] = view.Check(s)
	}
	return list
}

func factsOf(r *emulator.Request, report *diagnose.Report) []view.Fact {
	l := facts{}
	l.add(wordRequestID, r.ID)
	if !r.At.IsZero() {
		at := stamp(r.At)
		if r.Request != nil && r.Request.Remote != "" {
			at += ", " + r.Request.Remote
		}
		l.add(wordAt, at)
	}
	l.add(wordOperation, r.Operation)
	if s := r.Signature; s != nil {
		l.add(wordSecretID, s.SecretID)
		sign, key := s.SignTime, s.KeyTime
		l.add(wordValid, validity(sign.Raw, sign.Start, sign.End))
		if key.Raw != sign.Raw {
			l.add(wordKeyValid, validity(key.Raw, key.Start, key.End))
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

// validity is a time range, as it was written where it cannot be read.
func validity(raw string, start, end *time.Time) string {
	if start == nil || end == nil {
		return raw
	}
	return stamp(*start) + " – " + stamp(*end)
}

// stamp writes a time as the findings do.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func side(heading diagnose.Text, f *diagnose.Form) *view.Side {
	if f == nil || f.HttpString == "" {
		return nil
	}
	return &view.Side{Heading: heading, Form: *f}
}

// OfExplanation is the page on what was explained.
func OfExplanation(e *emulator.Explanation) view.Page {
	p := view.Page{Findings: e.Finding.Findings, Signed: side(wordSigned, e.Finding.Signed), Arrived: side(wordArrived, e.Finding.Arrived)}
	if e.Request != nil {
		r := *e.Request
		r.ID = "" // it leads nowhere
		if e.Cloud != nil {
			r.At = time.Time{} // it was not judged here
		}
		p.Title = title(&r)
		p.Checks = checks(&r)
		p.Facts = factsOf(&r, e.Finding)
		p.Hints = r.Hints
	}
	switch {
	case e.Cloud != nil:
		cloudPage(e, &p)
	case e.Request != nil:
		requestPage(e.Request, &p)
	}
	p.Notes = append(p.Notes, e.Notes...)
	if r := e.Request; r != nil && r.Signature != nil && !e.SecretKnown && e.Finding.Signed == nil {
		p.Notes = append(p.Notes, formatted(wordNoSecret, r.Signature.SecretID))
	}
	return p
}

// requestPage says what would come of a request by itself.
func requestPage(r *emulator.Request, p *view.Page) {
	if p.Signed == nil && r.Code != "" && r.Code != mismatch || r.Verdict == emulator.Accepted {
		p.Arrived = nil // it is not about what was signed
	}
	switch {
	case r.Verdict == emulator.Refused:
		p.Mood = view.Bad
		p.Outcome = formatted(wordWouldRefuse, fmt.Sprintf("%d %s", r.Status, strings.TrimSuffix(r.Code+": "+r.Message, ": ")))
	case len(p.Findings) > 0:
	case r.Verdict == emulator.Accepted:
		p.Mood = view.Good
		p.Outcome = wordNothingWrong
	default:
		p.Outcome = wordNothingSeen
	}
}

// cloudPage says what the cloud's body holds, and lays it beside the request.
func cloudPage(e *emulator.Explanation, p *view.Page) {
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
		p.Signed = side(wordThisRequest, signatureForm(e.Request))
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
		l.add(wordServerTime, stamp(*c.ServerTime))
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
