package cli

import (
	"errors"
	"net"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDescriptorsRunOut: with more idle connections than descriptors the server
// closes some, says so, and still stores what it is sent.
func TestDescriptorsRunOut(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell, whose ulimit this needs")
	}
	s := serveProcess(t, []string{"sh", "-c", `ulimit -n 64 && exec "$0" "$@"`, binary}, "--data="+t.TempDir())
	status, _ := send(t, http.MethodGet, "http://"+s.ready.Console+"/healthz", "")
	require.Equal(t, http.StatusOK, status)
	require.NotContains(t, s.stderr.String(), "level=WARN")

	var idle []net.Conn
	for range 100 {
		c, err := net.Dial("tcp", s.ready.Listen)
		require.NoError(t, err)
		defer c.Close()
		idle = append(idle, c)
	}
	require.NoError(t, idle[0].SetReadDeadline(time.Now().Add(patience)))
	_, err := idle[0].Read(make([]byte, 1))
	require.Error(t, err)
	var timeout net.Error
	require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "the connection that idles longest is closed: %v", err)

	status, body := send(t, http.MethodGet, "http://"+s.ready.Console+"/healthz", "")
	require.Equal(t, http.StatusServiceUnavailable, status, body)
	require.Contains(t, body, `"status":"failing"`)
	require.Contains(t, body, "ulimit -n")
	require.Contains(t, s.stderr.String(), "level=WARN")
	require.Contains(t, s.stderr.String(), "file descriptors run out")
	for range 5 {
		status, body = send(t, http.MethodPut, s.presign(nil, "--key=a.txt"), "hello")
		require.Equal(t, http.StatusOK, status, body)
	}
	status, body = send(t, http.MethodGet, s.presign(nil, "--key=a.txt", "--method=GET"), "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "hello", body)
}
