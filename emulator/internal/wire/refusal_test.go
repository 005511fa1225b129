package wire_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRefusals: requests that net/http refuses get an answer in the form of COS, and
// a good request beside each is served.
//
// holds: code InvalidURI; code InvalidRequest; header transfer-encoding; header expect
func TestRefusals(t *testing.T) {
	long := strings.Repeat("x", 40<<10)
	for _, c := range []struct {
		name, sent string
		status     int
		code       string
		message    string
	}{
		{"no HTTP", "hello\r\n\r\n", 400, "InvalidRequest", "Invalid Request."},
		{"no version", "GET /\r\n\r\n", 400, "InvalidRequest", "Invalid Request."},
		{"strange target", "GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "InvalidURI", "Couldn't parse the specified URI."},
		{"no Host", "GET / HTTP/1.1\r\n\r\n", 400, "InvalidRequest", "Invalid Request: missing required Host header."},
		{"bad Host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "InvalidRequest", "Invalid Request: malformed Host header."},
		{"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "InvalidRequest", "Invalid Request."},
		{"bad header", "GET / HTTP/1.1\r\nHost: h\r\nA: \x01\r\n\r\n", 400, "InvalidRequest", "Invalid Request."},
		{"bad length", "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400, "InvalidRequest", "Invalid Request."},
		{"long target", "GET /" + long + " HTTP/1.1\r\nHost: h\r\n\r\n", 431, "InvalidRequest", "Invalid Request: the request line and the headers are too long."},
		{"long header", "GET / HTTP/1.1\r\nHost: h\r\nA: " + long + "\r\n\r\n", 431, "InvalidRequest", "Invalid Request: the request line and the headers are too long."},
		{"version", "GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505, "InvalidRequest", "Invalid Request: unsupported protocol version."},
		{"encoding", "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "NotImplemented", "A header or query you provided implies functionality that is not implemented: Unsupported transfer encoding."},
		{"expectation", "PUT / HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n", 417, "InvalidRequest", "Invalid Request: unknown Expect header."},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, nil)
			for _, before := range []bool{false, true} {
				conn := s.dial(t)
				if before {
					conn.send("GET /good HTTP/1.1\r\nHost: h\r\n\r\n")
					conn.want(200, `GET /good ""`)
				}
				go func() { _, _ = io.WriteString(conn, c.sent) }() // the server may close before the end
				resp, body := conn.answer(http.MethodGet)
				checkRefusal(t, s, resp, body, c.status, c.code, c.message, c.sent)
				conn.wantEnd()
			}
			require.EqualValues(t, 1, s.served.Load(), "the good one alone")
		})
	}
}

func checkRefusal(t *testing.T, s *server, resp *http.Response, body string, status int, code, message, sent string) {
	t.Helper()
	require.Equal(t, status, resp.StatusCode, body)
	told := <-s.refused
	require.Equal(t, status, told.Status)
	require.Equal(t, code, told.Code)
	require.Equal(t, message, told.Message)
	require.Equal(t, body, string(told.Document))
	if told.Cut {
		require.Equal(t, sent[:8<<10], string(told.Head), "as it came, within bounds")
	} else {
		require.Equal(t, strings.TrimRight(sent, "\r\n"), strings.TrimRight(string(told.Head), "\r\n"), "as it came")
	}
	require.Regexp(t, `^127\.0\.0\.1:\d+$`, told.RemoteAddr)

	id, trace := resp.Header.Get("X-Cos-Request-Id"), resp.Header.Get("X-Cos-Trace-Id")
	require.Equal(t, told.RequestID, id)
	plain, err := base64.StdEncoding.DecodeString(id)
	require.NoError(t, err)
	require.Regexp(t, fmt.Sprintf("^%x_", testTime().Unix()), string(plain))
	for name, want := range map[string]string{
		"Content-Type": "application/xml", "Server": "tencent-cos", "Date": "Tue, 24 Nov 2026 08:00:00 GMT",
		"Content-Length": strconv.Itoa(len(body)),
	} {
		require.Equal(t, []string{want}, resp.Header[name], name)
	}
	require.True(t, resp.Close)
	require.Equal(t, "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>"+code+"</Code>\n\t<Message>"+
		strings.ReplaceAll(message, "'", "&apos;")+"</Message>\n\t<Resource/>\n\t<RequestId>"+id+"</RequestId>\n\t<TraceId>"+trace+"</TraceId>\n</Error>", body)
}

// holds: answer x-cos-error-code; answer x-cos-error-message
func TestRefusedHead(t *testing.T) {
	s := start(t, nil)
	c := s.dial(t)
	c.send("HEAD / HTTP/1.1\r\n\r\n")
	resp, body := c.answer(http.MethodHead)
	require.Equal(t, 400, resp.StatusCode)
	require.Empty(t, body)
	require.Equal(t, "InvalidRequest", resp.Header.Get("X-Cos-Error-Code"))
	require.Equal(t, "Invalid Request: missing required Host header.", resp.Header.Get("X-Cos-Error-Message"))
	c.wantEnd()
}

// TestRefusedHeads: Refusal.Head is the unchanged beginning of the refused request, whatever
// precedes and follows it on the connection.
func TestRefusedHeads(t *testing.T) {
	const good = "PUT /good%zz HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
	const bad = "GET /a%zz b?c d=%1 HTTP/1.1\r\nX: 1\r\n"
	for name, text := range map[string]string{
		"alone":         bad + "\r\n",
		"behind one":    good + bad + "\r\n",
		"behind two":    good + good + bad + "\r\n",
		"before others": bad + "\r\n" + good,
		"in the middle": good + bad + "\r\n" + good,
	} {
		for _, piece := range []int{1, 7, len(text)} {
			t.Run(fmt.Sprintf("%s, by %d", name, piece), func(t *testing.T) {
				s := start(t, nil)
				c := s.dial(t)
				for rest := text; rest != ""; {
					n := min(piece, len(rest))
					if _, err := io.WriteString(c, rest[:n]); err != nil {
						break // the server may have closed
					}
					rest = rest[n:]
				}
				told := <-s.refused
				require.Equal(t, 400, told.Status)
				if len(told.Head) > 0 || strings.HasPrefix(text, bad) {
					require.Equal(t, bad+"\r\n", string(told.Head))
				}
				require.False(t, told.Cut)
			})
		}
	}
}

// TestRefusedWhileSending: a client that is still sending can read the refusal.
func TestRefusedWhileSending(t *testing.T) {
	s := start(t, nil)
	c := s.dial(t)
	body := strings.Repeat("x", 200<<10)
	c.send("PUT / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	resp, _ := c.answer(http.MethodPut)
	require.Equal(t, 400, resp.StatusCode)
}

// TestHandlersOwn: an answer of a handler is not taken for a refusal of net/http.
func TestHandlersOwn(t *testing.T) {
	const text = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"
	s := start(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/error":
			w.Header()["Content-Type"] = []string{"text/plain; charset=utf-8"}
			w.Header()["Connection"] = []string{"close"}
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, "400 Bad Request")
		case "/object":
			w.Header()["Content-Length"] = []string{strconv.Itoa(len(text))}
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
		case "/file":
			w.Header()["Content-Length"] = []string{strconv.Itoa(len(text))}
			_ = http.NewResponseController(w).Flush()
			_, _ = io.Copy(w, struct{ io.Reader }{strings.NewReader(text)})
		}
	})
	for _, path := range []string{"/object", "/file"} {
		c := s.dial(t)
		c.send("GET %s HTTP/1.1\r\nHost: h\r\n\r\n", path)
		c.want(200, text)
	}
	c := s.dial(t)
	c.send("GET /error HTTP/1.1\r\nHost: h\r\n\r\n")
	c.want(400, "400 Bad Request")
	require.Empty(t, s.refused)
}
