package api_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// TestProxy: what a program with a proxy setting sends is served where it is
// for a host of ours, refused by name elsewhere, and forwarded nowhere.
func TestProxy(t *testing.T) {
	s := start(t, api.Config{Domains: []string{"cos.test"}, Aliases: map[string]string{"uploads.test": testBucket}})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("here")).status)
	for _, host := range []string{testHost, "uploads.test", testBucket + ".cos.test"} {
		for _, scheme := range []string{"http", "https"} {
			m := s.signedBy(testKey(), http.MethodGet, host, "/a", nil)
			m.target = scheme + "://" + host + m.target
			got := s.send(m)
			require.Equal(t, 200, got.status, "%s: %s", host, got.body)
			require.Equal(t, "here", string(got.body))
			require.Equal(t, scheme, s.latest().Scheme)
		}
	}
	for _, m := range []*message{
		{method: http.MethodGet, host: "www.example.com", target: "http://www.example.com/" + testBucket + "/a"},
		{method: http.MethodPut, host: "cos.test.example.com", target: "http://cos.test.example.com/a", body: []byte("x")},
		{method: http.MethodGet, host: testHost, target: "https://www.example.com/" + testBucket + "/a"},
		{method: http.MethodConnect, host: "www.example.com:443", target: "www.example.com:443"},
		{method: http.MethodConnect, host: testHost + ":443", target: "www.example.com:443"},
	} {
		got := s.send(m)
		s.requireRefused(got, m.target, 501, "NotImplemented", "")
		require.Contains(t, got.message(), "example.com")
		requireCommonHeaders(t, got)
	}
	s.requireStored(testBucket, "a", []byte("here"))
}

// latest is the newest entry of the journal.
func (s *server) latest() *journal.Entry {
	s.tb.Helper()
	list := s.e.Journal().Select(journal.Filter{Limit: 1})
	require.Len(s.tb, list, 1)
	return list[0]
}

// TestNothingIsForwarded: a listener that a client asks for through the proxy,
// by every form of request, sees no connection.
func TestNothingIsForwarded(t *testing.T) {
	s := start(t, api.Config{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	seen := make(chan struct{}, 16)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			seen <- struct{}{}
			_ = c.Close()
		}
	}()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	for _, host := range []string{"127.0.0.1:" + port, "localhost:" + port, testHost + ":" + port, "www.example.com:" + port} {
		for _, m := range []*message{
			{method: http.MethodGet, host: host, target: "http://" + host + "/"},
			{method: http.MethodGet, host: host, target: "https://" + host + "/"},
			{method: http.MethodGet, host: host, target: "ftp://" + host + "/"},
		} {
			require.GreaterOrEqual(t, s.send(m).status, 400, m.target)
		}
		c := s.connect(host)
		if c.status == 200 {
			require.Equal(t, 403, c.exchange(t, &message{method: http.MethodGet, host: host, target: "/"}).status, host)
			continue
		}
		_, err := io.Copy(io.Discard, c.r) // its end comes after the entry
		require.NoError(t, err)
		entry := s.latest()
		require.Equal(t, http.MethodConnect, entry.Request.Method)
		require.Equal(t, []string{host, ""}, []string{entry.Request.Host, entry.Request.Path}) // named once
		require.Contains(t, entry.Message, "NO_PROXY")
	}
	// It would have seen one.
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	<-seen
	require.NoError(t, c.Close())
	require.NoError(t, l.Close())
	<-done
	require.Empty(t, seen)
}

// tunnel is a connection after its CONNECT.
type tunnel struct {
	net.Conn
	r      *bufio.Reader
	status int
}

// newTunnel is what is spoken in one.
func newTunnel(c net.Conn) *tunnel { return &tunnel{Conn: c, r: bufio.NewReader(c), status: 200} }

// connect asks for a tunnel, with more bytes sent right behind.
func (s *server) connect(target string, behind ...byte) *tunnel {
	s.tb.Helper()
	c, err := net.Dial("tcp", s.addr)
	require.NoError(s.tb, err)
	s.tb.Cleanup(func() { _ = c.Close() })
	require.NoError(s.tb, c.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = c.Write(append(fmt.Appendf(nil, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target), behind...))
	require.NoError(s.tb, err)
	t := &tunnel{Conn: c, r: bufio.NewReader(c)}
	resp, err := http.ReadResponse(t.r, &http.Request{Method: http.MethodConnect})
	require.NoError(s.tb, err)
	t.status = resp.StatusCode
	return t
}

// secure shakes hands by the emulator's CA.
func (s *server) secure(t *tunnel, name string) (*tls.Conn, error) {
	s.tb.Helper()
	authority, err := s.e.CA()
	require.NoError(s.tb, err)
	require.Equal(s.tb, 200, t.status)
	c := tls.Client(t.Conn, &tls.Config{RootCAs: authority.Pool(), ServerName: name})
	return c, c.Handshake()
}

func (t *tunnel) exchange(tb testing.TB, m *message) *answer {
	tb.Helper()
	_, err := t.Write(m.bytes())
	require.NoError(tb, err)
	return readAnswer(tb, t.r, m.method)
}

// client is an unchanged program: it knows a proxy and a CA.
func (s *server) client() *http.Client {
	s.tb.Helper()
	authority, err := s.e.CA()
	require.NoError(s.tb, err)
	tr := &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: s.addr}),
		TLSClientConfig: &tls.Config{RootCAs: authority.Pool()}, ForceAttemptHTTP2: true,
		ExpectContinueTimeout: 30 * time.Second,
	}
	s.tb.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 30 * time.Second}
}

// TestUnchangedClient: a client that signs for the cloud's https host, and
// reaches it by HTTPS_PROXY, is served as it would be there.
func TestUnchangedClient(t *testing.T) {
	s := start(t, api.Config{Aliases: map[string]string{"uploads.test": testBucket}})
	client := s.client()
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	for _, host := range []string{testHost, testHost + ":443", testHost + ":8443", "uploads.test", strings.Replace(testHost, "myqcloud.com", "tencentcos.cn", 1)} {
		for _, scheme := range []string{"https", "http"} {
			m := s.signedBy(testKey(), http.MethodPut, host, "/dir%2Fa%20b", body)
			for _, expect := range []string{"", "100-continue"} {
				req, err := http.NewRequest(http.MethodPut, scheme+"://"+host+m.target, bytes.NewReader(body))
				require.NoError(t, err)
				req.Header = m.header.Clone()
				if expect != "" {
					req.Header.Set("Expect", expect)
				}
				resp, err := client.Do(req)
				require.NoError(t, err, "%s %s", scheme, host)
				got, _ := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				require.Equal(t, 200, resp.StatusCode, "%s %s: %s", scheme, host, got)
				require.Equal(t, "HTTP/1.1", resp.Proto)
				entry, ok := s.e.Journal().Get(resp.Header.Get("x-cos-request-id"))
				require.True(t, ok)
				require.Equal(t, scheme, entry.Scheme)
				require.Equal(t, host, entry.Request.Host)
				require.Equal(t, "/dir%2Fa%20b", entry.Request.Path)
				require.Equal(t, "dir/a b", entry.Key)
			}
			s.requireStored(testBucket, "dir/a b", body)
			require.Equal(t, 204, s.do(http.MethodDelete, "/dir%2Fa%20b", nil).status)

			m.header.Set("Authorization", strings.Replace(m.header.Get("Authorization"), "q-signature=", "q-signature=0", 1))
			req, err := http.NewRequest(http.MethodPut, scheme+"://"+host+m.target, bytes.NewReader(body))
			require.NoError(t, err)
			req.Header = m.header
			resp, err := client.Do(req)
			require.NoError(t, err)
			_ = resp.Body.Close()
			require.Equal(t, 403, resp.StatusCode, "a wrong signature")
			s.requireNothing(testBucket, "dir/a b")
		}
	}
	_, err := client.Get("https://www.example.com/")
	require.ErrorContains(t, err, "Not Implemented")
}

// TestTunnelTargets: what CONNECT may name.
func TestTunnelTargets(t *testing.T) {
	s := start(t, api.Config{})
	for target, want := range map[string]int{
		testHost + ":443": 200, testHost + ":80": 200, strings.ToUpper(testHost) + ":443": 200, testHost + ".:443": 200,
		"service.cos.myqcloud.com:443": 200, "sts.tencentcloudapi.com:443": 200, "sts.ap-guangzhou.tencentcloudapi.com:443": 200,
		"127.0.0.1:443": 200, "[::1]:443": 200, "localhost:9000": 200,
		testHost: 400, ":443": 400, testHost + ":": 400, testHost + ":0": 400, testHost + ":65536": 400, testHost + ":https": 400,
		"::1:443": 400, "[::1]": 400, "[::1": 400, "/": 400, "/" + testHost: 400, "http://" + testHost + "/": 400,
		"user@" + testHost + ":443": 400, testHost + ":443/": 400, testHost + ":443?x": 400, "*": 400,
		"www.example.com:443": 501, "cvm.tencentcloudapi.com:443": 501, testHost + ".example.com:443": 501,
	} {
		require.Equal(t, want, s.connect(target).status, target)
	}
	got := s.send(&message{method: http.MethodConnect, target: testHost + ":443", host: testHost, body: []byte("body")})
	s.requireRefused(got, "body", 400, "InvalidRequest", "")
}

// TestTunnelNames: the certificate is for the name in the handshake, which must
// be one of ours, else for the tunnel's host.
func TestTunnelNames(t *testing.T) {
	s := start(t, api.Config{})
	other := "other-1250000000.cos.ap-beijing.myqcloud.com"
	for _, c := range []struct{ target, name string }{
		{testHost + ":443", testHost}, {testHost + ":443", other}, {"127.0.0.1:443", "127.0.0.1"}, {"[::1]:443", "::1"}, {"localhost:1", "localhost"},
	} {
		conn, err := s.secure(s.connect(c.target), c.name)
		require.NoError(t, err, c)
		require.NoError(t, conn.ConnectionState().PeerCertificates[0].VerifyHostname(c.name))
		require.Empty(t, conn.ConnectionState().NegotiatedProtocol)
	}
	conn := tls.Client(s.connect(testHost+":443").Conn, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // no name is sent
	require.NoError(t, conn.Handshake())
	require.NoError(t, conn.ConnectionState().PeerCertificates[0].VerifyHostname(testHost), "no name: the tunnel's host")

	for _, name := range []string{"www.example.com", "a..b", strings.Repeat("x", 300)} {
		_, err := s.secure(s.connect(testHost+":443"), name)
		require.Error(t, err, "%.40s", name)
	}
	h2 := tls.Client(s.connect(testHost+":443").Conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) //nolint:gosec // likewise
	require.ErrorContains(t, h2.Handshake(), "no application protocol")
}

// TestTunnelKeepAlive: a tunnel takes one request after the other, bad escapes,
// blanks and refusals of the server's own included, as the port outside does.
func TestTunnelKeepAlive(t *testing.T) {
	s := start(t, api.Config{})
	for _, secure := range []bool{true, false} {
		raw := s.connect(testHost + ":443")
		in := raw
		if secure {
			conn, err := s.secure(raw, testHost)
			require.NoError(t, err)
			in = newTunnel(conn)
		}
		for i := range 3 {
			for _, key := range []string{fmt.Sprintf("/a%%zz%d", i), fmt.Sprintf("/b c%d", i), fmt.Sprintf("/%%%d", i)} {
				put := s.signed(http.MethodPut, strings.NewReplacer("%", "%25", " ", "%20").Replace(key), []byte("body"))
				put.target = key
				got := in.exchange(t, put)
				require.Equal(t, 200, got.status, "%s: %s", key, got.body)
				s.requireStored(testBucket, key[1:], []byte("body"))
				chunked := s.signed(http.MethodPut, "/chunked", nil)
				chunked.body, chunked.chunked = []byte("GET /% HTTP/1.1\r\n\r\n"), true
				require.Equal(t, 200, in.exchange(t, chunked).status)
				s.requireStored(testBucket, "chunked", chunked.body)
			}
		}
		require.Equal(t, secure, s.latest().Scheme == "https")
		nested := in.exchange(t, &message{method: http.MethodConnect, host: testHost, target: testHost + ":443"})
		require.Equal(t, 501, nested.status)
		require.Contains(t, nested.message(), "tunnel inside a tunnel")
		_, err := in.r.ReadByte()
		require.ErrorIs(t, err, io.EOF)
	}
	conn, err := s.secure(s.connect(testHost+":443"), testHost)
	require.NoError(t, err)
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n")
	require.NoError(t, err)
	refused := readAnswer(t, conn, http.MethodGet)
	require.Equal(t, 400, refused.status)
	require.Equal(t, "InvalidRequest", refused.code(), "in the cloud's form")
}

// TestTunnelPipelined: what a client sends without waiting for the answer to
// its CONNECT is part of the tunnel.
func TestTunnelPipelined(t *testing.T) {
	s := start(t, api.Config{})
	long := bytes.Repeat([]byte("x"), 100<<10)
	for _, body := range [][]byte{[]byte("x"), long} {
		m := s.signed(http.MethodPut, "/a%25zz", body)
		m.target = "/a%zz"
		in := s.connect(testHost+":80", m.bytes()...)
		require.Equal(t, 200, in.status)
		require.Equal(t, 200, readAnswer(t, in.r, m.method).status)
		s.requireStored(testBucket, "a%zz", body)
	}
	// A whole handshake cannot be sent blindly, but its first flight can: the
	// bytes come split between the CONNECT's packet and later ones.
	near, far := net.Pipe()
	conn := tls.Client(near, &tls.Config{InsecureSkipVerify: true, ServerName: testHost}) //nolint:gosec // not about names
	shaken := make(chan error, 1)
	go func() { shaken <- conn.Handshake() }()
	hello := make([]byte, 4096)
	n, err := far.Read(hello)
	require.NoError(t, err)
	in := s.connect(testHost+":443", hello[:n]...)
	require.Equal(t, 200, in.status)
	go func() { _, _ = io.Copy(far, in.r) }()
	go func() { _, _ = io.Copy(in, far) }()
	require.NoError(t, <-shaken)
	require.NoError(t, near.Close())
}

// TestTunnelGarbage: what is neither TLS nor HTTP ends, and nobody else does.
func TestTunnelGarbage(t *testing.T) {
	s := start(t, api.Config{})
	for _, sent := range []string{"\x16\x03\x01\x00\x05hello", "\x16garbage that is no record at all", "\x16", "\x00\x01\x02", "SSH-2.0-x\r\n\r\n"} {
		c := s.connect(testHost + ":443")
		require.Equal(t, 200, c.status)
		_, err := io.WriteString(c, sent)
		require.NoError(t, err)
		require.NoError(t, c.Conn.(*net.TCPConn).CloseWrite())
		_, err = io.Copy(io.Discard, c.r) // an alert, or a refusal; then the end
		require.NoError(t, err, "%q", sent)
	}
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x")).status)
}

// TestJudgesHTTPS: what is only asked about has a scheme too.
func TestJudgesHTTPS(t *testing.T) {
	s := start(t, api.Config{})
	e, err := s.e.Judge(http.MethodGet, "https://"+testHost+"/a", http.Header{})
	require.NoError(t, err)
	require.Equal(t, "https", e.Scheme)
	e, err = s.e.Judge(http.MethodGet, "http://"+testHost+"/a", http.Header{})
	require.NoError(t, err)
	require.Equal(t, "http", e.Scheme)
}
