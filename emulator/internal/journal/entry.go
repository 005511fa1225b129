// Package journal keeps what happened to the latest requests, accepted and
// refused alike: a bounded ring that can be asked, waited for and followed.
package journal

import (
	"net/http"
	"time"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// Verdict says how a request ended.
type Verdict string

// The verdicts.
const (
	// Accepted requests were served.
	Accepted Verdict = "accepted"
	// Refused requests were answered with an error.
	Refused Verdict = "refused"
	// Reported requests were served under `verify: report`, though the cloud
	// would have refused them.
	Reported Verdict = "reported"
	// Unchecked is what a request stays that is only explained, where nobody can
	// say whether its signature holds.
	Unchecked Verdict = "unchecked"
)

// Step is one check on the way of a request.
type Step struct {
	Name    string // key, time, signature, bucket, permission, operation
	Outcome string // "ok", "unchecked", or the code of the refusal
}

// Entry is one request. It is written once, before Add, and read only from
// then on. What arrived is held as it came, so that keeping it costs next to
// nothing; whoever shows it masks the signature and the token (see
// signer.Request.MaskedQuery).
type Entry struct {
	Seq     uint64 // given by Add, counting up from 1
	ID      string // the request id that every SDK prints
	At      time.Time
	Took    time.Duration
	Request *signer.Request
	Remote  string // the client's address
	Proto   string
	Scheme  string // http, or https where it came by TLS

	Operation string // the policy action: PutObject
	Bucket    string
	Region    string
	Key       string
	Received  int64 // body bytes

	Claim        *signer.Claim // nil: anonymous
	Steps        []Step
	HttpString   string // what the signature was computed over, when it was
	StringToSign string
	Reading      string // the leniency that the signature needed, if any

	Verdict Verdict
	Status  int
	Code    string // of the error, or of the waived one
	Message string
	Header  http.Header // of the answer
	Sent    int64       // bytes of the answer's body
	// Document is the XML of a refusal, as it was sent. What is asked of HEAD,
	// and what was served, has none here.
	Document []byte

	// Finding is why it was refused: a *diagnose.Report, held as any so that
	// the journal stays a leaf.
	Finding any
	// Diagnosis are the finding's ids, best first.
	Diagnosis []string
	// Hints are what there is to know about a request that was served.
	Hints []*diagnose.Hint

	// Omitted, when set, says what the request had beyond what is kept of one.
	Omitted *Omitted

	bytes int64   // what the journal counts it for
	steps [8]Step // room for Steps, so that they cost no allocation
}

// AddStep appends to Steps.
func (e *Entry) AddStep(name, outcome string) {
	if e.Steps == nil {
		e.Steps = e.steps[:0]
	}
	e.Steps = append(e.Steps, Step{Name: name, Outcome: outcome})
}

// Filter chooses entries. A field left zero chooses all.
type Filter struct {
	Bucket  string
	Key     string // exact, or a prefix that ends in `*`
	Method  string
	Status  int
	Code    string
	Verdict Verdict
	Since   time.Time // by the emulator's clock, inclusive
	After   uint64    // entries with a higher Seq only
	Before  uint64    // entries with a lower Seq only; 0: all
	Limit   int       // the newest ones; 0: all
}

// Match tells whether the filter chooses e. Limit plays no part.
func (f *Filter) Match(e *Entry) bool {
	return e.Seq > f.After && (f.Before == 0 || e.Seq < f.Before) &&
		(f.Bucket == "" || f.Bucket == e.Bucket) &&
		(f.Key == "" || matchKey(f.Key, e.Key)) &&
		(f.Method == "" || f.Method == e.Request.Method) &&
		(f.Status == 0 || f.Status == e.Status) &&
		(f.Code == "" || f.Code == e.Code) &&
		(f.Verdict == "" || f.Verdict == e.Verdict) &&
		(f.Since.IsZero() || !e.At.Before(f.Since))
}

func matchKey(pattern, key string) bool {
	if n := len(pattern) - 1; pattern[n] == '*' {
		return len(key) >= n && key[:n] == pattern[:n]
	}
	return pattern == key
}
