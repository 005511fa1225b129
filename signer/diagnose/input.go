package diagnose

import (
	"time"

	"github.com/cosemu/cosemu/signer"
)

// Input is a refused request, and what is known about it. Request and Now are
// needed. No finding is about a field that is left out.
type Input struct {
	// Request as it arrived.
	Request *signer.Request
	// Claim is its signature; nil for a request without a readable one.
	Claim *signer.Claim
	// Now is the moment at which the request was judged.
	Now time.Time
	// Key is the key pair that the claim names. Without its SecretKey nothing
	// can be proven about the request itself. Its Token, when it has one, is
	// compared with the one that arrived.
	Key signer.Credentials
	// OtherKeys are all other pairs known. They are never shown, but for their
	// SecretID.
	OtherKeys []signer.Credentials
	// Verify is what the signature was, or would be, judged with.
	Verify signer.VerifyOptions
	// Verdict is what signer.Verify said, if it was asked.
	Verdict *signer.Result
	// Problem is why the Claim cannot be judged, where it is one of S3 that
	// [signer.FindClaim] found fault with.
	Problem *signer.ClaimError
	// Form is the form that carries the signature, where one does; else nil.
	Form *FormEvidence
	// Facts are what only the server knows.
	Facts Facts
}

// Facts are what the server knows about a request beyond its bytes. The zero
// value says nothing.
type Facts struct {
	// Code is the error code of the refusal.
	Code string
	// Received is how many bytes of the body came (IncompleteBody).
	Received int64
	// Chunk is what is wrong with a body in signed chunks; nil: nothing.
	Chunk *signer.ChunkError
	// Key is what came of looking up key id and token.
	Key KeyState
	// TokenExpired is when the temporary key expired
	// (KeyTokenExpired).
	TokenExpired time.Time
	// Bucket is the bucket that the request addresses, as the address names it.
	Bucket string
	// BucketMissing says that there is no such bucket in this region.
	BucketMissing bool
	// BucketRegion is the region the bucket is in, AddressRegion the one that
	// the host names; each may be empty.
	BucketRegion, AddressRegion string
	// Buckets are the names of the buckets there are, that of the request first.
	Buckets []string
	// Hosts are the names, with their ports, under which the bucket or the
	// server can be reached: aliases, domains, the address it listens on.
	Hosts []string
	// Alias is the setting "host=bucket" with which the address would stand for
	// the bucket, so that the path could be signed without it; empty where no
	// alias would help.
	Alias string
	// HostUnknown says that the host that arrived names no bucket and is none of
	// the server's own: a custom domain, or a slip.
	HostUnknown bool
	// Bare is the host that arrived where it is an address of the server, such as
	// 127.0.0.1:9000, that an alias would make stand for a bucket: the path names
	// the bucket, or was meant to name the key alone. Empty: it is none.
	Bare string
	// Regions are the regions of Buckets, by name, as far as they are known.
	Regions map[string]string
	// Keys are keys of objects in the bucket: the request may have been signed
	// for one of them.
	Keys []string
	// Clock is how the server's clock is set; nil: not known.
	Clock *ClockSetting
	// Strict, Policy and CORS are set when that is what refused the request.
	Strict *StrictRefusal
	Policy *PolicyRefusal
	CORS   *CORSRefusal
	// Source is set when what refused the request is that there is no such
	// source to be copied.
	Source *CopySource
}

// KeyState is what came of looking up a request's key id and token.
type KeyState int

const (
	// KeyFound: known, and the token, if it needs one, is right; or not looked up.
	KeyFound KeyState = iota
	// KeyNotFound: there is no such id.
	KeyNotFound
	// KeyTokenMissing: a temporary key, and no token came with it.
	KeyTokenMissing
	// KeyTokenUnknown: the token that came is not the key's.
	KeyTokenUnknown
	// KeyTokenExpired: the temporary key has expired.
	KeyTokenExpired
)

// StrictRefusal are the names that a bucket's strict signature rules want
// signed and that were not (COS docs: 严格签名模式概述).
type StrictRefusal struct {
	Headers, Params []string
}

// PolicyRefusal is why the caller may not do it.
type PolicyRefusal struct {
	// Action and Resource are what was asked for: "name/cos:PutObject",
	// "qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/key".
	Action, Resource string
	// Denied is true when a statement denied it, false when none allowed it.
	Denied bool
	// Source is whose statement that is, or which policy lacks one.
	Source PolicySource
	// Statement names the statement that denied it, or the one that came
	// closest to allowing it; empty: none.
	Statement string
	// Missing says what kept the closest statement from allowing it: the rest
	// of a sentence that begins with the statement. Its values are within
	// bounds, and fit to be shown.
	Missing Text
	// Unmet means that a condition alone kept that statement from allowing it: it
	// is for the request to meet it.
	Unmet bool
	// Suggestion is a statement, in JSON, that would allow it in the policy
	// that lacks one; empty where no statement can.
	Suggestion string
	// Anonymous means that the request carries no signature.
	Anonymous bool
	// Caller and Owner are the APPIDs of the key and of the bucket, where they
	// differ.
	Caller, Owner string
}

// PolicySource is what a policy is attached to.
type PolicySource int

const (
	// AnyPolicy is not known, or no policy at all.
	AnyPolicy PolicySource = iota
	// SessionPolicy is what a temporary key was cut down to at STS.
	SessionPolicy
	// IdentityPolicy is that of the key's user or role.
	IdentityPolicy
	// BucketPolicy is the bucket's.
	BucketPolicy
)

// CORSRefusal is why a preflight was refused.
type CORSRefusal struct {
	// Origin, Method and Headers are what the browser asked for.
	Origin, Method string
	Headers        []string
	// Rule names the rule that came closest, "" when the bucket has none.
	Rule string
	// Missing is what that rule does not allow: an origin, a method, a header.
	Missing string
}
