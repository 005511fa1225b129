package signer_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// keeper is a server that judges each request with one key and keeps what it
// accepted; it answers a refusal as COS does.
type keeper struct {
	secret string
	prefix string // of path-style requests

	mu       sync.Mutex
	accepted []*signer.Request
	bodies   [][]byte
	results  []signer.Result
}

func (k *keeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("x-cos-request-id", "the-request")
	req := signer.ReadRequest(r)
	c, ok := signer.ParseClaim(req)
	if !ok {
		http.Error(w, "anonymous", http.StatusForbidden)
		return
	}
	res := signer.Verify(req, c, k.secret, signer.VerifyOptions{PathPrefix: k.prefix})
	if !res.OK {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<Error><Code>SignatureDoesNotMatch</Code></Error>")
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.accepted = append(k.accepted, req)
	k.bodies = append(k.bodies, body)
	k.results = append(k.results, res)
}

func (k *keeper) last(t *testing.T) (*signer.Request, []byte, signer.Result) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	require.NotEmpty(t, k.accepted)
	n := len(k.accepted) - 1
	return k.accepted[n], k.bodies[n], k.results[n]
}

func (k *keeper) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.accepted)
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// TestRoundTrip signs, sends and judges over TCP: keys that are hard to keep
// whole, under every carrier, token place and address style.
func TestRoundTrip(t *testing.T) {
	k := &keeper{secret: docSecretKey}
	addr := serve(t, k)
	client := &signer.Client{Addr: addr}
	keys := []string{
		"exampleobject", "a/b//c/", "/lead", "//lead", "./dot/../dot", "plus+sign", "per%cent%41%", "q?m#a&r=k;s:c@d$,",
		"空 格 \"q\" <t> \\ ^ ` { | }", "😀", "tab\tline\n\x00\x7f\xff", "*'()!~-._", "%2F", "", "trailing ",
	}
	for _, key := range keys {
		for _, carrier := range carriers() {
			for place := signer.TokenSigned; place <= signer.TokenSignedHeaderInQuery; place++ {
				in := presignInput()
				in.Key, in.Carrier, in.Token = key, carrier, place
				in.Credentials.Token = "t+/="
				in.PathStyle = place == signer.TokenUnsigned
				p, err := signer.Presign(in)
				require.NoError(t, err)
				a, err := client.Send(t.Context(), p, strings.NewReader("body of "+key))
				require.NoError(t, err, "%q %v %d", key, carrier, place)
				require.NoError(t, a.Body.Close())
				req, body, res := k.last(t)
				require.Equal(t, "body of "+key, string(body))
				require.Equal(t, p.Signed.HttpString, res.HttpString)
				_, rest, ok := strings.Cut(strings.TrimPrefix(p.URL, "https://"), "/")
				require.True(t, ok)
				require.Equal(t, "/"+rest, req.Target(), "sent as it was signed")

				before := k.count()
				p.URL = strings.Replace(p.URL, "myqcloud.com/", "myqcloud.com/x", 1)
				_, err = client.Send(t.Context(), p, strings.NewReader("not this"))
				require.Error(t, err, "another key")
				require.Equal(t, before, k.count(), "nothing kept")
			}
		}
	}
}

// TestVectorsOverTCP sends every SDK's own request through the client helper.
func TestVectorsOverTCP(t *testing.T) {
	k := &keeper{}
	client := &signer.Client{Addr: serve(t, k)}
	var tooBad []string
	for _, f := range loadVectors(t) {
		for _, v := range f.Cases {
			k.secret = v.SecretKey
			body := vectorBody(&v)
			before := k.count()
			a, err := client.Send(t.Context(), &signer.Presigned{Method: v.Method, URL: v.URL, Header: v.Header()}, strings.NewReader(body))
			req, _ := signer.NewRequest(v.Method, v.URL, nil)
			_, unreadable := url.PathUnescape(req.Path)
			if !v.Holds || unreadable != nil {
				var refusal *signer.Error
				require.ErrorAs(t, err, &refusal, v.ID)
				require.Equal(t, before, k.count(), v.ID)
				if unreadable == nil {
					require.Equal(t, "SignatureDoesNotMatch", refusal.Code, v.ID)
				} else { // net/http itself, which never asked the handler
					require.Equal(t, http.StatusBadRequest, refusal.Status, v.ID)
					tooBad = append(tooBad, v.ID)
				}
				continue
			}
			require.NoError(t, err, v.ID)
			require.NoError(t, a.Body.Close())
			require.Equal(t, before+1, k.count(), v.ID)
			arrived, got, _ := k.last(t)
			require.Equal(t, body, string(got), v.ID)
			require.Equal(t, req.Host, arrived.Host, v.ID)
			require.True(t, strings.HasSuffix(v.WireURL(), "myqcloud.com"+arrived.Target()), "%s: %s", v.ID, arrived.Target())
		}
	}
	require.Equal(t, []string{"dotnet-012", "dotnet-097"}, tooBad, "a percent sign left bare in the path")
}

// vectorBody is a body as long as the vector's Content-Length says.
func vectorBody(v *vector) string {
	if v.Method == http.MethodGet || v.Method == http.MethodHead || v.Method == http.MethodDelete {
		return ""
	}
	switch n := v.Headers["Content-Length"]; n {
	case "":
		return "[Object Content]"
	case "0":
		return ""
	default:
		var length int
		if _, err := fmt.Sscan(n, &length); err != nil {
			return ""
		}
		return strings.Repeat("x", length)
	}
}

// TestRawBytesOnTheWire sends, byte by byte, what net/http's client would not:
// all of it must reach the judge as it was.
func TestRawBytesOnTheWire(t *testing.T) {
	k := &keeper{secret: testSecret}
	addr := serve(t, k)
	tests := []struct{ name, target, params, httpString string }{
		{"raw UTF-8", "/中?文=字&", "文", "put\n/中\n%e6%96%87=%E5%AD%97\n\n"},
		{"a bad escape in the query", "/k?a=%zz&b=%&", "a;b", "put\n/k\na=%25zz&b=%25\n\n"},
		{"a raw semicolon", "/k;x?a=1;2&", "a", "put\n/k;x\na=1%3B2\n\n"},
		{"two slashes and dots", "//a/../b?", "", "put\n//a/../b\n\n\n"},
		{"an absolute target", "http://h/k?a=1&", "a", "put\n/k\na=1\n\n"},
		{"&&", "/k?&&a=1&&b&&", "a;b", "put\n/k\na=1&b=\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			send := func(signature string) string {
				conn, err := net.Dial("tcp", addr)
				require.NoError(t, err)
				defer func() { _ = conn.Close() }()
				require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
				_, err = fmt.Fprintf(conn, "PUT %sq-sign-algorithm=sha1&q-ak=AKIDtest&q-sign-time=%s&q-key-time=%s&q-header-list=&q-url-param-list=%s&q-signature=%s HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody",
					tt.target, testTime, testTime, tt.params, signature)
				require.NoError(t, err)
				status, err := bufio.NewReader(conn).ReadString('\n')
				require.NoError(t, err)
				return status
			}
			good := refSign(testSecret, testTime, testTime, tt.httpString)
			before := k.count()
			require.Contains(t, send(strings.Repeat("0", len(good))), "403")
			require.Equal(t, before, k.count())
			require.Contains(t, send(good), "200")
			_, body, res := k.last(t)
			require.Equal(t, "body", string(body))
			require.Empty(t, res.Reading)
		})
	}
}
