package cli

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// frozen is a server whose clock stands, and the flags and variables by which a
// command has the same configuration.
func frozen(t *testing.T) (s *served, env []string) {
	t.Helper()
	env = []string{"COSEMU_CLOCK=1764000000"}
	s = serveHere(t, env)
	return s, append(env, "COSEMU_LISTEN="+s.ready.Listen)
}

func (s *served) post(t *testing.T, path string, body any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	status, answer := send(t, http.MethodPost, "http://"+s.ready.Console+path, string(raw), "Content-Type", "application/json")
	require.Equal(t, http.StatusOK, status, answer)
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(answer), &m))
	return m
}

// explain --json prints the document of POST /api/v1/explain, but for what tells
// one entry of a journal from another.
func TestExplainPrintsTheDocumentOfTheAPI(t *testing.T) {
	s, env := frozen(t)
	good := s.presign(env, "--key=a b/ü.txt", "--header=Content-Type: text/plain")
	late := s.presign([]string{"COSEMU_CLOCK=1763990000"}, "--key=a.txt", "--expires=1m")
	for name, c := range map[string]struct {
		method, url string
		header      [2]string
	}{
		"accepted":      {"PUT", good, [2]string{"Content-Type", "text/plain"}},
		"other header":  {"PUT", good, [2]string{"Content-Type", "image/png"}},
		"other method":  {"GET", good, [2]string{"Content-Type", "text/plain"}},
		"without it":    {"PUT", good, [2]string{"X-Other", "1"}},
		"expired":       {"PUT", late, [2]string{"X-Other", "1"}},
		"encoded twice": {"PUT", strings.Replace(good, "%20", "%2520", 1), [2]string{"Content-Type", "text/plain"}},
		"unsigned":      {"PUT", strings.Split(good, "?")[0], [2]string{"X-Other", "1"}},
		"other bucket":  {"PUT", strings.Replace(good, "test-1250000000", "else-1250000000", 1), [2]string{"Content-Type", "text/plain"}},
	} {
		api := s.post(t, "/api/v1/explain", map[string]any{"method": c.method, "url": c.url, "headers": map[string]string{c.header[0]: c.header[1]}})
		var doc map[string]any
		out := explained(t, "", env, "--json", "--method="+c.method, "--header="+c.header[0]+": "+c.header[1], c.url)
		require.NoError(t, json.Unmarshal([]byte(out), &doc))
		for _, d := range []map[string]any{api, doc} {
			request, ok := d["request"].(map[string]any)
			require.True(t, ok, name)
			for _, key := range []string{"seq", "id", "at", "took_ms"} {
				delete(request, key)
			}
		}
		require.Equal(t, api, doc, name)
	}
}

// presign prints the URL of POST /api/v1/presign.
func TestPresignPrintsTheURLOfTheAPI(t *testing.T) {
	s, env := frozen(t)
	for _, curl := range []bool{false, true} {
		api := s.post(t, "/api/v1/presign", map[string]any{
			"method": "PUT", "bucket": "test-1250000000", "key": "a b/ü+.txt", "expires": "5m",
			"headers": map[string]string{"Content-Type": "text/plain"},
		})
		args := []string{"--bucket=test-1250000000", "--key=a b/ü+.txt", "--expires=5m", "--header=Content-Type: text/plain"}
		want := api["url"]
		if curl {
			args, want = append(args, "--curl"), api["curl"]
		}
		require.Equal(t, want, s.presign(env, args...))
	}
}
