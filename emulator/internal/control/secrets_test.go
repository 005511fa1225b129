package control

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/stretchr/testify/require"
)

// TestSecretsAreNotShown: no answer contains a secret or a token, wherever a request had it.
func TestSecretsAreNotShown(t *testing.T) {
	const token, stray = "tok/en+of=the-temporary-key", "stray-token-of-nobody"
	r := start(t, Options{})
	r.handler.shared.options.API = r.api
	require.NoError(t, r.Keys().Add(keyring.Key{SecretID: "AKIDtmp", SecretKey: "tmp-secret-key", AppID: "1250000000", Token: token}))
	mask := func(method, path string, change func(*http.Request)) {
		t.Helper()
		target := r.presign(`{"method":"` + method + `","bucket":"` + testBucket + `","key":"` + path + `","secret_id":"AKIDtmp"}`).URL
		req, err := http.NewRequest(method, target, http.NoBody)
		require.NoError(t, err)
		if change != nil {
			change(req)
		}
		r.settled(send(t, req))
	}
	mask("PUT", "ok", nil)
	mask("PUT", "header", func(q *http.Request) { q.Header.Set("X-Cos-Security-Token", stray) })
	mask("GET", "signed", func(q *http.Request) { q.Method = "PUT" })
	mask("PUT", "query", func(q *http.Request) { q.URL.RawQuery += "&token=" + stray + "&x=" + url.QueryEscape(token) })
	mask("PUT", "authorization", func(q *http.Request) {
		q.Header.Set("Authorization", strings.ReplaceAll(strings.ReplaceAll(q.URL.RawQuery, "%3B", ";"), "%2F", "/"))
		q.URL.RawQuery = ""
	})
	mask("PUT", "sign", func(q *http.Request) { q.URL.RawQuery = "sign=" + url.QueryEscape(q.URL.RawQuery) })
	mask("PUT", "mistake", func(q *http.Request) {
		q.URL.RawQuery = strings.Replace(q.URL.RawQuery, "AKIDtmp", "tmp-secret-key", 1)
	})
	mask("PUT", "sse-c", func(q *http.Request) { q.Header.Set("X-Cos-Server-Side-Encryption-Customer-Key", stray) })

	target := r.presign(`{"method":"GET","bucket":"` + testBucket + `","key":"x","secret_id":"AKIDtmp"}`).URL
	require.Contains(t, target, url.QueryEscape(token), "made on request, so it holds the token")
	curl, err := json.Marshal(map[string]string{"curl": "curl -T x -H 'x-cos-security-token: " + stray + "' '" + target + "'"})
	require.NoError(t, err)
	judged, err := json.Marshal(map[string]string{"url": target, "method": "PUT"})
	require.NoError(t, err)
	full := r.requests("", 200)
	require.Len(t, full.Requests, 8)
	var cloud []string
	for _, e := range full.Requests {
		if strings.Contains(e.Answer.Body, "FormatString") {
			cloud = append(cloud, e.Answer.Body)
		}
	}
	require.NotEmpty(t, cloud)

	answers := []answer{
		r.call("GET", "/api/v1/requests", ""),
		r.call("GET", "/api/v1/requests?brief=true", ""),
		r.call("GET", "/api/v1/requests/wait?count=8", ""),
		r.call("GET", "/api/v1/credentials", ""),
		r.call("POST", "/api/v1/explain", string(curl)),
		r.call("POST", "/api/v1/explain", string(judged)),
	}
	for _, e := range full.Requests {
		answers = append(answers, r.call("GET", "/api/v1/requests/"+e.ID, ""))
	}
	for i, a := range answers {
		require.Equal(t, 200, a.status, a.body)
		body := a.body
		for range 2 { // undo escapes
			for _, secret := range []string{token, stray, "tmp-secret-key", testSecret, url.QueryEscape(token), url.PathEscape(token)} {
				at := strings.Index(body, secret)
				require.Negative(t, at, "answer %d shows %s: …%s", i, secret, body[max(0, at-100):max(0, at)])
			}
			body = unescape(body)
		}
	}
	require.Contains(t, answers[0].body, "[hidden]")
	require.Contains(t, answers[4].body, "token-unknown")
}

// unescape decodes all percent-escapes.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+3 <= len(s) {
			if u, err := url.PathUnescape(s[i : i+3]); err == nil {
				b.WriteString(u)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
