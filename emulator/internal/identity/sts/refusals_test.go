package sts_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"crypto/sha1" //nolint:gosec // what signature v1 is made with

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/stretchr/testify/require"
)

func sumSHA1(key, text string) []byte { return sum(sha1.New, key, text) }

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// TestRefusals: each of these is refused with its code and makes no key; the
// same request without the mistake is the control.
//
// holds: code sts:MissingParameter; code sts:InvalidAction; code sts:UnsupportedOperation; code sts:NoSuchVersion; code sts:InvalidParameter; code sts:AuthFailure.SignatureExpire; code sts:AuthFailure.SecretIdNotFound; code sts:AuthFailure.SignatureFailure
// holds: code sts:AuthFailure.TokenFailure; code sts:UnknownParameter; code sts:InvalidParameterValue; code sts:InvalidParameter.ParamError; code sts:InvalidParameter.StrategyFormatError; code sts:InvalidParameter.ResouceError
// holds: code sts:InvalidParameter.GrantOtherResource; code sts:InvalidParameter.PolicyTooLong; code sts:InvalidParameter.OverTimeError; code sts:ResourceNotFound.RoleNotFound; code sts:UnauthorizedOperation
func TestRefusals(t *testing.T) {
	type form = map[string]string
	long := `{"version":"2.0","statement":[{"effect":"allow","action":["` + strings.Repeat("x", 6200) + `"],"resource":["*"]}]}`
	cases := []struct {
		name string
		req  v1
		code sts.Code
		says string
	}{
		{"no action", federation(form{"Action": "-"}), sts.MissingParameter, "`Action`"},
		{
			"other action", federation(form{"Action": "GetFederationTokens"}), sts.InvalidAction,
			"The request action=`GetFederationTokens` is invalid or not found in service=`sts` and version=`2018-08-13`.",
		},
		{"no web identities", federation(form{"Action": "AssumeRoleWithWebIdentity"}), sts.UnsupportedAction, "does not support"},
		{"no version", federation(form{"Version": "-"}), sts.MissingParameter, "`Version`"},
		{
			"other version", federation(form{"Version": "2017-03-12"}), sts.NoSuchVersion,
			"The specified api version=`2017-03-12` does not exist in service=`sts`.",
		},
		{"no timestamp", federation(form{"Timestamp": "-"}), sts.MissingParameter, "`Timestamp`"},
		{"no nonce", federation(form{"Nonce": "-"}), sts.MissingParameter, "`Nonce`"},
		{"timestamp no number", federation(form{"Timestamp": "now"}), sts.InvalidParameter, "`Timestamp`"},
		{"in milliseconds", federation(form{"Timestamp": "1795507200000"}), sts.SignatureExpire, "2026-11-24T08:00:00Z"},
		{"too old", federation(nil).with(func(c *v1) { c.at = now().Add(-5*time.Minute - time.Second) }), sts.SignatureExpire, "five minutes"},
		{"too new", federation(nil).with(func(c *v1) { c.at = now().Add(5*time.Minute + time.Second) }), sts.SignatureExpire, "five minutes"},
		{"no id", federation(form{"SecretId": "-"}), sts.MissingParameter, "`SecretId`"},
		{
			"unknown id", federation(form{"SecretId": "AKIDnobody"}), sts.SecretIDNotFound,
			"The SecretId is not found, please ensure that your SecretId is correct.",
		},
		{
			"other secret", federation(nil).with(func(c *v1) { c.secret = "x" }), sts.SignatureFailure,
			"The provided credentials could not be validated. Please check your signature is correct.",
		},
		{"other host", federation(nil).with(func(c *v1) { c.signed = "cvm.tencentcloudapi.com" }), sts.SignatureFailure, ""},
		{"other algorithm", federation(form{"SignatureMethod": "HmacMD5"}), sts.SignatureFailure, ""},
		{"a token beside a permanent key", federation(form{"Token": "x"}), sts.TokenFailure, ""},
		{"unknown parameter", federation(form{"Policies": "x"}), sts.UnknownParameter, "The parameter `Policies` is not recognized."},
		{"no region", federation(form{"Region": "-"}), sts.MissingParameter, "`Region`"},
		{"no region at all", federation(form{"Region": "Guangzhou"}), sts.InvalidValue, "`Region`"},
		{"no name", federation(form{"Name": "-"}), sts.MissingParameter, "`Name`"},
		{"bad name", federation(form{"Name": "a b"}), sts.ParamError, "Name"},
		{"no policy", federation(form{"Policy": "-"}), sts.MissingParameter, "`Policy`"},
		{"no JSON", federation(form{"Policy": "{"}), sts.PolicyFormatError, ""},
		{"encoded twice", federation(form{"Policy": url.QueryEscape(url.QueryEscape(aPolicy))}), sts.PolicyFormatError, ""},
		{"badly encoded", federation(form{"Policy": "%7"}), sts.PolicyFormatError, "percent-encoded"},
		{"five segments", federation(form{"Policy": strings.Replace(aPolicy, "uid/1250000000:", "", 1)}), sts.ResourceError, ""},
		{"other account", federation(form{"Policy": strings.Replace(aPolicy, "uid/1250000000:", "uid/1999999999:", 1)}), sts.GrantOtherResource, "another account"},
		{"too long", federation(form{"Policy": long}), sts.PolicyTooLong, ""},
		{"no duration", federation(form{"DurationSeconds": "0"}), sts.ParamError, "DurationSeconds"},
		{"half a duration", federation(form{"DurationSeconds": "1.5"}), sts.InvalidParameter, "`DurationSeconds`"},
		{"root too long", federation(form{"DurationSeconds": "7201"}), sts.OverTime, "7200"},
		{"sub-account too long", federation(form{"DurationSeconds": "129601", "SecretId": subID}), sts.OverTime, "129600"},

		{"no role", assume(form{"RoleArn": "-"}), sts.MissingParameter, "`RoleArn`"},
		{"no description of a role", assume(form{"RoleArn": "uploader"}), sts.ParamError, "RoleArn"},
		{"other role", assume(form{"RoleArn": roleARN + "s"}), sts.RoleNotFound, ""},
		{"role of nobody", assume(form{"RoleArn": strings.Replace(roleARN, "100000000001", "100000000002", 1)}), sts.RoleNotFound, ""},
		{"role that does not trust", assume(form{"SecretId": otherID}), sts.UnauthorizedAction, ""},
		{"no session name", assume(form{"RoleSessionName": "-"}), sts.MissingParameter, "`RoleSessionName`"},
		{"short session name", assume(form{"RoleSessionName": "a"}), sts.ParamError, "RoleSessionName"},
		{"long session name", assume(form{"RoleSessionName": strings.Repeat("a", 129)}), sts.ParamError, "RoleSessionName"},
		{"bad session name", assume(form{"RoleSessionName": "a/b"}), sts.ParamError, "RoleSessionName"},
		{"bad external id", assume(form{"ExternalId": "a b"}), sts.ParamError, "ExternalId"},
		{"role too long", assume(form{"DurationSeconds": "43201"}), sts.OverTime, "43200"},
		{"two tags of a name", assume(form{"Tags.0.Key": "a", "Tags.1.Key": "a"}), sts.ParamError, "Tags"},
		{"a tag without a name", assume(form{"Tags.0.Value": "a"}), sts.MissingParameter, "Tags"},
		{"tag of another form", assume(form{"Tags.0.Name": "a"}), sts.UnknownParameter, "Tags.0.Name"},
		{"parameter of the other call", assume(form{"Name": "a"}), sts.UnknownParameter, "`Name`"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			a, v := r.do(c.req.request(), now())
			require.NotNil(t, v.Err)
			require.Equal(t, c.code, v.Err.Code, v.Err.Message)
			require.Equal(t, string(c.code), a.Error.Code)
			require.Contains(t, a.Error.Message, c.says)
			require.NotContains(t, a.Error.Message, secretKey)
			require.Empty(t, a.Credentials.TmpSecretId)
			require.Zero(t, r.keys.Issued())
			for _, control := range []v1{federation(nil), assume(nil)} {
				_, v := r.do(control.request(), now())
				require.Nil(t, v.Err, "the control")
			}
		})
	}
}

// The longest lives, and the fullest sets of tags, that are allowed.
func TestLimits(t *testing.T) {
	r := newRig(t)
	tags := map[string]string{"DurationSeconds": "43200", "RoleSessionName": strings.Repeat("a", 128), "ExternalId": "a:b/c"}
	for i := range 50 {
		tags[fmt.Sprintf("Tags.%d.Key", i)] = strconv.Itoa(i)
		tags[fmt.Sprintf("Tags.%d.Value", i)] = "v"
	}
	for name, c := range map[string]struct {
		req   v1
		lives time.Duration
	}{
		"root":        {federation(map[string]string{"DurationSeconds": "7200"}), 2 * time.Hour},
		"sub-account": {federation(map[string]string{"DurationSeconds": "129600", "SecretId": subID}), 36 * time.Hour},
		"role":        {assume(tags), 12 * time.Hour},
	} {
		a, v := r.do(c.req.request(), now())
		require.Nil(t, v.Err, "%s: %s", name, a.Error.Message)
		require.Equal(t, now().Add(c.lives).Unix(), a.ExpiredTime)
	}
	tags["Tags.50.Key"] = "one too many"
	_, v := r.do(assume(tags).request(), now())
	require.NotNil(t, v.Err)
	require.Equal(t, sts.ParamError, v.Err.Code)
}

// holds: code sts:FailedOperation.TempKeyNotAllowed; code sts:AuthFailure.TokenFailure
func TestTemporaryKeyCannotAsk(t *testing.T) {
	r := newRig(t)
	_, v := r.do(federation(nil).request(), now())
	k := v.Issued
	ask := func(token string, at time.Time) *sts.Error {
		c := federation(map[string]string{"SecretId": k.SecretID, "Token": token})
		c.secret, c.at = k.SecretKey, at
		if token == "" {
			c.form["Token"] = "-"
		}
		_, v := r.do(c.request(), at)
		require.NotNil(t, v.Err)
		return v.Err
	}
	require.Equal(t, sts.TempKeyNotAllowed, ask(k.Token, now()).Code)
	require.Equal(t, sts.TokenFailure, ask("", now()).Code)
	require.Equal(t, sts.TokenFailure, ask("x"+k.Token, now()).Code)
	require.Equal(t, sts.TokenFailure, ask(k.Token, now().Add(time.Hour)).Code)
	require.Equal(t, 1, r.keys.Issued())
}

// holds: header x-tc-action; header x-tc-region; header x-tc-timestamp
// holds: code sts:AuthFailure.InvalidAuthorization; code sts:AuthFailure.SecretIdNotFound; code sts:AuthFailure.SignatureFailure; code sts:AuthFailure.SignatureExpire
func TestTC3Refusals(t *testing.T) {
	body := `{"Name":"tester","Policy":` + quote(url.QueryEscape(aPolicy)) + `}`
	for name, c := range map[string]struct {
		change func(*http.Request)
		req    tc3
		code   sts.Code
	}{
		"no authorization": {func(r *http.Request) { r.Header.Del("Authorization") }, tc3{}, sts.MissingParameter},
		"skipped":          {func(r *http.Request) { r.Header.Set("Authorization", "SKIP") }, tc3{}, sts.MissingParameter},
		"no such scheme":   {func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, tc3{}, sts.InvalidAuthorization},
		"cut":              {func(r *http.Request) { r.Header.Set("Authorization", "TC3-HMAC-SHA256 Credential=a/b") }, tc3{}, sts.InvalidAuthorization},
		"other action":     {func(r *http.Request) { r.Header.Set("X-TC-Action", "X") }, tc3{}, sts.InvalidAction},
		"no region":        {func(r *http.Request) { r.Header.Del("X-TC-Region") }, tc3{}, sts.MissingParameter},
		"other content":    {func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") }, tc3{}, sts.SignatureFailure},
		"a form":           {func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, tc3{}, sts.UnsupportedProtocol},
		"other day": {func(r *http.Request) {
			r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), "2026-11-24", "2026-11-23"))
		}, tc3{}, sts.SignatureFailure},
		"host unsigned":     {nil, tc3{headers: []string{"content-type"}}, sts.SignatureFailure},
		"other secret":      {nil, tc3{secret: "x"}, sts.SignatureFailure},
		"unknown id":        {nil, tc3{id: "AKIDnobody"}, sts.SecretIDNotFound},
		"no JSON":           {nil, tc3{body: "{"}, sts.InvalidParameter},
		"two JSONs":         {nil, tc3{body: "{} {}"}, sts.InvalidParameter},
		"a list":            {nil, tc3{body: "[]"}, sts.InvalidParameter},
		"deep":              {nil, tc3{body: `{"a":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}`}, sts.InvalidParameter},
		"policy twice":      {nil, tc3{body: strings.Replace(body, "{", `{"Policy":"{}",`, 1)}, sts.InvalidParameter},
		"policy after":      {nil, tc3{body: strings.TrimSuffix(body, "}") + `,"Policy":"{}"}`}, sts.InvalidParameter},
		"a name of a list":  {nil, tc3{body: strings.Replace(body, "{", `{"Tags.0.Key":"a","Tags":[{"Key":"b"}],`, 1)}, sts.InvalidParameter},
		"name a number":     {nil, tc3{body: `{"Name":7,"Policy":"{}"}`}, sts.InvalidParameter},
		"duration a text":   {nil, tc3{body: strings.Replace(body, "{", `{"DurationSeconds":"900",`, 1)}, sts.InvalidParameter},
		"duration too long": {nil, tc3{body: strings.Replace(body, "{", `{"DurationSeconds":7201,`, 1)}, sts.OverTime},
		"unknown parameter": {nil, tc3{body: strings.Replace(body, "{", `{"A":{"B":1},`, 1)}, sts.UnknownParameter},
		"too old":           {nil, tc3{at: now().Add(-6 * time.Minute)}, sts.SignatureExpire},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c.req.body, c.req.at = or(c.req.body, body), firstTime(c.req.at)
			req := c.req.request()
			if c.change != nil {
				c.change(req)
			}
			a, v := r.do(req, now())
			require.NotNil(t, v.Err)
			require.Equal(t, c.code, v.Err.Code, a.Error.Message)
			require.Zero(t, r.keys.Issued())
			_, v = r.do(tc3{at: now(), body: body}.request(), now())
			require.Nil(t, v.Err, "the control")
		})
	}
}

func firstTime(t time.Time) time.Time {
	if t.IsZero() {
		return now()
	}
	return t
}

// holds: code sts:UnsupportedProtocol; code sts:RequestSizeLimitExceeded
func TestProtocol(t *testing.T) {
	r := newRig(t)
	for name, req := range map[string]*http.Request{
		"method": httptest.NewRequest(http.MethodPut, "http://"+stsHost+"/", http.NoBody),
		"type":   httptest.NewRequest(http.MethodPost, "http://"+stsHost+"/", strings.NewReader("a=b")),
	} {
		_, v := r.do(req, now())
		require.NotNil(t, v.Err, name)
		require.Equal(t, sts.UnsupportedProtocol, v.Err.Code, name)
	}
	large := federation(map[string]string{"Policy": strings.Repeat("a", 1<<20)}).request()
	a, v := r.do(large, now())
	require.NotNil(t, v.Err)
	require.Equal(t, sts.SignatureFailure, v.Err.Code)
	require.Contains(t, a.Error.Message, "exceeding request size limit")
	req := federation(map[string]string{"Policy": strings.Repeat("a", 33<<10)}).with(func(c *v1) { c.method = http.MethodGet }).request()
	_, v = r.do(req, now())
	require.NotNil(t, v.Err)
	require.Equal(t, sts.SizeLimitExceeded, v.Err.Code)
	req = federation(nil).request()
	req.URL.Path = "/v2/index.php"
	_, v = r.do(req, now())
	require.NotNil(t, v.Err)
	require.Equal(t, sts.InvalidParameter, v.Err.Code)
	require.Zero(t, r.keys.Issued())
}

// holds: code sts:InternalError
func TestKeepingFails(t *testing.T) {
	r := newRig(t)
	r.keys.KeepIn(broken{})
	a, v := r.do(federation(nil).request(), now())
	require.Equal(t, "InternalError", a.Error.Code)
	require.ErrorContains(t, v.Cause, "disk full")
	require.Zero(t, r.keys.Issued())
}

type broken struct{}

func (broken) Keep(keyring.Key) error { return errors.New("disk full") }
func (broken) Forget(string)          {}

func TestRoleDescriptions(t *testing.T) {
	for _, bad := range []sts.Role{
		{AppID: appID},
		{Name: "a b", AppID: appID},
		{Name: "a"},
		{Name: "a", AppID: "x"},
		{Name: "a", AppID: appID, ID: "x"},
		{Name: "a", AppID: appID, OwnerUIN: "x"},
	} {
		_, err := bad.Resolved()
		require.Error(t, err, "%+v", bad)
	}
	a, err := sts.Role{Name: "a", AppID: appID}.Resolved()
	require.NoError(t, err)
	again, err := sts.Role{Name: "a", AppID: appID}.Resolved()
	require.NoError(t, err)
	require.Equal(t, a.ID, again.ID, "the same in every run")
	require.Regexp(t, `^\d{19}$`, a.ID)
	require.Equal(t, "qcs::cam::uin/1250000000:roleName/a", a.ARN())
}
