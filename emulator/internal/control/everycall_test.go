package control

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryCallTakesAccount: of the OpenAPI document, all calls but those that are about no account.
func TestEveryCallTakesAccount(t *testing.T) {
	r := start(t, Options{})
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.call("GET", "/api/v1/openapi.json", "").body), &doc))
	without := []string{"/healthz", "/ca.pem", "/api/v1", "/api/v1/accounts", "/api/v1/accounts/{appid}", "/api/v1/session"}
	require.Greater(t, len(doc.Paths), 15)
	for path, calls := range doc.Paths {
		for method, call := range calls {
			takes := false
			for _, p := range call.Parameters {
				takes = takes || p.Name == "account" && p.In == "query"
			}
			require.Equal(t, !slices.Contains(without, path), takes, "%s %s", method, path)
		}
	}
}

// TestExplainOfAnAccount: the account's clock judges, and findings name what is its own alone.
func TestExplainOfAnAccount(t *testing.T) {
	r := start(t, Options{})
	r.handler.shared.options.API = r.api
	a, b := r.account(`{"clock":"2030-01-01T00:00:00Z"}`), r.account(`{"buckets":["photos","albums"]}`)
	explain := func(account string, in map[string]any) (answer, shownExplanation) {
		doc, err := json.Marshal(in)
		require.NoError(t, err)
		got := r.call("POST", "/api/v1/explain?account="+account, string(doc))
		var out shownExplanation
		require.NoError(t, json.Unmarshal([]byte(got.body), &out))
		return got, out
	}
	// A URL of the account, and one of the server's time.
	_, own := explain(a.AppID, map[string]any{"url": r.signed(a, "PUT", "k"), "method": "PUT"})
	require.Equal(t, "accepted", own.Request.Verdict)
	old := r.signed(b, "PUT", "k")
	_, early := explain("", map[string]any{"url": old, "method": "PUT"})
	require.Equal(t, "accepted", early.Request.Verdict)
	_, late := explain(a.AppID, map[string]any{"url": old, "method": "PUT"})
	require.Equal(t, "AccessDenied", late.Request.Code, "by the clock of the account that asks")
	require.Equal(t, "expired", late.Finding.ids())

	// Signed with another secret: it is named to the account that has it alone.
	require.Equal(t, 201, r.call("POST", "/api/v1/credentials?account="+a.AppID, `{"secret_id":"AKIDsecond","secret_key":"second-secret"}`).status)
	for secret, other := range map[string]string{b.SecretKey: b.SecretID, "second-secret": "AKIDsecond"} {
		wrong := a
		wrong.SecretKey = secret
		url := r.urlAs(wrong, "PUT", a.Buckets[0], "k")
		refused := r.fetch("PUT", url, "x")
		require.Equal(t, http.StatusForbidden, refused.status)
		for _, in := range []map[string]any{{"url": url, "method": "PUT"}, {"url": url, "body": refused.body}} {
			got, _ := explain(a.AppID, in)
			require.Equal(t, other == "AKIDsecond", strings.Contains(got.body, other), got.body)
			got, _ = explain(b.AppID, in)
			require.NotContains(t, got.body, other)
		}
	}
	r.call("POST", "/api/v1/explain?account=9", `{"url":"http://a/"}`).wantProblem(t, http.StatusNotFound)
}

func TestMetricsOfAnAccount(t *testing.T) {
	r := start(t, Options{})
	a, b := r.account(`{}`), r.account(`{}`)
	require.Equal(t, 200, r.as(a, "PUT", a.Buckets[0], "k", "12345").status)
	bad := a
	bad.SecretKey = "wrong"
	require.Equal(t, 403, r.as(bad, "PUT", a.Buckets[0], "k", "12345").status)
	require.Equal(t, 200, r.as(b, "PUT", b.Buckets[0], "k", "of b").status)
	r.call("GET", "/api/v1/requests/wait?count=3", "").want(t, 200, nil)
	body := r.call("GET", "/metrics?account="+a.AppID, "").body
	for _, line := range []string{
		"cosemu_buckets 1", "cosemu_objects 1", "cosemu_stored_bytes 5",
		`cosemu_journal_requests{code="",diagnosis="",operation="PutObject",status="200"} 1`,
		`cosemu_journal_requests{code="SignatureDoesNotMatch",diagnosis="unknown",operation="PutObject",status="403"} 1`,
	} {
		require.Contains(t, body, "\n"+line+"\n")
	}
	require.Equal(t, 2, strings.Count(body, "\ncosemu_journal_requests{"))
	require.Contains(t, r.call("GET", "/metrics?account="+b.AppID, "").body, "\ncosemu_stored_bytes 4\n")
	r.call("GET", "/metrics?account=9", "").wantProblem(t, http.StatusNotFound)
	r.call("GET", "/metrics?acount=9", "").wantProblem(t, http.StatusUnprocessableEntity)
}
