// Package explain says why a request was refused, or would be: one that arrived
// (refusal.go), one that somebody pasted, and one that a cloud refused (cloud.go). A question
// is read (question.go), and judged by the judge that judges what arrives.
package explain

import (
	"net/http"
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/identity"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/judge"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/emulator/internal/record"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// Explainer explains refusals. It is safe for concurrent use.
type Explainer struct {
	Judge   *judge.Judge
	Who     *identity.Directory
	Records *record.Keeper
	// ClockOf is the clock of an account.
	ClockOf func(account string) *clock.Clock
	// Sees tells which accounts a text for an account may name.
	Sees func(account string) func(other string) bool
	// Endpoint and Domains are the configured ones: names under which a client may
	// have signed.
	Endpoint string
	Domains  []string
}

// Explanation is what can be said.
type Explanation struct {
	// Entry is the request as the journal would have it; nil when there is none.
	Entry *journal.Entry
	// Cloud is the refusal; nil when there is none.
	Cloud *diagnose.CloudError
	// Finding is why the request would be, or was, refused.
	Finding *diagnose.Report
	// Notes are what was not said, or could not be read.
	Notes []diagnose.Text
	// SecretID is the pair that the request names, as far as it can be read, and
	// SecretKnown tells whether its SecretKey was there to prove anything with.
	SecretID    string
	SecretKnown bool
}

// Explain says why a request would be refused if it arrived now, or why a cloud
// refused it. Nothing is sent, stored or kept in the journal. The errors say
// what of the question cannot be read.
func (x *Explainer) Explain(q Question) (*Explanation, error) {
	a, err := x.read(q)
	if err != nil {
		return nil, err
	}
	if a.req != nil {
		a.SecretID = secretIDOf(a.req)
	} else if a.Cloud != nil {
		a.SecretID = a.Cloud.SecretID
	}
	a.SecretKnown = a.SecretID != "" && (q.Secret != "" || x.hasSecret(a.SecretID))
	switch {
	case a.Cloud != nil && !a.judgeable():
		x.explainCloud(a)
	case a.req != nil:
		x.explainRequest(a)
	default:
		a.Finding = &diagnose.Report{}
	}
	a.addSeen()
	if a.Entry != nil {
		a.Entry.Finding, a.Entry.Diagnosis = a.Finding, idsOf(a.Finding)
	}
	return &a.Explanation, nil
}

// explainRequest judges the request. Where its method is unknown, the method is the
// one with which the signature can be explained (choice 160).
func (x *Explainer) explainRequest(a *asked) {
	c := x.considerAll(a)
	a.Entry = c.Entry
	a.Finding = c.Entry.Finding
	if a.Finding == nil {
		a.Finding = &diagnose.Report{}
	}
	x.withoutUnseen(a, c)
}

// considerAll judges the request by each method that it may have.
func (x *Explainer) considerAll(a *asked) *call.Call {
	c := x.consider(a, a.req.Method)
	if a.Method != "" || explainsSignature(c) {
		return c
	}
	if c.Who.Trace.StringToSign != "" { // its signature was judged, and does not hold
		for _, m := range methodsToTry() {
			if other := x.consider(a, m); explainsSignature(other) {
				return other
			}
		}
	}
	if c.Who.Claim != nil && !c.Who.Trace.OK {
		a.note("No method given; assuming "+c.Request.Method+".", "没有说明请求方法，按 "+c.Request.Method+" 处理。")
	}
	return c
}

// methodsToTry are the methods with which a URL is tried whose method is unknown.
func methodsToTry() []string {
	return []string{http.MethodPut, http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete}
}

// consider judges the request with a method.
func (x *Explainer) consider(a *asked, method string) *call.Call {
	req := *a.req
	req.Method = method
	c := x.Judge.Suppose(&req, a.secure, a.At, &call.Theory{Account: a.Account, Offline: a.Offline, SecretID: secretIDOf(&req), Secret: a.Secret})
	x.judge(c)
	return c
}

// judge has the request judged and fills its entry.
func (x *Explainer) judge(c *call.Call) {
	rep := &call.Reply{Status: http.StatusOK}
	err := x.Judge.Supposed(c)
	if err == nil && !undecided(c) {
		if err = ops.Refusal(x.Judge.Env, c); err != nil {
			c.Check("operation")
		}
	}
	if err != nil {
		rep = c.Refusal(err)
	} else {
		c.Conclude("ok")
	}
	x.WhyRefused(c, rep)
	c.Entry.ID = c.ID.String()
	open := rep.Err == nil && c.Out.Reported == nil && undecided(c)
	if open {
		x.diagnose(c, &coserr.Error{})
	}
	x.Records.Fill(c, rep, nil)
	if open {
		c.Entry.Verdict, c.Entry.Status, c.Entry.Hints = journal.Unchecked, 0, nil
	}
}

// undecided reports whether the verdict on the request must stay open: its key is
// unchecked, or its signature cannot be read and the rights on the bucket are not
// known.
func undecided(c *call.Call) bool {
	return c.Who.Unchecked || c.Who.Claim == nil && c.BucketUnknown
}

// explainsSignature tells whether the signature holds for the call's method, or
// does not for a reason that is no other method.
func explainsSignature(c *call.Call) bool {
	if c.Who.Trace.OK {
		return true
	}
	r := c.Entry.Finding
	return r != nil && r.Signed != nil && !slices.ContainsFunc(r.Findings, func(f diagnose.Finding) bool {
		return f.ID == diagnose.Method && f.Proven
	})
}

// addSeen adds what the text itself says is wrong, in front: unless the same was
// found by judging, which knows more.
func (a *asked) addSeen() {
	var seen []diagnose.Finding
	for _, f := range a.seen {
		if !slices.Contains(a.Finding.IDs(), f.ID) {
			seen = append(seen, f)
		}
	}
	if len(seen) > 0 {
		r := *a.Finding
		r.Findings = slices.Concat(seen, r.Findings)
		a.Finding = &r
	}
}

func (x *Explainer) hasSecret(id string) bool {
	_, ok := x.Who.Keys().Get(id)
	return ok
}

func idsOf(r *diagnose.Report) []string {
	ids := make([]string, 0, len(r.Findings))
	for _, id := range r.IDs() {
		ids = append(ids, string(id))
	}
	return ids
}

// Verdict tells what would come of a request if it arrived now, as far as that
// can be said without its body: nothing is sent, stored or kept in the
// journal. The entry has the verdict, the checks and the finding. The error
// says that the URL or the method cannot be read.
func (x *Explainer) Verdict(method, rawURL string, header http.Header) (*journal.Entry, error) {
	req, err := signer.NewRequest(method, rawURL, header)
	if err != nil {
		return nil, err
	}
	c := x.Judge.Suppose(req, judge.TLSOf(rawURL, req.Host) != nil, time.Time{}, nil)
	x.judge(c)
	return c.Entry, nil
}
