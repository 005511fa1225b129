package authz

import (
	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// Decide judges a request. The order is COS's (COS docs: 访问策略评估流程, 防盗链):
//
//  1. An anonymous request must fit the bucket's referer list.
//  2. The root of the account that owns the resource may do everything, whatever
//     the bucket's policy denies (choice 230).
//  3. What any policy denies is refused.
//  4. What the bucket's policy or the ACL allows everybody is allowed: a caller
//     counts as an anonymous one too (choice 234).
//  5. A temporary key may do no more than its session policy allows.
//  6. The caller's own rights in his account, the bucket's policy or the ACL must
//     allow it.
//
// The error says that a record of the bucket cannot be read.
func Decide(r *Request) (Decision, error) {
	var d Decision
	if r.Key == nil && r.RefererList != nil { // a signature exempts (COS docs: 常见问题 防盗链)
		list, err := r.RefererList()
		switch {
		case err != nil:
			return d, err
		case !list.Allows(r.Referer):
			return Decision{Verdict: r.Mode.OnRefusal(), Reason: ByReferer}, nil
		}
		d.PassedReferer = true
	}
	if OwnerRoot(r.Key, &r.Resource) {
		return d, nil
	}
	if r.EachObject && r.policyCounts() {
		d.EachObject = true
		return d, nil
	}
	e := evaluation{request: r}
	if err := e.collect(&d); err != nil {
		return d, err
	}
	if !e.allows() {
		d.Verdict, d.Reason, d.Policy = r.Mode.OnRefusal(), ByRights, e.refusal()
	}
	return d, nil
}

// ownAccount reports whether the key belongs to the account that owns the
// resource. The list of buckets is each caller's own.
func ownAccount(k *keyring.Key, at *Resource) bool {
	return k != nil && (at.Kind == Service || k.AppID == at.Owner)
}

// OwnerRoot reports whether the key is the root's of the account that owns the
// resource, and no policy limits it. Decide allows such a request whatever else it
// holds.
func OwnerRoot(k *keyring.Key, at *Resource) bool {
	return ownAccount(k, at) && k.Rights == nil && k.Session == nil && k.Root()
}

// policyCounts reports whether any policy has a say.
func (r *Request) policyCounts() bool {
	return r.BucketPolicy != nil || r.Key != nil && (r.Key.Rights != nil || r.Key.Session != nil)
}

// The sources of policies, in the order in which a denial is told.
const (
	fromSession = iota
	fromIdentity
	fromBucket
)

// evaluation is what the policies and the ACL say about a request.
type evaluation struct {
	request    *Request
	ownAccount bool
	policies   [3]*policy.Policy  // by source
	answers    [3]policy.Decision // theirs
	everyone   policy.Decision    // the bucket policy's, to the same request without a signature
	granted    acl.Audience       // by the ACL
	asked      *policy.Request    // nil: there is no policy
}

// collect asks the policies and the ACL.
func (e *evaluation) collect(d *Decision) error {
	r := e.request
	e.ownAccount = ownAccount(r.Key, &r.Resource)
	if r.Key != nil {
		e.policies[fromSession], e.policies[fromIdentity] = r.Key.Session, r.Key.Rights
	}
	if r.Resource.Kind == Bucket || r.Resource.Kind == Object {
		if r.BucketPolicy != nil {
			var err error
			if e.policies[fromBucket], err = r.BucketPolicy(); err != nil {
				return err
			}
		}
		e.granted = r.granted(d)
	}
	if e.policies == [3]*policy.Policy{} {
		return nil
	}
	e.asked = r.policyRequest()
	for i, p := range e.policies {
		e.answers[i] = p.Evaluate(e.asked)
	}
	if p := e.policies[fromBucket]; p != nil {
		e.everyone = p.Evaluate(anonymously(e.asked))
	}
	return nil
}

// allows is steps 3 to 6 of Decide.
func (e *evaluation) allows() bool {
	for i := range e.answers {
		if e.answers[i].Effect == policy.Deny {
			return false
		}
	}
	if e.everyone.Effect == policy.Allow || e.granted == acl.Everybody && e.everyone.Effect != policy.Deny {
		return true
	}
	if e.policies[fromSession] != nil && e.answers[fromSession].Effect != policy.Allow {
		return false
	}
	return e.ownAccount && e.hasRights() || e.answers[fromBucket].Effect == policy.Allow || e.grantedToCaller()
}

// hasRights reports whether the policy of the key's user or role allows the
// request; without one, all that the account may do is allowed.
func (e *evaluation) hasRights() bool {
	return e.policies[fromIdentity] == nil || e.answers[fromIdentity].Effect == policy.Allow
}

// grantedToCaller reports whether the ACL allows the request because of who asks.
// A sub-account has what the ACL grants its account, as far as its own rights go
// (COS docs: ACL, 身份 Grantee).
func (e *evaluation) grantedToCaller() bool {
	switch e.granted {
	case acl.User, acl.Signed:
		return true
	case acl.Account:
		return e.hasRights()
	}
	return false
}
