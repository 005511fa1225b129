package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// withoutLength is a signed request as the C SDK sends one: headers, no body, and
// nothing that says so.
func (s *server) withoutLength(method, target string, header ...string) *answer {
	s.tb.Helper()
	m := s.signed(method, target, nil, header...)
	bytes := strings.Replace(string(m.bytes()), "Content-Length: 0\r\n", "", 1)
	require.NotContains(s.tb, bytes, "Content-Length")
	return s.sendBytes(method, []byte(bytes))
}

// TestACLWithoutLength: an ACL in headers needs no body and no length; one that is
// in neither does.
//
// holds: call PutObjectACL; call PutBucketACL; header x-cos-acl; header x-cos-grant-read; code MissingContentLength
func TestACLWithoutLength(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/k", []byte("x")).status)
	require.Equal(t, 403, s.send(&message{method: http.MethodGet, target: "/k", host: testHost}).status)
	s.requireRefused(s.withoutLength(http.MethodPut, "/k?acl"), "object", 411, "MissingContentLength", "")
	require.Equal(t, 403, s.send(&message{method: http.MethodGet, target: "/k", host: testHost}).status, "unchanged")
	require.Equal(t, 200, s.withoutLength(http.MethodPut, "/k?acl", "x-cos-acl", "public-read").status)
	require.Equal(t, 200, s.send(&message{method: http.MethodGet, target: "/k", host: testHost}).status)

	s.requireRefused(s.withoutLength(http.MethodPut, "/?acl"), "bucket", 411, "MissingContentLength", "")
	require.Equal(t, 200, s.withoutLength(http.MethodPut, "/?acl", "x-cos-grant-read", `uin="100000000002"`).status)
	require.Contains(t, string(s.do(http.MethodGet, "/?acl", nil).body), "<ID>qcs::cam::uin/100000000002:uin/100000000002</ID>")
	s.requireRefused(s.withoutLength(http.MethodPut, "/new"), "an upload", 411, "MissingContentLength", "")
	s.requireNothing(testBucket, "new")
}

// TestGrantsOfCarriers: every upload may bring grants along, `uin` as well as `id`;
// a canned ACL is shown as two grants, the owner's first.
//
// holds: call GetObjectACL; header x-cos-acl; header x-cos-grant-full-control
func TestGrantsOfCarriers(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/source", []byte("x"), "x-cos-acl", "public-read").status)
	for carrier, upload := range map[string]func(header ...string) *answer{
		"put":    func(h ...string) *answer { return s.do(http.MethodPut, "/put", []byte("x"), h...) },
		"append": func(h ...string) *answer { return s.appendTo("append", 0, []byte("x"), h...) },
		"copy": func(h ...string) *answer {
			return s.do(http.MethodPut, "/copy", nil, append(h, "x-cos-copy-source", testHost+"/source")...)
		},
		"parts": func(h ...string) *answer {
			got := s.do(http.MethodPost, "/parts?uploads", nil, h...)
			id := between(string(got.body), "<UploadId>", "</UploadId>")
			if got.status != 200 {
				return got
			}
			return s.complete("parts", id, partList(s.putPart("parts", id, 1, []byte("x"))))
		},
		"form": func(h ...string) *answer {
			f := policyForm(testTime(), "")
			f.set("key", "form")
			for i := 0; i < len(h); i += 2 {
				f.set(strings.Replace(h[i], "x-cos-acl", "acl", 1), h[i+1])
			}
			return s.send(f.message(t))
		},
	} {
		for _, bad := range []string{`email="a@b.example"`, `uin=""`, `uin="x"`} {
			s.requireRefused(upload("x-cos-grant-full-control", bad), carrier, 400, "InvalidArgument", "")
			s.requireNothing(testBucket, carrier)
		}
		require.Less(t, upload("x-cos-acl", "public-read").status, 300, carrier)
		shown := string(s.do(http.MethodGet, "/"+carrier+"?acl", nil).body)
		require.Equal(t, 2, strings.Count(shown, "<Grant>"), shown)
		require.Less(t, strings.Index(shown, "FULL_CONTROL"), strings.Index(shown, "AllUsers"), "the owner's comes first")
		s.remove(testBucket, carrier)
		require.Less(t, upload("x-cos-grant-full-control", `uin="100000000002", uin="qcs::cam::uin/1001:uin/1002"`).status, 300, carrier)
		o, err := s.store.Stat(testBucket, carrier)
		require.NoError(t, err)
		require.Equal(t, "private f=100000000002 f=1001/1002", o.ACL, carrier)
	}
}

// TestPolicyIsShown: `Statement` is on top and spelt so, its elements as they came
// (COS docs: GET Bucket policy).
//
// holds: call GetBucketPolicy; call PutBucketPolicy
func TestPolicyIsShown(t *testing.T) {
	s := start(t, api.Config{})
	const statement = `[{"principal":{"qcs":["qcs::cam::uin/1:uin/1"]},"effect":"allow","action":["name/cos:GetBucket"],"resource":["qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/*"]}]`
	for _, doc := range []string{
		`{"version":"2.0","statement":` + statement + `}`,
		`{ "version": "2.0", "Statement": ` + strings.ReplaceAll(statement, ",", ", ") + "\n}",
		`{"Statement":` + statement + `,"version":"2.0"}`,
	} {
		require.Equal(t, 204, s.do(http.MethodPut, "/?policy", []byte(doc)).status, doc)
		got := s.do(http.MethodGet, "/?policy", nil)
		require.Equal(t, 200, got.status)
		shown := `{"Statement":` + statement + `,"version":"2.0"}` // to the byte
		require.Equal(t, shown, string(got.body), doc)
		require.Equal(t, 204, s.do(http.MethodPut, "/?policy", got.body).status, "what is shown can be put")
	}
}
