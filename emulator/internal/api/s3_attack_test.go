package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"html"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
)

// s3Ask is a request of somebody, apart from how it is signed.
type s3Ask struct {
	method, key string
	query       map[string][]string
	body        string
	header      []string
}

// ways are its messages, in the four ways in which S3 clients sign.
func (q s3Ask) ways(tb testing.TB, by keyring.Key) map[string]*message {
	tb.Helper()
	all := map[string]*message{}
	for way, in := range s3Asks(func(in *signer.PresignInput) {
		in.Credentials, in.Method, in.Key, in.Query = by.Credentials(), q.method, q.key, q.query
		for i := 0; i < len(q.header); i += 2 {
			in.Header.Set(q.header[i], q.header[i+1])
		}
	}) {
		all[way] = s3Message(tb, in, q.body)
	}
	return all
}

// TestS3Conditions: conditions of policies see what S3 clients call by their own
// names, in whichever way the request is signed. The same condition on a denial
// refuses what it allowed.
func TestS3Conditions(t *testing.T) {
	put := func(body string, header ...string) s3Ask { return s3Ask{"PUT", "k", nil, body, header} }
	list := func(prefix string) s3Ask {
		return s3Ask{method: "GET", query: map[string][]string{"list-type": {"2"}, "prefix": {prefix}}}
	}
	get := func(query map[string][]string) s3Ask { return s3Ask{method: "GET", key: "a", query: query} }
	for _, c := range []struct {
		name, action, condition string
		good, bad               s3Ask // the zero bad: every request is good
	}{
		{"address", "PutObject", `{"ip_equal":{"qcs:ip":"127.0.0.1"}}`, put("x"), s3Ask{}},
		{"another address", "PutObject", `{"ip_not_equal":{"qcs:ip":["10.0.0.0/8"]}}`, put("x"), s3Ask{}},
		{"no VPC", "PutObject", `{"string_equal_if_exist":{"vpc:requester_vpc":["vpc-aqp5jrc1"]}}`, put("x"), s3Ask{}},
		{"class", "PutObject", `{"string_equal":{"cos:x-cos-storage-class":"STANDARD_IA"}}`, put("x", "X-Amz-Storage-Class", "STANDARD_IA"), put("x", "X-Amz-Storage-Class", "ARCHIVE")},
		{"class said by nobody", "PutObject", `{"string_equal":{"cos:x-cos-storage-class":"STANDARD_IA"}}`, put("x", "X-Amz-Storage-Class", "STANDARD_IA"), put("x")},
		{"ACL", "PutObject", `{"string_equal":{"cos:x-cos-acl":["private","default"]}}`, put("x", "X-Amz-Acl", "private"), put("x", "X-Amz-Acl", "public-read")},
		{"ACL, not", "PutObject", `{"string_not_equal_if_exist":{"cos:x-cos-acl":["public-read","public-read-write"]}}`, put("x"), put("x", "X-Amz-Acl", "public-read")},
		{"grant", "PutObject", `{"null_equal":{"cos:x-cos-grant-read":"true"}}`, put("x"), put("x", "X-Amz-Grant-Read", `id="100000000002"`)},
		{"length", "PutObject", `{"numeric_less_than_equal":{"cos:content-length":10}}`, put("0123456789"), put("0123456789a")},
		{"type", "PutObject", `{"string_like":{"cos:content-type":"image/*"}}`, put("x", "Content-Type", "image/png"), put("x", "Content-Type", "text/html")},
		{"host", "PutObject", `{"string_equal":{"cos:host":"` + testHost + `"}}`, put("x"), s3Ask{}},
		{"prefix", "GetBucket", `{"string_equal":{"cos:prefix":"dir%2F"}}`, list("dir/"), list("di")},
		{"version", "GetObject", `{"string_equal":{"cos:versionid":"null"}}`, get(map[string][]string{"versionId": {"null"}}), get(nil)},
		{
			"response type", "GetObject", `{"string_equal":{"cos:response-content-type":"image%2Fjpeg"}}`,
			get(map[string][]string{"response-content-type": {"image/jpeg"}}), get(map[string][]string{"response-content-type": {"text/html"}}),
		},
		{"time", "PutObject", `{"date_less_than":{"qcs:current_time":"2026-11-25T00:00:00Z"}}`, put("x"), s3Ask{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startACL(t)
			allow := statement("allow", "name/cos:"+c.action, "*", c.condition)
			for name, keys := range map[string][2]keyring.Key{
				"temporary":   {cutKey(t, allow), cutKey(t, allow, statement("deny", "name/cos:"+c.action, "*", c.condition))},
				"sub-account": {subKey(t, allow), subKey(t, allow, statement("deny", "name/cos:"+c.action, "*", c.condition))},
			} {
				s.with(keys[0])
				for way, m := range c.good.ways(t, keys[0]) {
					a := s.send(m)
					require.Equal(t, 200, a.status, "%s, %s: %s", name, way, a.body)
					s.remove(testBucket, "k")
				}
				if c.bad.method != "" {
					for way, m := range c.bad.ways(t, keys[0]) {
						s.requireDenied(s.send(m), name, way)
						s.requireNothing(testBucket, "k")
					}
				}
				s.with(keys[1])
				for way, m := range c.good.ways(t, keys[1]) {
					s.requireDenied(s.send(m), name, way, "the same condition on a denial")
					s.requireNothing(testBucket, "k")
				}
			}
		})
	}
}

// TestS3VPC: no request here comes from a VPC, whatever it says.
func TestS3VPC(t *testing.T) {
	s := startACL(t)
	inside := subKey(t, statement("allow", "name/cos:PutObject", "*", `{"string_equal":{"vpc:requester_vpc":["vpc-aqp5jrc1"]}}`))
	s.with(inside)
	for _, header := range [][]string{nil, {"X-Amz-Meta-Requester-Vpc", "vpc-aqp5jrc1"}, {"X-Amz-Requester-Vpc", "vpc-aqp5jrc1"}, {"X-Amz-Source-Vpc", "vpc-aqp5jrc1"}} {
		for way, m := range (s3Ask{"PUT", "k", nil, "x", header}).ways(t, inside) {
			s.requireDenied(s.send(m), way, header)
			s.requireNothing(testBucket, "k")
		}
	}
	anywhere := subKey(t, statement("allow", "name/cos:PutObject", "*"))
	s.with(anywhere)
	for way, m := range (s3Ask{"PUT", "k", nil, "x", nil}).ways(t, anywhere) {
		require.Equal(t, 200, s.send(m).status, "control: %s", way)
		s.remove(testBucket, "k")
	}
}

// TestS3BucketPolicy: what a bucket's policy allows another account, a sub-account
// and everybody, and what it denies them.
func TestS3BucketPolicy(t *testing.T) {
	s := startACL(t)
	sub := subKey(t, statement("allow", "name/cos:HeadBucket", "*"))
	s.with(sub)
	const anyone = "qcs::cam::anyone:anyone"
	principals := map[string]keyring.Key{
		"qcs::cam::uin/" + otherUIN + ":uin/" + otherUIN:  otherAccount(),
		"qcs::cam::uin/" + ownerUIN + ":uin/" + ownSubUIN: sub,
	}
	upload := s3Ask{"PUT", "in/k", nil, "x", nil}
	for principal, who := range principals {
		for way, m := range upload.ways(t, who) {
			s.bucketPolicy()
			require.Equal(t, "AccessDenied", s.send(m).code(), "%s: nobody allows it", way)
			require.Empty(t, s.listed("in/"))
			s.bucketPolicy(forWhom(principal, statement("allow", "name/cos:PutObject", within("in/*"))))
			require.Equal(t, 200, s.send(m).status, "control: %s", way)
			s.remove(testBucket, "in/k")
			s.bucketPolicy(forWhom(principal, statement("allow", "name/cos:PutObject", within("in/*"))),
				forWhom(principal, statement("deny", "name/cos:PutObject", within("in/k"))))
			s.requireDenied(s.send(m), way)
			require.Empty(t, s.listed("in/"))
		}
		for way, m := range (s3Ask{"PUT", "out/k", nil, "x", nil}).ways(t, who) {
			require.Equal(t, "AccessDenied", s.send(m).code(), "%s: another key", way)
			require.Empty(t, s.listed("out/"))
		}
	}
	plain := &message{method: "PUT", host: testHost, target: "/in/k", header: http.Header{"X-Amz-Meta-A": {"b"}, "X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}}, body: []byte("x")}
	s.bucketPolicy()
	require.Equal(t, "AccessDenied", s.send(plain).code(), "anonymous")
	s.bucketPolicy(forWhom(anyone, statement("allow", "name/cos:PutObject", within("in/*"))))
	require.Equal(t, 200, s.send(plain).status, "control: anonymous")
	s.remove(testBucket, "in/k")
	for way, m := range upload.ways(t, otherAccount()) {
		require.Equal(t, 200, s.send(m).status, "%s: what everybody may", way)
		s.remove(testBucket, "in/k")
	}
	s.bucketPolicy(forWhom(anyone, statement("allow", "name/cos:PutObject", within("in/*"))),
		forWhom(anyone, statement("deny", "name/cos:PutObject", within("in/k"))))
	s.requireDenied(s.send(plain), "anonymous")
	require.Empty(t, s.listed("in/"))
	forged := otherAccount()
	forged.SecretKey = "another"
	for way, m := range upload.ways(t, forged) {
		require.Equal(t, mismatch, s.send(m).code(), "%s: a wrong signature is not no signature", way)
		require.Empty(t, s.listed("in/"))
	}
}

// listed are the keys with a prefix, past the API.
func (s *server) listed(prefix string) []string {
	s.tb.Helper()
	var keys []string
	for _, name := range s.stored() {
		if len(name) > len(testBucket)+len(prefix) && name[len(testBucket)+1:][:len(prefix)] == prefix {
			keys = append(keys, name)
		}
	}
	return keys
}

// TestS3ACL: what each ACL lets the owner, another account and nobody do.
func TestS3ACL(t *testing.T) {
	for _, c := range []struct {
		acl         string
		read, write bool // by others
	}{{api.ACLPrivate, false, false}, {api.ACLPublicRead, true, false}, {api.ACLPublicReadWrite, true, true}} {
		s := start(t, api.Config{
			Keys:    []keyring.Key{ownerWithUIN(), otherAccount(), stranger()},
			Buckets: []api.BucketConfig{{Name: testBucket, Region: testRegion, ACL: c.acl}},
		})
		require.Equal(t, 200, s.do("PUT", "/a", []byte("a")).status)
		read, write := s3Ask{method: "GET", key: "a"}, s3Ask{method: "PUT", key: "k", body: "x"}
		check := func(what string, m *message, allowed bool) {
			t.Helper()
			a := s.send(m)
			if allowed {
				require.Equal(t, 200, a.status, "%v, %s: %s", c.acl, what, a.body)
				s.remove(testBucket, "k")
				return
			}
			require.Equal(t, "AccessDenied", a.code(), "%v, %s", c.acl, what)
			s.requireNothing(testBucket, "k")
		}
		for who, key := range map[string]keyring.Key{"owner": ownerWithUIN(), "another": otherAccount(), "stranger": stranger()} {
			for way, m := range read.ways(t, key) {
				check(who+" reads, "+way, m, c.read || who == "owner")
			}
			for way, m := range write.ways(t, key) {
				check(who+" writes, "+way, m, c.write || who == "owner")
			}
		}
		h := http.Header{"X-Amz-Date": {"20261124T080000Z"}}
		check("anonymous reads", &message{method: "GET", host: testHost, target: "/a", header: h}, c.read)
		check("anonymous writes", &message{method: "PUT", host: testHost, target: "/k", header: h, body: []byte("x")}, c.write)
		forged := stranger()
		forged.SecretKey = "another"
		for way, m := range write.ways(t, forged) {
			require.Equal(t, mismatch, s.send(m).code(), way)
			s.requireNothing(testBucket, "k")
		}
	}
}

// TestS3ObjectACL: an x-amz-acl opens the object to everybody, and only it.
func TestS3ObjectACL(t *testing.T) {
	s := start(t, api.Config{})
	anybody := &message{method: "GET", host: testHost, target: "/k"}
	for way, m := range (s3Ask{"PUT", "k", nil, "x", []string{"X-Amz-Acl", "public-read"}}).ways(t, testKey()) {
		require.Equal(t, 200, s.send(m).status, way)
		require.Equal(t, 200, s.send(anybody).status, way)
		for other, private := range (s3Ask{"PUT", "k", nil, "x", nil}).ways(t, testKey()) {
			require.Equal(t, 200, s.send(private).status, other)
			require.Equal(t, "AccessDenied", s.send(anybody).code(), "%s: private again", other)
		}
		s.remove(testBucket, "k")
	}
}

// TestS3Strict: strict signature rules of a bucket hold for S3 signatures too: AWS4
// covers all of it; AWS2 covers no host.
func TestS3Strict(t *testing.T) {
	s := start(t, api.Config{})
	rule := func(header, param string) []byte {
		return []byte(`<StrictSignatureConfiguration><Rule><ID>all</ID><actionlist><action>PutObject</action></actionlist><headerlist><header>` +
			header + `</header></headerlist><paramlist><param>` + param + `</param></paramlist></Rule></StrictSignatureConfiguration>`)
	}
	upload := s3Ask{"PUT", "k", nil, "x", []string{"Content-Type", "image/png"}}
	for _, c := range []struct {
		header, param string
		refuses       func(way string) bool
	}{
		{"Host", "all", func(way string) bool { return way[:4] == "AWS2" }},
		{"Content-Type", "all", func(string) bool { return false }},
		{"x-cos-*", "all", func(string) bool { return false }},
	} {
		sum := md5.Sum(rule(c.header, c.param))
		set := s.do("PUT", "/?strict-signature", rule(c.header, c.param), "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
		require.Equal(t, 200, set.status, "%s", set.body)
		for way, m := range upload.ways(t, testKey()) {
			a := s.send(m)
			if !c.refuses(way) {
				require.Equal(t, 200, a.status, "%s, %s: %s", c.header, way, a.body)
				s.remove(testBucket, "k")
				continue
			}
			require.Equal(t, 403, a.status, "%s, %s", c.header, way)
			require.Equal(t, "strict-signature", a.causes(), way)
			s.requireNothing(testBucket, "k")
		}
		// A parameter that the signature does not cover.
		for way, m := range upload.ways(t, testKey()) {
			addParam(m, "note=x")
			a := s.send(m)
			require.Equal(t, 403, a.status, "%s, %s: %s", c.header, way, a.body)
			s.requireNothing(testBucket, "k")
		}
	}
	for way, m := range (s3Ask{"PUT", "k", nil, "x", nil}).ways(t, testKey()) {
		m.header.Set("Content-Type", "text/html")
		if way[:4] != "AWS4" {
			continue
		}
		a := s.send(m)
		require.Equal(t, 200, a.status, "%s: no rule names it now: %s", way, a.body)
		s.remove(testBucket, "k")
		require.Equal(t, 200, s.do("PUT", "/?strict-signature", rule("Content-Type", "all")).status)
		a = s.send(m)
		require.Equal(t, "strict-signature", a.causes(), "%s: a type that came unsigned: %s", way, a.body)
		s.requireNothing(testBucket, "k")
		require.Equal(t, 204, s.do("DELETE", "/?strict-signature", nil).status)
	}
}

// TestS3Report: with verify: report each request is served, and the verdict is the
// answer of the server that enforces, which stores nothing.
func TestS3Report(t *testing.T) {
	keys := func() []keyring.Key {
		return []keyring.Key{
			ownerWithUIN(), otherAccount(), stranger(),
			subKey(t, statement("allow", "name/cos:GetObject", "*")), cutKey(t, statement("allow", "name/cos:PutObject", within("dir/*"))),
		}
	}
	enforces, reports := start(t, api.Config{Keys: keys()}), start(t, api.Config{Keys: keys(), Verify: api.VerifyReport})
	wrong, nobody := ownerWithUIN(), ownerWithUIN()
	wrong.SecretKey, nobody.SecretID = "another", "AKIDnobody"
	noToken := keys()[4]
	noToken.Token = ""
	upload := s3Ask{"PUT", "k", nil, "x", []string{"X-Amz-Meta-A", "b"}}
	for what, c := range map[string]struct {
		by    keyring.Key
		spoil func(*message)
		after time.Duration
	}{
		"right":         {by: ownerWithUIN()},
		"secret":        {by: wrong},
		"key id":        {by: nobody},
		"token":         {by: noToken},
		"sub-account":   {by: keys()[3]},
		"temporary key": {by: keys()[4]},
		"stranger":      {by: stranger()},
		"key":           {by: ownerWithUIN(), spoil: func(m *message) { change2("/k", "/kk")(m) }},
		"header":        {by: ownerWithUIN(), spoil: func(m *message) { m.header.Set("X-Amz-Meta-A", "c") }},
		"header added":  {by: ownerWithUIN(), spoil: func(m *message) { m.header.Set("X-Amz-Acl", "public-read") }},
		"COS's header":  {by: ownerWithUIN(), spoil: func(m *message) { m.header.Set("X-Cos-Acl", "public-read") }},
		"late":          {by: ownerWithUIN(), after: 2 * time.Hour},
		"early":         {by: ownerWithUIN(), after: -2 * time.Hour},
		"two signatures": {by: ownerWithUIN(), spoil: func(m *message) {
			m.header.Add("Authorization", "AWS a:b")
			addParam(m, "AWSAccessKeyId=a&Expires=1&Signature=b")
		}},
	} {
		for way := range upload.ways(t, c.by) {
			send := func(s *server) *answer {
				m := upload.ways(t, c.by)[way]
				if c.spoil != nil {
					c.spoil(m)
				}
				s.clock.Freeze(testTime().Add(c.after))
				return s.send(m)
			}
			refused, served := send(enforces), send(reports)
			require.Equal(t, 200, served.status, "%s, %s: %s", what, way, served.body)
			verdict := served.header.Get("X-Cosemu-Verdict")
			if refused.status == 200 {
				require.Contains(t, []string{"ok", ""}, verdict, "%s, %s", what, way)
				require.Len(t, enforces.stored(), 1)
				enforces.remove(testBucket, "k")
			} else {
				require.Equal(t, html.UnescapeString(verdict), strconv.Itoa(refused.status)+" "+refused.code(), "%s, %s", what, way)
				require.Equal(t, refused.causes(), served.causes(), "%s, %s", what, way)
				require.Empty(t, enforces.stored(), "%s, %s", what, way)
			}
			require.Len(t, reports.stored(), 1, "%s, %s", what, way)
			reports.remove(testBucket, "k")
			reports.remove(testBucket, "kk")
		}
	}
}

// TestS3Unsigned: what only looks like a signature opens nothing that is private,
// and S3's headers without one are nobody's.
func TestS3Unsigned(t *testing.T) {
	s := start(t, api.Config{})
	for _, authorization := range []string{
		"", "AWS", "AWS ", "AWS :", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "aws " + testKey().SecretID + ":x", "Bearer AWS4-HMAC-SHA256",
		"AWS4-HMAC-SHA256 Credential=" + testKey().SecretID, "AWS3 x:y", "AWS4-ECDSA-P256-SHA256 Credential=a", "AWS " + testKey().SecretID + ":",
	} {
		for _, target := range []string{"/k", "/k?X-Amz-Signature=", "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256", "/k?Signature=x&Expires=1795507200", "/k?AWSAccessKeyId=" + testKey().SecretID} {
			m := &message{method: "PUT", host: testHost, target: target, header: http.Header{"X-Amz-Date": {"20261124T080000Z"}, "X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}}, body: []byte("x")}
			if authorization != "" {
				m.header.Set("Authorization", authorization)
			}
			a := s.send(m)
			require.GreaterOrEqual(t, a.status, 400, "%q %s", authorization, target)
			require.Less(t, a.status, 500, "%q %s: %s", authorization, target, a.body)
			require.Empty(t, s.stored(), "%q %s", authorization, target)
		}
	}
	for way, m := range (s3Ask{"PUT", "k", nil, "x", nil}).ways(t, testKey()) {
		require.Equal(t, 200, s.send(m).status, "control: %s", way)
		s.remove(testBucket, "k")
	}
}
