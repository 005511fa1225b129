package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// TestConditionSeesWhatCounts: a condition looks at the same value that the
// operation takes, however often, and however oddly, a request writes it.
func TestConditionSeesWhatCounts(t *testing.T) {
	s := startACL(t)
	// By a denial, and by an allowance, of which the request meets the other line.
	denied := cutKey(t, statement("allow", "name/cos:PutObject", "*"),
		statement("deny", "name/cos:PutObject", "*", `{"string_equal":{"cos:x-cos-acl":"public-read"}}`))
	allowed := cutKey(t, statement("allow", "name/cos:PutObject", "*", `{"string_equal":{"cos:x-cos-acl":"private"}}`))
	put := func(key keyring.Key, acls ...string) *answer {
		s.with(key)
		m := s.signedBy(key, "PUT", testHost, "/k", []byte("x"))
		m.header["X-Cos-Acl"] = acls
		return s.send(m)
	}
	const public, private = "public-read", "private"
	for _, key := range []keyring.Key{denied, allowed} {
		require.Equal(t, 200, put(key, private).status, "the control")
		require.Equal(t, 200, put(key, private, public).status, "the first line counts")
		o, err := s.store.Stat(testBucket, "k")
		require.NoError(t, err)
		require.Equal(t, private, o.ACL)
		s.remove(testBucket, "k")
		s.requireDenied(put(key, public))
		s.requireDenied(put(key, public, private))
		s.requireDenied(put(key, append([]string{public}, strings.Fields(strings.Repeat(" "+private, 130))...)...))
		s.requireNothing(testBucket, "k")
	}
	// Blanks that are none of HTTP's belong to the value.
	for _, blank := range []string{"\u00a0", "\u0085", "\u2003"} {
		require.Equal(t, 400, put(denied, public+blank).status)
		s.requireNothing(testBucket, "k")
	}
}

// TestConditionOnParams: the version is the operation's, in every spelling that
// the operation takes; and a type with a line break in it is the type without.
func TestConditionOnParams(t *testing.T) {
	s := startACL(t)
	key := cutKey(t, statement("allow", "name/cos:GetObject", "*", `{"string_equal":{"cos:versionid":"null"}}`))
	s.with(key)
	get := func(target string) *answer { return s.as(key, "GET", target, nil) }
	require.Equal(t, 200, get("/a?versionId=null").status, "the control")
	for _, name := range []string{"VersionId", "versionid", "VERSIONID", "version%49d"} {
		require.Equal(t, 200, get("/a?"+name+"=null").status, name)
		s.requireDenied(get("/a?"+name+"=MTg0"), name)
	}
	for _, target := range []string{"/a", "/a?versionId=&versionid=null", "/a?versionid=&versionId=null"} {
		s.requireDenied(get(target), target)
	}

	key = cutKey(t, statement("allow", "name/cos:GetObject", "*"),
		statement("deny", "name/cos:GetObject", "*", `{"string_equal":{"cos:response-content-type":"text%2Fhtml"}}`))
	s.with(key)
	require.Equal(t, 200, get("/a?response-content-type=image%2Fpng").status, "the control")
	for _, target := range []string{"text%2Fhtml", "text%2Fht%0Aml", "text%2Fhtml%00"} {
		s.requireDenied(get("/a?response-content-type="+target), target)
	}
}

// TestDeleteEachVersion: of an object in a list the version is the list's; the
// query of the call has none to lend.
func TestDeleteEachVersion(t *testing.T) {
	s := startACL(t)
	key := cutKey(t, statement("allow", "name/cos:DeleteObject", "*", `{"string_equal":{"cos:versionid":"null"}}`))
	s.with(key)
	remove := func(target, version string) *answer {
		doc := "<Delete><Object><Key>a</Key>" + version + "</Object></Delete>"
		sum := md5.Sum([]byte(doc))
		return s.as(key, "POST", target, []byte(doc), "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	}
	for _, target := range []string{"/?delete", "/?delete&versionId=null"} {
		a := remove(target, "")
		require.Contains(t, string(a.body), "<Code>AccessDenied</Code>", target)
		s.requireStored(testBucket, "a", []byte("a"))
	}
	a := remove("/?delete", "<VersionId>null</VersionId>")
	require.Contains(t, string(a.body), "<Deleted>", "the control")
	s.requireNothing(testBucket, "a")
}

// TestHeadersBesideAForm: what a header says beside a form of what only a field
// can say is not there for policies either.
func TestHeadersBesideAForm(t *testing.T) {
	s := startACL(t)
	key := cutKey(t, statement("allow", "name/cos:PostObject", "*", `{"string_equal":{"cos:x-cos-acl":"private"}}`))
	s.with(key)
	post := func(field, header string) *answer {
		f := &webForm{file: sampleBody, fields: [][2]string{{"key", "k"}}}
		f.set("Signature", s.signedBy(key, http.MethodPost, testHost, "/", nil).header.Get("Authorization"))
		f.set("x-cos-security-token", key.Token)
		if field != "" {
			f.set("acl", field)
		}
		m := f.message(t)
		if header != "" {
			m.header.Set("x-cos-acl", header)
		}
		return s.send(m)
	}
	s.requireDenied(post("", "private"))
	s.requireDenied(post("public-read", "private"))
	s.requireNothing(testBucket, "k")
	require.Equal(t, 204, post("private", "").status, "the control")
	s.requireStored(testBucket, "k", []byte(sampleBody))
}

// TestGrantToAccountOfRole: a grant to an account is a role's only as far as
// the role's own rights go; the role is not the account's root.
func TestGrantToAccountOfRole(t *testing.T) {
	s := startACL(t)
	role := func(statements ...string) keyring.Key {
		k := otherAccount()
		k.SecretID, k.Token, k.Expires = "AKIDrole", "a-token-of-a-role", testTime().Add(time.Hour)
		k.Role, k.Rights = "4611686018427387999", parsed(t, policy.Identity, statements...)
		s.with(k)
		return k
	}
	grant := `id="` + otherAccount().Owner() + `"`
	require.Equal(t, 200, s.do("PUT", "/a?acl", nil, "x-cos-grant-read", grant).status)
	require.Equal(t, 200, s.as(otherAccount(), "GET", "/a", nil).status, "the account itself")
	a := s.as(role(statement("allow", "name/cos:GetObject", "*")), "GET", "/a", nil)
	require.Equal(t, 200, a.status, "the control")
	s.requireDenied(s.as(role(statement("allow", "name/cos:PutObject", "*")), "GET", "/a", nil))
}

// TestManySlashes: the folders above a key that no object can have are not
// looked at, of which a URL can name tens of thousands.
func TestManySlashes(t *testing.T) {
	s := startACL(t)
	require.Equal(t, 200, s.do("PUT", "/x/", nil, "x-cos-acl", acl.PublicRead).status)
	ask := func(depth int) *answer {
		return s.as(keyring.Key{}, "GET", "/x/"+strings.Repeat("a/", depth), nil)
	}
	require.Equal(t, 404, ask(424).status, "the control: 850 bytes, and the folder lets everybody read")
	s.requireRefused(ask(425), "852 bytes", 403, "AccessDenied", "")
}

// TestOverwrittenWhileAsked: who may read a public object is not served the
// private one that takes its place between the judgement and the opening.
func TestOverwrittenWhileAsked(t *testing.T) {
	s := startACL(t)
	require.Equal(t, 200, s.do("PUT", "/turns", []byte("open"), "x-cos-acl", "public-read").status)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 1000 {
			s.do("PUT", "/turns", []byte("secret"), "x-cos-acl", "private")
			s.do("PUT", "/turns", []byte("open"), "x-cos-acl", "public-read")
		}
	}()
	served := 0
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		a := s.as(keyring.Key{}, "GET", "/turns", nil)
		require.NotEqual(t, "secret", string(a.body))
		if a.status == 200 {
			served++
			require.Equal(t, "open", string(a.body))
		}
	}
	require.Positive(t, served, "the control")
}
