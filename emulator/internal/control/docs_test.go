package control

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDocsPage: the page of the API and all that it loads come from this listener, and the policy
// allows nothing else.
func TestDocsPage(t *testing.T) {
	r := start(t, Options{Token: "a-long-control-token"})
	index := r.call("GET", "/api/docs", "")
	require.Equal(t, http.StatusOK, index.status, "without the token: the document needs it")
	require.Equal(t, http.StatusUnauthorized, r.call("GET", "/api/v1/openapi.json", "").status)
	policy := index.header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'; script-src 'self';")
	require.NotContains(t, policy, "http")
	require.NotContains(t, policy, "unsafe-eval")
	named := regexp.MustCompile(`(?:href|src)="([^"]+)"`).FindAllStringSubmatch(index.body, -1)
	require.Len(t, named, 4)
	for _, m := range named {
		if m[1] == "data:," {
			continue
		}
		require.True(t, strings.HasPrefix(m[1], "/api/docs/"), m[1])
		file := r.call("GET", m[1], "", header("Accept-Encoding", "identity"))
		require.Equal(t, http.StatusOK, file.status, m[1])
		require.Equal(t, "nosniff", file.header.Get("X-Content-Type-Options"))
	}
	r.call("GET", "/api/docs/vendor/README.md", "", header("Authorization", "Bearer a-long-control-token")).wantProblem(t, http.StatusNotFound)
	require.Equal(t, http.StatusOK, r.call("GET", "/api/docs/", "").status, "after a redirect")
}

// TestIndex: it names each call of the OpenAPI document, and its links lead somewhere.
func TestIndex(t *testing.T) {
	r := start(t, Options{Version: "v1.2.3", CA: []byte("a certificate")})
	r.handler.SetReady()
	var index struct {
		Name, Version string
		Links         map[string]string
		Calls         []struct{ Method, Path, ID, Summary string }
	}
	r.call("GET", "/api/v1", "").want(t, http.StatusOK, &index)
	require.Equal(t, []string{"cosemu", "v1.2.3"}, []string{index.Name, index.Version})
	require.Len(t, index.Links, 6)
	for name, link := range index.Links {
		require.Equal(t, http.StatusOK, r.call("GET", link, "").status, name)
	}
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	require.NoError(t, json.Unmarshal([]byte(r.call("GET", index.Links["openapi"], "").body), &doc))
	want := map[string]string{}
	for path, calls := range doc.Paths {
		for method, call := range calls {
			want[strings.ToUpper(method)+" "+path] = call.OperationID
		}
	}
	got := map[string]string{}
	for _, c := range index.Calls {
		require.NotEmpty(t, c.Summary)
		got[c.Method+" "+c.Path] = c.ID
	}
	require.Equal(t, want, got)
	require.Greater(t, len(got), 30)

	// Each group of calls is described.
	described := map[string]bool{}
	for _, tag := range apiTags() {
		described[tag.Name] = tag.Description != ""
	}
	var tagged struct {
		Paths map[string]map[string]struct{ Tags []string }
	}
	require.NoError(t, json.Unmarshal([]byte(r.call("GET", "/api/v1/openapi.json", "").body), &tagged))
	for path, calls := range tagged.Paths {
		for _, call := range calls {
			require.Len(t, call.Tags, 1, path)
			require.True(t, described[call.Tags[0]], "%s: %s", path, call.Tags[0])
		}
	}
}
