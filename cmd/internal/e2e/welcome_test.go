package e2e

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWelcome does what the first screen invites to: it pastes the two lines
// into a shell.
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
	s.stop(t)
}
