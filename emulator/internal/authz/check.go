package authz

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// PolicyQuestion asks whether one policy alone allows a request.
type PolicyQuestion struct {
	// Kind is what the policy is attached to: "key" (a temporary key), "user" (a
	// sub-account or a role) or "bucket". Empty means "bucket" with a Principal,
	// else "key".
	Kind string
	// Action is name/cos:PutObject or PutObject.
	Action string
	// Resource is qcs::cos:<region>:uid/<appid>:<bucket>/<key>, <bucket>/<key>, or
	// * for the list of buckets.
	Resource string
	// Principal is the caller: anonymous, or qcs::cam::uin/<uin>:uin/<uin>. Empty:
	// anonymous for a bucket's policy, else the one whom the policy limits.
	Principal string
	Header    http.Header       // for conditions
	Params    map[string]string // query parameters, decoded
	IP        string            // the client's address; empty: none
	TLS       string            // "1.2" and the like; empty: plain HTTP
	At        time.Time
}

// PolicyQuestionError says which field of a PolicyQuestion cannot be read.
type PolicyQuestionError struct {
	// Field is the field's name in lower case: action, resource, principal,
	// header or ip.
	Field string
	// Reason says what is wrong with it.
	Reason string
}

// Error is the field and the reason.
func (e *PolicyQuestionError) Error() string { return e.Field + " " + e.Reason }

// The verdicts of a policy.
const (
	PolicyAllowed    = "allowed"
	PolicyDenied     = "denied"      // a statement denies it
	PolicyNotAllowed = "not-allowed" // no statement allows it
)

// PolicyAnswer is the effect of a policy on a request.
type PolicyAnswer struct {
	Verdict  string        `json:"verdict"` // PolicyAllowed, PolicyDenied or PolicyNotAllowed
	Action   string        `json:"action"`
	Resource string        `json:"resource"`
	Sentence diagnose.Text `json:"sentence"`
	// Statement is the index of the statement that decided or came closest; nil:
	// the policy allows nothing at all. Text is its JSON.
	Statement *int            `json:"statement,omitempty"`
	Text      json.RawMessage `json:"statement_text,omitempty"`
	Missing   *PolicyMissing  `json:"missing,omitempty"`
	// Add is a statement that would allow the request.
	Add json.RawMessage `json:"add,omitempty"`
}

// PolicyMissing is what kept the closest statement from applying.
type PolicyMissing struct {
	What     string   `json:"what"`
	Operator string   `json:"operator,omitempty"`
	Key      string   `json:"key,omitempty"`
	Want     []string `json:"want"`
	Got      []string `json:"got"`
	Also     []string `json:"also,omitempty"`
}

// Condition reports whether a condition is missed.
func (m *PolicyMissing) Condition() bool {
	return m != nil && m.What == policy.MissedCondition.String()
}

// CheckPolicy evaluates one policy, as Decide does where it is the only one. Its
// error is a *PolicyQuestionError, or says what is wrong with the policy.
func CheckPolicy(doc []byte, q *PolicyQuestion) (*PolicyAnswer, error) {
	r, err := q.request()
	if err != nil {
		return nil, err
	}
	p, err := policy.Parse(doc, q.where())
	if err != nil {
		return nil, err
	}
	d := p.Evaluate(r)
	a := &PolicyAnswer{Action: policy.ActionName(r), Resource: policy.ResourceName(r), Verdict: PolicyNotAllowed}
	a.Sentence.En, a.Sentence.Zh = d.Describe()
	if d.Statement >= 0 {
		a.Statement, a.Text = &d.Statement, p.Statement(d.Statement)
	}
	if m := d.Missing; m != nil {
		a.Missing = &PolicyMissing{What: m.What.String(), Operator: m.Operator, Key: m.Key, Want: m.Want, Got: append([]string{}, m.Got...)}
		for _, w := range m.Also {
			a.Missing.Also = append(a.Missing.Also, w.String())
		}
	}
	switch d.Effect {
	case policy.Allow:
		a.Verdict = PolicyAllowed
	case policy.Deny:
		a.Verdict = PolicyDenied
	default:
		a.Add = suggestion(r, p.Where(), d.Missing)
	}
	return a, nil
}

func (q *PolicyQuestion) where() policy.Where {
	switch {
	case q.Kind == "bucket", q.Kind == "" && q.Principal != "":
		return policy.Bucket
	case q.Kind == "user":
		return policy.Identity
	}
	return policy.Session
}

func (q *PolicyQuestion) request() (*policy.Request, error) {
	r, ok := policy.ReadResource(q.Resource)
	if !ok {
		return nil, &PolicyQuestionError{"resource", strconv.Quote(chars.Shorten(q.Resource, 200, "")) +
			" is no single resource: want qcs::cos:<region>:uid/<appid>:<bucket>/<key>, <bucket>/<key>, or *"}
	}
	if r.Action, ok = policy.ReadAction(q.Action); !ok {
		return nil, &PolicyQuestionError{"action", strconv.Quote(chars.Shorten(q.Action, 80, "")) + " is no single action: want one such as name/cos:PutObject"}
	}
	switch {
	case q.Principal != "":
		if r.Caller, ok = policy.ReadCaller(q.Principal); !ok {
			return nil, &PolicyQuestionError{"principal", strconv.Quote(chars.Shorten(q.Principal, 200, "")) +
				" is nobody in particular: want anonymous, or one such as qcs::cam::uin/100000000001:uin/100000000011"}
		}
	case q.where() == policy.Bucket:
		r.Caller = policy.Caller{Anonymous: true}
	default:
		r.Caller = policy.Caller{AppID: r.AppID, OwnerUIN: r.OwnerUIN}
	}
	v, err := q.values()
	if err != nil {
		return nil, err
	}
	v.Caller = &r.Caller
	r.Values = v
	return &r, nil
}

// values are what conditions look at.
func (q *PolicyQuestion) values() (*policy.HTTPValues, error) {
	v := &policy.HTTPValues{Header: q.Header, Host: q.Header.Get("Host"), ContentLength: -1, TLSVersion: policy.TLSVersion(q.TLS), Now: q.At}
	var err error
	if length := q.Header.Get("Content-Length"); length != "" {
		if v.ContentLength, err = strconv.ParseInt(length, 10, 64); err != nil || v.ContentLength < 0 {
			return nil, &PolicyQuestionError{"header", "is wrong: the Content-Length " + strconv.Quote(chars.Shorten(length, 40, "")) + " is no number of bytes"}
		}
	}
	v.Param = func(name string) (string, bool) {
		value, ok := q.Params[name]
		return value, ok
	}
	if q.IP != "" {
		if v.IP, err = netip.ParseAddr(q.IP); err != nil {
			return nil, &PolicyQuestionError{"ip", strconv.Quote(chars.Shorten(q.IP, 60, "")) + " is no address"}
		}
	}
	return v, nil
}
