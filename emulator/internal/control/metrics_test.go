package control

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func TestMetrics(t *testing.T) {
	r := start(t, Options{Version: "v1.2.3"})
	scrape := func() string {
		t.Helper()
		a := r.call("GET", "/metrics", "")
		require.Equal(t, 200, a.status, a.body)
		require.Contains(t, a.header.Get("Content-Type"), "text/plain")
		return a.body
	}
	requireLines := func(body string, lines ...string) {
		t.Helper()
		for _, line := range lines {
			require.Contains(t, body, "\n"+line+"\n")
		}
	}
	old := r.presign(`{"bucket":"` + testBucket + `","key":"secret-key-name"}`).URL
	r.upload("secret-key-name")
	r.upload("secret-key-name")
	r.upload("other-name")
	r.call("POST", "/api/v1/clock/advance", `{"by":"1h"}`).want(t, http.StatusOK, nil)
	late := put(t, old)
	require.Equal(t, http.StatusForbidden, late.status)
	r.settled(late)

	body := scrape()
	requireLines(body,
		`cosemu_requests_total{code="",diagnosis="",operation="PutObject",status="200"} 3`,
		`cosemu_requests_total{code="AccessDenied",diagnosis="expired",operation="PutObject",status="403"} 1`,
		"cosemu_accounts 0", "cosemu_buckets 1", "cosemu_objects 2", "cosemu_stored_bytes 10", "cosemu_journal_entries 4",
	)
	require.Regexp(t, `(?m)^cosemu_build_info\{goversion="go1\.[^"]+",version="v1\.2\.3"\} 1$`, body)
	require.Regexp(t, `(?m)^cosemu_uptime_seconds [0-9.e-]+$`, body)
	require.Regexp(t, `(?m)^cosemu_journal_bytes [1-9]`, body)
	for _, name := range []string{"secret-key-name", "other-name", testBucket, testID, testSecret} {
		require.NotContains(t, body, name)
	}

	r.call("POST", "/api/v1/accounts", `{"buckets":["photos"]}`).want(t, http.StatusCreated, nil)
	requireLines(scrape(), "cosemu_accounts 1")

	r.call("POST", "/api/v1/reset", "").want(t, http.StatusNoContent, nil)
	requireLines(scrape(),
		`cosemu_requests_total{code="",diagnosis="",operation="PutObject",status="200"} 3`, "cosemu_journal_entries 0")
	r.call("GET", "/metrics", "", func(q *http.Request) { q.Host = "evil.test" }).wantProblem(t, http.StatusMisdirectedRequest)
}

// TestStoredIsCounted: the count goes over many pages.
func TestStoredIsCounted(t *testing.T) {
	r := start(t, Options{})
	c := &storedCollector{shared: r.handler.shared}
	require.NoError(t, c.count())
	require.Equal(t, []any{1, 0, int64(0)}, []any{c.buckets, c.objects, c.bytes})
	const many = 2*storedPage + 1
	for i := range many {
		staged, err := r.Store().Stage(1)
		require.NoError(t, err)
		_, err = staged.Write([]byte("x"))
		require.NoError(t, err)
		_, err = staged.Commit(testBucket, storage.Object{Key: fmt.Sprintf("k%d", i)}, storage.CommitOptions{})
		require.NoError(t, err)
	}
	require.NoError(t, c.count())
	require.Equal(t, []any{1, many, int64(many)}, []any{c.buckets, c.objects, c.bytes})
}
