// Package call is one request of the COS API on its way: what arrived, what was
// judged, what came of it, and the environment in which the operations work.
package call

import (
	"cmp"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/reqid"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/storage"
)

// Call is one request. Once that is served, the call is used for another one, so
// neither it nor the reply in it may be kept. Its parts are in the order in which they
// are filled, and each has one writer.
type Call struct {
	Arrived
	Posted
	Judgement
	Out   Outcome
	Past  Past           // what a listing or HEAD shows instead of what is there; nil: what is there
	Entry *journal.Entry // what the journal will hold
	step  string         // the check that is under way
	// content is the request without the framing of its body; nil: there is none.
	content *http.Request
	reply   Reply // room for the answer, see Reply
}

// Arrived is what the line and the headers of a request say. Nobody writes to it
// once it was read.
type Arrived struct {
	ID      reqid.ID
	At      time.Time // the emulator's time of arrival, for every check
	Started time.Time // the real time, for the duration in the log
	// HTTP has the headers as COS names them; Request has all as it arrived.
	HTTP    *http.Request
	Request *signer.Request
	// Found is the signature of the line and the headers; nil: none. FoundErr is why
	// it cannot be judged. A form may have another one.
	Found    *signer.Claim
	FoundErr error
	S3       bool // an S3 client asks
	Addr     addr.Address
	Op       *Operation
	Bucket   storage.Bucket
	// Account is the APPID whose time counts and whose request it is: the owner of the
	// bucket, without one the account of the key pair (choice 731).
	Account string
	// NoBucket is why there is no bucket. It does not count before its turn.
	NoBucket error
	Theory   *Theory // of a request that is only explained; nil: it arrived
}

// Theory is what somebody says of a request that did not arrive.
type Theory struct {
	// Offline: a key pair that is not configured may well exist.
	Offline bool
	// Account is the APPID of the account that asks, whose time counts; empty: that of
	// Arrived.
	Account  string
	SecretID string // that the request names, as far as it can be read
	Secret   string // of that pair; empty: not given
}

// Posted is what the body of a POST Object says up to its file; nil of any other
// request. It is read before the request is judged, as its key and its identity
// stand there.
type Posted struct {
	Form *form.Form
	Auth *form.Auth // what it says of its sender
}

// Judgement is what the judge returned.
type Judgement struct {
	Who       Identity
	CORS      *cors.Rules   // for pages of other origins; nil: none
	Preflight []cors.Header // the answer of a preflight that is allowed
	Decision  authz.Decision
	// BucketUnknown: nothing is known here of the bucket that a theory is about,
	// nor of its key.
	BucketUnknown bool
}

// Identity is who asks, whatever the scheme of the signature.
type Identity struct {
	keyring.Identity               // the key pair that the claim names
	Claim            *signer.Claim // nil: anonymous, there is no signature of any kind
	// Unchecked: it cannot be known whether there is such a key.
	Unchecked bool
	Trace     signer.Result // what was computed for the claim, once it was
	// Reordered, when set, is what is wrong with the signed values of a name that
	// came more than once.
	Reordered     diagnose.ID
	ReorderedName string
}

// Anonymous tells whether the request carries no identity.
func (i *Identity) Anonymous() bool { return i.Claim == nil }

// Outcome is what came of a call: written as it is served.
type Outcome struct {
	Received int64 // body bytes that were read and used
	Sent     int64 // body bytes of the answer
	// Reported is what COS would have answered to a request that verify: report
	// serves all the same; nil: COS would serve it too.
	Reported *coserr.Error
	// Denied is the first decision that refused the call, or part of it.
	Denied authz.Decision
	// Source is the source of a copy that is not there.
	Source *diagnose.CopySource
	// FormProblem is what is wrong with a form's policy, where it was refused for
	// that.
	FormProblem *diagnose.FormProblem
	// CutAt is when its body was cut, and CutBy what came of looking its key up
	// then.
	CutAt     time.Time
	CutBy     error
	Diagnosis string // the value of x-cosemu-diagnosis
	// Silent: the connection ends without an answer.
	Silent bool
}

// Key is the key of the object that the call is about: in a form, the form's.
func (c *Call) Key() string {
	if c.Form != nil {
		return c.Form.Key
	}
	return c.Addr.Key
}

// Query is the query as the signature has it.
func (c *Call) Query() Query { return Query{c.Request.Params, c.Who.PlusLiteral()} }

// Version is the version that a request names; "" for the current one, which an
// empty versionId means as well. The samples of object tagging write the
// parameter with a capital letter, and so does the Go SDK to delete a version
// (COS docs: PUT Object tagging; cos-go-sdk-v5 object.go ObjectDeleteOptions);
// see choice 303.
func (c *Call) Version() string {
	if len(c.Request.Params) == 0 {
		return ""
	}
	return c.Query().Value("versionId")
}

// Versioned tells whether the bucket ever had versioning.
func (c *Call) Versioned() bool { return c.Bucket.Versioning != storage.VersioningNever }

// UploadHeader is what an upload says of its object: in the headers, or in a
// form's fields.
func (c *Call) UploadHeader() http.Header {
	if c.Form == nil {
		return c.Content().Header
	}
	h, err := c.Form.Header()
	if err != nil {
		return nil // refused where it is read
	}
	return h
}

// Scheme is "https" where the request came by TLS, else "http".
func (c *Call) Scheme() string {
	if c.HTTP.TLS != nil {
		return "https"
	}
	return "http"
}

// Resource names what the request is about, as error bodies do: the bucket's
// host in the cloud and the decoded key (choice 50).
func (c *Call) Resource() string {
	if c.Addr.Bucket == "" {
		return c.Request.Host
	}
	region := cmp.Or(c.Addr.Region, c.Bucket.Region, DefaultRegion)
	host := c.Addr.Bucket + ".cos." + region + ".myqcloud.com"
	if c.Addr.Style == addr.VirtualHost && addr.IsCloudHost(c.Request.Host) {
		host = addr.HostName(c.Request.Host)
	}
	if c.Key() == "" {
		return host
	}
	return host + "/" + c.Key()
}

// DefaultRegion is the region of buckets that name none.
const DefaultRegion = "ap-guangzhou"

// Check begins the next check; the one before it has passed.
func (c *Call) Check(name string) {
	c.Conclude("ok")
	c.step = name
}

// Conclude ends the check that is under way.
func (c *Call) Conclude(outcome string) {
	if c.step != "" {
		c.Entry.AddStep(c.step, outcome)
		c.step = ""
	}
}

// Unchecked is the outcome of a check that could not be made.
const Unchecked = "unchecked"

// Refuse ends a call that COS would refuse, as the mode has it.
func (c *Call) Refuse(mode authz.Mode, err *coserr.Error) error {
	if err == nil {
		return nil
	}
	return c.End(mode.OnRefusal(), err)
}

// End is what becomes of a call on a verdict: refused, or served with a note of
// what COS would have answered. The first refusal is the one that counts.
func (c *Call) End(verdict authz.Verdict, err *coserr.Error) error {
	switch {
	case verdict == authz.Refused:
		return err
	case verdict == authz.Reported && c.Out.Reported == nil:
		c.Out.Reported = err
		c.Conclude(string(err.Code))
	}
	return nil
}

// reported means that COS would refuse the call, which is served all the same.
func (c *Call) reported() bool { return c.Out.Reported != nil }

// Deny keeps the first decision that refuses.
func (c *Call) Deny(d *authz.Decision) {
	if c.Out.Denied.Reason == authz.NoReason {
		c.Out.Denied = *d
	}
}

// Refusal turns any error on the way into the answer that tells of it.
func (c *Call) Refusal(err error) *Reply {
	ce := AsCOS(err)
	if ce.Resource == "" {
		ce = ce.WithResource(c.Resource())
	}
	rep := c.Reply(ce.Status)
	rep.Err = ce
	return rep
}

// Reply begins the answer of the call, which has one: what was begun before is
// gone.
func (c *Call) Reply(status int) *Reply {
	c.reply = Reply{Status: status}
	return &c.reply
}
