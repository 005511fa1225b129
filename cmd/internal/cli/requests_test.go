package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRequestsCommand(t *testing.T) {
	c := &client{served: serveBinary(t)}
	require.Empty(t, c.ok("requests"))
	c.ok("put", writeFile(t, "a.txt", "hello"), "test/")
	url := c.presign(nil, "--key=b\x1b[2J")
	c.ok("clock", "advance", "1h")
	status, _ := send(t, "PUT", url, "x")
	require.Equal(t, http.StatusForbidden, status)

	out := c.ok("requests")
	lines := strings.Split(out, "\n")
	require.Regexp(t, `^  \d\d:\d\d:\d\dZ  200  PUT test-1250000000/a\.txt$`, lines[0])
	require.Regexp(t, `^! \d\d:\d\d:\d\dZ  403 AccessDenied  PUT test-1250000000/b`, lines[1])
	require.Regexp(t, `^    The signature expired`, lines[2])
	require.NotContains(t, out, "\x1b", "a key cannot steer the terminal")
	link := strings.TrimSpace(lines[len(lines)-2])
	require.Regexp(t, "^http://"+c.ready.Console+"/#/requests/[A-Za-z0-9%]+$", link)

	refused := c.ok("requests", "--verdict=refused", "--json")
	var r struct{ ID, Verdict string }
	require.NoError(t, json.Unmarshal([]byte(refused), &r), "a line for each, and only those that match")
	require.Equal(t, "refused", r.Verdict)
	require.True(t, strings.HasSuffix(strings.NewReplacer("%3D", "=", "%2F", "/", "%2B", "+").Replace(link), r.ID))
	require.Empty(t, c.ok("requests", "--limit=0"))
	latest := c.ok("requests", "--limit=1")
	require.True(t, strings.HasPrefix(latest, "! ") && strings.HasSuffix(out, latest), latest)
	require.Contains(t, (&client{c.served, []string{"LANG=zh_CN.UTF-8"}}).ok("requests"), "就过期了")
	c.fails(exitUsage, "requests", "--verdict=maybe")
	c.fails(exitUsage, "requests", "--limit=20000")
	c.fails(exitFailed, "requests", "--account=77")
}

// TestFollowing: the list goes on with what comes, and ends with the server, or by an interrupt
// without an error.
func TestFollowing(t *testing.T) {
	s := serveBinary(t)
	c := &client{served: s}
	file := writeFile(t, "a.txt", "hello")
	c.ok("put", file, "test/before")
	follow := func(args ...string) (*exec.Cmd, *buffer, *buffer) {
		cmd := exec.Command(binary, append([]string{"requests", "--follow"}, args...)...)
		cmd.Env = []string{"COSEMU_READY_FILE=" + c.readyFile}
		var out, failed buffer
		cmd.Stdout, cmd.Stderr = &out, &failed
		require.NoError(t, cmd.Start())
		return cmd, &out, &failed
	}
	shows := func(b *buffer, text string) {
		t.Helper()
		require.Eventually(t, func() bool { return strings.Contains(b.String(), text) }, patience, 5*time.Millisecond, text)
	}
	all, seen, _ := follow()
	some, refused, failed := follow("--verdict=refused")
	shows(seen, "test-1250000000/before")
	c.ok("put", file, "test/after")
	shows(seen, "test-1250000000/after")
	c.fails(exitFailed, "put", file, "nosuch/x")
	shows(seen, "NoSuchBucket")
	shows(refused, "nosuch-1250000000/x")
	require.Equal(t, 1, strings.Count(seen.String(), "test-1250000000/before"), "once")
	require.NotContains(t, refused.String(), "test-1250000000/after")

	require.NoError(t, all.Process.Signal(os.Interrupt))
	require.NoError(t, all.Wait())
	s.signal(os.Interrupt)
	s.end()
	require.Error(t, some.Wait())
	require.Equal(t, exitFailed, some.ProcessState.ExitCode())
	require.Contains(t, failed.String(), "has stopped")
}
