// Package answer holds what `why` and `explain` have to say of a request: as
// the control API has it (emulator/control), and as the page for a terminal.
package answer

import (
	"time"

	"github.com/cosemu/cosemu/signer/diagnose"
)

// Request is a request with its verdict: an entry of the emulator's journal,
// or what can be said of one that was never sent. Fields that are unknown are
// left out.
type Request struct {
	Seq       uint64           `json:"seq,omitempty"`
	ID        string           `json:"id,omitempty"`
	At        *time.Time       `json:"at,omitempty"` // when it was judged
	Verdict   string           `json:"verdict,omitempty"`
	Status    int              `json:"status,omitempty"`
	Code      string           `json:"code,omitempty"`
	Message   string           `json:"message,omitempty"`
	Operation string           `json:"operation,omitempty"`
	Method    string           `json:"method"`
	Scheme    string           `json:"scheme,omitempty"` // https: it came by TLS
	Host      string           `json:"host"`
	Path      string           `json:"path"`
	Bucket    string           `json:"bucket,omitempty"`
	Key       string           `json:"key,omitempty"`
	Diagnosis []string         `json:"diagnosis"`
	Signature *Signature       `json:"signature,omitempty"`
	Steps     []Step           `json:"steps,omitempty"`
	Finding   *diagnose.Report `json:"finding,omitempty"`
	Hints     []diagnose.Hint  `json:"hints,omitempty"`
	Omitted   *Omitted         `json:"omitted,omitempty"`
	Request   *Arrived         `json:"request,omitempty"`
}

// The verdicts.
const (
	Accepted = "accepted"
	Refused  = "refused"
	Reported = "reported"
)

// Arrived is the part of what arrived that is shown.
type Arrived struct {
	Remote string `json:"remote,omitempty"`
}

// Signature is what a request says of its own signature.
type Signature struct {
	Carrier      string    `json:"carrier"`
	Algorithm    string    `json:"algorithm"`
	SecretID     string    `json:"secret_id"`
	SignTime     TimeRange `json:"sign_time"`
	KeyTime      TimeRange `json:"key_time"`
	HeaderList   []string  `json:"header_list"`
	ParamList    []string  `json:"param_list"`
	Signature    string    `json:"signature"`
	Token        string    `json:"token"` // where it travels; never the token itself
	HTTPString   string    `json:"http_string,omitempty"`
	StringToSign string    `json:"string_to_sign,omitempty"`
	Reading      string    `json:"reading,omitempty"`
}

// TimeRange is a validity; start and end are left out where it cannot be read.
type TimeRange struct {
	Raw   string     `json:"raw"`
	Start *time.Time `json:"start,omitempty"`
	End   *time.Time `json:"end,omitempty"`
}

// Step is a check and what came of it: "ok", "unchecked", or the code of the
// refusal.
type Step struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome"`
}

// Cloud is a refusal of the real cloud, as its body has it.
type Cloud struct {
	Code         string     `json:"code"`
	Message      string     `json:"message"`
	Resource     string     `json:"resource,omitempty"`
	RequestID    string     `json:"request_id,omitempty"`
	ServerTime   *time.Time `json:"server_time,omitempty"`
	HTTPString   string     `json:"http_string,omitempty"`
	StringToSign string     `json:"string_to_sign,omitempty"`
	Belongs      bool       `json:"belongs"`
	Mended       bool       `json:"mended"`
	// Integrity says whether FormatString came whole; nil where there is none.
	Integrity *diagnose.Text `json:"integrity,omitempty"`
}

// Explanation is the document of POST /api/v1/explain.
type Explanation struct {
	// Request is the request, when there is one.
	Request *Request `json:"request,omitempty"`
	// Cloud is the refusal, when there is one.
	Cloud *Cloud `json:"cloud,omitempty"`
	// Finding is why it was, or would be, refused.
	Finding *diagnose.Report `json:"finding"`
	// Notes are what was not said, or could not be read.
	Notes []diagnose.Text `json:"notes"`
	// SecretKnown tells whether there was a SecretKey to prove anything with.
	SecretKnown bool `json:"-"`
}

// Omitted counts what the journal did not keep of a large request.
type Omitted struct {
	Headers int `json:"headers"`
	Params  int `json:"params"`
}
