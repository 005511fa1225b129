package signer_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// presignInput is a request with something of everything in it.
func presignInput() signer.PresignInput {
	return signer.PresignInput{
		Credentials: signer.Credentials{SecretID: docSecretID, SecretKey: docSecretKey},
		Method:      http.MethodPut,
		Bucket:      "examplebucket-1250000000",
		Region:      "ap-guangzhou",
		Key:         "a b/+%41//中.txt",
		Start:       time.Unix(1795465389, 0),
		Expires:     time.Hour,
		Header:      http.Header{"content-type": {" text/plain "}, "X-Cos-Meta-A": {"b", "a"}},
		Query:       url.Values{"uploads": {""}, "Prefix": {"x y+z"}, "中": {"文"}},
	}
}

// judge reads a pre-signed request as a server would.
func judge(tb testing.TB, p *signer.Presigned, secret string, o signer.VerifyOptions) (*signer.Claim, signer.Result) {
	tb.Helper()
	req, err := signer.NewRequest(p.Method, p.URL, p.Header)
	require.NoError(tb, err)
	c := mustClaim(tb, req)
	return c, signer.Verify(req, c, secret, o)
}

func TestPresignHttpString(t *testing.T) {
	p, err := signer.Presign(presignInput())
	require.NoError(t, err)
	const want = "put\n/a b/+%41//中.txt\n%e4%b8%ad=%E6%96%87&prefix=x%20y%2Bz&uploads=\n" +
		"content-type=text%2Fplain&host=examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com&x-cos-meta-a=a&x-cos-meta-a=b\n"
	sig := refSign(docSecretKey, "1795465389;1795468989", "1795465389;1795468989", want)
	require.Equal(t, "https://examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/a%20b/%2B%2541//%E4%B8%AD.txt"+
		"?Prefix=x%20y%2Bz&uploads&%E4%B8%AD=%E6%96%87"+
		"&q-sign-algorithm=sha1&q-ak="+docSecretID+"&q-sign-time=1795465389%3B1795468989&q-key-time=1795465389%3B1795468989"+
		"&q-header-list=content-type%3Bhost%3Bx-cos-meta-a&q-url-param-list=%25e4%25b8%25ad%3Bprefix%3Buploads&q-signature="+sig, p.URL)
	require.Equal(t, http.Header{"Content-Type": {"text/plain"}, "X-Cos-Meta-A": {"b", "a"}}, p.Header)
	require.Equal(t, want, p.Signed.HttpString)
	require.Equal(t, sig, p.Signed.Claim.Signature)
	require.Equal(t, http.MethodPut, p.Method)
}

func TestPresignAddresses(t *testing.T) {
	tests := []struct {
		name string
		set  func(in *signer.PresignInput)
		want string
	}{
		{"virtual host", func(*signer.PresignInput) {}, "https://b-1.cos.r.myqcloud.com/k?"},
		{"path style", func(in *signer.PresignInput) { in.PathStyle = true }, "https://cos.r.myqcloud.com/b-1/k?"},
		{"path style at an address", func(in *signer.PresignInput) {
			in.Scheme, in.Host, in.PathStyle = "http", "127.0.0.1:9000", true
		}, "http://127.0.0.1:9000/b-1/k?"},
		{"own host", func(in *signer.PresignInput) { in.Host, in.Bucket = "cdn.example", "" }, "https://cdn.example/k?"},
		{"the bucket itself", func(in *signer.PresignInput) { in.Key = "" }, "https://b-1.cos.r.myqcloud.com/?"},
		{"the service", func(in *signer.PresignInput) { in.Key, in.Bucket, in.PathStyle = "", "", true }, "https://cos.r.myqcloud.com/?"},
		{"a key that begins with a slash", func(in *signer.PresignInput) { in.Key = "/k" }, "https://b-1.cos.r.myqcloud.com//k?"},
		{"IPv6", func(in *signer.PresignInput) { in.Host, in.PathStyle = "[::1]:9000", true }, "https://[::1]:9000/b-1/k?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := presignInput()
			in.Bucket, in.Region, in.Key, in.Query = "b-1", "r", "k", nil
			tt.set(&in)
			p, err := signer.Presign(in)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(p.URL, tt.want), p.URL)
			_, res := judge(t, p, docSecretKey, signer.VerifyOptions{})
			require.True(t, res.OK)
			require.Empty(t, res.Reading)
		})
	}
}

func carriers() []signer.Carrier {
	return []signer.Carrier{signer.CarrierQuery, signer.CarrierSign, signer.CarrierHeader}
}

func TestPresignTokens(t *testing.T) {
	const token = "tok/en+with=chars&more"
	tests := []struct {
		place            signer.TokenPlace
		headerListed     bool // in q-header-list
		paramListed      bool // in q-url-param-list
		inHeader, inURL  bool
		reading          string
		whereSignatureIs signer.Carrier // CarrierNone: query and sign
	}{
		{place: signer.TokenSigned, paramListed: true, inURL: true},
		{place: signer.TokenSigned, headerListed: true, inHeader: true, whereSignatureIs: signer.CarrierHeader},
		{place: signer.TokenUnsigned, inURL: true},
		{place: signer.TokenUnsigned, inHeader: true, whereSignatureIs: signer.CarrierHeader},
		{place: signer.TokenSignedHeader, headerListed: true, inHeader: true},
		{place: signer.TokenSignedHeader, headerListed: true, inHeader: true, whereSignatureIs: signer.CarrierHeader},
		{place: signer.TokenSignedHeaderInQuery, headerListed: true, inURL: true, reading: "token-in-query"},
		{place: signer.TokenSignedHeaderInQuery, headerListed: true, inURL: true, reading: "token-in-query", whereSignatureIs: signer.CarrierHeader},
	}
	for _, tt := range tests {
		for _, carrier := range carriers() {
			if (carrier == signer.CarrierHeader) != (tt.whereSignatureIs == signer.CarrierHeader) {
				continue
			}
			t.Run(fmt.Sprintf("%v place %d", carrier, tt.place), func(t *testing.T) {
				in := presignInput()
				in.Credentials.Token, in.Carrier, in.Token = token, carrier, tt.place
				p, err := signer.Presign(in)
				require.NoError(t, err)
				c, res := judge(t, p, docSecretKey, signer.VerifyOptions{})
				require.True(t, res.OK, res.HttpString)
				require.Equal(t, tt.reading, res.Reading)
				require.Equal(t, carrier, c.Carrier)
				require.Equal(t, carrier, p.Signed.Claim.Carrier)
				require.Equal(t, token, c.Token)
				require.Equal(t, tt.inHeader, p.Header.Get(signer.TokenName) != "")
				require.Equal(t, tt.inURL, strings.Contains(p.URL, "x-cos-security-token=tok%2Fen%2Bwith%3Dchars%26more"))
				require.Equal(t, tt.headerListed, strings.Contains(c.RawHeaderList, signer.TokenName))
				require.Equal(t, tt.paramListed, strings.Contains(c.RawParamList, signer.TokenName))
			})
		}
	}
}

func TestPresignUnsigned(t *testing.T) {
	in := presignInput()
	in.HostUnsigned = true
	in.UnsignedHeaders = []string{"CONTENT-TYPE"}
	in.UnsignedParams = []string{"prefix", "中"}
	p, err := signer.Presign(in)
	require.NoError(t, err)
	c, res := judge(t, p, docSecretKey, signer.VerifyOptions{})
	require.True(t, res.OK)
	require.Equal(t, "x-cos-meta-a", c.RawHeaderList)
	require.Equal(t, "uploads", c.RawParamList)
	require.Equal(t, "text/plain", p.Header.Get("Content-Type"), "sent all the same")
	require.Contains(t, p.URL, "?Prefix=x%20y%2Bz&")
}

func TestPresignTimes(t *testing.T) {
	in := presignInput()
	in.KeyStart, in.KeyExpires = in.Start.Add(-time.Minute), 2*time.Hour
	p, err := signer.Presign(in)
	require.NoError(t, err)
	c, res := judge(t, p, docSecretKey, signer.VerifyOptions{})
	require.True(t, res.OK)
	require.Equal(t, "1795465389;1795468989", c.SignTime.Raw)
	require.Equal(t, "1795465329;1795472529", c.KeyTime.Raw)

	in.KeyStart = time.Time{}
	p, err = signer.Presign(in)
	require.NoError(t, err)
	require.Equal(t, "1795465389;1795472589", p.Signed.Claim.KeyTime.Raw)
}

// TestPresignDoesNotTouchItsInput: the caller may sign the same input again.
func TestPresignDoesNotTouchItsInput(t *testing.T) {
	for _, carrier := range carriers() {
		in := presignInput()
		in.Carrier, in.Credentials.Token = carrier, "t"
		_, err := signer.Presign(in)
		require.NoError(t, err)
		require.Equal(t, presignInput().Header, in.Header)
		require.Equal(t, presignInput().Query, in.Query)
	}
}

func TestPresignRefuses(t *testing.T) {
	tests := map[string]func(in *signer.PresignInput){
		"no method":               func(in *signer.PresignInput) { in.Method = "" },
		"a method with a blank":   func(in *signer.PresignInput) { in.Method = "PUT /" },
		"no region":               func(in *signer.PresignInput) { in.Region = "" },
		"no bucket":               func(in *signer.PresignInput) { in.Bucket = "" },
		"no bucket in a path":     func(in *signer.PresignInput) { in.Bucket, in.PathStyle = "", true },
		"a bucket with a slash":   func(in *signer.PresignInput) { in.Bucket = "a/b" },
		"a host with a line":      func(in *signer.PresignInput) { in.Host = "h\r\nX: y" },
		"a host with user":        func(in *signer.PresignInput) { in.Host = "u@h" },
		"a scheme with a slash":   func(in *signer.PresignInput) { in.Scheme = "http://" },
		"no start":                func(in *signer.PresignInput) { in.Start = time.Time{} },
		"before 1970":             func(in *signer.PresignInput) { in.Start = time.Unix(-10, 0) },
		"no validity":             func(in *signer.PresignInput) { in.Expires = 0 },
		"negative validity":       func(in *signer.PresignInput) { in.Expires = -time.Hour },
		"half a second":           func(in *signer.PresignInput) { in.Expires = time.Second / 2 },
		"negative key validity":   func(in *signer.PresignInput) { in.KeyExpires = -time.Hour },
		"no id":                   func(in *signer.PresignInput) { in.Credentials.SecretID = "" },
		"no secret":               func(in *signer.PresignInput) { in.Credentials.SecretKey = "" },
		"a form":                  func(in *signer.PresignInput) { in.Carrier = signer.CarrierForm },
		"no such token place":     func(in *signer.PresignInput) { in.Token = 9 },
		"a header name":           func(in *signer.PresignInput) { in.Header = http.Header{"a b": {"c"}} },
		"a header line break":     func(in *signer.PresignInput) { in.Header = http.Header{"a": {"b\r\nc: d"}} },
		"a host header":           func(in *signer.PresignInput) { in.Header = http.Header{"host": {"h"}} },
		"an authorization":        func(in *signer.PresignInput) { in.Header = http.Header{"Authorization": {"x"}} },
		"a parameter of ours":     func(in *signer.PresignInput) { in.Query = url.Values{"q-ak": {"x"}} },
		"a sign parameter":        func(in *signer.PresignInput) { in.Query = url.Values{"sign": {"x"}} },
		"a nameless parameter":    func(in *signer.PresignInput) { in.Query = url.Values{"": {"x"}} },
		"the token twice":         func(in *signer.PresignInput) { in.Header = http.Header{"x-cos-security-token": {"other"}} },
		"the token twice, query":  func(in *signer.PresignInput) { in.Query = url.Values{"x-cos-security-token": {"other"}} },
		"the token as token also": func(in *signer.PresignInput) { in.Query = url.Values{"token": {"other"}} },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			in := presignInput()
			in.Credentials.Token = "the-session-token"
			_, err := signer.Presign(in)
			require.NoError(t, err, "control")
			spoil(&in)
			p, err := signer.Presign(in)
			require.Error(t, err)
			require.Nil(t, p)
			require.NotContains(t, err.Error(), docSecretKey)
			require.NotContains(t, err.Error(), "the-session-token")
		})
	}
}
