package call

import (
	"cmp"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/storage"
)

// Package authz decides about the rights of a caller. This file asks it: for the
// call itself, for a source that the call copies, and for each object that it
// deletes.

// Target is a resource that the caller needs rights to.
type Target struct {
	at     authz.Resource
	action string // as policies name it
	access acl.Permission
	// own means that the call itself is about the resource. Else version is the
	// version of the object.
	own     bool
	version string
	configs *storage.Bucket // has the bucket's configurations
	opened  *storage.Object // the object once it is open; nil: the one that is there now
	decided authz.Decision
}

// PermitCall decides whether the caller may do what the call is about.
func (env *Env) PermitCall(c *Call) (authz.Decision, error) {
	t := env.ownTarget(c)
	err := env.Permit(c, &t)
	return t.decided, err
}

// ownTarget is what the call is about.
func (env *Env) ownTarget(c *Call) Target {
	t := Target{
		at: authz.Resource{
			Kind:   [...]authz.Kind{Service: authz.Service, Bucket: authz.Bucket, Object: authz.Object}[c.Op.Scope],
			Bucket: c.Addr.Bucket, Key: c.Key(), Region: c.Bucket.Region, Owner: c.Bucket.Owner, ACL: c.Bucket.ACL,
		},
		action: c.Op.Action(), access: c.Op.Access, own: true, configs: &c.Bucket,
	}
	if c.Op.Is(MakesBucket) { // it belongs to the account in its name (choice 66)
		t.at.Kind, t.at.Owner, t.at.Region = authz.NewBucket, addr.AppID(c.Addr.Bucket), cmp.Or(c.Addr.Region, env.Region)
	}
	return t
}

// OtherTarget is an object that a call reads or deletes beside its own. It needs
// the rights of a request for the object with that method.
func (env *Env) OtherTarget(method string, bucket *storage.Bucket, key, version string) Target {
	row := env.Plain(Object, method)
	return Target{
		at: authz.Resource{
			Kind: authz.Object, Bucket: bucket.Name, Key: key, Region: bucket.Region, Owner: bucket.Owner, ACL: bucket.ACL,
		},
		action: row.Action(), access: row.Access, version: version, configs: bucket,
	}
}

// Permit decides about one target. The call keeps the first decision that refuses
// it. After a refusal that is only reported nothing is decided any more.
func (env *Env) Permit(c *Call, t *Target) (err error) {
	if c.reported() {
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

// PermitKey decides about one of several objects to be deleted, unless the call as
// a whole was decided (choice 233).
func (env *Env) PermitKey(c *Call, key, version string) error {
	if !c.Decision.EachObject {
		return nil
	}
	t := env.OtherTarget(http.MethodDelete, &c.Bucket, key, version)
	return env.Permit(c, &t)
}

// PermitOpened decides again about the call's object once it is open: if it was
// replaced since the first decision, its ACL may be another.
func (env *Env) PermitOpened(c *Call, opened *storage.Object) error {
	if !outdated(&c.Decision, opened) {
		return nil
	}
	t := env.ownTarget(c)
	t.opened = opened
	return env.Permit(c, &t)
}

// PermitOpenedTarget is PermitOpened for another target.
func (env *Env) PermitOpenedTarget(c *Call, t *Target, opened *storage.Object) error {
	if !outdated(&t.decided, opened) {
		return nil
	}
	t.opened = opened
	return env.Permit(c, t)
}

// outdated reports whether a decision saw another ACL than the object has.
func outdated(d *authz.Decision, opened *storage.Object) bool {
	return d.SawACL && d.ObjectACL != opened.ACL
}

// decide asks package authz.
func (env *Env) decide(c *Call, t *Target) (authz.Decision, error) {
	var key *keyring.Key
	if !c.Who.Anonymous() {
		key = &c.Who.Key
	}
	if authz.OwnerRoot(key, &t.at) { // the usual case, for which no look-up is prepared
		return authz.Decision{}, nil
	}
	r := authz.Request{
		Mode: env.Mode, Key: key, Action: t.action, Access: t.access, EachObject: t.own && c.Op.Is(EachKey), Resource: t.at,
	}
	env.lookUps(c, *t, &r)
	return authz.Decide(&r)
}

// lookUps sets the functions that Decide may call.
func (env *Env) lookUps(c *Call, t Target, r *authz.Request) {
	bucket := t.at.Bucket
	r.ObjectACL = func(key string) string {
		switch {
		case key != t.at.Key:
			o, _ := env.Store.Stat(bucket, key) // without an object there is no ACL
			return o.ACL
		case t.opened != nil:
			return t.opened.ACL
		}
		o, _ := env.Store.StatVersion(bucket, key, c.versionOf(&t))
		return o.ACL
	}
	r.AccountUIN = func(appID string) string { return env.OwnerUIN(&c.Who, appID) }
	r.RoleName = func() string { return env.RoleName(c.Who.Key.AppID, c.Who.Key.Role) }
	r.Values = func() *policy.HTTPValues { return policyValues(c, &t) }
	if t.configs.HasConfig(ConfigPolicy) {
		r.BucketPolicy = func() (*policy.Policy, error) { return ReadConfig(env, bucket, ConfigPolicy, ParsePolicy) }
	}
	if t.own && t.configs.HasConfig(ConfigReferer) {
		r.Referer = First(c.HTTP.Header, "Referer")
		r.RefererList = func() (*bucketcfg.Referer, error) {
			return ReadConfig(env, bucket, ConfigReferer, bucketcfg.ParseReferer)
		}
	}
}

// versionOf is the version of the target's object.
func (c *Call) versionOf(t *Target) string {
	if t.own {
		return c.Version()
	}
	return t.version
}
