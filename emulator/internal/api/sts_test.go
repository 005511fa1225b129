package api_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what signature v1 is made with
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/storage"
)

const (
	stsHost = "sts.tencentcloudapi.com"
	// everything lets a key do all that its parent may.
	everything = `{"version":"2.0","statement":[{"effect":"allow","action":["*"],"resource":["*"]}]}`
)

// stsReply is an answer of STS.
type stsReply struct {
	Credentials struct{ Token, TmpSecretId, TmpSecretKey string }
	ExpiredTime int64
	Error       struct{ Code, Message string }
	RequestId   string
}

// stsMessage is a call signed with signature v1, as the STS client in Go sends
// it. An empty value takes a parameter out.
func (s *server) stsMessage(key keyring.Key, host string, change map[string]string) *message {
	form := map[string]string{
		"Action": "GetFederationToken", "Version": "2018-08-13", "Region": testRegion, "Nonce": "11886", "Name": "cos-sts-go",
		"SecretId": key.SecretID, "Timestamp": strconv.FormatInt(s.clock.Now().Unix(), 10), "Policy": url.QueryEscape(everything),
	}
	for name, value := range change {
		if form[name] = value; value == "" {
			delete(form, name)
		}
	}
	var pairs []string
	values := url.Values{}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		pairs = append(pairs, name+"="+form[name])
		values.Set(name, form[name])
	}
	mac := hmac.New(sha1.New, []byte(key.SecretKey))
	mac.Write([]byte("POST" + host + "/?" + strings.Join(pairs, "&")))
	values.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return &message{
		method: http.MethodPost, target: "/", host: host, body: []byte(values.Encode()),
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	}
}

// askSTS sends a call, and checks what all answers have in common.
func (s *server) askSTS(m *message) (stsReply, *answer) {
	s.tb.Helper()
	a := s.send(m)
	require.Equal(s.tb, 200, a.status, "%s", a.body)
	require.Equal(s.tb, "application/json", a.header.Get("Content-Type"))
	var out struct{ Response stsReply }
	require.NoError(s.tb, json.Unmarshal(a.body, &out), "%s", a.body)
	require.Regexp(s.tb, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$`, out.Response.RequestId)
	return out.Response, a
}

// temporary asks for a temporary key of the owner.
func (s *server) temporary(change map[string]string) keyring.Key {
	s.tb.Helper()
	r, a := s.askSTS(s.stsMessage(testKey(), stsHost, change))
	require.NotEmpty(s.tb, r.Credentials.Token, "%s", a.body)
	return keyring.Key{
		SecretID: r.Credentials.TmpSecretId, SecretKey: r.Credentials.TmpSecretKey, Token: r.Credentials.Token,
		Expires: time.Unix(r.ExpiredTime, 0),
	}
}

func (s *server) putBy(k keyring.Key, key string) *answer {
	s.tb.Helper()
	return s.send(s.signedBy(k, http.MethodPut, testHost, "/"+key, []byte("x")))
}

// TestSTS: issue, sign, upload, and be heard of.
//
// holds: call sts:GetFederationToken
func TestSTS(t *testing.T) {
	s := start(t, api.Config{})
	k := s.temporary(nil)
	got := s.putBy(k, "a")
	require.Equal(t, 200, got.status, "%s", got.body)
	s.requireStored(testBucket, "a", []byte("x"))

	entries := s.e.Journal().Select(journal.Filter{})
	require.Len(t, entries, 2)
	e := entries[1]
	require.Equal(t, []any{"GetFederationToken", journal.Accepted, 200, "", http.MethodPost, stsHost},
		[]any{e.Operation, e.Verdict, e.Status, e.Bucket, e.Request.Method, e.Request.Host})
	require.Positive(t, e.Received)
	require.Positive(t, e.Sent)
	require.NotContains(t, fmt.Sprintf("%+v %+v %s", e.Request, e.Header, e.Document), k.Token)
	require.NotContains(t, fmt.Sprintf("%+v %+v %s", e.Request, e.Header, e.Document), k.SecretKey)
}

// Where STS answers, and where the same bytes are COS's affair.
func TestWhereSTSAnswers(t *testing.T) {
	s := start(t, api.Config{Domains: []string{"cos.test"}, Endpoint: "127.0.0.1:9000"})
	for _, host := range []string{
		stsHost, "STS.tencentcloudapi.com:80", "sts.internal.tencentcloudapi.com", "sts.ap-guangzhou.tencentcloudapi.com", "127.0.0.1:9000", "cos.test",
	} {
		r, a := s.askSTS(s.stsMessage(testKey(), host, nil))
		require.NotEmpty(t, r.Credentials.Token, "%s: %s", host, a.body)
	}
	m := s.stsMessage(testKey(), stsHost, nil)
	m.target = "http://" + stsHost + "/"
	r, a := s.askSTS(m)
	require.NotEmpty(t, r.Credentials.Token, "as a proxy: %s", a.body)

	m = &message{method: http.MethodPost, target: "/", host: "127.0.0.1:9000", body: []byte("{}"), header: http.Header{
		"Content-Type": {"application/json"}, "X-TC-Action": {"GetCallerIdentity"},
	}}
	r, _ = s.askSTS(m)
	require.Equal(t, "MissingParameter", r.Error.Code)
	r, _ = s.askSTS(&message{method: http.MethodGet, target: "/?Action=GetCallerIdentity&Signature=x", host: "127.0.0.1:9000"})
	require.Equal(t, "MissingParameter", r.Error.Code)
	r, _ = s.askSTS(&message{method: http.MethodPut, target: "/x", host: stsHost})
	require.Equal(t, "UnsupportedProtocol", r.Error.Code)

	kind := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for name, m := range map[string]*message{
		"a bucket's host":   {method: http.MethodPost, target: "/", host: testHost, header: kind, body: []byte("Action=GetFederationToken")},
		"path style":        {method: http.MethodPost, target: "/" + testBucket, host: "127.0.0.1:9000", header: kind, body: []byte("Action=GetFederationToken")},
		"no action":         {method: http.MethodPost, target: "/", host: "127.0.0.1:9000", header: kind, body: []byte("a=b")},
		"another method":    {method: http.MethodDelete, target: "/", host: "127.0.0.1:9000", header: http.Header{"X-TC-Action": {"AssumeRole"}}},
		"another type":      {method: http.MethodPost, target: "/", host: "127.0.0.1:9000", header: http.Header{"Content-Type": {"multipart/form-data; boundary=a"}}},
		"somebody's proxy":  {method: http.MethodPost, target: "http://www.example.com/", host: "www.example.com", header: http.Header{"X-TC-Action": {"AssumeRole"}}},
		"the list of all":   {method: http.MethodGet, target: "/", host: "127.0.0.1:9000"},
		"a listing of some": {method: http.MethodGet, target: "/?Action=GetCallerIdentity&Signature=x", host: testHost},
	} {
		a := s.send(m)
		require.Equal(t, "application/xml", a.header.Get("Content-Type"), "%s: %s", name, a.body)
		require.GreaterOrEqual(t, a.status, 400, name)
	}
}

// A form with a file is PostObject's, whatever its fields are called.
func TestAFormWithAFileIsNotSTS(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, Region: testRegion, ACL: api.ACLPublicReadWrite}}})
	body := "--b\r\nContent-Disposition: form-data; name=\"Action\"\r\n\r\nGetFederationToken\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nposted\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n"
	a := s.send(&message{method: http.MethodPost, target: "/", host: testHost, body: []byte(body), header: http.Header{
		"Content-Type": {"multipart/form-data; boundary=b"},
	}})
	require.Equal(t, 204, a.status, "%s", a.body)
	s.requireStored(testBucket, "posted", []byte("x"))
}

// holds: code sts:AuthFailure.SecretIdNotFound; code sts:AuthFailure.SignatureFailure; code sts:AuthFailure.TokenFailure; code sts:FailedOperation.TempKeyNotAllowed; code sts:AuthFailure.SignatureExpire
// holds: answer x-cosemu-diagnosis
func TestSTSRefusals(t *testing.T) {
	s := start(t, api.Config{})
	k := s.temporary(nil)
	for name, c := range map[string]struct {
		key             keyring.Key
		change          map[string]string
		code, diagnosis string
	}{
		"unknown":       {keyring.Key{SecretID: "AKIDnobody", SecretKey: "x"}, nil, "AuthFailure.SecretIdNotFound", "key-unknown"},
		"other secret":  {keyring.Key{SecretID: testKey().SecretID, SecretKey: k.SecretKey}, nil, "AuthFailure.SignatureFailure", "secret-other"},
		"a line break":  {keyring.Key{SecretID: testKey().SecretID, SecretKey: testKey().SecretKey + "\n"}, nil, "AuthFailure.SignatureFailure", "secret-whitespace"},
		"nobody's":      {keyring.Key{SecretID: testKey().SecretID, SecretKey: "x"}, nil, "AuthFailure.SignatureFailure", "unknown"},
		"no token":      {k, nil, "AuthFailure.TokenFailure", "token-missing"},
		"other token":   {k, map[string]string{"Token": "x"}, "AuthFailure.TokenFailure", "token-unknown"},
		"temporary":     {k, map[string]string{"Token": k.Token}, "FailedOperation.TempKeyNotAllowed", ""},
		"milliseconds":  {testKey(), map[string]string{"Timestamp": strconv.FormatInt(s.clock.Now().UnixMilli(), 10)}, "AuthFailure.SignatureExpire", "time-unit"},
		"slow":          {testKey(), map[string]string{"Timestamp": strconv.FormatInt(s.clock.Now().Unix()-301, 10)}, "AuthFailure.SignatureExpire", "expired"},
		"fast":          {testKey(), map[string]string{"Timestamp": strconv.FormatInt(s.clock.Now().Unix()+301, 10)}, "AuthFailure.SignatureExpire", "not-yet-valid"},
		"of its policy": {testKey(), map[string]string{"Policy": "{"}, "InvalidParameter.StrategyFormatError", ""},
	} {
		before := s.e.Keys().Issued()
		r, a := s.askSTS(s.stsMessage(c.key, stsHost, c.change))
		require.Equal(t, c.code, r.Error.Code, name)
		require.Equal(t, c.diagnosis, a.header.Get("x-cosemu-diagnosis"), name)
		require.Equal(t, before, s.e.Keys().Issued(), name)
		e := s.e.Journal().Select(journal.Filter{Limit: 1})[0]
		require.Equal(t, []any{journal.Refused, c.code, 200, r.RequestId}, []any{e.Verdict, e.Code, e.Status, e.ID}, name)
		require.NotContains(t, string(a.body)+fmt.Sprint(e.Finding), k.SecretKey)
		s.temporary(nil) // the control
	}
}

func TestSTSConfiguration(t *testing.T) {
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, st.Close()) }()
	for says, cfg := range map[string]api.Config{
		`tokens: "hex" is neither url nor standard`: {Tokens: "hex"},
		`role "a b"`:                {Roles: []sts.Role{{Name: "a b", AppID: testAppID}}},
		`role "a" is there twice`:   {Roles: []sts.Role{{Name: "a", AppID: testAppID}, {Name: "a", AppID: testAppID}}},
		`role "a": "" is no APPID,`: {Roles: []sts.Role{{Name: "a"}}},
	} {
		_, err := api.New(cfg, st)
		require.ErrorContains(t, err, says)
	}
}
