package authz_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer/diagnose"
)

const (
	owner, ownerUIN = "1250000000", "100000000001"
	other, otherUIN = "1300000001", "200000000001"
	subUIN          = "100000000011"
	bucketName      = "examplebucket-" + owner
	region          = "ap-guangzhou"
)

// put is a PutObject by the root of the owning account; each case changes it.
func put() *authz.Request {
	return &authz.Request{
		Mode: authz.Enforce, Key: root(), Action: "PutObject", Access: acl.Write,
		Resource: authz.Resource{
			Kind: authz.Object, Bucket: bucketName, Key: "in/a.txt", Region: region, Owner: owner, ACL: acl.Private,
		},
	}
}

// get is a GetObject likewise.
func get() *authz.Request {
	r := put()
	r.Action, r.Access = "GetObject", acl.Read
	return r
}

func root() *keyring.Key { return &keyring.Key{SecretID: "AKIDroot", AppID: owner, OwnerUIN: ownerUIN} }

func foreign() *keyring.Key {
	return &keyring.Key{SecretID: "AKIDforeign", AppID: other, OwnerUIN: otherUIN}
}

// sub is a key of the owner's sub-account. Without statements no policy limits it.
func sub(t *testing.T, statements ...string) *keyring.Key {
	k := root()
	k.UIN = subUIN
	if len(statements) > 0 {
		k.Rights = parse(t, policy.Identity, statements...)
	}
	return k
}

// session is a temporary key that was cut down to statements.
func session(t *testing.T, k *keyring.Key, statements ...string) *keyring.Key {
	k.Token, k.Session = "token", parse(t, policy.Session, statements...)
	return k
}

func parse(t *testing.T, where policy.Where, statements ...string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(`{"version":"2.0","statement":[`+strings.Join(statements, ",")+`]}`), where)
	require.NoError(t, err)
	return p
}

func says(effect, action string) string {
	return fmt.Sprintf(`{"effect":%q,"action":["name/cos:%s"],"resource":["*"]}`, effect, action)
}

// to names the principal of a statement in a bucket's policy.
func to(principal, statement string) string {
	return fmt.Sprintf(`{"principal":{"qcs":[%q]},`, principal) + statement[1:]
}

const (
	anyone       = "qcs::cam::anyone:anyone"
	foreignRoot  = "qcs::cam::uin/" + otherUIN + ":uin/" + otherUIN
	ownRootName  = "qcs::cam::uin/" + ownerUIN + ":uin/" + ownerUIN
	ownSubName   = "qcs::cam::uin/" + ownerUIN + ":uin/" + subUIN
	grantOther   = acl.Private + " r=" + otherUIN
	grantOwnSub  = acl.Private + " r=" + ownerUIN + "/" + subUIN
	grantAccount = acl.Private + " r=" + ownerUIN
)

func withPolicy(t *testing.T, r *authz.Request, statements ...string) *authz.Request {
	p := parse(t, policy.Bucket, statements...)
	r.BucketPolicy = func() (*policy.Policy, error) { return p, nil }
	return r
}

func by(k *keyring.Key, r *authz.Request) *authz.Request {
	r.Key = k
	return r
}

func withACL(list string, r *authz.Request) *authz.Request {
	r.Resource.ACL = list
	return r
}

// TestDecide walks the order of evaluation (COS docs: 访问策略评估流程). In each
// step what is allowed stands beside what is refused.
func TestDecide(t *testing.T) {
	const allowed, none = true, diagnose.AnyPolicy
	for name, c := range map[string]struct {
		request *authz.Request
		allowed bool
		source  diagnose.PolicySource // whose statement denies or is missing
		denied  bool
	}{
		// The root of the owning account.
		"owner's root": {put(), allowed, none, false},
		"owner's root, denied by bucket's policy": {withPolicy(t, put(), to(ownRootName, says("deny", "*"))), allowed, none, false},
		"owner's root, operation without ACL":     {func() *authz.Request { r := put(); r.Access = 0; return r }(), allowed, none, false},
		"another root":                            {by(foreign(), put()), false, none, false},
		"nobody":                                  {by(nil, put()), false, none, false},

		// What any policy denies, whoever allows it.
		"session policy denies":  {by(session(t, root(), says("deny", "PutObject"), says("allow", "*")), put()), false, diagnose.SessionPolicy, true},
		"session policy allows":  {by(session(t, root(), says("deny", "GetObject"), says("allow", "*")), put()), allowed, none, false},
		"own rights deny":        {by(sub(t, says("deny", "PutObject"), says("allow", "*")), put()), false, diagnose.IdentityPolicy, true},
		"own rights allow":       {by(sub(t, says("deny", "GetObject"), says("allow", "*")), put()), allowed, none, false},
		"bucket's policy denies": {withPolicy(t, by(sub(t, says("allow", "*")), put()), to(ownSubName, says("deny", "*"))), false, diagnose.BucketPolicy, true},
		"bucket's policy denies others": {
			withPolicy(t, by(sub(t, says("allow", "*")), put()), to(foreignRoot, says("deny", "*"))), allowed, none, false,
		},
		"denied what everybody may": {
			withPolicy(t, by(foreign(), withACL(acl.PublicRead, get())), to(foreignRoot, says("deny", "*"))), false, diagnose.BucketPolicy, true,
		},
		"own rights deny what everybody may": {
			by(sub(t, says("deny", "GetObject")), withACL(acl.PublicRead, get())), false, diagnose.IdentityPolicy, true,
		},

		// What everybody may, a key that was cut down included (choice 234).
		"anonymous, public-read":        {by(nil, withACL(acl.PublicRead, get())), allowed, none, false},
		"anonymous, public-read, write": {by(nil, withACL(acl.PublicRead, put())), false, none, false},
		"cut down to nothing like it, public-read": {
			by(session(t, root(), says("allow", "PutObject")), withACL(acl.PublicRead, get())), allowed, none, false,
		},
		"cut down to nothing like it, private": {by(session(t, root(), says("allow", "PutObject")), get()), false, diagnose.SessionPolicy, false},
		"anonymous, bucket's policy for anyone": {
			withPolicy(t, by(nil, get()), to(anyone, says("allow", "GetObject"))), allowed, none, false,
		},
		"anonymous, bucket's policy for one": {
			withPolicy(t, by(nil, get()), to(foreignRoot, says("allow", "GetObject"))), false, diagnose.BucketPolicy, false,
		},
		"denied to anyone, public-read": {
			withPolicy(t, by(nil, withACL(acl.PublicRead, get())), to(anyone, says("deny", "GetObject"))), false, diagnose.BucketPolicy, true,
		},
		"denied to anyone, public-read, signed by another": {
			withPolicy(t, by(foreign(), withACL(acl.PublicRead, get())), to(anyone, says("deny", "GetObject"))), false, diagnose.BucketPolicy, false,
		},

		// A temporary key may do no more than its session policy allows.
		"session policy allows another action": {by(session(t, root(), says("allow", "GetObject")), put()), false, diagnose.SessionPolicy, false},
		"session policy and bucket's policy for the caller": {
			withPolicy(t, by(session(t, foreign(), says("allow", "PutObject")), put()), to(foreignRoot, says("allow", "PutObject"))), allowed, none, false,
		},
		"session policy against bucket's policy for the caller": {
			withPolicy(t, by(session(t, foreign(), says("allow", "GetObject")), put()), to(foreignRoot, says("allow", "PutObject"))),
			false, diagnose.SessionPolicy, false,
		},

		// The caller's own rights in his account.
		"sub-account without a policy":             {by(sub(t), put()), allowed, none, false},
		"own rights allow another action":          {by(sub(t, says("allow", "GetObject")), put()), false, diagnose.IdentityPolicy, false},
		"own rights for another account's bucket":  {by(&keyring.Key{AppID: other, UIN: "1", Rights: parse(t, policy.Identity, says("allow", "*"))}, put()), false, none, false},
		"bucket's policy beside own rights":        {withPolicy(t, by(sub(t, says("allow", "GetObject")), put()), to(ownSubName, says("allow", "PutObject"))), allowed, none, false},
		"bucket's policy, for somebody else alone": {withPolicy(t, by(foreign(), put()), to(ownSubName, says("allow", "*"))), false, diagnose.BucketPolicy, false},
		"bucket's policy for another root":         {withPolicy(t, by(foreign(), put()), to(foreignRoot, says("allow", "PutObject"))), allowed, none, false},

		// The ACL.
		"ACL for the account":              {by(foreign(), withACL(grantOther, get())), allowed, none, false},
		"ACL for the account, write":       {by(foreign(), withACL(grantOther, put())), false, none, false},
		"ACL for all who sign":             {by(foreign(), withACL(acl.AuthenticatedRead, get())), allowed, none, false},
		"ACL for all who sign, anonymous":  {by(nil, withACL(acl.AuthenticatedRead, get())), false, none, false},
		"ACL for one user, without rights": {by(sub(t, says("allow", "PutObject")), withACL(grantOwnSub, get())), allowed, none, false},
		"ACL for the account, user without rights": {
			by(sub(t, says("allow", "PutObject")), withACL(grantAccount, get())), false, diagnose.IdentityPolicy, false,
		},
		"ACL for the account, user with rights": {by(sub(t, says("allow", "GetObject")), withACL(grantAccount, get())), allowed, none, false},
		"ACL does not open this operation": {
			by(foreign(), withACL(acl.PublicReadWrite, func() *authz.Request { r := get(); r.Access = 0; return r }())), false, none, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := authz.Decide(c.request)
			require.NoError(t, err)
			if c.allowed {
				require.Equal(t, authz.Allowed, d.Verdict)
				require.Nil(t, d.Policy)
				require.Nil(t, d.Error(time.Time{}))
				return
			}
			require.Equal(t, authz.Refused, d.Verdict)
			require.Equal(t, authz.ByRights, d.Reason)
			require.Equal(t, c.source, d.Policy.Source)
			require.Equal(t, c.denied, d.Policy.Denied)
			require.Equal(t, "name/cos:"+c.request.Action, d.Policy.Action)
			require.Equal(t, 403, d.Error(time.Time{}).Status)

			c.request.Mode = authz.Report
			reported, err := authz.Decide(c.request)
			require.NoError(t, err)
			require.Equal(t, authz.Reported, reported.Verdict)
			require.Equal(t, d.Policy, reported.Policy)
			require.Equal(t, d.Error(time.Time{}), reported.Error(time.Time{}))
		})
	}
}

// TestDecideService: the list of buckets is each caller's own, and a bucket that
// is to be created the account's in its name (choice 66).
func TestDecideService(t *testing.T) {
	decide := func(k *keyring.Key, action string, at authz.Resource) authz.Verdict {
		d, err := authz.Decide(&authz.Request{Key: k, Action: action, Resource: at})
		require.NoError(t, err)
		return d.Verdict
	}
	list, create := authz.Resource{Kind: authz.Service}, authz.Resource{Kind: authz.NewBucket, Bucket: bucketName, Region: region, Owner: owner}
	require.Equal(t, authz.Allowed, decide(root(), "GetService", list))
	require.Equal(t, authz.Allowed, decide(foreign(), "GetService", list))
	require.Equal(t, authz.Refused, decide(nil, "GetService", list))
	require.Equal(t, authz.Allowed, decide(sub(t, says("allow", "GetService")), "GetService", list))
	require.Equal(t, authz.Refused, decide(sub(t, says("allow", "PutBucket")), "GetService", list))

	require.Equal(t, authz.Allowed, decide(root(), "PutBucket", create))
	require.Equal(t, authz.Refused, decide(foreign(), "PutBucket", create))
	require.Equal(t, authz.Refused, decide(nil, "PutBucket", create))
	create.ACL = acl.PublicReadWrite
	require.Equal(t, authz.Refused, decide(nil, "PutBucket", create), "no ACL lets anybody create a bucket")
}

// TestDecideACLInherits: an object's own ACL counts, else that of the nearest
// folder that has one, else the bucket's; writing is for the bucket's alone.
func TestDecideACLInherits(t *testing.T) {
	lists := map[string]string{"open/": acl.PublicRead, "open/shut/": acl.Default, "open/private.txt": acl.Private}
	ask := func(key, bucketACL string, access acl.Permission) authz.Decision {
		r := withACL(bucketACL, by(nil, get()))
		r.Resource.Key, r.Access = key, access
		r.ObjectACL = func(key string) string { return lists[key] }
		d, err := authz.Decide(r)
		require.NoError(t, err)
		return d
	}
	for key, want := range map[string]authz.Verdict{
		"open/a": authz.Allowed, "open/shut/a": authz.Allowed, "open/private.txt": authz.Refused, "openly": authz.Refused, "a": authz.Refused,
	} {
		require.Equal(t, want, ask(key, acl.Private, acl.Read).Verdict, key)
	}
	require.Equal(t, authz.Refused, ask("open/a", acl.Private, acl.Write).Verdict)
	require.Equal(t, authz.Allowed, ask("a", acl.PublicReadWrite, acl.Write).Verdict)

	d := ask("open/private.txt", acl.PublicRead, acl.Read)
	require.Equal(t, authz.Refused, d.Verdict)
	require.True(t, d.SawACL)
	require.Equal(t, acl.Private, d.ObjectACL)
	require.False(t, ask("a", acl.PublicReadWrite, acl.Write).SawACL, "no object's ACL was asked")

	long := "open/" + strings.Repeat("/", 2000)
	require.Equal(t, authz.Refused, ask(long, acl.Private, acl.Read).Verdict, "no key is that long")
}

// TestDecideReferer: the list binds those who do not sign, and counts before
// their rights.
func TestDecideReferer(t *testing.T) {
	white := &bucketcfg.Referer{Enabled: true, White: true, Domains: []string{"a.test"}}
	ask := func(k *keyring.Key, referer, list string) authz.Decision {
		r := withACL(list, by(k, get()))
		r.Referer = referer
		r.RefererList = func() (*bucketcfg.Referer, error) { return white, nil }
		d, err := authz.Decide(r)
		require.NoError(t, err)
		return d
	}
	d := ask(nil, "http://a.test/page", acl.PublicRead)
	require.Equal(t, authz.Allowed, d.Verdict)
	require.True(t, d.PassedReferer)
	require.Equal(t, authz.ByRights, ask(nil, "http://a.test/page", acl.Private).Reason)

	d = ask(nil, "http://b.test/page", acl.PublicRead)
	require.Equal(t, authz.Refused, d.Verdict)
	require.Equal(t, authz.ByReferer, d.Reason)
	require.Equal(t, "You are denied by bucket referer rule", d.Error(time.Time{}).Message)
	require.Equal(t, authz.ByReferer, ask(nil, "", acl.PublicRead).Reason)

	d = ask(root(), "http://b.test/page", acl.Private)
	require.Equal(t, authz.Allowed, d.Verdict)
	require.False(t, d.PassedReferer, "it was not asked")
}

// TestDecideEachObject: where a policy counts, several objects are decided one
// by one (choice 233); else the request is decided as a whole.
func TestDecideEachObject(t *testing.T) {
	several := func(k *keyring.Key) *authz.Request {
		r := by(k, put())
		r.Action, r.EachObject = "DeleteObject", true
		r.Resource.Kind, r.Resource.Key = authz.Bucket, ""
		return r
	}
	for name, c := range map[string]struct {
		request *authz.Request
		each    bool
		verdict authz.Verdict
	}{
		"owner's root":       {withPolicy(t, several(root()), to(ownRootName, says("deny", "*"))), false, authz.Allowed},
		"another root":       {several(foreign()), false, authz.Refused},
		"session policy":     {several(session(t, root(), says("allow", "GetObject"))), true, authz.Allowed},
		"own rights":         {several(sub(t, says("allow", "GetObject"))), true, authz.Allowed},
		"bucket's policy":    {withPolicy(t, several(foreign()), to(anyone, says("allow", "GetObject"))), true, authz.Allowed},
		"anonymous, private": {several(nil), false, authz.Refused},
	} {
		d, err := authz.Decide(c.request)
		require.NoError(t, err, name)
		require.Equal(t, c.each, d.EachObject, name)
		require.Equal(t, c.verdict, d.Verdict, name)
	}
}

// TestDecideConditions: conditions see the caller and the values, which are asked
// for only where there is a policy.
func TestDecideConditions(t *testing.T) {
	const sized = `{"effect":"allow","action":["name/cos:PutObject"],"resource":["*"],"condition":{"numeric_less_than":{"cos:content-length":10}}}`
	ask := func(k *keyring.Key, length int64) authz.Decision {
		r := by(k, put())
		r.Values = func() *policy.HTTPValues { return &policy.HTTPValues{ContentLength: length} }
		d, err := authz.Decide(r)
		require.NoError(t, err)
		return d
	}
	require.Equal(t, authz.Allowed, ask(session(t, root(), sized), 9).Verdict)
	d := ask(session(t, root(), sized), 10)
	require.Equal(t, authz.Refused, d.Verdict)
	require.True(t, d.Policy.Unmet, "the request can meet it")
	require.Empty(t, d.Policy.Suggestion, "a statement without the condition would undo it")

	const owners = `{"effect":"allow","action":["name/cos:PutObject"],"resource":["*"],"condition":{"string_equal":{"qcs:owner_uin":"` + ownerUIN + `"}}}`
	require.Equal(t, authz.Allowed, ask(session(t, root(), owners), 1).Verdict)
	k := session(t, root(), owners)
	k.OwnerUIN = "100000000002"
	require.Equal(t, authz.Refused, ask(k, 1).Verdict)
}

// TestDecideFaults: a policy or a list that cannot be read allows nothing.
func TestDecideFaults(t *testing.T) {
	broken := errors.New("broken")
	r := by(foreign(), withACL(acl.PublicRead, get()))
	r.BucketPolicy = func() (*policy.Policy, error) { return nil, broken }
	_, err := authz.Decide(r)
	require.ErrorIs(t, err, broken)
	r.Key = root()
	d, err := authz.Decide(r)
	require.NoError(t, err, "the owner's root is not asked")
	require.Equal(t, authz.Allowed, d.Verdict)

	r = by(nil, withACL(acl.PublicRead, get()))
	r.RefererList = func() (*bucketcfg.Referer, error) { return nil, broken }
	_, err = authz.Decide(r)
	require.ErrorIs(t, err, broken)
}

// TestDecideRefusal: what the diagnosis is told of a refusal can be pasted.
func TestDecideRefusal(t *testing.T) {
	r := by(sub(t, says("allow", "GetObject")), put())
	r.Resource.Key = "in/\u202ea.txt"
	d, err := authz.Decide(r)
	require.NoError(t, err)
	require.Equal(t, "statement[0]", d.Policy.Statement)
	require.Equal(t, "allows the action name/cos:GetObject, not name/cos:PutObject", d.Policy.Missing.En)
	require.JSONEq(t, `{"effect":"allow","action":["name/cos:PutObject"],"resource":["qcs::cos:`+region+`:uid/`+owner+`:`+bucketName+"/in/\u202ea.txt\"]}", d.Policy.Suggestion)
	require.NotContains(t, d.Policy.Suggestion, "\u202e", "it is escaped, so that it is seen")
	r.Key.Rights = parse(t, policy.Identity, says("allow", "GetObject"), d.Policy.Suggestion)
	d, err = authz.Decide(r)
	require.NoError(t, err)
	require.Equal(t, authz.Allowed, d.Verdict, "the suggestion helps")

	d, err = authz.Decide(by(foreign(), put()))
	require.NoError(t, err)
	require.Equal(t, other, d.Policy.Caller)
	require.Equal(t, owner, d.Policy.Owner)
	d, err = authz.Decide(withPolicy(t, by(foreign(), put()), d.Policy.Suggestion))
	require.NoError(t, err)
	require.Equal(t, authz.Allowed, d.Verdict, "the suggestion helps in the bucket's policy")
}

// TestRootWithAPolicy: a policy on a key binds it, whosever the key is.
func TestRootWithAPolicy(t *testing.T) {
	k := root()
	k.Rights = parse(t, policy.Identity, says("allow", "GetObject"))
	d, err := authz.Decide(by(k, put()))
	require.NoError(t, err)
	require.Equal(t, diagnose.IdentityPolicy, d.Policy.Source)
	d, err = authz.Decide(by(k, get()))
	require.NoError(t, err)
	require.Equal(t, authz.Allowed, d.Verdict)
}
