package api_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
)

// s3By is an upload by a key.
func s3By(k keyring.Key, family signer.Family, carrier signer.Carrier) signer.PresignInput {
	in := bySDK(family, carrier)
	in.Credentials = k.Credentials()
	return in
}

// TestS3Tokens: a temporary key needs its token, which travels as
// x-amz-security-token and is signed.
func TestS3Tokens(t *testing.T) {
	for name, in := range s3Kinds() {
		if strings.Contains(name, "hash") || strings.Contains(name, "path") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := start(t, api.Config{})
			k := s.temporary(map[string]string{"DurationSeconds": "900"})
			m := s3Message(t, s3By(k, in.Family, in.Carrier), "hello")
			require.Equal(t, 200, s.send(m).status, "control")
			s.remove(testBucket, "k")
			for _, text := range []string{fmt.Sprint(s.newest().Claim), fmt.Sprintf("%+v", s.newest().Claim)} {
				require.NotContains(t, text, k.Token)
			}
			without, other, permanent := k, k, testKey()
			without.Token = ""
			other.Token = s.temporary(nil).Token
			permanent.Token = other.Token
			for cause, key := range map[string]keyring.Key{"token-missing": without, "token-unknown": other, "token-unknown ": permanent} {
				a := s.send(s3Message(t, s3By(key, in.Family, in.Carrier), "hello"))
				require.Equal(t, 403, a.status, cause)
				require.Equal(t, "InvalidAccessKeyId", a.code())
				require.Equal(t, strings.TrimSpace(cause), a.causes())
				require.Contains(t, s.firstFinding().Advice.En, map[bool]string{true: "x-amz-security-token", false: "token"}[cause == "token-missing"], cause)
				s.requireNothing(testBucket, "k")
			}
			s.clock.Advance(15 * time.Minute)
			late := s3By(k, in.Family, in.Carrier)
			late.Start = s.clock.Now()
			a := s.send(s3Message(t, late, "hello"))
			require.Equal(t, 400, a.status)
			require.Equal(t, "ExpiredToken", a.code())
			require.Equal(t, "token-expired", a.causes())
			s.requireNothing(testBucket, "k")
		})
	}
}

// TestS3Rights: temporary keys, sub-accounts and bucket policies decide over calls
// that are signed the S3 way by the same actions.
func TestS3Rights(t *testing.T) {
	put, get := `"name/cos:PutObject"`, `"name/cos:GetObject"`
	allow := func(action string) string { return statement("allow", strings.Trim(action, `"`), "*") }
	for name, key := range map[string]keyring.Key{"temporary": cutKey(t, allow(put)), "sub-account": subKey(t, allow(put))} {
		for kind, in := range s3Kinds() {
			if strings.Contains(kind, "hash") || strings.Contains(kind, "path") {
				continue
			}
			s := start(t, api.Config{Keys: []keyring.Key{testKey(), key}})
			a := s.send(s3Message(t, s3By(key, in.Family, in.Carrier), "hello"))
			require.Equal(t, 200, a.status, "%s, %s: %s", name, kind, a.body)
			asked := s3By(key, in.Family, in.Carrier)
			asked.Method = http.MethodGet
			a = s.send(s3Message(t, asked, ""))
			require.Equal(t, 403, a.status, "%s, %s", name, kind)
			require.Equal(t, "AccessDenied", a.code())
			require.Equal(t, "policy-denied", a.causes())
			require.Contains(t, s.firstFinding().Suggestion, strings.Trim(get, `"`))
		}
	}
	sub := subKey(t, allow(put))
	s := start(t, api.Config{Keys: []keyring.Key{testKey(), sub}})
	s.bucketPolicy(forWhom("qcs::cam::uin/"+ownerUIN+":uin/"+ownSubUIN, statement("deny", "name/cos:PutObject", within("*"))))
	a := s.send(s3Message(t, s3By(sub, signer.AWS4, signer.CarrierQuery), "hello"))
	require.Equal(t, 403, a.status)
	require.Equal(t, "policy-denied", a.causes())
	s.requireNothing(testBucket, "k")
	s.bucketPolicy()
	require.Equal(t, 200, s.send(s3Message(t, s3By(sub, signer.AWS4, signer.CarrierQuery), "hello")).status, "control")
}

// TestS3NeverAnonymous: a signature that does not hold opens nothing that is open
// to everybody.
func TestS3NeverAnonymous(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, Region: testRegion, ACL: api.ACLPublicReadWrite}}})
	require.Equal(t, 200, s.send(&message{method: "PUT", target: "/open", host: testHost, body: []byte("hi")}).status, "control: everybody may")
	require.Equal(t, 200, s.send(&message{method: "GET", target: "/open", host: testHost}).status)
	for name, in := range s3Kinds() {
		in.Credentials.SecretKey = "another"
		for _, method := range []string{"PUT", "GET", "DELETE"} {
			in.Method = method
			a := s.send(s3Message(t, in, ""))
			require.Equal(t, 403, a.status, name)
			require.Equal(t, mismatch, a.code(), name)
		}
	}
	s.requireNothing(testBucket, "k")
	a := s.send(&message{method: "GET", target: "/open?AWSAccessKeyId=AKIDnobody&Expires=1795507200&Signature=c2ln", host: testHost})
	require.Equal(t, "InvalidAccessKeyId", a.code())
	require.Equal(t, "key-unknown", a.causes())
}

func hmacSHA1(secret, text string) []byte {
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(text))
	return h.Sum(nil)
}

// s3Form is a form as an S3 client signs it.
func s3Form(family signer.Family, k keyring.Key, conditions string) *webForm {
	const date = "20261124T080000Z"
	scope := "20261124/" + testRegion + "/s3/aws4_request"
	named := fmt.Sprintf(`,{"x-amz-algorithm":"AWS4-HMAC-SHA256"},{"x-amz-credential":%q},{"x-amz-date":%q}`, k.SecretID+"/"+scope, date)
	if family == signer.AWS2 {
		named = ""
	}
	text := fmt.Sprintf(`{"expiration":%q,"conditions":[{"bucket":%q},["starts-with","$key","up/"]%s%s]}`,
		testTime().Add(time.Hour).Format(time.RFC3339), testBucket, named, conditions)
	policy := base64.StdEncoding.EncodeToString([]byte(text))
	form := &webForm{file: sampleBody, fields: [][2]string{{"key", "up/${filename}"}, {"policy", policy}}}
	if k.Token != "" {
		form.fields = append(form.fields, [2]string{"x-amz-security-token", k.Token})
	}
	if family == signer.AWS2 {
		form.fields = append(form.fields, [2]string{"AWSAccessKeyId", k.SecretID}, [2]string{"signature", base64.StdEncoding.EncodeToString(hmacSHA1(k.SecretKey, policy))})
		return form
	}
	key := []byte("AWS4" + k.SecretKey)
	for _, part := range []string{"20261124", testRegion, "s3", "aws4_request"} {
		key = hmac256(key, part)
	}
	form.fields = append(form.fields, [2]string{"x-amz-algorithm", "AWS4-HMAC-SHA256"}, [2]string{"x-amz-credential", k.SecretID + "/" + scope},
		[2]string{"x-amz-date", date}, [2]string{"x-amz-signature", hex.EncodeToString(hmac256(key, policy))})
	return form
}

// TestS3Form: a form that is signed the S3 way is judged by its policy, as one of
// COS's own is.
func TestS3Form(t *testing.T) {
	for _, family := range []signer.Family{signer.AWS4, signer.AWS2} {
		s := start(t, api.Config{})
		require.Equal(t, 204, s.send(s3Form(family, testKey(), "").message(t)).status, "control")
		s.requireStored(testBucket, "up/photo.jpg", []byte(sampleBody))
		s.remove(testBucket, "up/photo.jpg")
		k := s.temporary(nil)
		require.Equal(t, 204, s.send(s3Form(family, k, "").message(t)).status, "control: a temporary key")
		s.remove(testBucket, "up/photo.jpg")
		other := testKey()
		other.SecretKey = "another"
		for name, c := range map[string]struct {
			form *webForm
			set  [2]string
			code string
		}{
			"secret":     {s3Form(family, other, ""), [2]string{}, mismatch},
			"key":        {s3Form(family, testKey(), ""), [2]string{"key", "elsewhere"}, "AccessDenied"},
			"condition":  {s3Form(family, testKey(), `,{"acl":"private"}`), [2]string{}, "AccessDenied"},
			"size":       {s3Form(family, testKey(), `,["content-length-range",1,2]`), [2]string{}, "EntityTooLarge"},
			"policy":     {s3Form(family, testKey(), ""), [2]string{"policy", base64.StdEncoding.EncodeToString([]byte(`{"expiration":"2036-01-01T00:00:00Z","conditions":[{"x-amz-algorithm":"a"},{"x-amz-credential":"a"},{"x-amz-date":"a"}]}`))}, mismatch},
			"no policy":  {s3Form(family, testKey(), ""), [2]string{"policy", ""}, "InvalidPolicyDocument"},
			"twice":      {s3Form(family, testKey(), ""), [2]string{"q-ak", testKey().SecretID}, "InvalidArgument"},
			"no token":   {s3Form(family, k, ""), [2]string{"x-amz-security-token", ""}, "InvalidAccessKeyId"},
			"wrong name": {s3Form(family, keyring.Key{SecretID: "AKIDnobody", SecretKey: "x"}, ""), [2]string{}, "InvalidAccessKeyId"},
		} {
			if c.set[0] != "" {
				c.form.set(c.set[0], c.set[1])
			}
			a := s.send(c.form.message(t))
			require.Equal(t, c.code, a.code(), "%v, %s: %s", family, name, a.body)
			require.Empty(t, s.stored(), name)
		}
		late := s3Form(family, testKey(), "").message(t)
		s.clock.Advance(time.Hour)
		a := s.send(late)
		require.Equal(t, "AccessDenied", a.code())
		require.Contains(t, a.message(), "expired")
		require.Empty(t, s.stored())
	}
	s := start(t, api.Config{})
	form := s3Form(signer.AWS4, testKey(), "")
	plain, err := base64.StdEncoding.DecodeString(form.fields[1][1])
	require.NoError(t, err)
	form.set("policy", base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(plain), `{"x-amz-date":"20261124T080000Z"}`, `{"a":"b"}`, 1))))
	require.Equal(t, "InvalidPolicyDocument", s.send(form.message(t)).code(), "a policy that is good for any time")
	m := s3Form(signer.AWS4, testKey(), "").message(t)
	m.header.Set("Authorization", s.signed("POST", "/", nil).header.Get("Authorization"))
	require.Equal(t, "InvalidArgument", s.send(m).code(), "another signature beside the form")
	require.Empty(t, s.stored())
}
