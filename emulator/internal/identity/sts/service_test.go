package sts_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/stretchr/testify/require"
)

// holds: call sts:GetFederationToken
func TestFederationToken(t *testing.T) {
	r := newRig(t)
	a, v := r.do(federation(nil).request(), now())
	require.Empty(t, a.Error.Code, a.Error.Message)
	require.Equal(t, now().Add(30*time.Minute).Unix(), a.ExpiredTime, "half an hour when not said otherwise")
	require.Equal(t, "2026-11-24T08:30:00Z", a.Expiration)
	require.Regexp(t, `^AKID[A-Za-z0-9_-]{32,66}$`, a.Credentials.TmpSecretId)
	require.Contains(t, a.Credentials.TmpSecretId, "-")
	require.Contains(t, a.Credentials.TmpSecretId, "_")
	require.Len(t, a.Credentials.TmpSecretKey, 44)
	require.Regexp(t, `^[A-Za-z0-9_-]{300,700}$`, a.Credentials.Token)
	require.Contains(t, a.Credentials.Token, "-")
	require.Contains(t, a.Credentials.Token, "_")

	who := r.keys.Identify(a.Credentials.TmpSecretId, a.Credentials.Token, now())
	k, err := who.Key, who.KeyErr
	require.NoError(t, err)
	require.Equal(t, v.Issued.SecretID, k.SecretID)
	require.Equal(t, []string{appID, ownerUIN, rootID, "cos-sts-go", a.Credentials.TmpSecretKey},
		[]string{k.AppID, k.Owner(), k.Parent, k.SessionName, k.SecretKey})
	require.JSONEq(t, aPolicy, string(k.Session.Document()))
	err = r.keys.Identify(k.SecretID, k.Token, now().Add(30*time.Minute)).KeyErr
	require.ErrorIs(t, err, keyring.ErrTokenExpired)

	b, _ := r.do(federation(nil).request(), now())
	require.NotEqual(t, a.Credentials, b.Credentials)
}

// What official clients sign differs, see qcloud-cos-sts-sdk.
func TestWaysOfSigning(t *testing.T) {
	r := newRig(t)
	ok := func(name string, req *http.Request) {
		t.Helper()
		a, v := r.do(req, now())
		require.Nil(t, v.Err, "%s: %s", name, a.Error.Message)
		require.NotEmpty(t, a.Credentials.Token, name)
	}
	f := func(change func(*v1)) *http.Request {
		c := federation(nil)
		change(&c)
		return c.request()
	}
	ok("sha1", f(func(*v1) {}))
	ok("sha256", f(func(c *v1) { c.algorithm, c.form["SignatureMethod"] = "HmacSHA256", "HmacSHA256" }))
	ok("get", f(func(c *v1) { c.method = http.MethodGet }))
	ok("a port", f(func(c *v1) { c.host = "127.0.0.1:9000" }))
	ok("without the port", f(func(c *v1) { c.host, c.signed = "127.0.0.1:9000", "127.0.0.1" }))
	ok("python's url", f(func(c *v1) { c.host, c.signed = "127.0.0.1:9000", stsHost }))
	ok("internal", f(func(c *v1) { c.host, c.signed = "127.0.0.1:9000", "sts.internal.tencentcloudapi.com" }))
	ok("region", f(func(c *v1) { c.host, c.signed = "127.0.0.1:9000", "sts.ap-guangzhou.tencentcloudapi.com" }))
	ok("plain policy", f(func(c *v1) { c.form["Policy"] = "\n" + aPolicy }))
	ok("node's policy", f(func(c *v1) { c.form["Policy"] = strings.ReplaceAll(url.QueryEscape(aPolicy), "+", "%20") }))

	body := `{"Name":"tester","DurationSeconds":900,"Policy":` + quote(url.QueryEscape(aPolicy)) + `}`
	ok("tc3", tc3{at: now(), body: body}.request())
	ok("tc3, port", tc3{at: now(), body: body, host: "127.0.0.1:9000"}.request())
	ok("tc3, real host", tc3{at: now(), body: body, host: "127.0.0.1:9000", signed: stsHost}.request())
	ok("tc3, action signed", tc3{at: now(), body: body, headers: []string{"content-type", "host", "x-tc-action"}}.request())
	ok("tc3, plain policy", tc3{at: now(), body: `{"Name":"tester","Policy":` + quote(aPolicy) + `}`}.request())
	ok("ahead", federation(nil).with(func(c *v1) { c.at = now().Add(5 * time.Minute) }).request())
	ok("behind", tc3{at: now().Add(-5 * time.Minute), body: body}.request())
}

func (c v1) with(change func(*v1)) v1 { change(&c); return c }

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// The policy that the Node client's getPolicy makes has a principal, and
// resources in their older form.
func TestPolicyOfGetPolicy(t *testing.T) {
	r := newRig(t)
	doc := `{"version":"2.0","statement":[{"action":"name/cos:PutObject","effect":"allow","principal":{"qcs":"*"},` +
		`"resource":"qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/test/in/*"}]}`
	a, v := r.do(federation(map[string]string{"Policy": url.QueryEscape(doc)}).request(), now())
	require.Nil(t, v.Err, a.Error.Message)
	require.JSONEq(t, doc, string(v.Issued.Session.Document()))
}

// cos_api's STS client signs names with `.` for `_`, and leaves values out
// that begin with `@`.
func TestJavaSignature(t *testing.T) {
	r := newRig(t)
	source := func(form url.Values) string {
		return "POST" + stsHost + "/?Action=GetCallerIdentity&Nonce=1&Region=ap-guangzhou&SecretId=" + rootID +
			"&Timestamp=" + form.Get("Timestamp") + "&Version=2018-08-13"
	}
	form := url.Values{
		"Action": {"GetCallerIdentity"}, "Nonce": {"1"}, "Region": {"ap-guangzhou"}, "SecretId": {rootID},
		"Timestamp": {"1795507200"}, "Version": {"2018-08-13"}, "Language": {"@file"},
	}
	require.Equal(t, int64(1795507200), now().Unix())
	form.Set("Signature", base64Of(sumSHA1(secretKey, source(form))))
	post := func() *http.Request {
		req := httptest.NewRequest(http.MethodPost, "http://"+stsHost+"/", strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return req
	}
	a, v := r.do(post(), now())
	require.Nil(t, v.Err, a.Error.Message)
	form.Set("Language", "file")
	_, v = r.do(post(), now())
	require.NotNil(t, v.Err)
	require.Equal(t, sts.SignatureFailure, v.Err.Code)
}

// holds: call sts:AssumeRole
func TestRoles(t *testing.T) {
	r := newRig(t)
	a, v := r.do(assume(nil).request(), now())
	require.Nil(t, v.Err, a.Error.Message)
	require.Equal(t, now().Add(2*time.Hour).Unix(), a.ExpiredTime)
	who := r.keys.Identify(a.Credentials.TmpSecretId, a.Credentials.Token, now())
	k, err := who.Key, who.KeyErr
	require.NoError(t, err)
	require.Equal(t, []string{"4611686018427397919", "build-7", rootID, appID}, []string{k.Role, k.SessionName, k.Parent, k.AppID})
	require.Nil(t, k.Session)
	require.False(t, k.Root())

	for _, arn := range []string{
		"qcs::cam::uin/100000000001:role/4611686018427397919",
		"qcs::cam::uin/1250000000:roleName/uploader",
		"qcs::cam::uin/100000000001:role/tencentcloudServiceRoleName/uploader",
		"qcs::cam::uin/100000000001:role/tencentcloudServiceRole/4611686018427397919",
	} {
		a, v := r.do(assume(map[string]string{"RoleArn": arn, "Policy": url.QueryEscape(aPolicy)}).request(), now())
		require.Nil(t, v.Err, a.Error.Message)
		require.NotNil(t, v.Issued.Session)
	}
	// a role's key assumes another role, for as long as the permanent one lives
	a, v = r.do(assume(map[string]string{"SecretId": k.SecretID, "Token": k.Token}).with(func(c *v1) { c.secret = k.SecretKey }).request(), now())
	require.Nil(t, v.Err, a.Error.Message)
	require.Equal(t, rootID, v.Issued.Parent)
	// a role that trusts another account
	lent := map[string]string{"RoleArn": "qcs::cam::uin/100000000001:roleName/lent", "SecretId": otherID}
	a, v = r.do(assume(lent).request(), now())
	require.Nil(t, v.Err, a.Error.Message)
	require.Equal(t, appID, v.Issued.AppID)
}

// holds: call sts:GetCallerIdentity
func TestCallerIdentity(t *testing.T) {
	r := newRig(t)
	ask := func(id, secret, token string) answered {
		t.Helper()
		a, v := r.do(tc3{at: now(), action: "GetCallerIdentity", id: id, secret: secret, token: token, body: "{}"}.request(), now())
		require.Nil(t, v.Err, a.Error.Message)
		return a
	}
	a := ask(rootID, secretKey, "")
	require.Equal(t, []string{ownerUIN, ownerUIN, "qcs::cam:100000000001:uin/100000000001"}, []string{a.AccountId, a.UserId, a.Arn})
	a = ask(subID, secretKey, "")
	require.Equal(t, []string{"CAMUser", ownerUIN, "100000000011", "qcs::cam:100000000001:uin/100000000011"},
		[]string{a.Type, a.AccountId, a.UserId, a.Arn})

	_, v := r.do(federation(map[string]string{"SecretId": subID}).request(), now())
	require.Nil(t, v.Err)
	a = ask(v.Issued.SecretID, v.Issued.SecretKey, v.Issued.Token)
	require.Equal(t, []string{"100000000011:cos-sts-go", "qcs::sts:100000000001:federated-user/100000000011"}, []string{a.UserId, a.Arn})
	_, v = r.do(assume(nil).request(), now())
	require.Nil(t, v.Err)
	a = ask(v.Issued.SecretID, v.Issued.SecretKey, v.Issued.Token)
	require.Equal(t, []string{"CAMRole", "4611686018427397919:build-7"}, []string{a.Type, a.UserId})
}

func TestStandardAlphabet(t *testing.T) {
	for range 50 {
		token := sts.NewToken(sts.AlphabetStandard)
		for _, c := range "+/=" {
			require.Contains(t, token, string(c))
		}
	}
	require.True(t, sts.Alphabet("").Valid())
	require.False(t, sts.Alphabet("hex").Valid())
}
