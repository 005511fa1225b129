package cli

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const realHost = "test-1250000000.cos.ap-guangzhou.myqcloud.com"

// forTheCloud is an upload's URL as an SDK makes it: for the real host.
func forTheCloud(t *testing.T, env []string, key string) string {
	t.Helper()
	o := command(env, "presign", "--cloud", "--key="+key)
	require.Equal(t, exitOK, o.code, o.stderr)
	return strings.TrimSpace(o.stdout)
}

// caPEM is the certificate that the console gives out.
func (s *served) caPEM() string {
	s.t.Helper()
	status, pem := send(s.t, "GET", "http://"+s.ready.Console+"/ca.pem", "")
	require.Equal(s.t, http.StatusOK, status, pem)
	return pem
}

func (s *served) pool() *x509.CertPool {
	s.t.Helper()
	pool := x509.NewCertPool()
	require.True(s.t, pool.AppendCertsFromPEM([]byte(s.caPEM())))
	return pool
}

// client is an unchanged program's, which trusts pool.
func (s *served) client(pool *x509.CertPool) *http.Client {
	tr := &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: s.ready.Listen}),
		TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true,
	}
	return &http.Client{Transport: tr, Timeout: patience}
}

func put(client *http.Client, url, body string) (int, error) {
	req, err := http.NewRequest(http.MethodPut, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// An unchanged program with a proxy and the CA is served under the real name,
// and the journal has the URL that it asked for.
func TestHTTPSByTheProxy(t *testing.T) {
	s := serveHere(t, nil, "--clock=2020-01-01T00:00:00Z")
	signed := forTheCloud(t, []string{"COSEMU_CLOCK=2020-01-01T00:00:00Z"}, "a")
	require.True(t, strings.HasPrefix(signed, "https://"+realHost+"/"), signed)
	status, err := put(s.client(s.pool()), signed, "hello")
	require.NoError(t, err, "whatever the emulator's clock says")
	require.Equal(t, http.StatusOK, status)

	status, err = put(s.client(s.pool()), strings.Replace(signed, "q-signature=", "q-signature=0", 1), "hello")
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, status)
	o := command(nil, "why", "last", "--console="+s.ready.Console)
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Contains(t, o.stdout, "PUT https://"+realHost+"/a\n")

	_, err = put(s.client(x509.NewCertPool()), signed, "hello")
	require.ErrorContains(t, err, "certificate")
	require.Eventually(t, func() bool { return strings.Contains(s.stderr.String(), "does not trust cosemu's CA") }, patience, time.Millisecond)
	require.Contains(t, s.stderr.String(), "http://"+s.ready.Console+"/ca.pem")
	require.NotContains(t, s.stderr.String(), "q-signature")

	_, err = put(s.client(s.pool()), "https://www.example.com/", "hello")
	require.ErrorContains(t, err, "Not Implemented")
}

func TestTLSListen(t *testing.T) {
	s := serveHere(t, nil, "--tls-listen=127.0.0.1:0")
	require.Contains(t, s.stdout.String(), "https://"+s.ready.TLSListen+"   (CA: http://"+s.ready.Console+"/ca.pem)\n")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.pool()}, DisableKeepAlives: true}, Timeout: patience}
	for _, host := range []string{s.ready.TLSListen, strings.Replace(s.ready.TLSListen, "127.0.0.1", "localhost", 1)} {
		signed := s.presign(nil, "--endpoint=https://"+host, "--key=a")
		require.True(t, strings.HasPrefix(signed, "https://"+host), signed)
		status, err := put(client, signed, "hello")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
	}
	status, body := send(t, "GET", "http://"+s.ready.TLSListen+"/", "")
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, body, "use https")

	o := command(nil, "--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--tls-listen="+s.ready.TLSListen)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "tls_listen: "+s.ready.TLSListen+" is in use")
	require.Contains(t, o.stderr, "--tls-listen ")
	require.NotContains(t, serveHere(t, nil).stdout.String(), "https://")

	logs := serveHere(t, nil, "--tls-listen=127.0.0.1:0", "--log-format=json")
	require.Contains(t, logs.stderr.String(), `"tls_listen":"`+logs.ready.TLSListen+`"`)
}

// The authority is kept in the data folder, or where --ca says; in memory it is
// another at each start.
func TestTheCAIsKept(t *testing.T) {
	data, own := t.TempDir(), filepath.Join(t.TempDir(), "ca")
	seen := map[string][]string{}
	for range 2 {
		for name, args := range map[string][]string{"data": {"--data=" + data}, "ca": {"--ca=" + own}, "memory": nil} {
			s := serveHere(t, nil, args...)
			seen[name] = append(seen[name], s.caPEM())
			s.signal(os.Interrupt)
			require.Equal(t, exitOK, s.end())
		}
	}
	require.Equal(t, seen["data"][0], seen["data"][1])
	require.Equal(t, seen["ca"][0], seen["ca"][1])
	require.NotEqual(t, seen["memory"][0], seen["memory"][1])
	require.NotEqual(t, seen["data"][0], seen["ca"][0])

	require.NoError(t, os.Truncate(filepath.Join(own, "ca-key.pem"), 10))
	o := command(nil, "--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--ca="+own)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "ca-key.pem is not a PEM private key")
	require.Contains(t, o.stderr, own)
}

// A signal lets an upload in a tunnel, or at the TLS port, finish, and ends the
// tunnels in which nothing happens.
func TestATerminatedServerFinishesItsTunnels(t *testing.T) {
	for _, tunnelled := range []bool{true, false} {
		s := serveBinary(t, "--tls-listen=127.0.0.1:0")
		var idle []net.Conn
		for _, sent := range []string{"", "\x16\x03\x01"} {
			c := s.connect()
			_, err := io.WriteString(c, sent)
			require.NoError(t, err)
			idle = append(idle, c)
		}
		u := s.beginTLS(tunnelled)
		s.signal(syscall.SIGTERM)
		s.refusesConnections()
		require.Equal(t, http.StatusOK, u.finish())
		require.Equal(t, exitOK, s.end(), s.stderr)
		for _, c := range idle {
			_, err := io.Copy(io.Discard, c)
			require.True(t, err == nil || strings.Contains(err.Error(), "reset"), "%v", err)
		}
		require.NotContains(t, s.stderr.String(), "panic")
		require.NotContains(t, s.stderr.String(), "cut off")
	}
}

// connect opens a tunnel to the real host.
func (s *served) connect() net.Conn {
	s.t.Helper()
	c, err := net.Dial("tcp", s.ready.Listen)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = c.Close() })
	require.NoError(s.t, c.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprintf(c, "CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n\r\n", realHost, realHost)
	require.NoError(s.t, err)
	established := make([]byte, 39)
	_, err = io.ReadFull(c, established)
	require.NoError(s.t, err)
	require.True(s.t, bytes.HasPrefix(established, []byte("HTTP/1.1 200 ")), "%q", established)
	return c
}

// beginTLS is begin by TLS.
func (s *served) beginTLS(tunnelled bool) *upload {
	s.t.Helper()
	target, err := url.Parse(forTheCloud(s.t, nil, "late"))
	require.NoError(s.t, err)
	var below net.Conn
	if tunnelled {
		below = s.connect()
	} else if below, err = net.Dial("tcp", s.ready.TLSListen); err == nil {
		s.t.Cleanup(func() { _ = below.Close() })
		err = below.SetDeadline(time.Now().Add(patience))
	}
	require.NoError(s.t, err)
	c := tls.Client(below, &tls.Config{RootCAs: s.pool(), ServerName: realHost})
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
