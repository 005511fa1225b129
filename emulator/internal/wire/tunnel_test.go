package wire_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/ca"
	"github.com/cosemu/cosemu/emulator/internal/wire"
)

// secureServer is a server whose handler makes a tunnel of each CONNECT request, and answers other
// requests with their scheme and target.
type secureServer struct {
	server
	ca      *ca.Authority
	tls     *tls.Config
	refused chan wire.Refusal
	failed  chan wire.HandshakeFailure
	hold    chan struct{} // closing it releases /hold
	held    chan struct{} // a request for /hold is being served
	done    chan error
}

func (s *secureServer) handle(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		if err := wire.Tunnel(w, r, r.RequestURI, s.tls); err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
		}
		return
	}
	if r.URL.Path == "/hold" {
		s.held <- struct{}{}
		<-s.hold
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https " + r.TLS.ServerName
	}
	s.served.Add(1)
	fmt.Fprintf(w, "%s %s %s %q", scheme, r.Method, r.RequestURI, body)
}

// startSecure serves TLS where onTLS is true, else plain HTTP. Both make tunnels.
func startSecure(tb testing.TB, onTLS bool, change func(*http.Server)) *secureServer {
	tb.Helper()
	authority, err := ca.New()
	require.NoError(tb, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	s := &secureServer{
		ca: authority, refused: make(chan wire.Refusal, 16), failed: make(chan wire.HandshakeFailure, 64),
		hold: make(chan struct{}), held: make(chan struct{}, 16), done: make(chan error, 1),
	}
	s.tls = &tls.Config{
		NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS10,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			host, local := wire.RequestedHost(hello)
			if host == "" {
				return authority.ForAddress(local)
			}
			return authority.Certificate(host)
		},
	}
	s.addr = l.Addr().String()
	s.http = &http.Server{
		Handler: http.HandlerFunc(s.handle), MaxHeaderBytes: 16 << 10, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: nil,
	}
	if change != nil {
		change(s.http)
	}
	cfg := wire.Config{
		Refused:         func(r wire.Refusal) { s.refused <- r },
		HandshakeFailed: func(f wire.HandshakeFailure) { s.failed <- f },
	}
	go func() {
		if onTLS {
			s.done <- cfg.ServeTLS(s.http, l, s.tls)
			return
		}
		s.done <- cfg.Serve(s.http, l)
	}()
	tb.Cleanup(func() { _ = s.http.Close() })
	return s
}

// tunnel opens a tunnel for plain HTTP.
func (s *secureServer) tunnel(tb testing.TB, behind string) *client {
	tb.Helper()
	c := s.dial(tb)
	c.send("CONNECT a.example.com:443 HTTP/1.1\r\nHost: a.example.com:443\r\n\r\n%s", behind)
	resp, err := http.ReadResponse(c.r, &http.Request{Method: http.MethodConnect})
	require.NoError(tb, err)
	require.Equal(tb, 200, resp.StatusCode)
	return c
}

// shake makes a TLS handshake.
func (s *secureServer) shake(tb testing.TB, c *client, change func(*tls.Config)) (*client, error) {
	tb.Helper()
	cfg := &tls.Config{RootCAs: s.ca.Pool(), ServerName: "a.example.com"}
	if change != nil {
		change(cfg)
	}
	t := tls.Client(c.Conn, cfg)
	return &client{tb: tb, Conn: t, r: bufio.NewReader(t)}, t.Handshake()
}

// TestTunnel: requests in a tunnel are served and refused like those at the port, one after the
// other.
func TestTunnel(t *testing.T) {
	s := startSecure(t, false, nil)
	secure, err := s.shake(t, s.tunnel(t, ""), nil)
	require.NoError(t, err)
	for scheme, c := range map[string]*client{"https a.example.com": secure, "http": s.tunnel(t, "")} {
		for range 3 {
			c.send("PUT /a%%zz b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")
			c.want(200, scheme+` PUT /a%25zz%20b "abc"`)
		}
		c.send("PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
		line, err := c.r.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
		_, err = c.r.Discard(2)
		require.NoError(t, err)
		c.send("abc")
		c.want(200, scheme+` PUT /a "abc"`)

		c.send("GET / HTTP/1.1\r\nHost: h\r\nX: %s\r\n\r\n", strings.Repeat("x", 40<<10))
		resp, body := c.answer(http.MethodGet)
		require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, resp.StatusCode, "the limits are those of outside")
		require.Contains(t, body, "<Code>InvalidRequest</Code>")
		<-s.refused
	}
	c := s.dial(t)
	c.send("GET /outside HTTP/1.1\r\nHost: h\r\n\r\n")
	c.want(200, `http GET /outside ""`)
}

// TestTunnelBehind: bytes that arrived together with the CONNECT request belong to the tunnel, even
// after another request that was repaired.
func TestTunnelBehind(t *testing.T) {
	s := startSecure(t, false, nil)
	long := strings.Repeat("x", 300<<10)
	for _, body := range []string{"", "abc", long} {
		c := s.dial(t)
		go func() {
			_, _ = fmt.Fprintf(c, "GET /a%% HTTP/1.1\r\nHost: h\r\n\r\nCONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"+
				"PUT /b%% HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%sGET /c%% HTTP/1.1\r\nHost: h\r\n\r\n", len(body), body)
		}()
		c.want(200, `http GET /a%25 ""`)
		resp, err := http.ReadResponse(c.r, &http.Request{Method: http.MethodConnect})
		require.NoError(t, err)
		require.Equal(t, 200, resp.StatusCode)
		c.want(200, fmt.Sprintf(`http PUT /b%%25 %q`, body))
		c.want(200, `http GET /c%25 ""`)
	}
}

// TestTunnelNested: a tunnel within a tunnel is refused.
func TestTunnelNested(t *testing.T) {
	s := startSecure(t, false, nil)
	c := s.tunnel(t, "")
	c.send("CONNECT b:443 HTTP/1.1\r\nHost: b\r\n\r\n")
	c.want(http.StatusTeapot, wire.ErrNested.Error()+"\n")
}

// TestTunnelElsewhere: Tunnel fails in a server without this package.
func TestTunnelElsewhere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &secureServer{server: server{addr: l.Addr().String()}, tls: &tls.Config{}} //nolint:gosec // not used
	srv := &http.Server{Handler: http.HandlerFunc(s.handle), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	c := s.dial(t)
	c.send("CONNECT b:443 HTTP/1.1\r\nHost: b\r\n\r\n")
	c.want(http.StatusTeapot, wire.ErrNoTunnel.Error()+"\n")
}

// TestTLSPort: a TLS port serves clients by name and by address, and refuses plain HTTP.
func TestTLSPort(t *testing.T) {
	s := startSecure(t, true, nil)
	for _, name := range []string{"a.example.com", "localhost"} {
		c, err := s.shake(t, s.dial(t), func(c *tls.Config) { c.ServerName = name })
		require.NoError(t, err)
		for range 2 {
			c.send("GET /a%%zz HTTP/1.1\r\nHost: h\r\n\r\n")
			c.want(200, "https "+name+` GET /a%25zz ""`)
		}
	}
	c, err := s.shake(t, s.dial(t), func(c *tls.Config) { c.ServerName = "127.0.0.1" }) // no name is sent
	require.NoError(t, err)
	c.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	c.want(200, `https  GET / ""`)

	// A TLS port is a proxy too.
	c.send("CONNECT b.example.com:443 HTTP/1.1\r\nHost: b.example.com\r\n\r\n")
	resp, err := http.ReadResponse(c.r, &http.Request{Method: http.MethodConnect})
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)
	inner, err := s.shake(t, c, func(c *tls.Config) { c.ServerName = "b.example.com" })
	require.NoError(t, err)
	inner.send("GET /in HTTP/1.1\r\nHost: h\r\n\r\n")
	inner.want(200, `https b.example.com GET /in ""`)

	served := s.served.Load()
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut} {
		plain := s.dial(t)
		length := ""
		if method == http.MethodPut {
			length = "Content-Length: 5\r\n" // and no body: it is refused before
		}
		plain.send("%s / HTTP/1.1\r\nHost: h\r\n%s\r\n", method, length)
		resp, body := plain.answer(method)
		require.Equal(t, 400, resp.StatusCode)
		require.Equal(t, "tencent-cos", resp.Header.Get("Server"))
		if method == http.MethodGet {
			require.Contains(t, body, "this port speaks TLS; use https.")
		}
		refused := <-s.refused
		require.Equal(t, resp.Header.Get("X-Cos-Request-Id"), refused.RequestID)
		plain.wantEnd()
	}
	require.Equal(t, served, s.served.Load())
}

// TestHandshakeFailed: Config.HandshakeFailed is called for clients that send no request. Clients
// that do not trust the authority are recognised.
func TestHandshakeFailed(t *testing.T) {
	s := startSecure(t, false, nil)
	other, err := ca.New()
	require.NoError(t, err)
	_, err = s.shake(t, s.tunnel(t, ""), func(c *tls.Config) { c.RootCAs = other.Pool() })
	require.Error(t, err)
	f := <-s.failed
	require.True(t, f.Distrusted(), f.Err)
	require.Equal(t, "a.example.com", f.Name)
	require.Equal(t, "a.example.com:443", f.Target)

	_, err = s.shake(t, s.tunnel(t, ""), func(c *tls.Config) { c.NextProtos = []string{"h2"} })
	require.Error(t, err)
	f = <-s.failed
	require.False(t, f.Distrusted(), f.Err)

	for _, sent := range []string{"\x16", "\x16\x03\x01\x00\x05hello", "\x16\x03\x01\xff\xff", "\x16 garbage, and more than a record's head"} {
		c := s.tunnel(t, sent)
		require.NoError(t, c.Conn.(*net.TCPConn).CloseWrite())
		f = <-s.failed
		require.False(t, f.Distrusted(), "%q: %v", sent, f.Err)
		_, err := io.Copy(io.Discard, c.r) // at most an alert
		require.NoError(t, err)
	}
	require.Zero(t, s.served.Load())
}
