package api

import (
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/keyring"
	"github.com/cosemu/cosemu/emulator/internal/reqid"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/storage"
)

// call is one request on its way through the pipeline. Each step reads what
// the steps before it found and adds its own; nothing travels in a context.
type call struct {
	id      reqid.ID
	at      time.Time // the emulator's time of arrival; read once, used by every check
	judged  time.Time // of the last look at its validity; at, unless its body was cut
	started time.Time // real time, for the duration in the log
	http    *http.Request
	req     *signer.Request
	addr    addr.Address
	query   params
	// versionID, when set, is the version that the call is about: of a copy's
	// source. Otherwise version() reads it off the request.
	versionID string
	op        *operation

	form  *form.Form         // of a PostObject; else nil
	auth  *form.Auth         // what that form says of its sender
	claim *signer.Claim      // nil: anonymous, or signed the S3 way
	aws   *diagnose.AWSClaim // a signature of S3 in its place
	// policyProblem is what is wrong with the form's policy, where it was refused
	// for that.
	policyProblem *diagnose.FormProblem
	key           keyring.Key   // the key pair that the claim names
	keyErr        error         // what came of looking it up
	trace         signer.Result // what was computed for the claim, once it was
	bucket        storage.Bucket
	// bucketErr is why there is no bucket. It does not count before its turn.
	bucketErr error
	rules     *cors.Rules   // for pages of other origins; nil: none
	preflight []cors.Header // the answer of a preflight that is allowed

	decision authz.Decision       // about the caller's rights
	source   *diagnose.CopySource // the source of a copy that is not there
	// reordered, when set, is what is wrong with the signed values of a name that
	// came more than once.
	reordered     diagnose.ID
	reorderedName string
	// reported is what COS would have answered to a request that verify: report
	// serves all the same; nil: COS would serve it too.
	reported *coserr.Error

	received int64 // body bytes that were read and used
	sent     int64 // body bytes of the answer

	diagnosis string // the value of x-cosemu-diagnosis

	theory *theory // of a request that is only explained; nil: it arrived

	entry *journal.Entry // what the journal will hold
	step  string         // the check that is under way
}

// check begins the next check; the one before it has passed.
func (c *call) check(name string) {
	c.conclude("ok")
	c.step = name
}

// conclude ends the check that is under way.
func (c *call) conclude(outcome string) {
	if c.step != "" {
		c.entry.AddStep(c.step, outcome)
		c.step = ""
	}
}

// anonymous tells whether the request carries no identity.
func (c *call) anonymous() bool { return c.claim == nil }

// scheme is "https" where the request came by TLS, else "http".
func (c *call) scheme() string {
	if c.http.TLS != nil {
		return "https"
	}
	return "http"
}

// resource names what the request is about, as error bodies do: the bucket's
// host in the cloud and the decoded key (choice 50).
func (c *call) resource() string {
	if c.addr.Bucket == "" {
		return c.req.Host
	}
	region := c.addr.Region
	if region == "" {
		region = c.bucket.Region
	}
	if region == "" {
		region = DefaultRegion
	}
	host := c.addr.Bucket + ".cos." + region + ".myqcloud.com"
	if c.addr.Style == addr.VirtualHost && addr.IsCloudHost(c.req.Host) {
		host = addr.HostName(c.req.Host)
	}
	if c.addr.Key == "" {
		return host
	}
	return host + "/" + c.addr.Key
}
