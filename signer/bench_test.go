package signer_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// benchRequest is an ordinary pre-signed PUT as a server gets it.
func benchRequest(tb testing.TB) *http.Request {
	tb.Helper()
	p, err := signer.Presign(signer.PresignInput{
		Credentials: signer.Credentials{SecretID: docSecretID, SecretKey: docSecretKey},
		Method:      http.MethodPut,
		Scheme:      "http",
		Bucket:      "examplebucket-1250000000",
		Region:      "ap-guangzhou",
		Key:         "photos/2026/11/example.jpg",
		Start:       time.Unix(1795465389, 0),
		Expires:     time.Hour,
	})
	require.NoError(tb, err)
	u, err := url.Parse(p.URL)
	require.NoError(tb, err)
	return &http.Request{
		Method:     http.MethodPut,
		RequestURI: u.RequestURI(),
		URL:        u,
		Host:       u.Host,
		Header: http.Header{
			"Accept":          {"*/*"},
			"Accept-Encoding": {"gzip"},
			"Content-Length":  {"1024"},
			"Content-Type":    {"image/jpeg"},
			"User-Agent":      {"curl/7.88.1"},
		},
	}
}

// BenchmarkJudge is what the emulator does for each request: read, parse,
// check the time, verify.
func BenchmarkJudge(b *testing.B) {
	r := benchRequest(b)
	now := time.Unix(1795465400, 0)
	b.ReportAllocs()
	for b.Loop() {
		req := signer.ReadRequest(r)
		c, ok := signer.ParseClaim(req)
		if !ok || c.CheckTime(now) != nil || !signer.Verify(req, c, docSecretKey, signer.VerifyOptions{}).OK {
			b.Fatal("refused")
		}
	}
}

// BenchmarkVerify is the signature alone.
func BenchmarkVerify(b *testing.B) {
	req := signer.ReadRequest(benchRequest(b))
	c, ok := signer.ParseClaim(req)
	require.True(b, ok)
	b.ReportAllocs()
	for b.Loop() {
		if !signer.Verify(req, c, docSecretKey, signer.VerifyOptions{}).OK {
			b.Fatal("refused")
		}
	}
}

// BenchmarkReadAndParse is all but the signature.
func BenchmarkReadAndParse(b *testing.B) {
	r := benchRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := signer.ParseClaim(signer.ReadRequest(r)); !ok {
			b.Fatal("no claim")
		}
	}
}

// BenchmarkMismatch is the price of a refusal: every reading is tried.
func BenchmarkMismatch(b *testing.B) {
	req := signer.ReadRequest(benchRequest(b))
	c, ok := signer.ParseClaim(req)
	require.True(b, ok)
	b.ReportAllocs()
	for b.Loop() {
		if signer.Verify(req, c, "another secret", signer.VerifyOptions{}).OK {
			b.Fatal("accepted")
		}
	}
}

// BenchmarkNaive judges the same request as one would write it plainly.
func BenchmarkNaive(b *testing.B) {
	r := benchRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		if !naiveVerify(r, docSecretKey) {
			b.Fatal("refused")
		}
	}
}

func naiveVerify(r *http.Request, secret string) bool {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return false
	}
	pairs := func(list string, get func(string) string) string {
		var out []string
		for name := range strings.SplitSeq(list, ";") {
			if name != "" {
				out = append(out, name+"="+url.QueryEscape(get(name)))
			}
		}
		sort.Strings(out)
		return strings.Join(out, "&")
	}
	headers := pairs(q.Get("q-header-list"), func(n string) string {
		if n == "host" {
			return r.Host
		}
		return r.Header.Get(n)
	})
	httpString := strings.ToLower(r.Method) + "\n" + r.URL.Path + "\n" + pairs(q.Get("q-url-param-list"), q.Get) + "\n" + headers + "\n"
	sum := sha1.Sum([]byte(httpString))
	sts := "sha1\n" + q.Get("q-sign-time") + "\n" + hex.EncodeToString(sum[:]) + "\n"
	mac := func(key, msg string) string {
		h := hmac.New(sha1.New, []byte(key))
		h.Write([]byte(msg))
		return hex.EncodeToString(h.Sum(nil))
	}
	got := mac(mac(secret, q.Get("q-key-time")), sts)
	return hmac.Equal([]byte(got), []byte(q.Get("q-signature")))
}
