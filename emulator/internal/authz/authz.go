// Package authz decides whether a caller may do what a request asks for. It
// knows the key's policies, the bucket's policy, the ACLs, the referer list and
// the strict signature rules, and no HTTP handler: a plain [Request] goes in, a
// [Decision] comes out. [CheckPolicy] asks one policy alone.
//
// Sources: COS docs: 访问策略评估流程, ACL, 防盗链, 严格签名模式概述.
package authz

import (
	"time"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// Mode says what happens to a request that COS would refuse.
type Mode string

// The modes.
const (
	// Enforce refuses it, as COS does.
	Enforce Mode = "enforce"
	// Report serves it, and tells what COS would have answered.
	Report Mode = "report"
)

// OnRefusal is the verdict on a request that COS would refuse.
func (m Mode) OnRefusal() Verdict {
	if m == Report {
		return Reported
	}
	return Refused
}

// Request is a request as far as rights depend on it. Decide calls its
// functions only when their answer counts. A nil function answers nothing.
type Request struct {
	Mode Mode
	// Key is the key pair that signed; nil: the request is anonymous.
	Key *keyring.Key
	// Action is the operation's name in policies: PutObject.
	Action string
	// Access is what an ACL must grant for the operation; 0: no ACL opens it.
	Access acl.Permission
	// EachObject means that the operation is about several objects, which are
	// decided one by one where a policy counts (choice 233).
	EachObject bool
	Resource   Resource
	// Referer is the header of that name; "" for none.
	Referer string

	// RefererList reads the bucket's referer list; nil: it has none.
	RefererList func() (*bucketcfg.Referer, error)
	// BucketPolicy reads the bucket's policy; nil: it has none.
	BucketPolicy func() (*policy.Policy, error)
	// ObjectACL gives the stored ACL of an object, "" where there is none.
	ObjectACL func(key string) string
	// AccountUIN gives the uin of an account.
	AccountUIN func(appID string) string
	// RoleName gives the name of the role that the key was issued for.
	RoleName func() string
	// Values gives what the conditions of policies look at, but for the caller.
	Values func() *policy.HTTPValues
}

// Resource is what a request is about.
type Resource struct {
	Kind Kind
	// Bucket is the whole name, and Key the object's key, decoded.
	Bucket, Key string
	// Region and Owner are the bucket's; Owner is an APPID. A bucket that is to
	// be created belongs to the account in its name (choice 66).
	Region, Owner string
	// ACL is the bucket's stored ACL.
	ACL string
}

// Kind is the kind of a resource.
type Kind int

// The kinds of resources.
const (
	Service   Kind = iota // the list of buckets: everybody who signs has one
	NewBucket             // a bucket that is to be created: it has no policy and no ACL
	Bucket
	Object
)

// Verdict is how a decision ended.
type Verdict int

// The verdicts.
const (
	Allowed  Verdict = iota
	Refused          // the request ends here
	Reported         // COS would refuse it; it is served all the same
)

// Reason is why a request was refused.
type Reason int

// The reasons.
const (
	NoReason          Reason = iota
	ByRights                 // policies and ACLs do not allow it; see Decision.Policy
	ByReferer                // the bucket's referer list
	ByStrictSignature        // the bucket's strict signature rules; see Decision.Strict
	ByCrossSitePage          // a browser sent it for a page of another site
)

// Decision is what came of a request. The zero value allows it.
type Decision struct {
	Verdict Verdict
	Reason  Reason
	// Policy says which right is missing; set with ByRights.
	Policy *diagnose.PolicyRefusal
	// Strict names what must be signed; set with ByStrictSignature.
	Strict *diagnose.StrictRefusal
	// PassedReferer means that the referer list was asked, and allows it.
	PassedReferer bool
	// EachObject means that nothing was decided yet: each object of the request
	// needs a decision of its own.
	EachObject bool
	// SawACL means that the ACL of the request's object was looked at, and
	// ObjectACL is what it was. Whoever opens the object later must decide again
	// if it has another one by then.
	SawACL    bool
	ObjectACL string
}

// Error is COS's answer to a refused request at a time; nil where it is allowed.
func (d *Decision) Error(at time.Time) *coserr.Error {
	if d.Reason == NoReason {
		return nil
	}
	err := coserr.New(coserr.AccessDenied)
	switch d.Reason {
	case ByRights:
		return err.WithServerTime(at)
	case ByReferer:
		return err.WithMessage(coserr.MessageReferer)
	case ByStrictSignature:
		if len(d.Strict.Headers) > 0 { // choice 198
			return err.WithMessage(coserr.MessageStrictHeader)
		}
		return err.WithMessage(coserr.MessageStrictParam)
	case ByCrossSitePage:
		return err.WithMessage("A page of another site may send a POST Object form, and nothing else without asking by CORS.")
	default:
		return err
	}
}
