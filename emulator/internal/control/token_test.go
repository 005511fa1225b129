package control

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const testToken = "control-token-of-the-test"

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

// TestControlToken: every call asks for the token, and nothing happens without it.
func TestControlToken(t *testing.T) {
	r := start(t, Options{Token: testToken})
	makeAccount := func(change ...func(*http.Request)) answer { return r.call("POST", "/api/v1/accounts", `{}`, change...) }
	refused := makeAccount()
	require.Contains(t, refused.wantProblem(t, http.StatusUnauthorized), "COSEMU_CONTROL_TOKEN")
	require.Equal(t, `Bearer realm="cosemu"`, refused.header.Get("WWW-Authenticate"))
	for _, header := range []string{
		testToken, "Basic " + testToken, "Bearer", "Bearer ", "Bearer x" + testToken, "Bearer " + testToken + "x",
		"Bearer " + strings.ToUpper(testToken), "Bearer " + testToken[:len(testToken)-1], "Bearer " + testToken + "," + testToken,
	} {
		makeAccount(func(r *http.Request) { r.Header.Set("Authorization", header) }).wantProblem(t, http.StatusUnauthorized)
	}
	makeAccount(func(r *http.Request) { r.Header.Set("Cookie", cookieName(r)+"="+testToken) }).wantProblem(t, http.StatusUnauthorized)
	makeAccount(func(r *http.Request) { r.URL.RawQuery = "token=" + testToken }).wantProblem(t, http.StatusUnauthorized)
	require.Empty(t, r.Accounts().List(), "nothing was made")

	for _, path := range []string{
		"/api/v1/clock", "/api/v1/openapi.json", "/api/v1/requests", "/api/v1/requests/stream", "/api/v1/report?format=har",
		"/metrics", "/api", "/nothing", "//api/v1/clock", "/api/v1/session", "/API/v1/clock", "/api%2fv1/clock", "/healthz/", "/ca.pem/x",
	} {
		r.call("GET", path, "").wantProblem(t, http.StatusUnauthorized)
	}
	for _, path := range []string{"/requests/../api/v1/clock", "/console/../api/v1/clock", "/requests/%2e%2e/api/v1/clock"} {
		got := r.call("GET", path, "")
		require.NotContains(t, got.body, `"now"`, path)
	}
	for _, path := range []string{"/healthz", "/", "/requests/abc"} {
		require.NotEqual(t, http.StatusUnauthorized, r.call("GET", path, "").status, path)
	}
	require.Equal(t, http.StatusCreated, makeAccount(bearer(testToken)).status)
	require.Equal(t, http.StatusOK, r.call("GET", "/metrics", "", bearer(testToken)).status)
	require.Equal(t, http.StatusOK, r.call("GET", "/api/v1/clock", "", func(r *http.Request) { r.Header.Set("Authorization", "bearer "+testToken) }).status)
	// The other checks come first, as without a token.
	r.call("GET", "/api/v1/clock", "", bearer(testToken), func(r *http.Request) { r.Host = "evil.test" }).wantProblem(t, http.StatusMisdirectedRequest)
	r.call("POST", "/api/v1/reset", "", bearer(testToken), func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }).wantProblem(t, http.StatusForbidden)
	require.Len(t, r.Accounts().List(), 1)
}

// TestConsoleSession: the cookie opens what the token opens, and is not the token.
func TestConsoleSession(t *testing.T) {
	r := start(t, Options{Token: testToken})
	r.call("POST", "/api/v1/session", "").wantProblem(t, http.StatusUnauthorized)
	opened := r.call("POST", "/api/v1/session", "", bearer(testToken))
	require.Equal(t, http.StatusNoContent, opened.status)
	set := opened.header.Get("Set-Cookie")
	for _, part := range []string{"; Path=/api/v1/", "; HttpOnly", "; SameSite=Strict"} {
		require.Contains(t, set, part)
	}
	require.NotContains(t, set, testToken)
	require.NotContains(t, set, "Domain")
	cookie, _, _ := strings.Cut(set, ";")
	with := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Cookie", value) }
	}
	require.Equal(t, http.StatusOK, r.call("GET", "/api/v1/clock", "", with(cookie)).status)
	require.Equal(t, http.StatusOK, r.call("GET", "/api/v1/clock", "", with("other=1; "+cookie)).status)
	r.call("GET", "/api/v1/clock", "", with(cookie+"0")).wantProblem(t, http.StatusUnauthorized)
	name, _, _ := strings.Cut(cookie, "=")
	r.call("GET", "/api/v1/clock", "", with(name+"=")).wantProblem(t, http.StatusUnauthorized)
	other := start(t, Options{Token: testToken})
	other.call("GET", "/api/v1/clock", "", with(strings.Replace(cookie, name, "cosemu-console-"+other.console[strings.LastIndexByte(other.console, ':')+1:], 1))).
		wantProblem(t, http.StatusUnauthorized)

	open := start(t, Options{})
	plain := open.call("POST", "/api/v1/session", "")
	require.Equal(t, http.StatusNoContent, plain.status)
	require.Empty(t, plain.header.Values("Set-Cookie"))
	require.Equal(t, http.StatusOK, open.call("GET", "/api/v1/clock", "", with(name+"=")).status)
}

// TestControlTokenIsHidden: one that was sent to the wrong port, or as a key, is shown nowhere.
func TestControlTokenIsHidden(t *testing.T) {
	r := start(t, Options{Token: testToken})
	for _, change := range []func(*http.Request){
		bearer(testToken),
		func(r *http.Request) { r.Header.Set("X-Cos-Meta-Note", testToken) },
		func(r *http.Request) { r.URL.RawQuery = "q=" + testToken },
		func(r *http.Request) { r.Header.Set("Cookie", "a="+testToken) },
		func(r *http.Request) { r.Header.Set("User-Agent", strings.ToUpper(testToken)) },
	} {
		req, err := http.NewRequest(http.MethodGet, "http://"+r.api+"/"+testBucket+"/k", http.NoBody)
		require.NoError(t, err)
		change(req)
		require.Equal(t, 403, send(t, req).status)
	}
	require.NoError(t, r.Reset())
	req, err := http.NewRequest(http.MethodGet, "http://"+r.api+"/"+testBucket+"/k?after-reset="+testToken, http.NoBody)
	require.NoError(t, err)
	require.Equal(t, 403, send(t, req).status)
	for _, path := range []string{"/api/v1/requests", "/api/v1/report?format=har", "/api/v1/report?format=junit", "/metrics", "/api/v1/credentials"} {
		got := r.call("GET", path, "", bearer(testToken))
		require.Equal(t, 200, got.status, path)
		require.NotContains(t, strings.ToLower(got.body), testToken, path)
	}
	require.Contains(t, r.call("GET", "/api/v1/requests", "", bearer(testToken)).body, "after-reset")
}
