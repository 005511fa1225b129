package form_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
	"github.com/cosemu/cosemu/signer"
)

// conditionKey begins the message of a failed condition. The name of the field follows, which may
// be "key" too.
const conditionKey = "Condition key "

// auth reads the authentication of a valid form.
func auth(t *testing.T, fields []form.Field) *form.Auth {
	t.Helper()
	a, refused := read(t, fields, "photo.jpg", "x").Auth(request(t, docHost, "/", nil))
	require.Nil(t, refused)
	return a
}

// verdict checks a form as the server does, with the key pair of the documentation.
func verdict(t *testing.T, fields []form.Field, bucket string, now time.Time) error {
	t.Helper()
	req := request(t, docHost, "/", nil)
	f := read(t, fields, "photo.jpg", "x")
	a, refused := f.Auth(req)
	if refused == nil {
		refused = a.CheckPolicy(now)
	}
	if refused == nil && !a.Verify(req, docSecret, signer.VerifyOptions{}).OK {
		refused = coserr.New(coserr.SignatureDoesNotMatch)
	}
	if refused == nil {
		refused = a.CheckConditions(bucket)
	}
	if refused != nil {
		return refused
	}
	_, err := io.ReadAll(a.LimitSize(f.File))
	return err
}

// sign replaces the policy of the documented form and signs it.
func sign(fields []form.Field, document string) []form.Field {
	key := signer.NewSigningKey(docSecret, docTime)
	fields = with(fields, "policy", policy(document))
	return with(fields, "q-signature", key.Sign(signer.PolicyStringToSign([]byte(document))))
}

// document returns a policy with the three required conditions and others.
func document(conditions ...string) string {
	list := []string{`{"q-sign-algorithm":"sha1"}`, `{"q-ak":"` + docID + `"}`, `{"q-sign-time":"` + docTime + `"}`}
	return `{"expiration":"2019-08-30T09:38:12.414Z","conditions":[` + strings.Join(append(list, conditions...), ",") + `]}`
}

// TestRefusals: messages of COS to the letter (COS docs: POST Object 常见异常, 限制上传文件大小和类型), each for a
// form that fails in one thing.
func TestRefusals(t *testing.T) {
	const expires = 1567157892 // 2019-08-30T09:38:12.414Z
	tests := []struct {
		name, message string
		code          coserr.Code
		status        int
		fields        []form.Field
		bucket        string
		now           time.Time
	}{
		{
			"q-ak", "Condition key q-ak doesn't match the value " + docID, coserr.AccessDenied, 403,
			with(docFields(), "q-ak", "AKIDother"), docBucket, docNow(),
		},
		{
			"expired", fmt.Sprintf("You post object request has been expired, expiration time: %d but the time now : %d", expires, expires+1),
			coserr.AccessDenied, 403, docFields(), docBucket, time.Unix(expires+1, 0),
		},
		{
			"expired at that very moment", fmt.Sprintf("You post object request has been expired, expiration time: %d but the time now : %d", expires, expires),
			coserr.AccessDenied, 403, docFields(), docBucket, time.Unix(expires, 414e6),
		},
		{
			"signature", "The Signature you specified is invalid.", coserr.SignatureDoesNotMatch, 403,
			with(docFields(), "q-signature", strings.Repeat("0", 40)), docBucket, docNow(),
		},
		{
			"policy", "You must provide condition if you specify a policy in post object request.", coserr.InvalidPolicyDocument, 400,
			with(docFields(), "policy", policy(`{"expiration":"2019-08-30T09:38:12.414Z","conditions":[]}`)), docBucket, docNow(),
		},
		{
			"bucket", "Condition key bucket doesn't match the value [examplebucket-1250000000]", coserr.AccessDenied, 403,
			docFields(), "other-1250000000", docNow(),
		},
		{
			"key", conditionKey + "key doesn't match the value folder/subfolder/", coserr.AccessDenied, 403,
			with(docFields(), "key", "folder/${filename}"), docBucket, docNow(),
		},
		{
			"another field", "Condition key Content-Type doesn't match the value image/", coserr.AccessDenied, 403,
			with(docFields(), "Content-Type", "text/html"), docBucket, docNow(),
		},
		{
			"a field that is not there", "Condition key acl doesn't match the value default", coserr.AccessDenied, 403,
			without(docFields(), "acl"), docBucket, docNow(),
		},
		{
			"q-sign-time", "Condition key q-sign-time doesn't match the value " + docTime, coserr.AccessDenied, 403,
			with(docFields(), "q-key-time", "1567150692;1567157893"), docBucket, docNow(),
		},
		{
			"algorithm", "Condition key q-sign-algorithm doesn't match the value sha1", coserr.AccessDenied, 403,
			with(docFields(), "q-sign-algorithm", "md5"), docBucket, docNow(),
		},
		{
			"too large", "Condition key content-length-range doesn't match the value ", coserr.EntityTooLarge, 400,
			sign(docFields(), document(`["content-length-range",0,0]`)), docBucket, docNow(),
		},
		{
			"too small", "Condition key content-length-range doesn't match the value ", coserr.EntityTooSmall, 400,
			sign(docFields(), document(`["content-length-range",2,10]`)), docBucket, docNow(),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ce := answer(t, tt.code, verdict(t, tt.fields, tt.bucket, tt.now))
			require.Equal(t, tt.message, ce.Message)
			require.Equal(t, tt.status, ce.Status)
		})
	}
	require.NoError(t, verdict(t, docFields(), docBucket, docNow()))
	require.NoError(t, verdict(t, docFields(), docBucket, time.Unix(expires, 413e6)))
	require.NoError(t, verdict(t, sign(docFields(), document(`["content-length-range",1,1]`)), docBucket, docNow()))
	require.Contains(t, string(coserr.New(coserr.AccessDenied).WithMessage(tests[0].message).AppendXML(nil, "", "")),
		"Condition key q-ak doesn&apos;t match the value ")
}

// TestOtherAlgorithm: an algorithm other than sha1 is refused even if policy and form have the
// same.
func TestOtherAlgorithm(t *testing.T) {
	text := strings.Replace(document(), `"sha1"`, `"sha256"`, 1)
	requireCode(t, coserr.SignatureDoesNotMatch, verdict(t, with(sign(docFields(), text), "q-sign-algorithm", "sha256"), docBucket, docNow()))
	require.NoError(t, verdict(t, sign(docFields(), document()), docBucket, docNow()))
}

// TestOrder: which error comes first where there are several.
func TestOrder(t *testing.T) {
	late := time.Unix(1567157893, 0)
	bad := docFields()
	steps := []struct {
		change func()
		now    time.Time
		want   string
	}{
		{func() { bad = with(bad, "key", "elsewhere") }, docNow(), conditionKey + "key doesn't"},
		{func() { bad = with(bad, "acl", "private") }, docNow(), "Condition key acl doesn't"}, // earlier in the policy
		{func() { bad = with(bad, "q-signature", "0") }, docNow(), "The Signature"},
		{func() {}, late, "You post object request has been expired"},
		{func() { bad = with(bad, "q-ak", "other") }, late, "Condition key q-ak"},
		{func() { bad = with(bad, "policy", "?") }, late, "You must provide condition"},
	}
	for _, s := range steps {
		s.change()
		err := verdict(t, bad, docBucket, s.now)
		var ce *coserr.Error
		require.ErrorAs(t, err, &ce)
		require.True(t, strings.HasPrefix(ce.Message, s.want), ce.Message)
	}
	require.NoError(t, verdict(t, docFields(), docBucket, docNow()))
}

func TestConditions(t *testing.T) {
	tests := []struct {
		condition string
		fields    []form.Field
		holds     bool
	}{
		{`{"acl":"default"}`, docFields(), true},
		{`{"ACL":"default"}`, docFields(), true},
		{`{"acl":"Default"}`, docFields(), false},
		{`{"acl":"default","x-cos-server-side-encryption":"AES256"}`, docFields(), true},
		{`{"acl":"default","x-cos-server-side-encryption":"cos/kms"}`, docFields(), false},
		{`["eq","$acl","default"]`, docFields(), true},
		{`["eq","acl","default"]`, docFields(), true},
		{`["eq","$acl","defaul"]`, docFields(), false},
		{`["starts-with","$acl","def"]`, docFields(), true},
		{`["starts-with","$acl",""]`, docFields(), true},
		{`["starts-with","$acl","x"]`, docFields(), false},
		{`["starts-with","$content-type","image/"]`, docFields(), true},
		{`["starts-with","$Cache-Control",""]`, docFields(), false}, // there is no such field
		{`["starts-with","$Cache-Control",""]`, with(docFields(), "cache-control", ""), true},
		{`["starts-with","$x-cos-meta-a","1"]`, with(docFields(), "X-Cos-Meta-A", "12"), true},
		{`["starts-with","$anything","1"]`, with(docFields(), "anything", "12"), true},
		{`["eq","$key","folder/subfolder/photo.jpg"]`, docFields(), true},
		{`["eq","$key","folder/subfolder/${filename}"]`, docFields(), false}, // the variable was replaced before
		{`["starts-with","$key",""]`, docFields(), true},
		{`["eq","$bucket","examplebucket-1250000000"]`, docFields(), true},
		{`{"bucket":"examplebucket"}`, docFields(), false},
		{`{"bucket":"examplebucket-1250000000"}`, with(docFields(), "bucket", "other-1250000000"), true}, // the field is not compared, but the bucket
		{`{"q-key-time":"1567150692;1567157892"}`, docFields(), true},
		{`{"x-cos-security-token":"t"}`, with(docFields(), "x-cos-security-token", "t"), true},
		{`{"x-cos-security-token":"t"}`, docFields(), false},
		{`{"success_action_status":"200"}`, with(docFields(), "success_action_status", "200"), true},
		{`{"success_action_status":"200"}`, with(docFields(), "success_action_status", "201"), false},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			err := verdict(t, sign(tt.fields, document(tt.condition)), docBucket, docNow())
			if tt.holds {
				require.NoError(t, err)
				return
			}
			requireCode(t, coserr.AccessDenied, err)
		})
	}
}

func TestWays(t *testing.T) {
	const signature = "q-sign-algorithm=sha1&q-ak=AKIDwx&q-sign-time=1;2&q-key-time=3;4&q-header-list=host&q-url-param-list=&q-signature=0"
	key := []form.Field{{Name: "key", Value: "k"}}

	a := auth(t, key)
	require.Equal(t, form.AuthNone, a.Kind)
	require.Nil(t, a.Claim)
	require.Nil(t, a.Policy)
	require.Nil(t, a.CheckPolicy(docNow()))
	require.Nil(t, a.CheckConditions(docBucket))
	require.False(t, a.Verify(request(t, docHost, "/", nil), docSecret, signer.VerifyOptions{}).OK)

	a = auth(t, with(key, "Signature", signature))
	require.Equal(t, form.AuthSignature, a.Kind)
	require.Equal(t, "AKIDwx", a.Claim.SecretID)
	require.Equal(t, "1;2", a.Claim.SignTime.Raw)
	require.Equal(t, "3;4", a.Claim.KeyTime.Raw)
	require.Equal(t, []string{"host"}, a.Claim.HeaderList)
	require.Equal(t, signer.CarrierForm, a.Claim.Carrier)

	// A text that is not an authorization string, as of the v4 API, is ignored.
	require.Equal(t, form.AuthNone, auth(t, with(key, "Signature", "YT0xMjUwMDAwMDAwJms9QUtJRA==")).Kind)

	// The documented way wins.
	a = auth(t, with(docFields(), "Signature", signature))
	require.Equal(t, form.AuthPolicy, a.Kind)
	require.Equal(t, docID, a.Claim.SecretID)
	require.Equal(t, docTime, a.Claim.KeyTime.Raw)
	require.Equal(t, docTime, a.Claim.SignTime.Raw)
	require.Equal(t, docSig, a.Claim.Signature)

	a = auth(t, with(docFields(), "q-sign-time", "5;6"))
	require.Equal(t, "5;6", a.Claim.SignTime.Raw)
	require.Equal(t, docTime, a.Claim.KeyTime.Raw)

	// An empty policy does not count. A policy counts without any signature.
	require.Nil(t, auth(t, with(key, "policy", "")).Policy)
	a = auth(t, with(key, "policy", policy(`{"expiration":"2019-08-30T09:38:12Z","conditions":[{"key":"k"}]}`)))
	require.Equal(t, form.AuthNone, a.Kind)
	require.Nil(t, a.CheckPolicy(docNow()))
	require.NotNil(t, a.CheckPolicy(time.Unix(1567157892, 0)))
	require.Nil(t, a.CheckConditions(docBucket))
	a = auth(t, with(with(key, "policy", policy(`{"expiration":"2019-08-30T09:38:12Z","conditions":[{"key":"l"}]}`)), "Signature", signature))
	require.Equal(t, form.AuthSignature, a.Kind)
	require.Equal(t, conditionKey+"key doesn't match the value l", a.CheckConditions(docBucket).Message)
	require.Equal(t, "aut", strings.ToLower(fmt.Sprint(form.AuthKind(9)))[:3])
	require.Equal(t, "none policy signature", fmt.Sprint(form.AuthNone, " ", form.AuthPolicy, " ", form.AuthSignature))
}

func TestSignedWithoutPolicy(t *testing.T) {
	for name, fields := range map[string][]form.Field{
		"no policy":             without(docFields(), "policy"),
		"empty policy":          with(docFields(), "policy", ""),
		"no q-ak condition":     sign(docFields(), strings.Replace(document(), `{"q-ak":"`+docID+`"},`, "", 1)),
		"no algorithm":          sign(docFields(), strings.Replace(document(), `{"q-sign-algorithm":"sha1"},`, "", 1)),
		"no q-sign-time":        sign(docFields(), strings.Replace(document(), `,{"q-sign-time":"`+docTime+`"}`, "", 1)),
		"only a signature left": without(without(docFields(), "policy"), "q-ak"),
	} {
		_, refused := read(t, fields, "f", "").Auth(request(t, docHost, "/", nil))
		require.NotNil(t, refused, name)
		require.Equal(t, coserr.InvalidPolicyDocument, refused.Code, name)
	}
	require.NoError(t, verdict(t, sign(docFields(), document()), docBucket, docNow()))

	// A form with some of the fields is judged by those.
	ce := answer(t, coserr.AccessDenied, verdict(t, without(docFields(), "q-ak"), docBucket, docNow()))
	require.Equal(t, "Condition key q-ak doesn't match the value "+docID, ce.Message)
	requireCode(t, coserr.SignatureDoesNotMatch, verdict(t, without(docFields(), "q-signature"), docBucket, docNow()))
}

func TestToken(t *testing.T) {
	header := http.Header{"X-Cos-Security-Token": {"of-header"}}
	tests := []struct {
		name, path string
		header     http.Header
		fields     []form.Field
		token      string
		carrier    signer.Carrier
	}{
		{"none", "/", nil, docFields(), "", signer.CarrierNone},
		{"field", "/?x-cos-security-token=of-query", header, with(docFields(), "x-cos-security-token", "of-field"), "of-field", signer.CarrierForm},
		{"header", "/?x-cos-security-token=of-query", header, docFields(), "of-header", signer.CarrierHeader},
		{"query", "/?x-cos-security-token=of%2Dquery", nil, docFields(), "of-query", signer.CarrierQuery},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, refused := read(t, tt.fields, "f", "").Auth(request(t, docHost, tt.path, tt.header))
			require.Nil(t, refused)
			require.Equal(t, tt.token, a.Claim.Token)
			require.Equal(t, tt.carrier, a.Claim.TokenCarrier)
			if tt.token != "" {
				require.NotContains(t, fmt.Sprintf("%v %+v %#v", a.Claim, a.Claim, a.Claim), tt.token)
			}
		})
	}
}

// TestMiniProgram: the authorization string that cos-wx-sdk-v5 1.8.0 makes for postObject. Its
// getAuthorizationAsync signs `post`, the path without the key, the host and the headers;
// lib/request.js sends the string in the field Signature.
func TestMiniProgram(t *testing.T) {
	const rest = "q-sign-algorithm=sha1&q-ak=" + docID + "&q-sign-time=" + docTime + "&q-key-time=" + docTime
	acl := http.Header{"X-Cos-Acl": {"public-read"}, "X-Cos-Forbid-Overwrite": {"true"}}
	tests := []struct {
		name, host, path, signature string
		header                      http.Header
		options                     signer.VerifyOptions
	}{
		{"virtual host", docHost, "/", rest + "&q-header-list=host&q-url-param-list=&q-signature=8f76705f3929fb1227204508877e71f0465dc5ea", nil, signer.VerifyOptions{}},
		{"path style", "cos.ap-beijing.myqcloud.com", "/" + docBucket + "/", rest + "&q-header-list=host&q-url-param-list=&q-signature=b97cf74277265b99c0a0436654a3b2cea3df53f3", nil, signer.VerifyOptions{PathPrefix: "/" + docBucket}},
		{"with headers", docHost, "/", rest + "&q-header-list=host;x-cos-acl;x-cos-forbid-overwrite&q-url-param-list=&q-signature=38280f2352604f3afb8ed83ec50102db76850bff", acl, signer.VerifyOptions{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fields := []form.Field{
				{Name: "key", Value: "a/b.jpg"},
				{Name: "success_action_status", Value: "200"},
				{Name: "Signature", Value: tt.signature},
				{Name: "Content-Type", Value: ""},
			}
			req := request(t, tt.host, tt.path, tt.header)
			f := read(t, fields, "tmp_1.jpg", "x")
			a, refused := f.Auth(req)
			require.Nil(t, refused)
			require.Equal(t, form.AuthSignature, a.Kind)
			require.NoError(t, a.Claim.CheckTime(docNow()))
			got := a.Verify(req, docSecret, tt.options)
			require.True(t, got.OK)
			require.Empty(t, got.Reading)
			require.True(t, strings.HasPrefix(got.HttpString, "post\n"+tt.path+"\n\n"))
			require.Equal(t, 200, f.Success(docBucket, tt.host, "0").Status)
			h, refused := f.Header()
			require.Nil(t, refused)
			require.Empty(t, h, "an empty Content-Type is none")

			require.False(t, a.Verify(req, docSecret+"x", tt.options).OK)
			require.False(t, a.Verify(request(t, "other.test", tt.path, tt.header), docSecret, tt.options).OK)
			put := request(t, tt.host, tt.path, tt.header)
			put.Method = http.MethodPut
			require.False(t, a.Verify(put, docSecret, tt.options).OK)
		})
	}
}
