package api_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// causes are the ids of an answer's diagnosis.
func (a *answer) causes() string { return a.header.Get("X-Cosemu-Diagnosis") }

// TestClockMoved: the emulator's own clock is named where it alone explains the
// refusal; a URL that someone let expire by moving the clock is expired.
func TestClockMoved(t *testing.T) {
	c := clock.New()
	s := start(t, api.Config{Clock: c})
	before := s.signed("PUT", "/k", []byte("hi"))
	require.Equal(t, 200, s.send(before).status)
	c.Advance(25 * time.Hour)
	require.Equal(t, "expired", s.send(before).causes(), "made before the clock was moved")
	c.Reset()

	for _, by := range []time.Duration{25 * time.Hour, -8 * time.Hour, -20 * time.Minute} {
		c.Reset()
		c.Advance(by)
		c.Advance(time.Minute) // so that the client signs after it
		now := c.Real().Add(2 * time.Minute)
		a := s.send(s.signedAt("/k", now))
		require.Equal(t, 403, a.status)
		first, second, _ := strings.Cut(a.causes(), ",")
		require.Equal(t, "clock-moved", first, by)
		require.Contains(t, []string{"expired", "not-yet-valid"}, second)
		f := s.firstFinding()
		require.Contains(t, f.Advice.En, "DELETE /api/v1/clock")
		require.Contains(t, f.Sentence.En, map[bool]string{true: "ahead of the real time", false: "behind the real time"}[by > 0])
	}
	c.Reset()
	a := s.send(s.signedAt("/k", c.Real().Add(-48*time.Hour)))
	require.Equal(t, "expired", a.causes(), "the client's own clock")
}

// signedAt is an upload whose client has that time.
func (s *server) signedAt(target string, at time.Time) *message {
	s.tb.Helper()
	req, err := signer.NewRequest("PUT", "http://"+testHost+target, http.Header{})
	require.NoError(s.tb, err)
	k := testKey()
	signed, err := signer.Sign(req, signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey},
		signer.SignOptions{Start: at, End: at.Add(time.Hour), Headers: []string{"host"}})
	require.NoError(s.tb, err)
	return &message{method: "PUT", target: target, host: testHost, header: http.Header{"Authorization": {signed.Authorization()}}, body: []byte("hi")}
}

// firstFinding is the first one of the latest request.
func (s *server) firstFinding() *diagnose.Finding {
	s.tb.Helper()
	r := s.newest().Finding
	require.NotNil(s.tb, r)
	require.NotEmpty(s.tb, r.Findings)
	return &r.Findings[0]
}

// TestFormPolicyCauses: what is wrong with a form's policy is named, part and
// form; nothing is stored.
func TestFormPolicyCauses(t *testing.T) {
	s := start(t, api.Config{})
	good := func() *webForm { return policyForm(testTime(), "") }
	require.Equal(t, 204, s.send(good().message(t)).status, "control")
	s.remove(testBucket, "up/photo.jpg")
	in64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for policy, says := range map[string][2]string{
		"":                                 {"no field policy", "没有 policy 字段"},
		"{}":                               {"is JSON, not the base64", "没有做 base64"},
		"eyJ-_w":                           {"standard alphabet", "标准字母表"},
		in64(`{"expiration":`):             {"no valid JSON", "不是有效的 JSON"},
		in64(`{"conditions":[{"a":"b"}]}`): {"expiration is missing", "expiration 缺失"},
		in64(`{"expiration":"tomorrow","conditions":[{"a":"b"}]}`):                              {"no ISO 8601 time", "不是 ISO 8601"},
		in64(`{"expiration":"2036-01-01T00:00:00Z"}`):                                           {"conditions is missing", "conditions 缺失"},
		in64(`{"expiration":"2036-01-01T00:00:00Z","conditions":[{"a":"b"},["like","$k",""]]}`): {`conditions[1] has the unknown operator "like"`, "conditions[1] 的运算符"},
		in64(`{"expiration":"2036-01-01T00:00:00Z","conditions":[{"q-ak":"b"}]}`):               {"no condition on q-sign-algorithm", "没有 q-sign-algorithm"},
	} {
		form := good()
		form.set("policy", policy)
		a := s.send(form.message(t))
		require.GreaterOrEqual(t, a.status, 400, policy)
		require.Equal(t, "form-policy", a.causes(), "%s: %s", policy, a.body)
		f := s.firstFinding()
		require.Contains(t, f.Sentence.En, says[0])
		require.Contains(t, f.Sentence.Zh, says[1])
		s.requireNothing(testBucket, "up/photo.jpg")
	}
}

// TestFormSignatureCauses: what a form's client signed, and with what, is found
// as it is for other requests.
func TestFormSignatureCauses(t *testing.T) {
	s := start(t, api.Config{})
	sign := func(secret string, text func(policy string) string) *webForm {
		form := policyForm(testTime(), "")
		fields := map[string]string{}
		for _, f := range form.fields {
			fields[f[0]] = f[1]
		}
		plain, err := base64.StdEncoding.DecodeString(fields["policy"])
		require.NoError(t, err)
		key := signer.NewSigningKey(secret, fields["q-key-time"])
		form.set("q-signature", key.Sign(text(string(plain))))
		return form
	}
	hash := func(s string) string { return signer.PolicyStringToSign([]byte(s)) }
	own := testKey().SecretKey
	require.Equal(t, 204, s.send(sign(own, hash).message(t)).status, "control")
	s.remove(testBucket, "up/photo.jpg")
	for want, form := range map[string]*webForm{
		"form-base64":       sign(own, func(p string) string { return hash(base64.StdEncoding.EncodeToString([]byte(p))) }),
		"form-policy":       sign(own, func(p string) string { return p }),
		"secret-whitespace": sign(own+"\r\n", hash),
		"secret-other":      sign(testKey().SecretID, hash),
		"unknown":           sign("nobody's secret", hash),
		"form-base64,secret-whitespace": sign(" "+own, func(p string) string {
			return hash(base64.StdEncoding.EncodeToString([]byte(p)))
		}),
	} {
		a := s.send(form.message(t))
		require.Equal(t, "SignatureDoesNotMatch", a.code(), want)
		require.Equal(t, want, a.causes())
		require.Equal(t, want != "unknown", s.firstFinding().Proven)
		s.requireNothing(testBucket, "up/photo.jpg")
	}
}

// TestOtherObject: a signature for another object is known as such, whether the
// object is stored or was only asked for.
func TestOtherObject(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do("PUT", "/album/one.png", []byte("hi")).status)
	require.Equal(t, 404, s.do("GET", "/never/there.png", nil).status)
	for _, signed := range []string{"/album/one.png", "/never/there.png", "/two.png"} {
		m := s.signed("PUT", signed, []byte("hi"))
		m.target = "/album/two.png"
		a := s.send(m)
		require.Equal(t, "path-slash", a.causes(), signed)
		require.Contains(t, s.firstFinding().Sentence.En, fmt.Sprintf("another object: %q", signed))
		m.host = "localhost:1"
		m.target = "/" + testBucket + "/album/two.png"
		a = s.send(m)
		require.Equal(t, "SignatureDoesNotMatch", a.code())
		require.Contains(t, a.causes(), "host", signed)
		require.NotContains(t, a.causes(), "unknown")
	}
	s.requireNothing(testBucket, "album/two.png")
}

// TestHostUnknown: a custom domain that was not configured is named, and never
// a bucket that was made of the key.
func TestHostUnknown(t *testing.T) {
	s := start(t, api.Config{})
	m := s.signed("PUT", "/photos/a.png", []byte("hi"))
	m.host = "img.example.com"
	a := s.send(m)
	require.Equal(t, 403, a.status)
	require.Equal(t, "host", a.causes())
	f := s.firstFinding()
	require.True(t, f.Proven)
	require.Contains(t, f.Advice.En, "--aliases img.example.com="+testBucket)

	a = s.send(&message{method: "GET", target: "/photos/a.png", host: "img.example.com"})
	require.Equal(t, 404, a.status)
	require.Equal(t, "host", a.causes())
	a = s.send(&message{method: "GET", target: "/examplebucket/a.png", host: "cosemu"})
	require.Equal(t, "bucket-no-appid", a.causes(), "there is a bucket of that name and an APPID")
	s.requireNothing(testBucket, "photos/a.png")
}

// TestMoreHints: a placeholder that nobody filled in, and a header that did not
// count, are named on requests that are served.
func TestMoreHints(t *testing.T) {
	s := start(t, api.Config{})
	for target, want := range map[string][]string{
		"/a.png": {}, "/100%25.png": {}, "/%E4%BA%BAPP%20.png": {}, "/a%7Db%7B.png": {},
		"/up/%24%7Bfilename%7D": {"placeholder"}, "/{key}/a.png": {"placeholder"}, "/%3Cname%3E": {"placeholder"},
	} {
		require.Equal(t, 200, s.do("PUT", target, []byte("hi")).status, target)
		require.Equal(t, want, s.hinted(), target)
	}
	m := s.signed("PUT", "/b", []byte("hi"))
	m.target += "?" + strings.NewReplacer(";", "%3B").Replace(m.header.Get("Authorization"))
	m.header.Set("Authorization", "Bearer of-something-else")
	require.Equal(t, 200, s.send(m).status)
	require.Equal(t, []string{"two-carriers"}, s.hinted())
}

// TestUnmetCondition: a key whose condition bites is told to meet it; a
// statement that drops it is not suggested.
func TestUnmetCondition(t *testing.T) {
	key := cutKey(t, statement("allow", "name/cos:PutObject", "*", `{"string_equal":{"cos:content-type":"image/png"}}`))
	s := start(t, api.Config{Keys: []keyring.Key{testKey(), key}})
	send := func(method, target, kind string) *answer {
		return s.send(s.signedBy(key, method, testHost, target, []byte("hi"), "Content-Type", kind))
	}
	require.Equal(t, 200, send("PUT", "/a", "image/png").status, "control")
	a := send("PUT", "/b", "text/html")
	require.Equal(t, 403, a.status)
	require.Equal(t, "policy-denied", a.causes())
	f := s.firstFinding()
	require.Empty(t, f.Suggestion)
	require.Contains(t, f.Advice.En, "meets the condition")
	require.Contains(t, f.Sentence.En, "content-type")
	s.requireNothing(testBucket, "b")
	require.Equal(t, 403, send("GET", "/a", "image/png").status)
	require.Contains(t, s.firstFinding().Suggestion, "GetObject", "control: what no statement allows has a suggestion")
}
