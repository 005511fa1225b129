package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWelcome runs the two lines of the first screen in a shell.
func TestWelcome(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl on this machine")
	}
	s := serve(t, build(t))
	lines := regexp.MustCompile(`(?m)^ +((?:echo hello \| )?curl .*)$`).FindAllSubmatch(s.output(t), -1)
	require.Len(t, lines, 2, "%s", s.output(t))
	sh := func(line []byte) string {
		cmd := exec.Command("sh", "-c", string(line)+" --silent --show-error --fail-with-body")
		cmd.Env = append(os.Environ(), "no_proxy=*")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", line, out)
		return string(out)
	}
	require.Empty(t, sh(lines[0][1]))
	require.Equal(t, "hello\n", sh(lines[1][1]))

	// The answer names the next commands.
	next := regexp.MustCompile(`(?m)^ +(cosemu (?:recipe|why) .*?)   `).FindAllSubmatch(s.output(t), -1)
	require.Len(t, next, 2, "%s", s.output(t))
	ask := func(line []byte) string {
		cmd := exec.Command("sh", "-c", string(line))
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(s.bin)+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", line, out)
		return string(out)
	}
	require.Contains(t, ask(next[0][1]), "http://"+s.api)
	answer, err := http.Get("http://" + s.api + "/nobody-1250000000/secret.txt")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.GreaterOrEqual(t, answer.StatusCode, 400)
	require.Contains(t, ask(next[1][1]), "/nobody-1250000000/secret.txt")
	s.stop(t)
}
