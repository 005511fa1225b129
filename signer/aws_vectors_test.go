package signer_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// awsVectors are the examples that Amazon publishes of its signatures.
type awsVectors struct {
	SecretID  string      `json:"secret_id"`
	SecretKey string      `json:"secret_key"`
	V4        []awsVector `json:"v4"`
	V2        []awsVector `json:"v2"`
	V4Policy  struct {
		Source, Policy, Credential, Date, Signature string
	} `json:"v4_policy"`
}

type awsVector struct {
	Name, Source, Method, Host, Target, Bucket string
	Header                                     http.Header
	CanonicalSHA256                            string `json:"canonical_sha256"`
	StringToSign                               string `json:"string_to_sign"`
	Chunks                                     []struct {
		Size      int
		Signature string
	}
}

func loadAWS(tb testing.TB) *awsVectors {
	tb.Helper()
	f, err := os.Open("testdata/aws.json")
	require.NoError(tb, err)
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	v := new(awsVectors)
	require.NoError(tb, d.Decode(v))
	require.Len(tb, v.V4, 6)
	require.Len(tb, v.V2, 9)
	return v
}

func (v *awsVector) request() *signer.Request {
	return received(v.Method, v.Host, v.Target, v.Header.Clone())
}

func (v *awsVector) options() signer.VerifyOptions {
	return signer.VerifyOptions{Bucket: v.Bucket}
}

// body is the body of the example in chunks: the letter a, 65 KiB of it.
func (v *awsVector) body() []byte {
	var b bytes.Buffer
	for _, c := range v.Chunks {
		fmt.Fprintf(&b, "%x;chunk-signature=%s\r\n%s\r\n", c.Size, c.Signature, strings.Repeat("a", c.Size))
	}
	return b.Bytes()
}

func mustFind(tb testing.TB, req *signer.Request) *signer.Claim {
	tb.Helper()
	c, err := signer.FindClaim(req)
	require.NoError(tb, err)
	require.NotNil(tb, c, "a claim")
	return c
}

// requireProblem asks for a ClaimError, and that no signature of its claim holds.
func requireProblem(tb testing.TB, req *signer.Request, want signer.ClaimProblem, field string) {
	tb.Helper()
	c, err := signer.FindClaim(req)
	var e *signer.ClaimError
	require.ErrorAs(tb, err, &e)
	require.Equal(tb, want, e.Problem, e.Error())
	require.Equal(tb, field, e.Field, e.Error())
	require.NotNil(tb, c)
	require.Less(tb, len(e.Error()), 300)
	require.False(tb, signer.Verify(req, c, loadAWS(tb).SecretKey, signer.VerifyOptions{}).OK)
}

// refAWS4 is the signature of a canonical request, as the documents say.
func refAWS4(secret, date, region, canonical string) string {
	sum := sha256.Sum256([]byte(canonical))
	scope := date[:8] + "/" + region + "/s3/aws4_request"
	return refAWS4Text(secret, date, region, "AWS4-HMAC-SHA256\n"+date+"\n"+scope+"\n"+hex.EncodeToString(sum[:]))
}

func refAWS4Text(secret, date, region, text string) string {
	mac := func(key []byte, msg string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(msg))
		return h.Sum(nil)
	}
	key := mac(mac(mac(mac([]byte("AWS4"+secret), date[:8]), region), "s3"), "aws4_request")
	return hex.EncodeToString(mac(key, text))
}

func refAWS2(secret, text string) string {
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func TestAWS4Vectors(t *testing.T) {
	all := loadAWS(t)
	for _, v := range all.V4 {
		t.Run(v.Name, func(t *testing.T) {
			req := v.request()
			c := mustFind(t, req)
			require.Equal(t, signer.AWS4, c.Family)
			require.Equal(t, all.SecretID, c.SecretID)
			require.Equal(t, "20130524T000000Z", c.AWS.Date)
			require.Equal(t, "us-east-1", c.AWS.Scope.Region)
			res := signer.Verify(req, c, all.SecretKey, v.options())
			require.True(t, res.OK, res.HttpString)
			require.Empty(t, res.Reading)
			sum := sha256.Sum256([]byte(res.HttpString))
			require.Equal(t, v.CanonicalSHA256, hex.EncodeToString(sum[:]), res.HttpString)
			require.Equal(t, "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"+v.CanonicalSHA256, res.StringToSign)
			if c.Carrier == signer.CarrierHeader {
				require.Equal(t, v.Header.Get("Authorization"), strings.ReplaceAll(c.Authorization(), ", ", ","))
			}
		})
	}
}

func TestAWS4ChunkVector(t *testing.T) {
	all := loadAWS(t)
	v := all.V4[5]
	c := mustFind(t, v.request())
	require.Equal(t, signer.PayloadChunks, c.AWS.Payload)
	require.EqualValues(t, 66560, c.AWS.DecodedLength)
	require.Len(t, v.body(), 66824, "the documented length")
	for _, size := range []int{1, 7, 512, 4096, 65536, 1 << 20} {
		r, err := signer.NewChunkReader(bytes.NewReader(v.body()), c, all.SecretKey)
		require.NoError(t, err)
		var data bytes.Buffer
		_, err = io.CopyBuffer(struct{ io.Writer }{&data}, r, make([]byte, size))
		require.NoError(t, err, size)
		require.Equal(t, strings.Repeat("a", 66560), data.String())
	}
}

func TestAWS4PolicyVector(t *testing.T) {
	all := loadAWS(t)
	p := all.V4Policy
	fields := map[string]string{
		"x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": p.Credential, "x-amz-date": p.Date,
		"policy": p.Policy, "x-amz-signature": p.Signature, "x-amz-security-token": "token",
	}
	c, err := signer.FindFormClaim(formOf(fields))
	require.NoError(t, err)
	require.Equal(t, signer.CarrierForm, c.Carrier)
	require.Equal(t, "token", c.Token)
	res := signer.VerifyPolicy(c, p.Policy, all.SecretKey)
	require.True(t, res.OK)
	require.Equal(t, p.Policy, res.StringToSign)
	require.False(t, signer.VerifyPolicy(c, p.Policy+"=", all.SecretKey).OK)
	require.False(t, signer.VerifyPolicy(c, p.Policy, all.SecretKey+" ").OK)
	require.False(t, signer.Verify(received("POST", "h", "/", nil), c, all.SecretKey, signer.VerifyOptions{}).OK)
	c.Signature = flipLast(c.Signature)
	require.False(t, signer.VerifyPolicy(c, p.Policy, all.SecretKey).OK)
}

// formOf looks fields up by name in any case, as FindFormClaim asks for.
func formOf(fields map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for k, v := range fields {
			if strings.EqualFold(k, name) {
				return v, true
			}
		}
		return "", false
	}
}

func TestAWS2Vectors(t *testing.T) {
	all := loadAWS(t)
	for _, v := range all.V2 {
		t.Run(v.Name, func(t *testing.T) {
			req := v.request()
			c := mustFind(t, req)
			require.Equal(t, signer.AWS2, c.Family)
			require.Equal(t, all.SecretID, c.SecretID)
			res := signer.Verify(req, c, all.SecretKey, v.options())
			require.Equal(t, v.StringToSign, res.StringToSign)
			require.True(t, res.OK)
			require.Empty(t, res.HttpString)
		})
	}
}

// TestAWS2Date: the example "Delete" signs the value of x-amz-date as the Date.
// The same page says that the Date is empty then, and all clients sign that.
func TestAWS2Date(t *testing.T) {
	all := loadAWS(t)
	h := http.Header{
		"Date": {"Tue, 27 Mar 2007 21:20:27 +0000"}, "X-Amz-Date": {"Tue, 27 Mar 2007 21:20:26 +0000"},
	}
	asPrinted := "DELETE\n\n\nTue, 27 Mar 2007 21:20:26 +0000\n/awsexamplebucket1/photos/puppy.jpg"
	require.Equal(t, "XbyTlbQdu9Xw5o8P4iMwPktxQd8=", refAWS2(all.SecretKey, asPrinted))
	for signature, holds := range map[string]bool{
		"XbyTlbQdu9Xw5o8P4iMwPktxQd8=": false,
		refAWS2(all.SecretKey, "DELETE\n\n\n\nx-amz-date:Tue, 27 Mar 2007 21:20:26 +0000\n/awsexamplebucket1/photos/puppy.jpg"): true,
	} {
		h.Set("Authorization", "AWS AKIAIOSFODNN7EXAMPLE:"+signature)
		req := received(http.MethodDelete, "s3.us-west-1.amazonaws.com", "/awsexamplebucket1/photos/puppy.jpg", h)
		c := mustFind(t, req)
		require.EqualValues(t, 1175030426, c.SignTime.Start)
		require.Equal(t, holds, signer.Verify(req, c, all.SecretKey, signer.VerifyOptions{}).OK)
	}
}

func TestAWS2Form(t *testing.T) {
	const secret, policy = "secret", "eyJleHBpcmF0aW9uIjoiIn0="
	fields := map[string]string{"AWSAccessKeyId": "AKID", "Policy": policy, "Signature": refAWS2(secret, policy)}
	c, err := signer.FindFormClaim(formOf(fields))
	require.NoError(t, err)
	require.Equal(t, "AKID", c.SecretID)
	require.True(t, signer.VerifyPolicy(c, policy, secret).OK)
	require.False(t, signer.VerifyPolicy(c, policy, "other").OK)

	none, err := signer.FindFormClaim(formOf(map[string]string{"key": "k", "Signature": "q-ak=a&q-signature=b"}))
	require.NoError(t, err)
	require.Nil(t, none)
	for _, missing := range []string{"AWSAccessKeyId", "Policy", "Signature"} {
		some := map[string]string{"AWSAccessKeyId": "AKID", "Policy": policy, "Signature": "x"}
		some[missing] = ""
		c, err := signer.FindFormClaim(formOf(some))
		var e *signer.ClaimError
		require.ErrorAs(t, err, &e, missing)
		require.Equal(t, signer.ProblemMissing, e.Problem)
		require.False(t, signer.VerifyPolicy(c, policy, secret).OK)
	}
	fields["q-signature"] = "x"
	_, err = signer.FindFormClaim(formOf(fields))
	var e *signer.ClaimError
	require.True(t, errors.As(err, &e) && e.Problem == signer.ProblemTwice)
}
