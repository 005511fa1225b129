package wire_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/wire"
)

// server is an HTTP server with this package, on a real port.
type server struct {
	addr    string
	http    *http.Server
	refused chan wire.Refusal
	served  atomic.Int64
}

// echo answers with method, target and body of the request.
func (s *server) echo(w http.ResponseWriter, r *http.Request) {
	s.served.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	fmt.Fprintf(w, "%s %s %q", r.Method, r.RequestURI, body)
}

func testTime() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) }

func start(tb testing.TB, handler http.HandlerFunc) *server {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	s := &server{addr: l.Addr().String(), refused: make(chan wire.Refusal, 16)}
	if handler == nil {
		handler = s.echo
	}
	s.http = &http.Server{Handler: handler, MaxHeaderBytes: 16 << 10, ReadHeaderTimeout: 10 * time.Second}
	c := clock.New()
	c.Freeze(testTime())
	done := make(chan error, 1)
	go func() {
		done <- wire.Config{Clock: c, Refused: func(r wire.Refusal) { s.refused <- r }}.Serve(s.http, l)
	}()
	tb.Cleanup(func() {
		require.NoError(tb, s.http.Close())
		require.ErrorIs(tb, <-done, http.ErrServerClosed)
	})
	return s
}

// client is a connection.
type client struct {
	tb testing.TB
	net.Conn
	r *bufio.Reader
}

func (s *server) dial(tb testing.TB) *client {
	tb.Helper()
	c, err := net.Dial("tcp", s.addr)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = c.Close() })
	require.NoError(tb, c.SetDeadline(time.Now().Add(20*time.Second)))
	return &client{tb: tb, Conn: c, r: bufio.NewReader(c)}
}

func (c *client) send(format string, args ...any) {
	c.tb.Helper()
	_, err := fmt.Fprintf(c, format, args...)
	require.NoError(c.tb, err)
}

// answer reads the next answer to its end.
func (c *client) answer(method string) (*http.Response, string) {
	c.tb.Helper()
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	require.NoError(c.tb, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(c.tb, err)
	return resp, string(body)
}

func (c *client) want(status int, body string) {
	c.tb.Helper()
	resp, got := c.answer(http.MethodGet)
	require.Equal(c.tb, body, got)
	require.Equal(c.tb, status, resp.StatusCode)
}

func (c *client) wantEnd() {
	c.tb.Helper()
	n, err := io.Copy(io.Discard, c.r)
	require.NoError(c.tb, err)
	require.Zero(c.tb, n)
}

func TestKeepAlive(t *testing.T) {
	c := start(t, nil).dial(t)
	for _, targets := range [][2]string{
		{"/plain", "/plain"},
		{"/a%zz", "/a%25zz"},
		{"/percent%.txt?x=%", "/percent%25.txt?x=%"},
		{"/a b?c d", "/a%20b?c%20d"},
		{"/中文", "/中文"},
		{"//x/../y", "//x/../y"},
	} {
		c.send("GET %s HTTP/1.1\r\nHost: h\r\n\r\n", targets[0])
		c.want(200, fmt.Sprintf(`GET %s ""`, targets[1]))
		body := "PUT /% HTTP/1.1\r\n\r\n% %"
		c.send("PUT %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", targets[0], len(body), body)
		c.want(200, fmt.Sprintf(`PUT %s %q`, targets[1], body))
		c.send("PUT %s HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", targets[0], len(body), body)
		c.want(200, fmt.Sprintf(`PUT %s %q`, targets[1], body))
	}
}

// TestDecodesAlike: a repaired target decodes to the same bytes as the original.
func TestDecodesAlike(t *testing.T) {
	c := start(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }).dial(t)
	for sent, path := range map[string]string{"/a%zz b%41": "/a%zz bA", "/%": "/%", "/%%41": "/%A", "/\x01": "/\x01"} {
		c.send("GET %s HTTP/1.1\r\nHost: h\r\n\r\n", sent)
		c.want(200, path)
	}
}

func TestPipelined(t *testing.T) {
	s := start(t, nil)
	c := s.dial(t)
	body := strings.Repeat("GET /% HTTP/1.1\r\n\r\n", 1000)
	var all strings.Builder
	for i := range 20 {
		fmt.Fprintf(&all, "PUT /%d%% %d HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", i, i, len(body), body)
		fmt.Fprintf(&all, "GET /%%%d HTTP/1.1\r\nHost: h\r\n\r\n", i%10)
	}
	go func() { _, _ = io.WriteString(c, all.String()) }() // bytes that do not arrive are missing below
	for i := range 20 {
		c.want(200, fmt.Sprintf("PUT /%d%%25%%20%d %q", i, i, body))
		c.want(200, fmt.Sprintf(`GET /%%25%d ""`, i%10))
	}
	require.EqualValues(t, 40, s.served.Load())
}

func TestByteByByte(t *testing.T) {
	s := start(t, nil)
	c := s.dial(t)
	require.NoError(t, c.Conn.(*net.TCPConn).SetNoDelay(true))
	for range 2 {
		for _, b := range []byte("PUT /a%zz b HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\nGET /% ") {
			_, err := c.Write([]byte{b})
			require.NoError(t, err)
		}
		c.want(200, `PUT /a%25zz%20b "GET /% "`)
	}
}

func TestOldHTTP(t *testing.T) {
	s := start(t, nil)
	c := s.dial(t)
	c.send("GET /a%% HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
	c.want(200, `GET /a%25 ""`)
	c.send("PUT /b%% HTTP/1.0\r\nContent-Length: 1\r\n\r\n%%")
	c.want(200, `PUT /b%25 "%"`)
	c.wantEnd()
}

func TestExpect(t *testing.T) {
	s := start(t, nil)
	c := s.dial(t)
	c.send("PUT /a%% HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
	line, err := c.r.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
	_, err = c.r.Discard(2)
	require.NoError(t, err)
	c.send("%% %%")
	c.want(200, `PUT /a%25 "% %"`)
}

func TestOptionsStar(t *testing.T) {
	c := start(t, nil).dial(t)
	c.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
	c.want(200, `OPTIONS * ""`)
}

// TestHijacked: a handler that takes over the connection reads and writes unchanged bytes.
func TestHijacked(t *testing.T) {
	s := start(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"))
		_, _ = io.Copy(conn, rw)
	})
	c := s.dial(t)
	c.send("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\nGET /%% HTTP/1.1\r\n\r\n")
	require.NoError(t, c.Conn.(*net.TCPConn).CloseWrite())
	got, err := io.ReadAll(c.r)
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad RequestGET /% HTTP/1.1\r\n\r\n", string(got))
}

// TestFile: a file is sent completely by the ReadFrom of the connection.
func TestFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	require.NoError(t, os.WriteFile(name, want, 0o600))
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		f, err := os.Open(name)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer f.Close()
		http.ServeContent(w, r, "", time.Time{}, f)
	})
	c := s.dial(t)
	for range 2 {
		c.send("GET /%% HTTP/1.1\r\nHost: h\r\n\r\n")
		resp, got := c.answer(http.MethodGet)
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, want, []byte(got))
	}
}

// TestConnState: the server's earlier ConnState is still called.
func TestConnState(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	states := make(chan http.ConnState, 16)
	srv := &http.Server{
		Handler:   http.NotFoundHandler(),
		ConnState: func(_ net.Conn, s http.ConnState) { states <- s },
	}
	done := make(chan error, 1)
	go func() { done <- wire.Serve(srv, l) }()
	resp, err := http.Get("http://" + l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	for _, want := range []http.ConnState{http.StateNew, http.StateActive, http.StateIdle} {
		require.Equal(t, want, <-states)
	}
	require.NoError(t, srv.Close())
	require.ErrorIs(t, <-done, http.ErrServerClosed)
}

// TestDisconnect: a handler still sees that its client disconnects.
func TestDisconnect(t *testing.T) {
	gone := make(chan struct{})
	s := start(t, func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		close(gone)
	})
	c := s.dial(t)
	c.send("GET /%% HTTP/1.1\r\nHost: h\r\n\r\n")
	require.NoError(t, c.Close())
	<-gone
}

// TestAcceptError: Serve returns the error of the listener.
func TestAcceptError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	err = wire.Serve(&http.Server{ReadHeaderTimeout: time.Second}, l)
	require.ErrorIs(t, err, net.ErrClosed)
	require.NotErrorIs(t, err, http.ErrServerClosed)
}
