package control

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/stretchr/testify/require"
)

// raw sends a request unchanged and waits until it is in the journal.
func (r *rig) raw(text string) {
	r.t.Helper()
	c, err := net.Dial("tcp", r.api)
	require.NoError(r.t, err)
	defer c.Close()
	require.NoError(r.t, c.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(c, text)
	require.NoError(r.t, err)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(r.t, err)
	require.NotEmpty(r.t, res.Header.Get("X-Cos-Request-Id"), "it was a request: %s", text)
	require.NoError(r.t, res.Body.Close())
}

// TestMisplacedSecrets: a secret in the wrong place of a request is in no answer, in any case or
// escape. The text around it is.
func TestMisplacedSecrets(t *testing.T) {
	const secret, wide = "MisplacedSecretKey0123456789abcd", "宽/Wide-Secret+of=Nobody"
	r := start(t, Options{})
	r.handler.shared.options.API = r.api
	require.NoError(t, r.Keys().Add(keyring.Key{SecretID: "AKIDone", SecretKey: secret, AppID: "1250000000"}))
	require.NoError(t, r.Keys().Add(keyring.Key{SecretID: "AKIDtwo", SecretKey: wide, AppID: "1250000000"}))
	n := 0
	for _, typed := range []string{
		secret, strings.ToLower(secret), url.PathEscape(wide), url.QueryEscape(wide), strings.ToLower(url.QueryEscape(wide)), url.QueryEscape(url.QueryEscape(wide)),
	} {
		for _, form := range []string{
			"GET /" + testBucket + "/beside-%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
			"GET /" + testBucket + "/beside?%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
			"GET /" + testBucket + "/beside?a=%s&b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
			"GET /" + testBucket + "/beside HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Cos-Meta-A: x %s\r\n\r\n",
			"GET /" + testBucket + "/beside HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: q-sign-algorithm=sha1&q-ak=%[1]s&q-sign-time=%[1]s&" +
				"q-key-time=1;2&q-header-list=%[1]s&q-url-param-list=%[1]s&q-signature=%[1]s\r\n\r\n",
		} {
			r.raw(fmt.Sprintf(form, typed))
			n++
		}
	}
	r.raw(secret + " /" + testBucket + "/beside HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") // the method
	r.raw("GET /" + testBucket + "/beside HTTP/1.1\r\nHost: 127.0.0.1\r\n" + secret + ": x\r\n\r\n")
	r.raw("GET /beside HTTP/1.1\r\nHost: " + secret + ".cos.ap-guangzhou.myqcloud.com\r\n\r\n")
	n += 3
	r.requests(fmt.Sprintf("/wait?count=%d&timeout=60s", n), 200)
	body := r.call("GET", "/api/v1/requests", "").body
	require.Contains(t, body, "curl -X '[hidden]'")
	require.GreaterOrEqual(t, strings.Count(body, "beside"), n)
	for range 3 { // undo escapes
		for _, s := range []string{secret, wide} {
			at := strings.Index(strings.ToLower(body), strings.ToLower(s))
			require.Negative(t, at, "…%s", body[max(0, at-200):max(0, at)])
		}
		body = unescape(body)
	}
}

// TestOwnToken: a token that only the caller knows is in no answer, wherever the request had it. An
// ordinary word is not hidden.
func TestOwnToken(t *testing.T) {
	const token = "TokenOfAnotherCloud/of+that=caller"
	r := start(t, Options{})
	r.handler.shared.options.API = r.api
	escaped := url.QueryEscape(token)
	link := "https://a/b?q-ak=AKIDx&x-cos-security-token=" + escaped + "&x=visible"
	requests := []string{
		"GET /" + testBucket + "/a HTTP/1.1\r\nHost: 127.0.0.1\r\nReferer: " + link + "\r\n\r\n",
		"PUT /" + testBucket + "/a HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nX-Cos-Copy-Source: " + strings.TrimPrefix(link, "https://") + "\r\n\r\n",
		"GET /" + testBucket + "/a?link=" + url.QueryEscape(link) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"GET /" + testBucket + "/" + url.PathEscape(link) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"GET /" + testBucket + "/a?x-cos-security-token=" + escaped + "&visible HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Other: " + token + "\r\n\r\n",
		"GET /" + testBucket + "/visible-" + escaped + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Security-Token: " + token + "\r\n\r\n",
		"GET /" + testBucket + "/visible HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: q-sign-algorithm=sha1&q-ak=AKIDx&x-cos-security-token=" + token + "\r\n\r\n",
	}
	for _, text := range requests {
		r.raw(text)
	}
	r.requests(fmt.Sprintf("/wait?count=%d&timeout=60s", len(requests)), 200)
	body := r.call("GET", "/api/v1/requests", "").body
	require.GreaterOrEqual(t, strings.Count(body, "visible"), len(requests))
	for range 3 {
		at := strings.Index(body, token)
		require.Negative(t, at, "…%s", body[max(0, at-200):max(0, at)])
		body = unescape(body)
	}
}
