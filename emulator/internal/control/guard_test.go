package control

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

func header(pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
	}
}

// TestOnlyOurHostNamesAreAnswered: a page whose name resolves to this machine has that name in
// Host, and is refused.
func TestOnlyOurHostNamesAreAnswered(t *testing.T) {
	for _, c := range []struct {
		listen        string
		hosts         []string
		ours, foreign []string
	}{
		{
			listen:  "127.0.0.1:9001",
			ours:    []string{"127.0.0.1", "127.0.0.1:9001", "127.0.0.1:80", "localhost:9001", "LocalHost.", "[::1]:9001", "127.1.2.3"},
			foreign: []string{"evil.test", "evil.test:9001", "localhost.evil.test", "127.0.0.1.evil.test", "192.168.1.2", "10.0.0.1:9001", "[fe80::1]"},
		},
		{
			listen:  "0.0.0.0:9001",
			hosts:   []string{"Cosemu", "host.docker.internal"},
			ours:    []string{"localhost:9001", "192.168.1.2:49153", "[fe80::1]:9001", "cosemu:9001", "host.docker.internal"},
			foreign: []string{"evil.test", "evil.test:9001", "cosemu.evil.test"},
		},
		{
			listen:  "box.test:9001",
			ours:    []string{"box.test", "BOX.test:9001", "localhost", "127.0.0.1"},
			foreign: []string{"evil.test", "sub.box.test", "192.168.1.2"},
		},
	} {
		r := start(t, Options{Listen: c.listen, Hosts: c.hosts})
		for _, name := range c.ours {
			r.call("GET", "/api/v1/clock", "", host(name)).want(t, http.StatusOK, nil)
		}
		for _, name := range c.foreign {
			says := r.call("GET", "/api/v1/clock", "", host(name)).wantProblem(t, http.StatusMisdirectedRequest)
			require.Contains(t, says, "--console-hosts")
			r.call("DELETE", "/api/v1/clock", "", host(name)).wantProblem(t, http.StatusMisdirectedRequest)
			require.True(t, r.Clock().Now().Equal(startTime()), name)
		}
	}
}

func TestAMissingHostIsRefused(t *testing.T) {
	r := start(t, Options{})
	for request, status := range map[string]string{
		"GET /api/v1/clock HTTP/1.0\r\n\r\n":                    "421",
		"GET /api/v1/clock HTTP/1.0\r\nHost: localhost\r\n\r\n": "200",
	} {
		c, err := net.Dial("tcp", r.console)
		require.NoError(t, err)
		_, err = io.WriteString(c, request)
		require.NoError(t, err)
		line, err := bufio.NewReader(c).ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, line, " "+status+" ")
		require.NoError(t, c.Close())
	}
}

// TestCrossSiteWritesAreRefused: a write of a foreign page is refused by the origin that the
// browser sends.
func TestCrossSiteWritesAreRefused(t *testing.T) {
	r := start(t, Options{})
	writes := []struct{ method, path, body string }{
		{"PUT", "/api/v1/clock", `{"offset":"1h"}`},
		{"POST", "/api/v1/clock/advance", `{"by":"1h"}`},
		{"DELETE", "/api/v1/clock", ""},
		{"POST", "/api/v1/buckets", `{"name":"evil-1250000000"}`},
		{"DELETE", "/api/v1/credentials/" + testID, ""},
		{"POST", "/api/v1/reset", ""},
	}
	for _, w := range writes {
		for _, foreign := range []func(*http.Request){
			header("Sec-Fetch-Site", "cross-site"),
			header("Sec-Fetch-Site", "same-site"),
			header("Origin", "http://evil.test"),
			header("Origin", "null"),
			header("Origin", "http://127.0.0.1:1"),
			header("Origin", "http://"+r.console, "Sec-Fetch-Site", "cross-site"),
		} {
			r.call(w.method, w.path, w.body, foreign).wantProblem(t, http.StatusForbidden)
		}
	}
	require.True(t, r.Clock().Now().Equal(startTime()))
	all, err := r.Buckets()
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Len(t, r.Keys().List(), 1)

	// The console and programs may write. A read needs no origin, since a foreign page cannot see
	// the answer.
	for _, ours := range []func(*http.Request){
		header("Origin", "http://"+r.console, "Sec-Fetch-Site", "same-origin"),
		header("Origin", "http://"+r.console),
		header("Sec-Fetch-Site", "none"),
		header(),
	} {
		r.call("POST", "/api/v1/clock/advance", `{"by":"1h"}`, ours).want(t, http.StatusOK, nil)
	}
	read := r.call("GET", "/api/v1/clock", "", header("Origin", "http://evil.test", "Sec-Fetch-Site", "cross-site"))
	read.want(t, http.StatusOK, nil)
	require.Empty(t, read.header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "same-origin", read.header.Get("Cross-Origin-Resource-Policy"))
	require.Equal(t, "DENY", read.header.Get("X-Frame-Options"))
}

// TestOnlyJSONIsTaken: a form cannot send JSON, so it reaches no call, even from a browser that
// sends no origin.
func TestOnlyJSONIsTaken(t *testing.T) {
	r := start(t, Options{})
	for _, ct := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", "x", ""} {
		a := r.call("POST", "/api/v1/clock/advance", `{"by":"1h"}`, func(req *http.Request) {
			req.Header.Del("Content-Type")
			if ct != "" {
				req.Header.Set("Content-Type", ct)
			}
		})
		a.wantProblem(t, http.StatusUnsupportedMediaType)
		require.True(t, r.Clock().Now().Equal(startTime()), ct)
	}
	r.call("POST", "/api/v1/reset", "", header("Content-Type", "application/x-www-form-urlencoded")).
		wantProblem(t, http.StatusUnsupportedMediaType)
	for _, ct := range []string{"application/json", "Application/JSON; charset=utf-8"} {
		r.call("POST", "/api/v1/clock/advance", `{"by":"1h"}`, header("Content-Type", ct)).want(t, http.StatusOK, nil)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	r := start(t, Options{})
	fits := `{"by":"1h"}` + strings.Repeat(" ", maxBody-100)
	r.call("POST", "/api/v1/clock/advance", fits).want(t, http.StatusOK, nil)
	now := r.Clock().Now()
	tooLarge := `{"by":"1h"}` + strings.Repeat(" ", maxBody)
	r.call("POST", "/api/v1/clock/advance", tooLarge).wantProblem(t, http.StatusRequestEntityTooLarge)
	chunked := func(req *http.Request) {
		req.ContentLength, req.Body = -1, io.NopCloser(strings.NewReader(tooLarge))
	}
	r.call("POST", "/api/v1/clock/advance", tooLarge, chunked).wantProblem(t, http.StatusRequestEntityTooLarge)
	require.True(t, r.Clock().Now().Equal(now))

	// A length beyond the limit is refused before the body arrives.
	l, err := net.Dial("tcp", r.console)
	require.NoError(t, err)
	defer l.Close()
	require.NoError(t, l.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(l, "POST /api/v1/clock/advance HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n")
	require.NoError(t, err)
	line, err := bufio.NewReader(l).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, " 413 ")
}

// TestSlowClientsAreCutOff: slow clients cannot occupy the listener.
func TestSlowClientsAreCutOff(t *testing.T) {
	r := start(t, Options{bodyTimeout: 50 * time.Millisecond})
	slow, err := net.Dial("tcp", r.console)
	require.NoError(t, err)
	defer slow.Close()
	_, err = io.WriteString(slow, "PUT /api/v1/clock HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
	require.NoError(t, err)
	require.NoError(t, slow.SetReadDeadline(time.Now().Add(20*time.Second)))
	line, err := bufio.NewReader(slow).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, " 408 ")
	require.True(t, r.Clock().Now().Equal(startTime()))
	r.call("PUT", "/api/v1/clock", `{"offset":"1h"}`).want(t, http.StatusOK, nil)

	s := r.handler.Server()
	require.Positive(t, s.ReadHeaderTimeout)
	require.Positive(t, s.IdleTimeout)
	require.Positive(t, s.MaxHeaderBytes)
}

func TestHeadersAreBounded(t *testing.T) {
	r := start(t, Options{})
	r.call("GET", "/api/v1/clock", "", header("X", strings.Repeat("x", 32<<10))).want(t, http.StatusOK, nil)
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge,
		r.call("GET", "/api/v1/clock", "", header("X", strings.Repeat("x", 128<<10))).status)
}

// TestAnswersDoNotWaitForABody: a refused call, or one without a body, is answered before the body
// arrives.
func TestAnswersDoNotWaitForABody(t *testing.T) {
	r := start(t, Options{})
	for request, status := range map[string]string{
		"POST /api/v1/reset HTTP/1.1\r\nHost: evil.test\r\nContent-Length: 5\r\n\r\n":                                           "421",
		"POST /api/v1/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n":                                           "415",
		"POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n":                 "404",
		"GET /api/v1/clock HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n": "200",
	} {
		c, err := net.Dial("tcp", r.console)
		require.NoError(t, err)
		require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
		_, err = io.WriteString(c, request)
		require.NoError(t, err)
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
		require.Contains(t, resp.Status, status)
		require.True(t, resp.Close, "the connection is not used again")
		require.NoError(t, c.Close())
	}
	resp := r.call("PUT", "/api/v1/clock", `{"offset":"1h"}`)
	resp.want(t, http.StatusOK, nil)
}

// TestTLSOnly: a listener with TLS speaks plain HTTP with this machine alone.
func TestTLSOnly(t *testing.T) {
	h := start(t, Options{TLS: true, Listen: "0.0.0.0:9001"}).handler
	for peer, status := range map[string]int{
		"127.0.0.1:1": 200, "[::1]:1": 200, "[::ffff:127.0.0.1]:1": 200,
		"192.0.2.1:1": 403, "[2001:db8::1]:1": 403, "": 403, "@": 403,
	} {
		for _, path := range []string{"/api/v1/clock", "/", "/ca.pem/x"} {
			r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:9001"+path, http.NoBody)
			r.RemoteAddr = peer
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if status == 403 || path != "/ca.pem/x" {
				require.Equal(t, status, w.Code, "%s %s", peer, path)
			}
			if status == 403 {
				require.Contains(t, w.Body.String(), "use https")
			}
			r.TLS = &tls.ConnectionState{}
			w = httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.NotEqual(t, 403, w.Code)
		}
	}
}
