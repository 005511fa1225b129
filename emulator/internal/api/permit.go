package api

import (
	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// permit judges whether the caller may do what the call is about: by the
// policies of the key pair, the bucket's policy, and the ACL (COS docs:
// 访问策略评估流程). The owner's own key asks none of them.
func (e *Emulator) permit(c *call) *coserr.Error {
	if c.reported() || c.sovereign() { // reported: refused before, and served all the same
		return nil
	}
	if c.op.is(eachKey) && c.underPolicies() { // judged key by key: permitKey
		return nil
	}
	h, err := e.hear(c)
	if err != nil {
		return asCOS(err)
	}
	if h.allows() {
		return nil
	}
	if h.request.Action == "" { // no policy was asked
		h.request = e.policyRequest(c)
	}
	c.refused = h.refusal(c)
	return coserr.New(coserr.AccessDenied).WithServerTime(c.at)
}

// permitKey judges what a call does to one of several objects, each by itself
// (COS docs: COS API 授权策略使用指引, 批量删除对象; choice 233).
func (e *Emulator) permitKey(c *call, key, version string) *coserr.Error {
	if c.reported() || c.sovereign() || !c.underPolicies() {
		return nil // judged once for all
	}
	one := *c
	one.query.list = nil // the version is the body's, or none
	one.addr.Key, one.versionID, one.op = key, version, e.ops.plain(scopeObject, "DELETE")
	err := e.permit(&one)
	if c.refused == nil {
		c.refused = one.refused
	}
	return err
}

// ownAccount tells whether the key belongs to the account that the call is
// about. A bucket that is not there yet is the account's in its name
// (choice 66); the service is everybody's who signs.
func (c *call) ownAccount() bool {
	switch {
	case c.anonymous():
		return false
	case c.op.scope == scopeService:
		return true
	case c.op.is(makesBucket):
		return c.key.AppID == addr.AppID(c.addr.Bucket)
	}
	return c.key.AppID == c.bucket.Owner
}

// sovereign tells whether the owner himself asks, with a key that nothing was
// taken from. He may do everything, whatever the bucket's policy denies
// (choice 230), so for him nothing is looked up.
func (c *call) sovereign() bool {
	return c.key.Rights == nil && c.key.Session == nil && c.ownAccount() && c.key.Root()
}

// underPolicies tells whether any policy has a say.
func (c *call) underPolicies() bool {
	return c.key.Rights != nil || c.key.Session != nil || c.bucket.HasConfig(configPolicy)
}

// hearing is everything that speaks for or against a call.
type hearing struct {
	own      bool // the key is of the account that owns the bucket
	rights   *policy.Policy
	session  *policy.Policy
	bucket   *policy.Policy
	granted  acl.Admits
	request  policy.Request     // filled in once a policy is asked
	says     [3]policy.Decision // by source
	everyone policy.Decision    // of the bucket's policy, to the same call without a signature
}

// The sources of policies, in the order in which a denial is told.
const (
	bySession = iota
	byRights
	byBucket
)

// hear asks everybody who has a say in a call.
func (e *Emulator) hear(c *call) (*hearing, error) {
	h := &hearing{own: c.ownAccount(), rights: c.key.Rights, session: c.key.Session}
	if c.op.scope != scopeService && !c.op.is(makesBucket) {
		var err error
		if c.bucket.HasConfig(configPolicy) {
			if h.bucket, err = readConfig(e, c.bucket.Name, configPolicy, parseBucketPolicy); err != nil {
				return nil, err
			}
		}
		h.granted = e.granted(c)
	}
	if h.session == nil && h.rights == nil && h.bucket == nil {
		return h, nil
	}
	h.request = e.policyRequest(c)
	h.says = [...]policy.Decision{h.session.Evaluate(&h.request), h.rights.Evaluate(&h.request), h.bucket.Evaluate(&h.request)}
	if h.bucket != nil {
		h.everyone = h.bucket.Evaluate(unsigned(&h.request))
	}
	return h, nil
}

// allows is the law (COS docs: 访问策略评估流程): what any policy denies is
// refused. Else what is allowed to everybody is allowed, for the caller counts
// as an anonymous one too (choice 234). Else the key's own rights or the bucket's policy and
// ACL must allow it, and what a temporary key was cut down to must cover it.
func (h *hearing) allows() bool {
	for i := range h.says {
		if h.says[i].Effect == policy.Deny {
			return false
		}
	}
	if h.everyone.Effect == policy.Allow || h.granted == acl.Everybody && h.everyone.Effect != policy.Deny {
		return true
	}
	if h.session != nil && h.says[bySession].Effect != policy.Allow {
		return false
	}
	return h.own && h.hasRights() || h.says[byBucket].Effect == policy.Allow || h.admitted()
}

// hasRights tells whether the key's user or role may do this in his own
// account.
func (h *hearing) hasRights() bool { return h.rights == nil || h.says[byRights].Effect == policy.Allow }

// admitted tells whether the ACL lets the caller in by who he is. What it
// grants to an account its sub-accounts have as far as their own rights go
// (COS docs: ACL, 身份 Grantee).
func (h *hearing) admitted() bool {
	switch h.granted {
	case acl.User, acl.Signed:
		return true
	case acl.Account:
		return h.hasRights()
	}
	return false
}
