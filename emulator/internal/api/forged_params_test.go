package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// TestParamCase: a signature covers the name of a parameter in lower case, so
// that the name in another case must ask for the same call (choice 303).
func TestParamCase(t *testing.T) {
	s := start(t, api.Config{})
	recase := func(m *message) *message {
		path, query, _ := strings.Cut(m.target, "?")
		var pieces []string
		for p := range strings.SplitSeq(query, "&") {
			name, value, has := strings.Cut(p, "=")
			if name = strings.ToUpper(name); has {
				name += "=" + value
			}
			pieces = append(pieces, name)
		}
		m.target = path + "?" + strings.Join(pieces, "&")
		return m
	}
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("kept")).status)
	require.Equal(t, 200, s.do(http.MethodPut, "/b/c", []byte("c")).status)
	id := between(string(s.do(http.MethodPost, "/a?uploads", nil).body), "<UploadId>", "</UploadId>")
	upload := "/a?partNumber=1&uploadId=" + id

	a := s.send(recase(s.signed(http.MethodGet, "/?prefix=b%2F", nil)))
	require.Equal(t, 200, a.status)
	require.NotContains(t, string(a.body), "<Key>a</Key>")
	require.Contains(t, string(a.body), "<Key>b/c</Key>")
	require.Equal(t, 200, s.send(recase(s.signed(http.MethodPut, upload, []byte("part")))).status)
	s.requireStored(testBucket, "a", []byte("kept"))
	require.Contains(t, string(s.send(recase(s.signed(http.MethodGet, "/a?acl", nil))).body), "<AccessControlPolicy>")
	require.Equal(t, "NotImplemented", s.send(recase(s.signed(http.MethodGet, "/a?imageMogr2/thumbnail/50p", nil))).code())
	require.Equal(t, 204, s.send(recase(s.signed(http.MethodDelete, "/a?uploadId="+id, nil))).status)
	s.requireStored(testBucket, "a", []byte("kept"))
	require.Equal(t, "NoSuchUpload", s.do(http.MethodDelete, "/a?uploadId="+id, nil).code(), "it was the upload that went")
	require.Equal(t, 204, s.do(http.MethodDelete, "/a", nil).status, "control")
}

// TestForgedOrder: of a signed header or parameter that comes more than once, the
// first value counts; the signature sorts them, and must not hold in another
// order (choice 311).
func TestForgedOrder(t *testing.T) {
	s := start(t, api.Config{})
	put := func(values ...string) *answer {
		m := s.signed(http.MethodPut, "/a", []byte("x"))
		m.header = http.Header{"X-Cos-Acl": values, "Authorization": {signRaw(s, testKey(), "host;x-cos-acl",
			"put\n/a\n\nhost="+testHost+"&x-cos-acl=private&x-cos-acl=public-read\n")}}
		return s.send(m)
	}
	list := func(query string) *answer {
		auth := signRaw(s, testKey(), "host", "get\n/\nprefix=a&prefix=b\nhost="+testHost+"\n")
		return s.send(&message{method: http.MethodGet, target: "/?" + query, host: testHost, header: http.Header{
			"Authorization": {withParams(auth, "prefix")},
		}})
	}
	a := put("public-read", "private")
	require.Equal(t, "SignatureDoesNotMatch", a.code())
	require.Equal(t, "header-value", a.header.Get("x-cosemu-diagnosis"))
	s.requireNothing(testBucket, "a")
	for _, query := range []string{"prefix=b&prefix=a", "Prefix=b&prefix=a", "%70refix=b&prefix=%61"} {
		a = list(query)
		require.Equal(t, "SignatureDoesNotMatch", a.code(), query)
		require.Equal(t, "param-value", a.header.Get("x-cosemu-diagnosis"))
	}
	require.Equal(t, 200, list("prefix=a&prefix=b").status)
	require.Equal(t, 200, put("private", "public-read").status)
	require.Equal(t, 403, s.send(&message{method: http.MethodGet, target: "/a", host: testHost}).status)
}

// TestForgedTimes: no time of a signed request can be changed. q-sign-time
// alone stands in StringToSign, q-key-time in the key (choice 302).
func TestForgedTimes(t *testing.T) {
	s := start(t, api.Config{})
	m := s.signed(http.MethodPut, "/a", []byte("x"))
	auth := m.header.Get("Authorization")
	times := between(auth, "q-sign-time=", "&")
	begin, end, _ := strings.Cut(times, ";")
	for _, other := range []string{begin + ";9" + end, "0;" + end, begin + "%3B" + end + "0", "00" + times, times + ";", ""} {
		for _, field := range []string{"q-sign-time=", "q-key-time="} {
			m.header.Set("Authorization", strings.Replace(auth, field+times, field+other, 1))
			require.Equal(t, 403, s.send(m).status, field+other)
			require.Empty(t, s.stored())
		}
	}
	m.header.Set("Authorization", strings.ReplaceAll(auth, times, begin+"%3B"+end))
	require.Equal(t, 200, s.send(m).status, "control: the same times, escaped")
}

// TestFormPolicyTwice: a policy that says something twice is refused, for
// readers disagree on which of the two counts (choice 252).
func TestFormPolicyTwice(t *testing.T) {
	s := start(t, api.Config{})
	now := s.clock.Now()
	for _, more := range []string{
		formConditions + `],"conditions":[{"bucket":"` + testBucket + `"}`,
		formConditions + `],"Conditions":[{"bucket":"` + testBucket + `"}`,
		formConditions + `],"expiration":"2039-01-01T00:00:00Z","x":[`,
		formConditions + `,{"x-cos-acl":"private","x-cos-acl":"public-read"}`,
	} {
		a := s.send(policyForm(now, more).message(t))
		require.Equal(t, "InvalidPolicyDocument", a.code(), more)
		require.Empty(t, s.stored())
	}
	require.Equal(t, 204, s.send(policyForm(now, formConditions+`],"x":[{"y":1},{"y":2}`).message(t)).status, "control")
}
