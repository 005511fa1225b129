package cli

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHealthcheck(t *testing.T) {
	s := serveHere(t, nil)
	for _, o := range []outcome{
		command(nil, "healthcheck", "--console="+s.ready.Console),
		command([]string{"COSEMU_CONSOLE=" + s.ready.Console}, "healthcheck"),
		command(nil, "healthcheck", "--ready-file="+s.readyFile),
		command(nil, "healthcheck", "--config="+writeFile(t, "c.yaml", "console: "+s.ready.Console)),
	} {
		require.Equal(t, exitOK, o.code, o.stderr)
		require.Equal(t, "ready\n", o.stdout)
	}
	// Inside a container the listener is on all addresses.
	_, port, err := net.SplitHostPort(s.ready.Console)
	require.NoError(t, err)
	require.Equal(t, exitOK, command([]string{"COSEMU_CONSOLE=0.0.0.0:" + port}, "healthcheck").code)

	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())
	o := command(nil, "healthcheck", "--console="+s.ready.Console)
	require.Equal(t, exitFailed, o.code)
	require.Empty(t, o.stdout)
	require.Contains(t, o.stderr, "refused")
}

// A port that is taken by something else is not ready.
func TestHealthcheckOfAnotherServer(t *testing.T) {
	s := serveHere(t, nil)
	o := command(nil, "healthcheck", "--console="+s.ready.Listen) // the wrong port of the two
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, s.ready.Listen+" answers ")
}

func TestHealthcheckWaits(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ready.json")
	waiting := make(chan outcome, 1)
	go func() { waiting <- command(nil, "healthcheck", "--wait=30s", "--ready-file="+file) }()
	serveHere(t, nil, "--ready-file="+file)
	select {
	case o := <-waiting:
		require.Equal(t, exitOK, o.code, o.stderr)
	case <-time.After(patience):
		require.Fail(t, "it waits for ever")
	}
}

func TestHealthcheckGivesUp(t *testing.T) {
	start := time.Now()
	o := command(nil, "healthcheck", "--wait=50ms", "--console=127.0.0.1:1")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "not ready after 50ms: ")
	require.GreaterOrEqual(t, time.Since(start), 50*time.Millisecond)
	require.Less(t, time.Since(start), patience)

	o = command([]string{"COSEMU_CONSOLE=127.0.0.1:0"}, "healthcheck", "--wait=10s")
	require.Equal(t, exitUsage, o.code, "no wait will tell the port")
}
