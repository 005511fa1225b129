package sts_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/stretchr/testify/require"
)

// FuzzRequest: whatever comes is answered, with a code where it is refused, and
// issues nothing as long as nobody signed it.
func FuzzRequest(f *testing.F) {
	f.Add("POST", "application/x-www-form-urlencoded", "", "", "Action=GetFederationToken&Version=2018-08-13&Nonce=1&Timestamp=1795507200&SecretId=AKIDroot&Signature=AAAA&Policy=%7B")
	f.Add("POST", "application/json", "AssumeRole", "TC3-HMAC-SHA256 Credential=AKIDroot/2026-11-24/sts/tc3_request, SignedHeaders=content-type;host, Signature=00", `{"Tags":[{"Key":"a"}]}`)
	f.Add("GET", "", "", "", "Action=GetCallerIdentity&_a=@b")
	f.Fuzz(func(t *testing.T, method, kind, action, authorization, text string) {
		target, body := "http://"+stsHost+"/", text
		if method != http.MethodPost {
			method, body = http.MethodGet, ""
		}
		req := httptest.NewRequest(method, target, strings.NewReader(body))
		if method == http.MethodGet {
			req.URL.RawQuery = text
		}
		req.Header.Set("Content-Type", kind)
		if action != "" {
			req.Header.Set("X-TC-Action", action)
			req.Header.Set("X-TC-Version", sts.Version)
			req.Header.Set("X-TC-Timestamp", "1795507200")
			req.Header.Set("Authorization", authorization)
		}
		r := newRig(t)
		a, v := r.do(req, now())
		require.NotNil(t, v.Err)
		require.NotEmpty(t, a.Error.Code)
		require.NotContains(t, a.Error.Message, secretKey)
		require.Zero(t, r.keys.Issued())
	})
}
