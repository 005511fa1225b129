package control

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/stretchr/testify/require"
)

// embedded returns the JSON of a report.
func embedded(t *testing.T, text string) (e reportEnvelope) {
	t.Helper()
	_, rest, ok := strings.Cut(text, "<details>")
	require.True(t, ok, text)
	_, rest, _ = strings.Cut(rest, "json\n")
	require.NoError(t, json.NewDecoder(strings.NewReader(rest)).Decode(&e))
	return e
}

// TestMarkdownReport: it says why, shows what came and what was signed, and holds the request as
// the journal has it.
func TestMarkdownReport(t *testing.T) {
	r := start(t, Options{Version: "1.2.3"})
	url := r.presign(`{"method":"PUT","bucket":"` + testBucket + `","key":"a ` + "`b`" + `","headers":{"Content-Type":"image/png"}}`).URL
	refused := r.request("PUT", url, "Content-Type", "image/jpeg")
	id := refused.header.Get(idHeader)
	text := r.report("format=markdown&id=" + id)
	for _, part := range []string{
		"**refused 403 SignatureDoesNotMatch:", `Content-Type was signed as "image/png", arrived as "image/jpeg".`, "(`header-value`, proven)",
		"frozen at `2026-11-24T08:00:00Z`", "cosemu `1.2.3`", "Content-Type: image/jpeg", "<Code>SignatureDoesNotMatch</Code>",
		"content-type=image%2Fpng", "content-type=image%2Fjpeg", "StringToSign",
	} {
		require.Contains(t, text, part)
	}
	require.NotContains(t, text, testSecret)
	e := embedded(t, text)
	require.Equal(t, []any{1, "1.2.3", true}, []any{e.Report, e.Version, e.Clock.Frozen})
	var kept entry
	r.call("GET", "/api/v1/requests/"+id, "").want(t, 200, &kept)
	require.Equal(t, kept, *e.Request)
	require.Contains(t, r.report("format=markdown&lang=zh&id="+id), "Content-Type 签名时是")
}

// TestMarkdownOfHostileRequests: no text of a request adds a heading, a tag or a fence.
func TestMarkdownOfHostileRequests(t *testing.T) {
	r := start(t, Options{})
	hostile := "/`\n# h\n```\n</details><script>"
	r.note(&journal.Entry{ID: "bad`\n", Verdict: journal.Refused, Status: 400, Code: "Bad", Message: "\n# x <script>```", Request: &signer.Request{
		Method: "P`T", Host: "h\n# y", Path: hostile, Query: "a=````", Header: http.Header{"X-A": {"````\n# z"}},
	}})
	text := r.report("format=markdown")
	require.Equal(t, "bad`\n", embedded(t, text).Request.ID)
	fence, headings := "", 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(ticks) >= 3:
			fence = ticks
		case fence != "" && line == fence:
			fence = ""
		case fence == "" && strings.HasPrefix(line, "#"):
			headings++
		case fence == "" && strings.Contains(line, "<script"):
			require.Fail(t, "a tag", line)
		}
	}
	require.Empty(t, fence, "every block ends")
	require.Equal(t, 2, headings, text)
}
