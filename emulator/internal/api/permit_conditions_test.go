package api_test

import (
	"crypto/md5"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

// TestConditions: what a condition looks at comes from the request, and a
// statement whose condition fails does not apply (COS docs: 生效条件).
func TestConditions(t *testing.T) {
	type ask struct {
		method, target string
		body           string
		header         []string
	}
	put := func(body string, header ...string) ask { return ask{"PUT", "/k", body, header} }
	for _, c := range []struct {
		name, action, condition string
		good, bad               ask
		missing                 string // what the finding says of the bad one
	}{
		{
			"address", "PutObject", `{"ip_equal":{"qcs:ip":"127.0.0.1"}}`,
			put("x"),
			ask{},
			"",
		},
		{
			"another address", "PutObject", `{"ip_not_equal":{"qcs:ip":["10.0.0.0/8"]}}`,
			put("x"),
			ask{},
			"",
		},
		{
			"plain", "PutObject", `{"bool_equal":{"cos:secure-transport":"false"}}`,
			put("x"),
			ask{},
			"",
		},
		{
			"class", "PutObject", `{"string_equal":{"cos:x-cos-storage-class":"STANDARD_IA"}}`,
			put("x", "x-cos-storage-class", "STANDARD_IA"), put("x", "x-cos-storage-class", "ARCHIVE"), "the request has ARCHIVE",
		},
		{
			"ACL", "PutObject", `{"string_equal":{"cos:x-cos-acl":["private","default"]}}`,
			put("x", "x-cos-acl", "default"), put("x"), "the request has no such value",
		},
		{
			"length", "PutObject", `{"numeric_less_than_equal":{"cos:content-length":10}}`,
			put("0123456789"), put("0123456789a"), "the request has 11",
		},
		{
			"length, other spelling", "PutObject", `{"numeric_less_than_equal":{"cos:content_length":10}}`,
			put("0123456789"), put("0123456789a"), "the request has 11",
		},
		{
			"type", "PutObject", `{"string_like":{"cos:content-type":"image/*"}}`,
			put("x", "Content-Type", "image/png"), put("x", "Content-Type", "text/html"), "the request has text/html",
		},
		{
			"no overwriting", "PutObject", `{"string_equal":{"cos:x-cos-forbid-overwrite":"true"}}`,
			put("x", "x-cos-forbid-overwrite", "true"), put("x"), "the request has no such value",
		},
		{
			"host", "PutObject", `{"string_equal":{"cos:host":"` + testHost + `"}}`,
			put("x"),
			ask{},
			"",
		},
		{
			"response type", "GetObject", `{"string_equal":{"cos:response-content-type":"image%2Fjpeg"}}`,
			ask{"GET", "/a?response-content-type=image%2Fjpeg", "", nil},
			ask{"GET", "/a?response-content-type=text%2Fhtml", "", nil},
			"the request has text/html",
		},
		{
			"prefix", "GetBucket", `{"string_equal":{"cos:prefix":"dir%2F"}}`,
			ask{"GET", "/?prefix=dir%2F", "", nil},
			ask{"GET", "/?prefix=di", "", nil},
			"the request has di",
		},
		{
			"version", "GetObject", `{"string_equal":{"cos:versionid":"null"}}`,
			ask{"GET", "/a?versionId=null", "", nil},
			ask{"GET", "/a", "", nil},
			"the request has no such value",
		},
		{
			"time", "PutObject", `{"date_less_than":{"qcs:current_time":"2026-11-25T00:00:00Z"}}`,
			put("x"),
			ask{},
			"",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startACL(t)
			good := cutKey(t, statement("allow", "name/cos:"+c.action, "*", c.condition))
			never := cutKey(t, statement("allow", "name/cos:"+c.action, "*", c.condition), statement("deny", "name/cos:"+c.action, "*", c.condition))
			s.with(good)
			send := func(a ask, key keyring.Key) *answer {
				return s.as(key, a.method, a.target, []byte(a.body), a.header...)
			}
			require.Equal(t, 200, send(c.good, good).status)
			if c.bad.method != "" {
				s.remove(testBucket, "k")
				s.requireDenied(send(c.bad, good))
				require.Contains(t, s.finding().Sentence.En, c.missing)
				s.requireNothing(testBucket, "k")
			}
			s.remove(testBucket, "k")
			s.with(never)
			s.requireDenied(send(c.good, never), "the same condition on a denial")
			s.requireNothing(testBucket, "k")
		})
	}
}

// TestConditionOnTags: the tags that a new bucket is to have.
func TestConditionOnTags(t *testing.T) {
	s := startACL(t)
	key := cutKey(t, statement("allow", "name/cos:PutBucket", "*", `{"for_any_value:string_equal":{"qcs:request_tag":["team&front"]}}`))
	s.with(key)
	const host = "fresh-1250000000.cos." + testRegion + ".myqcloud.com"
	s.requireDenied(s.send(s.signedBy(key, "PUT", host, "/", nil, "x-cos-tagging", "team=back")))
	_, err := s.store.Bucket("fresh-1250000000")
	require.Error(t, err)
	require.NotEqual(t, 403, s.send(s.signedBy(key, "PUT", host, "/", nil, "x-cos-tagging", "team=front")).status)
}

// TestChunkedHasNoLength: a condition on the length fails where no header gives
// one.
func TestChunkedHasNoLength(t *testing.T) {
	s := startACL(t)
	key := cutKey(t, statement("allow", "name/cos:PutObject", "*", `{"numeric_less_than_equal":{"cos:content-length":10}}`))
	s.with(key)
	m := s.signedBy(key, "PUT", testHost, "/k", []byte("x"))
	require.Equal(t, 200, s.send(m).status)
	s.remove(testBucket, "k")
	m.chunked = true
	s.requireDenied(s.send(m))
	s.requireNothing(testBucket, "k")
}

// TestCopyNeedsBoth: PutObject on the target and GetObject on the source, for a
// whole object and for a part.
//
// holds: call PutObject?x-cos-copy-source; call UploadPartCopy
func TestCopyNeedsBoth(t *testing.T) {
	s := startACL(t)
	put, get := statement("allow", "name/cos:PutObject", within("to/*")), statement("allow", "name/cos:GetObject", within("dir/*"))
	both, onlyPut, onlyGet := cutKey(t, put, get), cutKey(t, put), cutKey(t, get)
	upload := s.initiate("to/parts")
	for _, c := range []struct {
		target string
		source string
		key    keyring.Key
		needs  string // of what it has not
	}{
		{"/to/k", "/dir/b", both, ""},
		{"/to/k", "/a", both, "name/cos:GetObject (" + within("a") + ")"},
		{"/k", "/dir/b", both, "name/cos:PutObject (" + within("k") + ")"},
		{"/to/k", "/dir/b", onlyPut, "name/cos:GetObject (" + within("dir/b") + ")"},
		{"/to/k", "/dir/b", onlyGet, "name/cos:PutObject (" + within("to/k") + ")"},
		{"/to/parts?partNumber=1&uploadId=" + upload, "/dir/b", both, ""},
		{"/to/parts?partNumber=2&uploadId=" + upload, "/a", both, "name/cos:GetObject (" + within("a") + ")"},
		{"/to/parts?partNumber=2&uploadId=" + upload, "/dir/b", onlyGet, "name/cos:PutObject (" + within("to/parts") + ")"},
	} {
		s.remove(testBucket, "to/k")
		s.with(c.key)
		a := s.as(c.key, "PUT", c.target, nil, "x-cos-copy-source", testHost+c.source)
		if c.needs == "" {
			require.Equal(t, 200, a.status, string(a.body))
			continue
		}
		s.requireDenied(a, c.target)
		require.Contains(t, s.finding().Sentence.En, c.needs)
		s.requireNothing(testBucket, "to/k")
		s.requireNothing(testBucket, "k")
	}
	parts, err := s.store.Parts(testBucket, "to/parts", upload)
	require.NoError(t, err)
	require.Len(t, parts, 1)
}

// TestDeleteEachKey: of many objects each is a decision of its own.
//
// holds: call DeleteObject?delete
func TestDeleteEachKey(t *testing.T) {
	s := startACL(t)
	doc := "<Delete><Object><Key>a</Key></Object><Object><Key>dir/b</Key></Object><Object><Key>dir/sub/c</Key></Object></Delete>"
	sum := md5.Sum([]byte(doc))
	remove := func(key keyring.Key) *answer {
		return s.as(key, "POST", "/?delete", []byte(doc), "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	}
	key := cutKey(t, statement("allow", "name/cos:DeleteObject", within("dir/*")), statement("deny", "name/cos:DeleteObject", within("dir/sub/*")))
	s.with(key)
	a := remove(key)
	require.Equal(t, 200, a.status)
	require.Equal(t, 2, strings.Count(string(a.body), "<Code>AccessDenied</Code>"))
	require.Contains(t, string(a.body), "<Deleted>\n\t\t<Key>dir/b</Key>\n\t</Deleted>")
	s.requireStored(testBucket, "a", []byte("a"))
	s.requireStored(testBucket, "dir/sub/c", []byte("dir/sub/c"))
	s.requireNothing(testBucket, "dir/b")
	require.Equal(t, "policy-denied", a.header.Get("X-Cosemu-Diagnosis"), "of the first that was refused")
	s.kept(a)
	require.Contains(t, s.finding().Sentence.En, "name/cos:DeleteObject ("+within("a")+")")

	a = remove(keyring.Key{})
	s.requireRefused(a, "anonymous, no policy", 403, "AccessDenied", "")
	s.bucketPolicy(forWhom("qcs::cam::anyone:anyone", statement("allow", "name/cos:DeleteObject", within("a"))))
	a = remove(keyring.Key{})
	require.Equal(t, 200, a.status)
	require.Equal(t, 2, strings.Count(string(a.body), "<Code>AccessDenied</Code>"), string(a.body))
	s.requireNothing(testBucket, "a")
	a = remove(ownerWithUIN())
	require.Equal(t, 200, a.status)
	require.Empty(t, a.header.Get("X-Cosemu-Diagnosis"))
	s.requireNothing(testBucket, "dir/sub/c")
}

// TestFormUnderPolicy: the resource of a form is the key in it, and its fields
// stand for headers (choice 232).
//
// holds: call PostObject
func TestFormUnderPolicy(t *testing.T) {
	s := startACL(t)
	post := func(key keyring.Key, fields ...[2]string) *answer {
		f := &webForm{file: sampleBody, fields: [][2]string{{"key", "in/photo"}, {"Signature", ""}}}
		f.set("Signature", s.signedBy(key, http.MethodPost, testHost, "/", nil).header.Get("Authorization"))
		f.set("x-cos-security-token", key.Token)
		for _, field := range fields {
			f.set(field[0], field[1])
		}
		return s.send(f.message(t))
	}
	key := cutKey(t, statement("allow", "name/cos:PostObject", within("in/*"),
		`{"string_like":{"cos:content-type":"image/*"},"string_equal_if_exist":{"cos:x-cos-acl":"default"}}`))
	s.with(key)
	image := [2]string{"Content-Type", "image/png"}
	require.Equal(t, 204, post(key, image).status)
	s.requireStored(testBucket, "in/photo", []byte(sampleBody))
	s.remove(testBucket, "in/photo")
	for name, fields := range map[string][][2]string{
		"another key":  {image, {"key", "out/photo"}},
		"no type":      {},
		"another type": {{"Content-Type", "text/html"}},
		"another ACL":  {image, {"acl", "public-read"}},
	} {
		a := post(key, fields...)
		s.requireDenied(a, name)
		s.requireNothing(testBucket, "in/photo")
		s.requireNothing(testBucket, "out/photo")
	}
	require.Equal(t, 204, post(key, image, [2]string{"acl", "default"}).status, "the control")

	long := cutKey(t, statement("allow", "name/cos:PostObject", "*", `{"numeric_less_than":{"cos:content-length":100}}`))
	s.with(long)
	s.requireDenied(post(long), "the form is longer than its file")
}

// TestDocumentedForm: a form whose policy is signed is denied by rights too, and
// told so.
func TestDocumentedForm(t *testing.T) {
	s := startACL(t)
	key := subKey(t, statement("allow", "name/cos:PostObject", within("up/*")))
	key.SecretID, key.SecretKey = testKey().SecretID, testKey().SecretKey
	s.with(key)
	require.Equal(t, 204, s.send(policyForm(s.clock.Now(), "").message(t)).status)
	f := policyForm(s.clock.Now(), "")
	f.set("key", "else/photo")
	s.requireDenied(s.send(f.message(t)))
	require.Contains(t, s.finding().Sentence.En, "name/cos:PostObject ("+within("else/photo")+")")
	s.requireNothing(testBucket, "else/photo")
}

// TestConditionsOnTLS: whether the request came by TLS, and by which version.
func TestConditionsOnTLS(t *testing.T) {
	s := startACL(t)
	srv := httptest.NewTLSServer(s.e)
	defer srv.Close()
	overTLS := func(m *message) *answer {
		roots := x509.NewCertPool()
		roots.AddCert(srv.Certificate())
		conn, err := tls.Dial("tcp", srv.Listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com", MaxVersion: tls.VersionTLS12})
		require.NoError(t, err)
		defer conn.Close()
		_, err = conn.Write(m.bytes())
		require.NoError(t, err)
		return readAnswer(t, conn, m.method)
	}
	for condition, plain := range map[string]int{
		`{"bool_equal":{"cos:secure-transport":"true"}}`:               403,
		`{"numeric_equal":{"cos:tls-version":1.2}}`:                    403,
		`{"numeric_less_than_if_exist":{"cos:tls-version":1.3}}`:       200,
		`{"numeric_greater_than_equal":{"cos:tls-version":"1.2"}}`:     403,
		`{"null_equal":{"cos:tls-version":"false"}}`:                   403,
		`{"bool_equal_if_exist":{"cos:secure-transport":["true"]}}`:    403,
		`{"numeric_not_equal_if_exist":{"cos:tls-version":[1.0,1.1]}}`: 200,
	} {
		key := cutKey(t, statement("allow", "name/cos:GetObject", "*", condition))
		s.with(key)
		m := s.signedBy(key, "GET", testHost, "/a", nil)
		require.Equal(t, 200, overTLS(m).status, condition)
		require.Equal(t, plain, s.send(m).status, condition)
	}
}
