package cli

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An upload is on its way: the server has judged it and waits for the body.
type upload struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	body string
}

// begin sends the head of an upload and half of its body, once the server has
// asked for it.
func (s *served) begin(key string) *upload {
	s.t.Helper()
	target, err := url.Parse(s.presign(nil, "--key="+key))
	require.NoError(s.t, err)
	c, err := net.Dial("tcp", s.ready.Listen)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = c.Close() }) // closed long before if all went well
	require.NoError(s.t, c.SetDeadline(time.Now().Add(patience)))
	u := &upload{t: s.t, conn: c, in: bufio.NewReader(c), body: strings.Repeat("0123456789abcdef", 64<<10)}
	_, err = fmt.Fprintf(c, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		target.RequestURI(), target.Host, len(u.body))
	require.NoError(s.t, err)
	line, err := u.in.ReadString('\n')
	require.NoError(s.t, err)
	require.Contains(s.t, line, "100 Continue")
	_, err = u.in.ReadString('\n')
	require.NoError(s.t, err)
	_, err = io.WriteString(c, u.body[:len(u.body)/2])
	require.NoError(s.t, err)
	return u
}

// finish sends the rest and returns the status.
func (u *upload) finish() int {
	u.t.Helper()
	_, err := io.WriteString(u.conn, u.body[len(u.body)/2:])
	require.NoError(u.t, err)
	res, err := http.ReadResponse(u.in, nil)
	require.NoError(u.t, err)
	require.NoError(u.t, res.Body.Close())
	return res.StatusCode
}

// refusesConnections waits until the API port takes no more connections.
func (s *served) refusesConnections() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		c, err := net.Dial("tcp", s.ready.Listen)
		if err == nil {
			_ = c.Close() // it got through this once
		}
		return err != nil
	}, patience, 5*time.Millisecond)
}

func TestATerminatedServerFinishesItsUploads(t *testing.T) {
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		data := t.TempDir()
		s := serveBinary(t, "--data="+data)
		u := s.begin("late")
		s.signal(sig)
		s.refusesConnections()
		status, body := send(t, "GET", "http://"+s.ready.Console+"/healthz", "")
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.JSONEq(t, `{"status":"stopping"}`, body)
		require.NoFileExists(t, s.readyFile)
		require.Equal(t, http.StatusOK, u.finish())
		require.Equal(t, exitOK, s.end(), s.stderr)

		again := serveHere(t, nil, "--data="+data)
		status, body = send(t, "GET", again.presign(nil, "--method=GET", "--key=late"), "")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, u.body, body)
	}
}

func TestTheGraceIsBounded(t *testing.T) {
	data := t.TempDir()
	s := serveBinary(t, "--data="+data, "--grace=50ms")
	status, _ := send(t, "PUT", s.presign(nil, "--key=early"), "hello")
	require.Equal(t, http.StatusOK, status)
	s.begin("never")
	s.signal(syscall.SIGTERM)
	require.Equal(t, exitOK, s.end(), s.stderr)
	require.Contains(t, s.stderr.String(), "cut off")
	requireOnly(t, data, "early")
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	data := t.TempDir()
	s := serveBinary(t, "--data="+data, "--grace=1h")
	status, _ := send(t, "PUT", s.presign(nil, "--key=early"), "hello")
	require.Equal(t, http.StatusOK, status)
	s.begin("never")
	s.signal(syscall.SIGTERM)
	s.refusesConnections() // the first one was taken in
	s.signal(syscall.SIGTERM)
	require.Equal(t, exitFailed, s.end(), s.stderr)
	require.Contains(t, s.stderr.String(), "second signal")
	requireOnly(t, data, "early")
}

// requireOnly checks that of the keys early and never, the data holds early.
func requireOnly(t *testing.T, data, key string) {
	t.Helper()
	s := serveHere(t, nil, "--data="+data)
	status, body := send(t, "GET", s.presign(nil, "--method=GET", "--key="+key), "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "hello", body)
	status, _ = send(t, "GET", s.presign(nil, "--method=GET", "--key=never"), "")
	require.Equal(t, http.StatusNotFound, status)
}

// A signal that comes while the server starts ends it too.
func TestASignalDuringTheStart(t *testing.T) {
	p := &process{stdin: strings.NewReader(""), stdout: &buffer{}, stderr: &buffer{}}
	p.signals = func(to chan<- os.Signal) func() {
		to <- syscall.SIGTERM
		return func() {}
	}
	require.Equal(t, exitOK, run([]string{"--listen=127.0.0.1:0", "--console=127.0.0.1:0"}, p))
}
