package signer_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

func testClient(addr string) *signer.Client {
	return &signer.Client{
		Addr:        addr,
		Credentials: &signer.Credentials{SecretID: docSecretID, SecretKey: docSecretKey},
		Bucket:      "examplebucket-1250000000",
		Region:      "ap-guangzhou",
		Now:         func() time.Time { return time.Unix(1795465389, 0) },
	}
}

func TestClientVerbs(t *testing.T) {
	k := &keeper{secret: docSecretKey}
	c := testClient(serve(t, k))
	for _, carrier := range append(carriers(), signer.CarrierNone) {
		c.Carrier = carrier
		calls := map[string]func() (*signer.Answer, error){
			http.MethodPut: func() (*signer.Answer, error) {
				return c.Put(t.Context(), "a b", strings.NewReader("x"), http.Header{"content-type": {"text/plain"}})
			},
			http.MethodGet:    func() (*signer.Answer, error) { return c.Get(t.Context(), "a b", http.Header{"Range": {"bytes=0-1"}}) },
			http.MethodHead:   func() (*signer.Answer, error) { return c.Head(t.Context(), "a b", nil) },
			http.MethodDelete: func() (*signer.Answer, error) { return c.Delete(t.Context(), "a b", nil) },
		}
		for method, call := range calls {
			a, err := call()
			require.NoError(t, err, method)
			require.NoError(t, a.Body.Close())
			require.Equal(t, http.StatusOK, a.Status)
			require.Equal(t, "the-request", a.RequestID)
			req, _, _ := k.last(t)
			require.Equal(t, method, req.Method)
			require.Equal(t, "/a%20b", req.Path)
			require.Equal(t, "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com", req.Host)
			want := carrier
			if want == signer.CarrierNone {
				want = signer.CarrierHeader
			}
			require.Equal(t, want, mustClaim(t, req).Carrier)
			require.Empty(t, req.Header.Get("User-Agent"))
		}
	}
	_, err := (&signer.Client{}).Put(t.Context(), "k", nil, nil)
	require.ErrorContains(t, err, "Credentials and Now")
}

func TestClientURLVerbs(t *testing.T) {
	k := &keeper{secret: docSecretKey}
	c := testClient(serve(t, k))
	bare := &signer.Client{Addr: "http://" + c.Addr + "/"}
	h := http.Header{"Content-Type": {"text/plain"}}
	calls := map[string]func(u string) (*signer.Answer, error){
		http.MethodPut:    func(u string) (*signer.Answer, error) { return bare.PutURL(t.Context(), u, strings.NewReader("x"), h) },
		http.MethodGet:    func(u string) (*signer.Answer, error) { return bare.GetURL(t.Context(), u, h) },
		http.MethodHead:   func(u string) (*signer.Answer, error) { return bare.HeadURL(t.Context(), u, h) },
		http.MethodDelete: func(u string) (*signer.Answer, error) { return bare.DeleteURL(t.Context(), u, h) },
	}
	for method, call := range calls {
		p, err := c.Presign(signer.PresignInput{Method: method, Key: "k", Header: h})
		require.NoError(t, err)
		a, err := call(p.URL)
		require.NoError(t, err, method)
		require.NoError(t, a.Body.Close())
		req, _, _ := k.last(t)
		require.Equal(t, method, req.Method)
		_, err = call(strings.Replace(p.URL, "q-signature=", "q-signature=0", 1))
		require.Error(t, err, method)
	}
}

// TestClientPresignDefaults: what is not said comes from the client, what is
// said stays.
func TestClientPresignDefaults(t *testing.T) {
	c := testClient("")
	p, err := c.Presign(signer.PresignInput{Method: http.MethodPut, Key: "k"})
	require.NoError(t, err)
	require.Equal(t, "1795465389;1795466289", p.Signed.Claim.SignTime.Raw, "a quarter of an hour")
	require.True(t, strings.HasPrefix(p.URL, "https://examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/k?"))

	c.Expires, c.Token, c.Credentials.Token = time.Minute, signer.TokenUnsigned, "t"
	p, err = c.Presign(signer.PresignInput{Method: http.MethodPut, Key: "k", Host: "h", Start: time.Unix(100, 0), Expires: time.Second})
	require.NoError(t, err)
	require.Equal(t, "100;101", p.Signed.Claim.SignTime.Raw)
	require.True(t, strings.HasPrefix(p.URL, "https://h/k?"))
	require.True(t, strings.HasSuffix(p.URL, "&x-cos-security-token=t"))
}

const refusalXML = `<?xml version='1.0' encoding='utf-8' ?>
<Error>
	<Code>SignatureDoesNotMatch</Code>
	<Message>The Signature you specified is invalid.</Message>
	<StringToSign>sha1
1;2
009ec928a0a91a0cc0c936c7acddc10169a45e33
</StringToSign>
	<FormatString>put
/a&amp;b

host=h
</FormatString>
	<Resource>/a&amp;b</Resource>
	<RequestId>NjA0NGFjMmE=</RequestId>
	<TraceId>OGVmYzZi</TraceId>
</Error>
`

func TestClientErrors(t *testing.T) {
	var answer func(w http.ResponseWriter)
	c := testClient(serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) })))
	refusal := func() *signer.Error {
		t.Helper()
		_, err := c.Put(t.Context(), "k", strings.NewReader("x"), nil)
		var e *signer.Error
		require.ErrorAs(t, err, &e)
		return e
	}

	answer = func(w http.ResponseWriter) {
		w.Header().Set("x-cos-request-id", "from the header")
		w.Header().Set("x-cosemu-diagnosis", "method,host")
		w.Header().Set("x-cosemu-more", "m")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, refusalXML)
	}
	e := refusal()
	require.Equal(t, 403, e.Status)
	require.Equal(t, "SignatureDoesNotMatch", e.Code)
	require.Equal(t, "The Signature you specified is invalid.", e.Message)
	require.Equal(t, "sha1\n1;2\n009ec928a0a91a0cc0c936c7acddc10169a45e33\n", e.StringToSign)
	require.Equal(t, "put\n/a&b\n\nhost=h\n", e.FormatString)
	require.Equal(t, "/a&b", e.Resource)
	require.Equal(t, "NjA0NGFjMmE=", e.RequestID)
	require.Equal(t, "OGVmYzZi", e.TraceID)
	require.True(t, e.ServerTime.IsZero())
	require.Equal(t, http.Header{"X-Cosemu-Diagnosis": {"method,host"}, "X-Cosemu-More": {"m"}}, e.Cosemu)
	require.Equal(t, refusalXML, string(e.Body))
	require.Equal(t, "PUT https://examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/k: 403 SignatureDoesNotMatch: "+
		"The Signature you specified is invalid. [method,host] (request id NjA0NGFjMmE=)", e.Error())

	answer = func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message><ServerTime>2020-06-17T05:37:29Z</ServerTime></Error>")
	}
	e = refusal()
	require.Equal(t, "Request has expired", e.Message)
	require.Equal(t, time.Date(2020, 6, 17, 5, 37, 29, 0, time.UTC), e.ServerTime)

	answer = func(w http.ResponseWriter) { // a HEAD or a 3xx has no body
		w.Header().Set("x-cos-error-code", "NoSuchKey")
		w.Header().Set("x-cos-error-message", "The specified key does not exist.")
		w.Header().Set("x-cos-request-id", "r")
		w.Header().Set("x-cos-trace-id", "t")
		w.WriteHeader(http.StatusNotFound)
	}
	e = refusal()
	require.Equal(t, []string{"NoSuchKey", "The specified key does not exist.", "r", "t"}, []string{e.Code, e.Message, e.RequestID, e.TraceID})

	answer = func(w http.ResponseWriter) { http.Error(w, "<html>a proxy", http.StatusBadGateway) }
	e = refusal()
	require.Empty(t, e.Code)
	require.Equal(t, "<html>a proxy\n", string(e.Body))
	require.Contains(t, e.Error(), "502 Bad Gateway")

	answer = func(w http.ResponseWriter) { // an endless one is cut off
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write(bytes.Repeat([]byte("x"), 5<<20))
	}
	require.Len(t, refusal().Body, 4<<20)
}

// TestClientTakesAnswersAsTheyAre: redirects are shown, bodies not unpacked.
func TestClientTakesAnswersAsTheyAre(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte("text"))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	c := testClient(serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("ETag", `"e"`)
		w.Header().Set("X-Cosemu-Verdict", "403 AccessDenied")
		_, _ = w.Write(packed.Bytes())
	})))
	a, err := c.Get(t.Context(), "k", nil)
	require.NoError(t, err)
	got, err := io.ReadAll(a.Body)
	require.NoError(t, err)
	require.NoError(t, a.Body.Close())
	require.Equal(t, packed.Bytes(), got)
	require.Equal(t, int64(packed.Len()), a.Size)
	require.Equal(t, `"e"`, a.ETag)
	require.Equal(t, "403 AccessDenied", a.Cosemu.Get("x-cosemu-verdict"))

	var e *signer.Error
	_, err = c.Get(t.Context(), "moved", nil)
	require.ErrorAs(t, err, &e)
	require.Equal(t, http.StatusFound, e.Status)
}

func TestClientContext(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	c := testClient(serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	})))
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := c.Get(ctx, "k", nil)
	require.ErrorIs(t, err, context.Canceled)
}

// TestClientAimsByURL: without an Addr the URL says where to go, TLS included.
func TestClientAimsByURL(t *testing.T) {
	k := &keeper{secret: docSecretKey}
	s := httptest.NewTLSServer(k)
	t.Cleanup(s.Close)
	c := &signer.Client{HTTP: s.Client()}
	p, err := testClient("").Presign(signer.PresignInput{Method: http.MethodPut, Key: "k", Host: strings.TrimPrefix(s.URL, "https://")})
	require.NoError(t, err)
	a, err := c.Send(t.Context(), p, strings.NewReader("x"))
	require.NoError(t, err)
	require.NoError(t, a.Body.Close())
	_, err = c.PutURL(t.Context(), "no-scheme/k", nil, nil)
	require.ErrorContains(t, err, "scheme")

	c.Addr = s.URL
	p, err = testClient("").Presign(signer.PresignInput{Method: http.MethodPut, Key: "%zz/", Host: "signed.example"})
	require.NoError(t, err)
	a, err = c.Send(t.Context(), p, strings.NewReader("x"))
	require.NoError(t, err)
	require.NoError(t, a.Body.Close())
	req, _, _ := k.last(t)
	require.Equal(t, "signed.example", req.Host)
}

// TestClientSendsPathsAsTheyAre: net/http's client would escape, clean or
// refuse these by itself.
func TestClientSendsPathsAsTheyAre(t *testing.T) {
	for path, onTheWire := range map[string]string{
		"/a%2fB%2F":    "/a%2fB%2F",
		"//a":          "//a",
		"/a/../b/.":    "/a/../b/.",
		"/!$&'()*+,;=": "/!$&'()*+,;=",
		"/[x]":         "/[x]",
		"/a b\"中":      "/a%20b%22%E4%B8%AD",
		"/%/%4/%zz":    "/%/%4/%zz",
		"//a%zz":       "http://h//a%zz", // absolute, or net/http would take a for the host
		"":             "/",
		"/k?":          "/k?",
		"/k?&&a&":      "/k?&&a&",
		"/k?a=%zz;b":   "/k?a=%zz;b",
		"/k?x=y#frag":  "/k?x=y",
	} {
		t.Run(path, func(t *testing.T) {
			addr, line := serveOne(t)
			a, err := (&signer.Client{Addr: addr}).GetURL(t.Context(), "http://h"+path, nil)
			require.NoError(t, err)
			require.NoError(t, a.Body.Close())
			require.Equal(t, "GET "+onTheWire+" HTTP/1.1\r\n", <-line)
		})
	}
}

// serveOne answers one request, whatever it is, and gives its request line.
func serveOne(t *testing.T) (addr string, line <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	lines := make(chan string, 1)
	go func() {
		defer close(lines)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		r := bufio.NewReader(conn)
		first, err := r.ReadString('\n')
		if err != nil {
			return
		}
		for s := first; err == nil && s != "\r\n"; {
			s, err = r.ReadString('\n')
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		lines <- first
	}()
	return l.Addr().String(), lines
}
