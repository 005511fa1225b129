// Package explain says why a request was refused, or would be: one that arrived,
// one that somebody pasted, and one that a cloud refused.
package explain

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/identity"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/judge"
	"github.com/cosemu/cosemu/emulator/internal/paste"
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

// MaxPaste is how many bytes of a text Explain reads.
const MaxPaste = paste.MaxBytes

// What is wrong with a Question. No error repeats any of it.
var (
	ErrNothingToExplain = bilingual.Errorf("there is neither a request nor a refusal", "既没有请求，也没有拒绝响应")
	ErrTwoRefusals      = bilingual.Errorf("the request comes with a body of its own, so a further one is one too many", "请求里已经有响应内容，不能再给一份")
	ErrNoRefusal        = bilingual.Errorf("the body holds no refusal, no COS error: there is neither <Error>…</Error> in it nor an SDK's message",
		"内容里没有 COS 的拒绝响应：既没有 <Error>…</Error>，也没有 SDK 的报错")
	ErrNoRequest = bilingual.Errorf("a method and headers belong to a request, and there is none", "请求方法和头部说的是请求，而这里没有请求")
)

// Question is what Explain is asked. One of Text, URL and Body is needed.
type Question struct {
	// Text is what somebody pasted: a URL, a command, code, a dump, the error of
	// an SDK or a browser, the body of a refusal; in UTF-8, UTF-16 or GBK.
	Text string
	// URL is that of the request, and nothing else.
	URL string
	// Method and Header are those of the request, whatever Text says. An empty
	// Method is one that nobody said, and a nil Header one of which nobody said
	// what is sent.
	Method string
	Header http.Header
	// Body is the refusal, where it does not stand in Text.
	Body string
	// Account is the APPID of the account that asks; empty: whoever may know all. Its
	// clock counts, and what no account but another one may know is not named (choice
	// 735).
	Account string
	// At is the moment to judge at. Zero means now, by the emulator's clock, and
	// with a refusal that of the server which gave it.
	At time.Time
	// Offline means that nothing but the configuration is known here: a key pair
	// that is not configured may well exist. It is left unchecked (choice 380).
	Offline bool
	// Secret is the SecretKey of the pair that the request names, when it was
	// given for this question. It is shown nowhere.
	Secret string
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
		a.SecretKnown = a.SecretID != "" && (q.Secret != "" || x.hasSecret(a.SecretID))
	}
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

// asked is a question that was read.
type asked struct {
	Question
	Explanation
	req    *signer.Request // nil: there is none
	shown  *paste.Request  // how the text shows it; nil: the question says it all
	seen   []diagnose.Finding
	secure bool // it goes by TLS
}

// read puts together what the question holds.
func (x *Explainer) read(q Question) (*asked, error) {
	a := &asked{Question: q}
	if q.URL != "" {
		a.shown = &paste.Request{URL: q.URL, Bare: q.Header == nil}
	}
	if err := a.readText(q.Text); err != nil {
		return nil, err
	}
	if err := a.readBody(q.Body); err != nil {
		return nil, err
	}
	switch {
	case a.shown != nil:
		if err := a.makeRequest(); err != nil {
			return nil, err
		}
	case a.Cloud == nil && a.seen == nil:
		return nil, ErrNothingToExplain
	case q.Method != "" || len(q.Header) > 0:
		return nil, ErrNoRequest
	}
	return a, nil
}

func (a *asked) readText(text string) error {
	if text == "" {
		return nil
	}
	t, err := paste.Read(text)
	if err != nil {
		return err
	}
	a.take(t)
	return nil
}

func (a *asked) readBody(text string) error {
	switch {
	case text == "":
		return nil
	case a.Cloud != nil:
		return ErrTwoRefusals
	}
	t, err := paste.Read(text)
	if errors.Is(err, paste.ErrNothing) || err == nil && t.Cloud == nil {
		return ErrNoRefusal
	}
	if err != nil {
		return err
	}
	if a.shown != nil {
		t.Request = nil
	}
	a.take(t)
	return nil
}

// take adds what a text shows.
func (a *asked) take(t *paste.Text) {
	a.Cloud, a.seen, a.Notes = t.Cloud, append(a.seen, t.Findings...), append(a.Notes, t.Notes...)
	if t.Request != nil {
		a.shown = t.Request
	}
}

// makeRequest makes a request of what the text shows and of what the question
// says beside it, which counts more.
func (a *asked) makeRequest() error {
	s := *a.shown
	s.Header = s.Header.Clone()
	if a.Header != nil {
		s.Whole = true
		if s.Header == nil {
			s.Header = http.Header{}
		}
		for name, values := range a.Header {
			s.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if a.Method != "" {
		s.Method = a.Method
	}
	if s.Method == "" {
		s.Method = http.MethodPut
		if m, _, ok := strings.Cut(formatString(a.Cloud), "\n"); ok && m != "" {
			s.Method, a.Method = strings.ToUpper(m), m
		}
	} else {
		a.Method = s.Method
	}
	req, err := signer.NewRequest(s.Method, s.URL, s.Header)
	if err != nil {
		return bilingual.Errorf("the URL cannot be read: %s", "无法读取 URL：%s", strings.TrimPrefix(err.Error(), "signer: "))
	}
	a.req, a.shown = req, &s
	a.secure = judge.TLSOf(s.URL, req.Host) != nil
	return nil
}

func formatString(c *diagnose.CloudError) string {
	if c == nil {
		return ""
	}
	return c.FormatString
}

// judgeable tells whether the request itself can say why its signature does not
// match, where the refusal does not hold what was signed.
func (a *asked) judgeable() bool {
	if a.req == nil || a.Cloud.Code != string(coserr.SignatureDoesNotMatch) || secretIDOf(a.req) == "" {
		return false
	}
	claim, _ := signer.FindClaim(a.req)
	return a.Cloud.FormatString == "" || claim != nil && claim.Family != signer.QSign
}

// secretIDOf is the pair that a request names, be its signature so damaged that
// no server could read it; empty when it names none.
func secretIDOf(r *signer.Request) string {
	if claim, _ := signer.FindClaim(r); claim != nil {
		return claim.SecretID
	}
	text := r.Query + "&" + r.Header.Get("Authorization")
	for range 3 {
		if _, after, ok := strings.Cut(text, "q-ak="); ok {
			if end := strings.IndexAny(after, `&\ "'`); end >= 0 {
				after = after[:end]
			}
			return after
		}
		text = signer.Decode(text)
	}
	return ""
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

// methodsToTry are those with which a URL is tried whose method nobody said.
func methodsToTry() []string {
	return []string{http.MethodPut, http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete}
}

// explainRequest judges the request. A method that nobody said is not held
// against it: it is the one with which the signature can be explained (choice
// 160).
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

// consider judges the request with a method.
func (x *Explainer) consider(a *asked, method string) *call.Call {
	req := *a.req
	req.Method = method
	c := x.Judge.Suppose(&req, a.secure, a.At, &call.Theory{Account: a.Account, Offline: a.Offline, SecretID: secretIDOf(&req), Secret: a.Secret})
	x.finishJudging(c)
	return c
}

func (a *asked) note(en, zh string) {
	a.Notes = append(a.Notes, diagnose.Text{En: en, Zh: zh})
}

// undecided tells that nobody can say what would come of the request: its key is
// unchecked, or its signature cannot be read and who may use the bucket is not
// known.
func undecided(c *call.Call) bool {
	return c.Who.Unchecked || c.Who.Claim == nil && c.BucketUnknown
}
