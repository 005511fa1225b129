package signer_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// TestPresignAWSVectors makes the examples of AWS that have no fields of their
// own.
func TestPresignAWSVectors(t *testing.T) {
	all := loadAWS(t)
	cr := signer.Credentials{SecretID: all.SecretID, SecretKey: all.SecretKey}
	start := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)

	p, err := signer.Presign(signer.PresignInput{
		Credentials: cr, Family: signer.AWS4, Method: http.MethodGet, Host: "examplebucket.s3.amazonaws.com", Region: "us-east-1",
		Key: "test.txt", Start: start, Expires: 24 * time.Hour,
	})
	require.NoError(t, err)
	require.Equal(t, "https://examplebucket.s3.amazonaws.com"+all.V4[4].Target, p.URL)

	in := signer.PresignInput{
		Credentials: cr, Family: signer.AWS4, Method: http.MethodGet, Host: "examplebucket.s3.amazonaws.com", Region: "us-east-1",
		Key: "test.txt", Start: start, Expires: time.Hour, Carrier: signer.CarrierHeader,
		Header: http.Header{"range": {"bytes=0-9"}, "x-amz-content-sha256": {emptySum}},
	}
	p, err = signer.Presign(in)
	require.NoError(t, err)
	require.Equal(t, all.V4[0].Header.Get("Authorization"), strings.ReplaceAll(p.Header.Get("Authorization"), ", ", ","))
	require.Equal(t, "20130524T000000Z", p.Header.Get("X-Amz-Date"))

	p, err = signer.Presign(signer.PresignInput{
		Credentials: cr, Family: signer.AWS2, Method: http.MethodGet, Host: "johnsmith.s3.amazonaws.com", Bucket: "johnsmith",
		Key: "photos/puppy.jpg", Start: time.Unix(1175139620-60, 0), Expires: time.Minute,
	})
	require.NoError(t, err)
	require.Contains(t, p.URL, "Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D")

	p, err = signer.Presign(signer.PresignInput{
		Credentials: cr, Family: signer.AWS2, Method: http.MethodGet, Host: "h", PathStyle: true, Bucket: "b",
		Key: "k", Start: start, Expires: time.Minute, Carrier: signer.CarrierHeader,
	})
	require.NoError(t, err)
	require.Equal(t, "AWS "+all.SecretID+":"+refAWS2(all.SecretKey, "GET\n\n\nFri, 24 May 2013 00:00:00 GMT\n/b/k"), p.Header.Get("Authorization"))
}

func awsInput(family signer.Family, carrier signer.Carrier) signer.PresignInput {
	return signer.PresignInput{
		Credentials: signer.Credentials{SecretID: awsID, SecretKey: awsSecret, Token: "a/token+="},
		Family:      family, Carrier: carrier, Method: http.MethodPut,
		Bucket: "examplebucket-1250000000", Region: "ap-guangzhou", Key: "a b/照片+.txt",
		Start: awsStart(), Expires: time.Hour,
		Header: http.Header{"Content-Type": {" image/png "}, "x-amz-meta-a": {"one  two", "three"}},
		Query:  url.Values{"uploadId": {"u+1"}, "partNumber": {"1"}, "empty": {""}, "词": {"a b"}},
	}
}

// sent is the request that a Presigned makes, as a server has it.
func sent(tb testing.TB, p *signer.Presigned) *signer.Request {
	tb.Helper()
	req, err := signer.NewRequest(p.Method, p.URL, p.Header.Clone())
	require.NoError(tb, err)
	return req
}

func TestPresignAWSHolds(t *testing.T) {
	for _, family := range []signer.Family{signer.AWS4, signer.AWS2} {
		for _, carrier := range []signer.Carrier{signer.CarrierNone, signer.CarrierQuery, signer.CarrierHeader} {
			for _, pathStyle := range []bool{false, true} {
				in := awsInput(family, carrier)
				in.PathStyle = pathStyle
				p, err := signer.Presign(in)
				require.NoError(t, err)
				req := sent(t, p)
				c := mustFind(t, req)
				require.Equal(t, family, c.Family)
				require.Equal(t, in.Credentials.Token, c.Token)
				o := signer.VerifyOptions{Bucket: in.Bucket}
				if pathStyle {
					o.Bucket = ""
				}
				res := signer.Verify(req, c, awsSecret, o)
				require.True(t, res.OK, "%v %v: %q", family, carrier, res.StringToSign)
				require.Equal(t, p.Signed.HttpString, res.HttpString)
				require.Equal(t, p.Signed.StringToSign, res.StringToSign)
				require.Equal(t, p.Signed.Claim.Authorization(), c.Authorization())
				require.Equal(t, p.Signed.Claim.SignTime, c.SignTime)
				require.NoError(t, c.CheckTime(in.Start))

				req.Header.Set("Content-Type", "image/jpeg")
				require.False(t, signer.Verify(req, c, awsSecret, o).OK)
			}
		}
	}
}

func TestPresignAWSRefuses(t *testing.T) {
	for name, change := range map[string]func(in *signer.PresignInput){
		"no secret":          func(in *signer.PresignInput) { in.Credentials.SecretKey = "" },
		"no id":              func(in *signer.PresignInput) { in.Credentials.SecretID = "" },
		"token with a blank": func(in *signer.PresignInput) { in.Credentials.Token = " t" },
		"id with a slash":    func(in *signer.PresignInput) { in.Credentials.SecretID = "a/b" },
		"other family":       func(in *signer.PresignInput) { in.Family = 9 },
		"sign=":              func(in *signer.PresignInput) { in.Carrier = signer.CarrierSign },
		"token unsigned":     func(in *signer.PresignInput) { in.Token = signer.TokenUnsigned },
		"host unsigned":      func(in *signer.PresignInput) { in.HostUnsigned = true },
		"unsigned param":     func(in *signer.PresignInput) { in.UnsignedParams = []string{"uploadId"} },
		"key time":           func(in *signer.PresignInput) { in.KeyExpires = time.Hour },
		"too long":           func(in *signer.PresignInput) { in.Expires = 7*24*time.Hour + time.Second },
		"no region":          func(in *signer.PresignInput) { in.Region, in.Host = "", "h" },
		"its own parameter":  func(in *signer.PresignInput) { in.Query.Set("x-amz-date", "x") },
		"its own header":     func(in *signer.PresignInput) { in.Header.Set("x-amz-date", "x") },
		"token twice":        func(in *signer.PresignInput) { in.Header.Set("X-Amz-Security-Token", "x") },
		"no hash":            func(in *signer.PresignInput) { in.Header.Set("X-Amz-Content-Sha256", "x") },
	} {
		in := awsInput(signer.AWS4, signer.CarrierQuery)
		_, err := signer.Presign(in)
		require.NoError(t, err, "control")
		change(&in)
		p, err := signer.Presign(in)
		require.Error(t, err, name)
		require.Nil(t, p)
		requireShy(t, err.Error(), name)
		require.NotContains(t, err.Error(), awsSecret)
	}
	in := awsInput(signer.AWS2, signer.CarrierQuery)
	in.Bucket, in.Host = "", "h"
	_, err := signer.Presign(in)
	require.Error(t, err, "AWS2 signs the bucket")
}

func TestClientPresignsAWS(t *testing.T) {
	c := signer.Client{
		Credentials: &signer.Credentials{SecretID: awsID, SecretKey: awsSecret}, Bucket: "examplebucket-1250000000", Region: "ap-guangzhou",
		Family: signer.AWS4, Now: awsStart,
	}
	p, err := c.Presign(signer.PresignInput{Method: http.MethodGet, Key: "k"})
	require.NoError(t, err)
	require.Contains(t, p.URL, "X-Amz-Expires=900&")
	req := sent(t, p)
	require.True(t, signer.Verify(req, mustFind(t, req), awsSecret, signer.VerifyOptions{}).OK)
}

// TestAWSSecretsStayHidden: neither a token nor a secret is printed.
func TestAWSSecretsStayHidden(t *testing.T) {
	for _, family := range []signer.Family{signer.AWS4, signer.AWS2} {
		in := awsInput(family, signer.CarrierQuery)
		in.Credentials = signer.Credentials{SecretID: awsID, SecretKey: shySecret, Token: shyToken}
		p, err := signer.Presign(in)
		require.NoError(t, err)
		req := sent(t, p)
		c := mustFind(t, req)
		require.Equal(t, shyToken, c.Token)
		res := signer.Verify(req, c, shySecret, awsOptions())
		require.True(t, res.OK)
		for name, v := range map[string]any{"Request": req, "Params": req.Params, "Claim": c, "Result": res, "Signed": p.Signed, "Presigned": p} {
			requireShyPrinted(t, v, name)
		}
		require.Contains(t, c.String(), "with token")
	}
}
