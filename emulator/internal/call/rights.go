package call

import (
	"cmp"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/storage"
)

// Target is what the caller needs rights for: what the call is about (own), an
// object that it copies, or one of those that it deletes.
type Target struct {
	own     bool
	kind    authz.Kind
	action  string // as policies name it
	access  acl.Permission
	bucket  *storage.Bucket
	name    string // of the bucket, which need not exist yet
	key     string
	version string
	opened  *storage.Object // what is opened already; nil: whatever is there now
	decided authz.Decision
}

// OwnTarget is what the call is about.
func (c *Call) OwnTarget() Target {
	kind := [...]authz.Kind{Service: authz.Service, Bucket: authz.Bucket, Object: authz.Object}[c.Op.Scope]
	if c.Op.Is(MakesBucket) {
		kind = authz.NewBucket
	}
	return Target{
		own: true, kind: kind, action: c.Op.Action(), access: c.Op.Access,
		bucket: &c.Bucket, name: c.Addr.Bucket, key: c.Key(), decided: c.Decision,
	}
}

// OtherTarget is an object that a call reads or deletes beside its own, as a
// request of its own with that method would.
func (env *Env) OtherTarget(method string, bucket *storage.Bucket, key, version string) Target {
	row := env.Plain(Object, method)
	return Target{
		kind: authz.Object, action: row.Action(), access: row.Access,
		bucket: bucket, name: bucket.Name, key: key, version: version,
	}
}

// PermitCall decides whether the caller may do what the call is about.
func (env *Env) PermitCall(c *Call) (authz.Decision, error) {
	t := c.OwnTarget()
	err := env.Permit(c, &t)
	return t.decided, err
}

// Permit decides about one target. The call keeps the first decision that
// refuses it. What was refused before, and is served all the same, is not asked
// again.
func (env *Env) Permit(c *Call, t *Target) (err error) {
	if c.Out.Reported != nil {
		return nil
	}
	t.decided, err = env.decide(c, t)
	if t.decided.PassedReferer {
		c.Check("permission")
	}
	if err != nil {
		return c.Refuse(env.Mode, AsCOS(err))
	}
	c.Deny(&t.decided)
	return c.End(t.decided.Verdict, t.decided.Error(c.At))
}

// PermitKey decides about one of several objects to be deleted, unless the call
// as a whole was decided (choice 233).
func (env *Env) PermitKey(c *Call, key, version string) error {
	if !c.Decision.EachObject {
		return nil
	}
	t := env.OtherTarget(http.MethodDelete, &c.Bucket, key, version)
	return env.Permit(c, &t)
}

// PermitOpened decides again when the object that was opened has another ACL than
// the one by which the caller was let in: it may have been replaced in between.
func (env *Env) PermitOpened(c *Call, t *Target, opened *storage.Object) error {
	if !t.decided.SawACL || t.decided.ObjectACL == opened.ACL {
		return nil
	}
	t.opened = opened
	return env.Permit(c, t)
}

// decide puts what the call tells of a target before package authz.
func (env *Env) decide(c *Call, t *Target) (authz.Decision, error) {
	r := authz.Request{
		Mode: env.Mode, Action: t.action, Access: t.access, EachObject: t.own && c.Op.Is(EachKey),
		Resource: authz.Resource{
			Kind: t.kind, Bucket: t.name, Key: t.key, Region: t.bucket.Region, Owner: t.bucket.Owner, ACL: t.bucket.ACL,
		},
	}
	if t.kind == authz.NewBucket {
		r.Resource.Owner = addr.AppID(t.name)
		r.Resource.Region = cmp.Or(c.Addr.Region, env.Region)
	}
	if !c.Who.Anonymous() {
		r.Key = &c.Who.Key
	}
	if r.OwnerRoot() { // the usual case, for which no look-up is prepared
		return authz.Decision{}, nil
	}
	env.lookUps(c, *t, &r)
	return authz.Decide(&r)
}

// lookUps fills in what Decide may ask for.
func (env *Env) lookUps(c *Call, t Target, r *authz.Request) {
	r.ObjectACL = func(key string) string {
		if key != t.key {
			o, _ := env.Store.Stat(t.name, key) // what is not there has no ACL
			return o.ACL
		}
		if t.opened != nil {
			return t.opened.ACL
		}
		o, _ := env.Store.StatVersion(t.name, key, c.versionOf(&t))
		return o.ACL
	}
	r.AccountUIN = func(appID string) string { return env.OwnerUIN(&c.Who, appID) }
	r.RoleName = func() string { return env.RoleName(c.Who.Key.AppID, c.Who.Key.Role) }
	r.Values = func() *policy.HTTPValues { return policyValues(c, &t) }
	if t.bucket.HasConfig(ConfigPolicy) {
		r.BucketPolicy = func() (*policy.Policy, error) {
			return ReadConfig(env, t.name, ConfigPolicy, ParsePolicy)
		}
	}
	if t.own && t.bucket.HasConfig(ConfigReferer) {
		r.Referer = First(c.HTTP.Header, "Referer")
		r.RefererList = func() (*bucketcfg.Referer, error) {
			return ReadConfig(env, t.name, ConfigReferer, bucketcfg.ParseReferer)
		}
	}
}

// versionOf is the version of the target that is meant.
func (c *Call) versionOf(t *Target) string {
	if t.own {
		return c.Version()
	}
	return t.version
}
