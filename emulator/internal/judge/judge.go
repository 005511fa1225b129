// Package judge reads what arrived and judges it: address, page, identity,
// bucket, rights. It is the one judge: of requests, and of those that are only
// explained.
package judge

import (
	"net/http"
	"sync"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/emulator/internal/reqid"
)

// Config is what a judge goes by.
type Config struct {
	Env   *call.Env
	Table *ops.Table
	Keys  *keyring.Ring
	IDs   *reqid.Source
	Real  func() time.Time // the real time
	// Port is where clients reach the emulator, as far as it is known.
	Port string
	// PathStyle refuses every path-style request.
	PathStyle bool
	// CORS is the mode of buckets that have none of their own.
	CORS cors.Mode
}

// Judge judges requests. It is safe for concurrent use.
type Judge struct {
	Config
	permissive *cors.Rules // of cors.EveryPage
	calls      sync.Pool
}

// New makes a judge.
func New(cfg Config) *Judge { return &Judge{Config: cfg, permissive: cors.Permissive()} }

// Request is everything that can be said before the operation runs, in the order
// of the checks (COS docs: 访问 COS 时返回403错误码, 严格签名模式概述, 防盗链): a
// preflight by the CORS rules alone; else identity, bucket, referer, permission
// (choice 64).
func (j *Judge) Request(c *call.Call) (err error) {
	if err := j.FindCORS(c); err != nil {
		return err
	}
	if err := j.checkPage(c); err != nil {
		return err
	}
	if err := j.checkAddress(c); err != nil {
		return err
	}
	if c.Op.Is(call.InForm) {
		if c.Posted, err = j.readForm(c); err != nil {
			return err
		}
	}
	return j.judge(c)
}

// FindCORS finds the rules by which a page of another origin may read the answer.
func (j *Judge) FindCORS(c *call.Call) (err error) {
	if c.HTTP.Method != http.MethodOptions { // found where a preflight is judged
		c.CORS, err = j.rulesFor(c)
	}
	return err
}

// Supposed is Request for one that did not arrive: it begins with the address, and
// there is no form.
func (j *Judge) Supposed(c *call.Call) error {
	if err := j.checkAddress(c); err != nil {
		return err
	}
	return j.judge(c)
}

// judge is everything that can be said without the operation and its body.
func (j *Judge) judge(c *call.Call) (err error) {
	if c.HTTP.Method == http.MethodOptions {
		c.Preflight, err = j.judgePreflight(c)
		return err
	}
	who, refused := j.identify(c)
	c.Who = who
	if err := c.Refuse(j.Env.Mode, refused); err != nil {
		return err
	}
	if c.Op.Scope != call.Service && !c.Op.Is(call.MakesBucket) {
		c.Check("bucket")
		if c.BucketUnknown = j.bucketUnknown(c); c.BucketUnknown {
			c.Conclude(call.Unchecked)
			return nil
		}
		if c.NoBucket != nil {
			return c.NoBucket
		}
	}
	if err := c.Refuse(j.Env.Mode, j.checkAcceleration(c)); err != nil {
		return err
	}
	c.Decision, err = j.checkRights(c)
	return err
}

// checkRights begins the check that decides first, and decides.
func (j *Judge) checkRights(c *call.Call) (authz.Decision, error) {
	if c.Out.Reported == nil && c.Who.Anonymous() && c.Bucket.HasConfig(call.ConfigReferer) {
		c.Check("referer")
	} else {
		c.Check("permission")
	}
	if c.Who.Unchecked {
		c.Conclude(call.Unchecked)
		return authz.Decision{}, nil
	}
	return j.Env.PermitCall(c)
}

// bucketUnknown tells that the call is about a bucket of which nothing is known
// here, asked for with a key of which nothing else is known either.
func (j *Judge) bucketUnknown(c *call.Call) bool {
	t := c.Theory
	if t == nil || !t.Offline || t.SecretID == "" || c.NoBucket == nil {
		return false
	}
	if _, known := j.Keys.Get(t.SecretID); known {
		return false
	}
	_, err := j.Env.Store.Bucket(c.Addr.Bucket)
	return err != nil && c.Addr.AppID != ""
}
