package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/wire"
)

// line is one connection to the server, on which a test writes what it likes.
type line struct {
	tb testing.TB
	net.Conn
	r *bufio.Reader
}

func (s *server) dial() *line {
	s.tb.Helper()
	return dial(s.tb, s.addr)
}

func dial(tb testing.TB, addr string) *line {
	tb.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = conn.Close() })
	// Far less than what an answer that waits for a body would take: for ever.
	require.NoError(tb, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return &line{tb: tb, Conn: conn, r: bufio.NewReader(conn)}
}

func (l *line) write(text string) {
	l.tb.Helper()
	_, err := io.WriteString(l, text)
	require.NoError(l.tb, err)
}

func (l *line) answer(method string) *answer {
	l.tb.Helper()
	return readAnswer(l.tb, l.r, method)
}

func (l *line) wantEnd() {
	l.tb.Helper()
	_, err := l.r.ReadByte()
	require.ErrorIs(l.tb, err, io.EOF)
}

// head is the message up to its body.
func (m *message) head() string {
	text, _, _ := strings.Cut(string(m.bytes()), "\r\n\r\n")
	return text + "\r\n\r\n"
}

// TestAnswerBeforeTheBody: a request that needs no body to be answered is
// answered at once, in every carrier and by every part that refuses. The body
// that comes late is not taken for the next request.
func TestAnswerBeforeTheBody(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/kept", []byte("kept")).status)
	tampered := s.signed(http.MethodPut, "/k", []byte("hello"))
	tampered.target = "/other"
	chunked := *tampered
	chunked.chunked = true
	unsigned := message{method: http.MethodHead, target: "/kept", host: testHost, header: http.Header{"Content-Length": {"5"}}}
	raw := func(format string, args ...any) string { return fmt.Sprintf(format, args...) }
	for _, c := range []struct {
		name, head string
		method     string
		status     int
		code       string
	}{
		{"signature", tampered.head(), "PUT", 403, "SignatureDoesNotMatch"},
		{"no signature", raw("PUT /k HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\n\r\n", testHost), "PUT", 403, "AccessDenied"},
		{"HEAD", unsigned.head(), "HEAD", 403, ""},
		{"no such method", raw("BREW /k HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\n\r\n", testHost), "BREW", 403, "AccessDenied"},
		{"no form", raw("POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data\r\nContent-Length: 5\r\n\r\n", testHost), "POST", 400, ""},
		{"preflight", raw("OPTIONS /k HTTP/1.1\r\nHost: %s\r\nOrigin: http://a\r\nAccess-Control-Request-Method: PUT\r\nContent-Length: 5\r\n\r\n", testHost), "OPTIONS", 403, "AccessForbidden"},
		{"proxy", raw("PUT http://elsewhere.example/k HTTP/1.1\r\nHost: elsewhere.example\r\nContent-Length: 5\r\n\r\n"), "PUT", 501, "NotImplemented"},
		{"STS", raw("POST /?%s HTTP/1.1\r\nHost: sts.tencentcloudapi.com\r\nContent-Length: 5\r\n\r\n", strings.Repeat("a", 33_000)), "POST", 200, ""},
		{"STS, too long", raw("POST / HTTP/1.1\r\nHost: sts.tencentcloudapi.com\r\nX-TC-Action: GetFederationToken\r\nContent-Length: 2000000\r\n\r\n"), "POST", 200, ""},
		{"served", s.signed(http.MethodDelete, "/nothing", []byte("hello")).head(), "DELETE", 204, ""},
		{"part", raw("PUT /k?partNumber=1&uploadId=1 HTTP/1.1\r\nHost: %s\r\nContent-Length: 262143\r\n\r\n", testHost), "PUT", 403, "AccessDenied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := dial(t, s.addr)
			l.write(c.head)
			got := l.answer(c.method)
			require.Equal(t, c.status, got.status, "%s", got.body)
			if c.code != "" {
				require.Equal(t, c.code, got.code())
			}
			// What follows is the body, whatever it looks like.
			smuggled := "DELETE /kept HTTP/1.1\r\nHost: " + testHost + "\r\n\r\n"
			body := "hello"
			if c.name == "STS, too long" {
				require.Contains(t, string(got.body), "exceeding request size limit")
				body = strings.Repeat("x", 2000000)
			}
			if c.name == "part" {
				body = smuggled + strings.Repeat("x", 262143-len(smuggled))
			}
			l.write(body)
			l.write("GET / HTTP/1.1\r\nHost: " + testHost + "\r\n\r\n")
			next := l.answer(http.MethodGet)
			require.Equal(t, 403, next.status)
			require.Contains(t, string(next.body), "<Resource>"+testHost+"</Resource>")
		})
	}
	t.Run("chunked", func(t *testing.T) {
		l := dial(t, s.addr)
		l.write(chunked.head())
		require.Equal(t, "SignatureDoesNotMatch", l.answer("PUT").code())
		l.write("5\r\nhello\r\n0\r\n\r\n" + s.signed(http.MethodGet, "/kept", nil).head())
		require.Equal(t, "kept", string(l.answer("GET").body))
	})
	t.Run("an unknown Expect", func(t *testing.T) {
		l := dial(t, s.addr)
		l.write("PUT /k HTTP/1.1\r\nHost: " + testHost + "\r\nExpect: miracles\r\nContent-Length: 5\r\n\r\n")
		require.Equal(t, 417, l.answer("PUT").status)
		l.wantEnd()
	})
	t.Run("tunnel", func(t *testing.T) {
		l := dial(t, s.addr)
		l.write("CONNECT " + testHost + ":80 HTTP/1.1\r\nHost: " + testHost + "\r\nContent-Length: 5\r\n\r\n")
		require.Equal(t, 400, l.answer("CONNECT").status)
		l = dial(t, s.addr)
		l.write("CONNECT " + testHost + ":80 HTTP/1.1\r\nHost: " + testHost + "\r\n\r\n")
		established, err := l.r.ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, established, " 200 ")
		_, err = l.r.ReadString('\n')
		require.NoError(t, err)
		l.write(tampered.head())
		require.Equal(t, "SignatureDoesNotMatch", l.answer("PUT").code())
	})
	s.requireNothing(testBucket, "k")
	s.requireNothing(testBucket, "other")
	s.requireStored(testBucket, "kept", []byte("kept"))
	require.Equal(t, 200, s.send(s.signed(http.MethodPut, "/k", []byte("hello"))).status)
	s.requireStored(testBucket, "k", []byte("hello"))
}

// TestExpectAndSilence: whoever waits for `100 Continue` is answered without it,
// and the connection ends.
func TestExpectAndSilence(t *testing.T) {
	s := start(t, api.Config{})
	m := s.signed(http.MethodPut, "/k", []byte("hello"))
	m.target = "/other"
	m.header.Set("Expect", "100-continue")
	l := s.dial()
	l.write(m.head())
	got := l.answer(http.MethodPut)
	require.Equal(t, 403, got.status)
	l.wantEnd()
	m.target = "/k"
	l = s.dial()
	l.write(m.head())
	line, err := l.r.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
	_, err = l.r.ReadString('\n')
	require.NoError(t, err)
	l.write("hello")
	require.Equal(t, 200, l.answer(http.MethodPut).status)
	s.requireNothing(testBucket, "other")
}

// serveAlso serves on a further listener.
func serveAlso(tb testing.TB, l net.Listener, h http.Handler) {
	tb.Helper()
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	done := make(chan error, 1)
	go func() { done <- wire.Serve(srv, l) }()
	tb.Cleanup(func() {
		require.NoError(tb, srv.Close())
		require.ErrorIs(tb, <-done, http.ErrServerClosed)
	})
}

// counted counts what a server reads.
type counted struct {
	net.Listener
	read *atomic.Int64
}

func (c counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	return countedConn{conn, c.read}, err
}

type countedConn struct {
	net.Conn
	read *atomic.Int64
}

func (c countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	return n, err
}

func (c countedConn) CloseWrite() error {
	return c.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

// TestRefusedUploadsAreReadWithinBounds: of a large upload that is refused a few
// MiB are read, and a client that writes before it reads still gets the answer.
func TestRefusedUploadsAreReadWithinBounds(t *testing.T) {
	s := start(t, api.Config{})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var read atomic.Int64
	serveAlso(t, counted{inner, &read}, s.e)
	m := s.signed(http.MethodPut, "/k", nil, "Content-Length", "1073741824")
	m.target = "/other"
	piece := make([]byte, 1<<20)
	for _, head := range []string{
		m.head(),
		strings.Replace(m.head(), "Content-Length: 1073741824\r\n", "Transfer-Encoding: chunked\r\n", 1) + "40000000\r\n",
	} {
		const uploads = 3
		read.Store(0)
		for range uploads {
			l := dial(t, inner.Addr().String())
			l.write(head)
			sent := int64(0)
			for sent < 1<<30 {
				n, err := l.Write(piece)
				sent += int64(n)
				if err != nil {
					break
				}
			}
			require.Less(t, sent, int64(1<<30), "it was let write to the end")
			require.Equal(t, "SignatureDoesNotMatch", l.answer(http.MethodPut).code())
		}
		require.LessOrEqual(t, read.Load(), int64(uploads*(5<<20)), "bytes read of the refused bodies")
	}
	s.requireNothing(testBucket, "other")
	whole := s.signed(http.MethodPut, "/k", make([]byte, 6<<20)) // more than is read of a refused one
	l := dial(t, inner.Addr().String())
	l.write(string(whole.bytes()))
	require.Equal(t, 200, l.answer(http.MethodPut).status)
	l.write(s.signed(http.MethodHead, "/k", nil).head())
	require.Equal(t, 200, l.answer(http.MethodHead).status, "and the connection serves on")
}

// TestSilentUpload: an upload that sends nothing any more is ended, nothing of
// it is stored, and its client is told why.
//
// holds: code RequestTimeout
func TestSilentUpload(t *testing.T) {
	s := start(t, api.Config{})
	s.e.SetIdle(100 * time.Millisecond)
	whole := s.signed(http.MethodPut, "/k", []byte("hello"))
	chunked := *whole
	chunked.chunked = true
	for _, c := range []struct{ name, head, body string }{
		{"length", whole.head(), "he"},
		{"nothing", whole.head(), ""},
		{"chunks", chunked.head(), "2\r\nhe\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := dial(t, s.addr)
			l.write(c.head + c.body)
			got := l.answer(http.MethodPut)
			require.Equal(t, 400, got.status)
			require.Equal(t, "RequestTimeout", got.code())
			l.wantEnd()
			s.requireNothing(testBucket, "k")
		})
	}
	t.Run("STS", func(t *testing.T) {
		l := dial(t, s.addr)
		l.write("POST / HTTP/1.1\r\nHost: sts.tencentcloudapi.com\r\nContent-Length: 5\r\n\r\n")
		require.Contains(t, string(l.answer(http.MethodPost).body), "Error")
		l.wantEnd()
	})
	require.Equal(t, 200, s.send(whole).status)
	s.requireStored(testBucket, "k", []byte("hello"))
}
