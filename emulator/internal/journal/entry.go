// Package journal records the latest requests, accepted and refused ones, in a ring of limited
// size. A reader can select, wait for and follow entries.
package journal

import (
	"net/http"
	"slices"
	"time"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// Verdict is the outcome of a request.
type Verdict string

// The verdicts.
const (
	// Accepted requests were served.
	Accepted Verdict = "accepted"
	// Refused requests were answered with an error.
	Refused Verdict = "refused"
	// Reported requests were served because of `verify: report`. COS would have refused them.
	Reported Verdict = "reported"
	// Unchecked requests were only explained, and their signature cannot be checked.
	Unchecked Verdict = "unchecked"
)

// Step is a check of a request.
type Step struct {
	Name    string // key, time, signature, bucket, permission or operation
	Outcome string // "ok", "unchecked", or the code of the error
}

// Fault is a planned fault that a request met.
type Fault struct {
	ID    string `json:"id" doc:"Its id, as in GET /api/v1/faults."`
	Fault string `json:"fault" example:"answer" doc:"What it does, in a word."`
}

// Entry is a request with its verdict and its answer. It must not change after Journal.Add. The
// request is stored as it arrived, with signature and token, so that recording is cheap. Code that
// shows an entry must hide them (see signer.Request.MaskedQuery).
type Entry struct {
	Seq     uint64 // set by Add, counts from 1
	ID      string // the request id of the answer
	At      time.Time
	Took    time.Duration
	Request *signer.Request
	Remote  string // the address of the client
	Proto   string
	Scheme  string // http, or https for a request over TLS

	Operation string // the action in policies, as in PutObject
	Account   string // the APPID whose request it is; see Filter.Account
	Bucket    string
	Region    string
	Key       string
	Received  int64 // bytes of the body that were read

	Claim        *signer.Claim // nil: anonymous
	Steps        []Step
	HttpString   string // the server's, if the signature was checked
	StringToSign string
	Reading      string // the lenient reading that the signature needs to match, if any

	Verdict Verdict
	Status  int
	Code    string // of the error, or of the error that was only reported
	Message string
	Header  http.Header // the headers of the answer
	Sent    int64       // bytes of the answer's body
	// Document is the XML of an error. It is empty for HEAD and for requests that were served.
	Document []byte

	// Finding is why the request was refused; nil: nothing was looked for.
	Finding *diagnose.Report
	// Diagnosis has the ids of the findings, most likely first.
	Diagnosis []string
	// Hints are hints about a request that was served.
	Hints []*diagnose.Hint

	// Fault is the planned fault that the request met; nil: none.
	Fault *Fault

	// Omitted is what the journal left out of a large request. It is nil where it left out nothing.
	Omitted *Omitted

	bytes int64   // the size that counts towards Options.Bytes
	steps [8]Step // memory for Steps, to save an allocation
}

// AddStep appends to Steps.
func (e *Entry) AddStep(name, outcome string) {
	if e.Steps == nil {
		e.Steps = e.steps[:0]
	}
	e.Steps = append(e.Steps, Step{Name: name, Outcome: outcome})
}

// Filter selects entries. All fields that are not zero must match.
type Filter struct {
	// Account is an APPID. A request belongs to the owner of its bucket, or else to the
	// account of its key pair.
	Account string
	Bucket  string
	Key     string // an exact key, or a prefix that ends in `*`
	Method  string
	Status  int
	Code    string
	Verdict Verdict
	// Operation is the action in policies, as in PutObject.
	Operation string
	// Diagnosis is the id of a finding. An entry matches if it has that finding, at any place.
	Diagnosis string
	Since     time.Time // the earliest time of arrival, by the emulator's clock
	After     uint64    // a lower limit of Seq, exclusive
	Before    uint64    // an upper limit of Seq, exclusive; 0: none
	Limit     int       // the most entries, the newest ones; 0: all
}

// Match reports whether e matches the filter. It ignores Limit.
func (f *Filter) Match(e *Entry) bool {
	return e.Seq > f.After && (f.Account == "" || f.Account == e.Account) && (f.Before == 0 || e.Seq < f.Before) &&
		(f.Bucket == "" || f.Bucket == e.Bucket) &&
		(f.Key == "" || matchKey(f.Key, e.Key)) &&
		(f.Method == "" || f.Method == e.Request.Method) &&
		(f.Status == 0 || f.Status == e.Status) &&
		(f.Code == "" || f.Code == e.Code) &&
		(f.Verdict == "" || f.Verdict == e.Verdict) &&
		(f.Operation == "" || f.Operation == e.Operation) &&
		(f.Diagnosis == "" || slices.Contains(e.Diagnosis, f.Diagnosis)) &&
		(f.Since.IsZero() || !e.At.Before(f.Since))
}

func matchKey(pattern, key string) bool {
	if n := len(pattern) - 1; pattern[n] == '*' {
		return len(key) >= n && key[:n] == pattern[:n]
	}
	return pattern == key
}
