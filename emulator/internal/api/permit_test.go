package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// TestCutKey: a temporary key does what it was cut down to and nothing else;
// what the refusal suggests is what it lacked.
//
// holds: code AccessDenied
func TestCutKey(t *testing.T) {
	s := startACL(t)
	in := statement("allow", "name/cos:PutObject", within("in/*"))
	key := cutKey(t, in)
	s.with(key)
	require.Equal(t, 200, s.as(key, "PUT", "/in/x", []byte("x")).status)
	s.requireStored(testBucket, "in/x", []byte("x"))

	a := s.as(key, "PUT", "/out/x", []byte("x"))
	s.requireDenied(a, "another prefix")
	require.Equal(t, "AccessDenied", a.code())
	require.Equal(t, "Access Denied.", a.message())
	s.requireNothing(testBucket, "out/x")
	f := s.finding()
	require.Equal(t, "The temporary key's policy does not allow name/cos:PutObject ("+within("out/x")+"); the closest, statement[0], covers the resource "+
		within("in/*")+", not "+within("out/x")+".", f.Sentence.En)
	require.Contains(t, f.Sentence.Zh, "临时密钥的策略没有允许 name/cos:PutObject")
	require.JSONEq(t, statement("allow", "name/cos:PutObject", within("out/x")), f.Suggestion)
	better := cutKey(t, in, f.Suggestion)
	s.with(better)
	require.Equal(t, 200, s.as(better, "PUT", "/out/x", []byte("x")).status, "with the suggestion added")
	s.with(key)

	for name, a := range map[string]*answer{
		"download":  s.as(key, "GET", "/in/x", nil),
		"head":      s.as(key, "HEAD", "/in/x", nil),
		"delete":    s.as(key, "DELETE", "/in/x", nil),
		"list":      s.as(key, "GET", "/", nil),
		"initiate":  s.as(key, "POST", "/in/x?uploads", nil),
		"service":   s.send(s.signedBy(key, "GET", "service.cos.myqcloud.com", "/", nil)),
		"bucket":    s.send(s.signedBy(key, "PUT", "new-1250000000.cos.ap-guangzhou.myqcloud.com", "/", nil)),
		"not there": s.as(key, "GET", "/in/absent", nil),
		"unknown":   s.as(key, "GET", "/?website", nil),
	} {
		s.requireDenied(a, name)
	}
	s.requireStored(testBucket, "in/x", []byte("x"))
	_, err := s.store.Bucket("new-1250000000")
	require.Error(t, err)
}

// TestCutAndSub: the temporary key of a sub-account may what both its own
// policy and that of the sub-account allow.
func TestCutAndSub(t *testing.T) {
	s := startACL(t)
	put, get := statement("allow", "cos:PutObject", "*"), statement("allow", "cos:GetObject", "*")
	key := cutKey(t, put, get)
	key.UIN, key.Rights = ownSubUIN, parsed(t, policy.Identity, put)
	s.with(key)
	require.Equal(t, 200, s.as(key, "PUT", "/n", []byte("x")).status)
	s.requireDenied(s.as(key, "GET", "/n", nil))
	require.Contains(t, s.finding().Sentence.En, "The policy of the key's user or role does not allow name/cos:GetObject")
	key.Rights = parsed(t, policy.Identity, put, get)
	s.with(key)
	require.Equal(t, 200, s.as(key, "GET", "/n", nil).status, "the control")
	key.Session = parsed(t, policy.Session, put)
	s.with(key)
	s.requireDenied(s.as(key, "GET", "/n", nil))
	require.Contains(t, s.finding().Sentence.En, "The temporary key's policy does not allow name/cos:GetObject")
}

// TestEveryAction: each call needs the action of its name, and no other.
func TestEveryAction(t *testing.T) {
	part := "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"
	const service, fresh = "service.cos.myqcloud.com", "fresh-1250000000.cos.ap-guangzhou.myqcloud.com"
	for _, c := range []struct {
		action, method, host, target, body string
		header                             []string
	}{
		{"GetService", "GET", service, "/", "", nil},
		{"PutBucket", "PUT", fresh, "/", "", nil},
		{"HeadBucket", "HEAD", "", "/", "", nil},
		{"GetBucket", "GET", "", "/", "", nil},
		{"DeleteBucket", "DELETE", "", "/", "", nil},
		{"GetBucketACL", "GET", "", "/?acl", "", nil},
		{"PutBucketACL", "PUT", "", "/?acl", "", nil},
		{"PutBucketCORS", "PUT", "", "/?cors", "x", nil},
		{"GetBucketCORS", "GET", "", "/?cors", "", nil},
		{"DeleteBucketCORS", "DELETE", "", "/?cors", "", nil},
		{"PutBucketPolicy", "PUT", "", "/?policy", "x", nil},
		{"GetBucketPolicy", "GET", "", "/?policy", "", nil},
		{"PutBucketVersioning", "PUT", "", "/?versioning", "x", nil},
		{"GetBucketVersioning", "GET", "", "/?versioning", "", nil},
		{"GetBucketObjectVersions", "GET", "", "/?versions", "", nil},
		{"GetBucketLocation", "GET", "", "/?location", "", nil},
		{"PutBucketTagging", "PUT", "", "/?tagging", "x", nil},
		{"ListMultipartUploads", "GET", "", "/?uploads", "", nil},
		{"PutBucketWebsite", "PUT", "", "/?website", "x", nil}, // not there
		{"PutObject", "PUT", "", "/k", "x", nil},
		{"GetObject", "GET", "", "/a", "", nil},
		{"HeadObject", "HEAD", "", "/a", "", nil},
		{"DeleteObject", "DELETE", "", "/k", "", nil},
		{"AppendObject", "POST", "", "/k?append&position=0", "x", nil},
		{"GetObjectACL", "GET", "", "/a?acl", "", nil},
		{"PutObjectACL", "PUT", "", "/a?acl", "", nil},
		{"GetObjectTagging", "GET", "", "/a?tagging", "", nil},
		{"PutObjectTagging", "PUT", "", "/a?tagging", "x", nil},
		{"DeleteObjectTagging", "DELETE", "", "/a?tagging", "", nil},
		{"InitiateMultipartUpload", "POST", "", "/k?uploads", "", nil},
		{"UploadPart", "PUT", "", "/k?uploadId=u&partNumber=1", "x", nil},
		{"PutObject", "PUT", "", "/k?uploadId=u&partNumber=1", "", []string{"x-cos-copy-source", testHost + "/absent"}},
		{"ListParts", "GET", "", "/k?uploadId=u", "", nil},
		{"CompleteMultipartUpload", "POST", "", "/k?uploadId=u", part, nil},
		{"AbortMultipartUpload", "DELETE", "", "/k?uploadId=u", "", nil},
		{"PostObjectRestore", "POST", "", "/k?restore", "x", nil}, // not there
	} {
		t.Run(c.action+" "+c.target, func(t *testing.T) {
			s := startACL(t)
			if c.host == "" {
				c.host = testHost
			}
			ask := func(statements ...string) *answer {
				key := cutKey(t, statements...)
				s.with(key)
				return s.send(s.signedBy(key, c.method, c.host, c.target, []byte(c.body), c.header...))
			}
			allowed, denied := statement("allow", "name/cos:"+c.action, "*"), statement("deny", "name/cos:"+c.action, "*")
			s.requireDenied(ask(statement("allow", "*", "*"), denied), "all but it")
			if len(c.header) > 0 { // the source is another decision
				allowed = strings.Replace(allowed, `"action":[`, `"action":["name/cos:GetObject",`, 1)
			}
			a := ask(allowed)
			require.NotEqual(t, 403, a.status, "it alone: %s", a.body)
		})
	}
}

// TestTheLaw: who may download an object, by whom the policies, the ACL and the
// denials speak of (COS docs: 访问策略评估流程).
func TestTheLaw(t *testing.T) {
	const (
		me     = "qcs::cam::uin/" + ownerUIN + ":uin/" + ownerUIN
		mySub  = "qcs::cam::uin/" + ownerUIN + ":uin/" + ownSubUIN
		other  = "qcs::cam::uin/" + otherUIN + ":uin/" + otherUIN
		anyone = "qcs::cam::anyone:anyone"
	)
	allow, deny := statement("allow", "name/cos:GetObject", within("*")), statement("deny", "name/cos:GetObject", within("*"))
	elsewhere := statement("allow", "name/cos:GetObject", within("elsewhere/*"))
	owner, stranger, anonymous := ownerWithUIN(), otherAccount(), keyring.Key{}
	for _, c := range []struct {
		name   string
		who    keyring.Key
		acl    string   // of the bucket
		policy []string // the bucket's
		status int
	}{
		{"owner", owner, "private", nil, 200},
		{"owner, denied by the bucket's policy", owner, "private", []string{forWhom(me, deny)}, 200}, // choice 230
		{"owner's cut key, denied by it", cutKey(t, allow), "private", []string{forWhom(me, deny)}, 403},
		{"owner's cut key", cutKey(t, allow), "private", nil, 200},
		{"cut to something else", cutKey(t, elsewhere), "private", nil, 403},
		{"cut to something else, allowed by the bucket's policy", cutKey(t, elsewhere), "private", []string{forWhom(me, allow)}, 403},
		{"cut to something else, open to all", cutKey(t, elsewhere), "public-read", nil, 200},                                    // choice 234
		{"cut to something else, open to all by policy", cutKey(t, elsewhere), "private", []string{forWhom(anyone, allow)}, 200}, // choice 234
		{"cut with a denial, open to all", cutKey(t, deny), "public-read", nil, 403},

		{"sub-account without a policy of its own", subKey(t), "private", nil, 200},
		{"sub-account, denied by the bucket's policy", subKey(t), "private", []string{forWhom(mySub, deny)}, 403},
		{"sub-account, another denied", subKey(t), "private", []string{forWhom(other, deny)}, 200},
		{"sub-account with the right", subKey(t, allow), "private", nil, 200},
		{"sub-account without", subKey(t, elsewhere), "private", nil, 403},
		{"sub-account without, by the bucket's policy", subKey(t, elsewhere), "private", []string{forWhom(mySub, allow)}, 200},
		{"sub-account without, another by it", subKey(t, elsewhere), "private", []string{forWhom(other, allow)}, 403},
		{"sub-account without, open to all", subKey(t, elsewhere), "public-read", nil, 200},
		{"sub-account without, open to who signs", subKey(t, elsewhere), "authenticated-read", nil, 200},
		{"sub-account with, anyone denied", subKey(t, allow), "private", []string{forWhom(anyone, deny)}, 200}, // the page's example
		{"sub-account that denies itself", subKey(t, allow, deny), "public-read", nil, 403},

		{"other account", stranger, "private", nil, 403},
		{"other account, by the bucket's policy", stranger, "private", []string{forWhom(other, allow)}, 200},
		{"other account, somewhere else by it", stranger, "private", []string{forWhom(other, elsewhere)}, 403},
		{"other account, anyone by it", stranger, "private", []string{forWhom(anyone, allow)}, 200},
		{"other account, denied by it", stranger, "public-read", []string{forWhom(other, deny)}, 403},
		{"other account, anyone denied, open to all", stranger, "public-read", []string{forWhom(anyone, deny)}, 403},
		{"other account, anyone denied, open to who signs", stranger, "authenticated-read", []string{forWhom(anyone, deny)}, 200},
		{"other account, open to all", stranger, "public-read", nil, 200},
		{"other account's sub-account, its account by policy", otherSub(), "private", []string{forWhom(other, allow)}, 403},

		{"anonymous", anonymous, "private", nil, 403},
		{"anonymous, anyone by policy", anonymous, "private", []string{forWhom(anyone, allow)}, 200},
		{"anonymous, somebody by policy", anonymous, "private", []string{forWhom(other, allow)}, 403},
		{"anonymous, open to who signs", anonymous, "authenticated-read", nil, 403},
		{"anonymous, anyone denied, open to all", anonymous, "public-read", []string{forWhom(anyone, deny)}, 403},
		{"anonymous, somebody denied, open to all", anonymous, "public-read", []string{forWhom(other, deny)}, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startACL(t)
			if c.who.SecretID != "" {
				s.with(c.who)
			}
			require.Equal(t, 200, s.do("PUT", "/?acl", nil, "x-cos-acl", c.acl).status)
			if c.policy != nil {
				s.bucketPolicy(c.policy...)
			}
			a := s.as(c.who, "GET", "/a", nil)
			require.Equal(t, c.status, a.status, string(a.body))
			if c.status == 403 {
				s.requireDenied(a)
				require.NotEmpty(t, s.finding().Sentence.Zh)
			}
		})
	}
}

// TestGrantToAnAccount: what an ACL grants to an account, its sub-accounts have
// as far as their own rights go.
func TestGrantToAnAccount(t *testing.T) {
	s := startACL(t)
	require.Equal(t, 200, s.do("PUT", "/?acl", nil, "x-cos-grant-read", `id="`+otherUIN+`"`).status)
	key := otherSub()
	require.Equal(t, 200, s.as(key, "GET", "/a", nil).status)
	key.Rights = parsed(t, policy.Identity, statement("allow", "name/cos:HeadObject", "*"))
	s.with(key)
	s.requireDenied(s.as(key, "GET", "/a", nil))
	require.Contains(t, s.finding().Sentence.En, "The policy of the key's user or role does not allow")
	require.Equal(t, 200, s.as(key, "HEAD", "/a", nil).status)
	require.Equal(t, 200, s.do("PUT", "/?acl", nil, "x-cos-grant-read", `id="`+otherUIN+"/"+otherSubUIN+`"`).status)
	require.Equal(t, 200, s.as(key, "GET", "/a", nil).status, "granted to it by name")
}

// TestReportedDenial: under `verify: report` the refused is served, and told.
func TestReportedDenial(t *testing.T) {
	key := cutKey(t, statement("allow", "name/cos:GetObject", "*"))
	s := start(t, api.Config{Verify: api.VerifyReport, Keys: []keyring.Key{testKey(), key}})
	a := s.as(key, "PUT", "/k", []byte("x"))
	require.Equal(t, 200, a.status)
	require.Equal(t, "403 AccessDenied", a.header.Get("X-Cosemu-Verdict"))
	require.Equal(t, "policy-denied", a.header.Get("X-Cosemu-Diagnosis"))
	s.requireStored(testBucket, "k", []byte("x"))
	require.Empty(t, s.as(key, "GET", "/k", nil).header.Get("X-Cosemu-Verdict"), "the control")
}

// TestBucketPolicyDocument: a policy that cannot be is refused with the place in
// it, and the one before stays in force; a new one is in force at once.
//
// holds: call PutBucketPolicy; call DeleteBucketPolicy; code MalformedPolicy; code AccessDenied
func TestBucketPolicyDocument(t *testing.T) {
	s := startACL(t)
	const anyone = "qcs::cam::anyone:anyone"
	anonymous := func() int { return s.as(keyring.Key{}, "GET", "/a", nil).status }
	require.Equal(t, 403, anonymous())
	s.bucketPolicy(forWhom(anyone, statement("allow", "name/cos:GetObject", within("*"))))
	require.Equal(t, 200, anonymous())
	for doc, says := range map[string]string{
		document(statement("allow", "name/cos:GetObject", within("*"))):                   "principal",
		document(forWhom(anyone, statement("permit", "name/cos:GetObject", within("*")))): "statement[0].effect",
		document(forWhom(anyone, statement("deny", "name/cos:GetObject", "my-bucket"))):   "statement[0].resource[0]",
		`{"version":"2.0"}`: "statement",
		"not JSON":          "",
		document(strings.Repeat(forWhom(anyone, statement("allow", "name/cos:GetObject", within("*")))+",", 200) + "{}"): "",
	} {
		a := s.do("PUT", "/?policy", []byte(doc))
		require.Equal(t, 400, a.status, doc)
		require.Equal(t, "MalformedPolicy", a.code(), doc)
		require.Contains(t, a.message(), says)
		require.Equal(t, 200, anonymous(), "the old one is in force")
	}
	s.bucketPolicy(forWhom(anyone, statement("allow", "name/cos:GetObject", within("dir/*"))))
	require.Equal(t, 403, anonymous())
	require.Equal(t, 200, s.as(keyring.Key{}, "GET", "/dir/b", nil).status)
	s.bucketPolicy()
	require.Equal(t, 403, s.as(keyring.Key{}, "GET", "/dir/b", nil).status)
}

// TestPolicySuggestions: what is suggested for a bucket's policy names who asked.
func TestPolicySuggestions(t *testing.T) {
	s := startACL(t)
	for name, who := range map[string]keyring.Key{"other account": otherAccount(), "anonymous": {}} {
		s.requireDenied(s.as(who, "GET", "/dir/b", nil), name)
		f := s.finding()
		require.True(t, json.Valid([]byte(f.Suggestion)), name)
		s.bucketPolicy(f.Suggestion)
		require.Equal(t, 200, s.as(who, "GET", "/dir/b", nil).status, "%s: with %s", name, f.Suggestion)
		s.requireDenied(s.as(who, "GET", "/a", nil), name)
		require.Contains(t, s.finding().Sentence.En, "the closest, statement[0], covers the resource", name)
		s.bucketPolicy()
	}
	s.requireDenied(s.as(otherAccount(), "PUT", "/?acl", nil, "x-cos-acl", "public-read"))
	require.Equal(t, "The key belongs to APPID 1300000001, the bucket to 1250000000.", s.finding().Sentence.En)
	a := s.as(keyring.Key{}, "GET", "/%E2%80%AE", nil)
	s.requireDenied(a)
	require.Contains(t, s.finding().Suggestion, `/\u202e"`, "what cannot be seen is escaped")
}
