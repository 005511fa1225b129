package api

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/storage"
)

// target is what the caller needs rights for: what the call is about (own), an
// object that it copies, or one of those that it deletes.
type target struct {
	own     bool
	kind    authz.Kind
	action  string // as policies name it
	access  access
	bucket  *storage.Bucket
	name    string // of the bucket, which need not exist yet
	key     string
	version string
	opened  *storage.Object // what is opened already; nil: whatever is there now
	decided authz.Decision
}

// ownTarget is what the call is about.
func (c *call) ownTarget() target {
	kind := [...]authz.Kind{scopeService: authz.Service, scopeBucket: authz.Bucket, scopeObject: authz.Object}[c.op.scope]
	if c.op.is(makesBucket) {
		kind = authz.NewBucket
	}
	return target{
		own: true, kind: kind, action: c.op.action(), access: c.op.access,
		bucket: &c.bucket, name: c.addr.Bucket, key: c.addr.Key, decided: c.decision,
	}
}

// otherTarget is an object that a call reads or deletes beside its own, as a
// request of its own with that method would.
func (e *Emulator) otherTarget(method string, bucket *storage.Bucket, key, version string) target {
	row := e.ops.plain(scopeObject, method)
	return target{
		kind: authz.Object, action: row.action(), access: row.access,
		bucket: bucket, name: bucket.Name, key: key, version: version,
	}
}

// checkRights begins the check that decides first, and decides.
func (e *Emulator) checkRights(c *call) error {
	if c.reported == nil && c.anonymous() && c.bucket.HasConfig(configReferer) {
		c.check("referer")
	} else {
		c.check("permission")
	}
	if c.keyUnchecked() {
		c.conclude(unchecked)
		return nil
	}
	return e.permit(c)
}

// permit decides whether the caller may do what the call is about.
func (e *Emulator) permit(c *call) error {
	t := c.ownTarget()
	err := e.permitTarget(c, &t)
	c.decision = t.decided
	return err
}

// permitTarget decides about one target. The call keeps the first decision that
// refuses it. What was refused before, and is served all the same, is not asked
// again.
func (e *Emulator) permitTarget(c *call, t *target) (err error) {
	if c.reported != nil {
		return nil
	}
	t.decided, err = e.decide(c, t)
	if t.decided.PassedReferer {
		c.check("permission")
	}
	if err != nil {
		return e.refuse(c, asCOS(err))
	}
	if c.decision.Reason == authz.NoReason {
		c.decision.Reason, c.decision.Policy = t.decided.Reason, t.decided.Policy
	}
	return c.end(t.decided.Verdict, t.decided.Error(c.at))
}

// permitKey decides about one of several objects to be deleted, unless the call
// as a whole was decided (choice 233).
func (e *Emulator) permitKey(c *call, key, version string) error {
	if !c.decision.EachObject {
		return nil
	}
	t := e.otherTarget(http.MethodDelete, &c.bucket, key, version)
	return e.permitTarget(c, &t)
}

// permitOpened decides again when the object that was opened has another ACL than
// the one by which the caller was let in: it may have been replaced in between.
func (e *Emulator) permitOpened(c *call, t *target, opened *storage.Object) error {
	if !t.decided.SawACL || t.decided.ObjectACL == opened.ACL {
		return nil
	}
	t.opened = opened
	return e.permitTarget(c, t)
}

// decide puts what the call tells of a target before package authz.
func (e *Emulator) decide(c *call, t *target) (authz.Decision, error) {
	r := authz.Request{
		Mode: e.cfg.Verify, Action: t.action, Access: t.access, EachObject: t.own && c.op.is(eachKey),
		Resource: authz.Resource{Kind: t.kind, Bucket: t.name, Key: t.key, Region: t.bucket.Region, Owner: t.bucket.Owner, ACL: t.bucket.ACL},
	}
	if t.kind == authz.NewBucket {
		r.Resource.Owner = addr.AppID(t.name)
		if r.Resource.Region = c.addr.Region; r.Resource.Region == "" {
			r.Resource.Region = e.cfg.Region
		}
	}
	if !c.anonymous() {
		r.Key = &c.key
	}
	if r.OwnerRoot() { // the usual case, for which no look-up is prepared
		return authz.Decision{}, nil
	}
	e.lookUps(c, *t, &r)
	return authz.Decide(&r)
}

// lookUps fills in what Decide may ask for.
func (e *Emulator) lookUps(c *call, t target, r *authz.Request) {
	r.ObjectACL = func(key string) string {
		if key != t.key {
			o, _ := e.store.Stat(t.name, key) // what is not there has no ACL
			return o.ACL
		}
		if t.opened != nil {
			return t.opened.ACL
		}
		o, _ := e.store.StatVersion(t.name, key, c.versionOf(&t))
		return o.ACL
	}
	r.AccountUIN = func(appID string) string { return e.accountUIN(c, appID) }
	r.RoleName = func() string { return e.roleName(c.key.AppID, c.key.Role) }
	r.Values = func() *policy.HTTPValues { return policyValues(c, &t) }
	if t.bucket.HasConfig(configPolicy) {
		r.BucketPolicy = func() (*policy.Policy, error) {
			return readConfig(e, t.name, configPolicy, parseBucketPolicy)
		}
	}
	if t.own && t.bucket.HasConfig(configReferer) {
		r.Referer = first(c.http.Header, "Referer")
		r.RefererList = func() (*bucketcfg.Referer, error) {
			return readConfig(e, t.name, configReferer, bucketcfg.ParseReferer)
		}
	}
}

// versionOf is the version of the target that is meant.
func (c *call) versionOf(t *target) string {
	if t.own {
		return c.version()
	}
	return t.version
}

// roleName is the name of a role by its number; "" where it is not configured.
func (e *Emulator) roleName(appID, id string) string {
	for i := range e.cfg.Roles {
		if r := &e.cfg.Roles[i]; r.ID == id && r.AppID == appID {
			return r.Name
		}
	}
	return ""
}

// end is what becomes of a call on a verdict: refused, or served with a note of
// what COS would have answered. The first refusal is the one that counts.
func (c *call) end(verdict authz.Verdict, err *coserr.Error) error {
	switch {
	case verdict == authz.Refused:
		return err
	case verdict == authz.Reported && c.reported == nil:
		c.reported = err
		c.conclude(string(err.Code))
	}
	return nil
}

// refuse ends a call that COS would refuse, as the configuration has it.
func (e *Emulator) refuse(c *call, err *coserr.Error) error {
	if err == nil {
		return nil
	}
	return c.end(e.cfg.Verify.OnRefusal(), err)
}
