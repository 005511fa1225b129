package clients

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// endpoint is a running emulator, from the environment.
type endpoint struct {
	API     string // host:port of the COS API
	Console string // host:port of the control listener
	Bucket  string
	Region  string
	Key     credential
	Temp    credential // a temporary key, with its token
}

type credential struct{ ID, Secret, Token string }

// theEndpoint reads the environment. Without it the suite fails and does not skip, so that a run
// without tests does not pass.
func theEndpoint(t *testing.T) endpoint {
	t.Helper()
	get := func(name string) string {
		v := os.Getenv(name)
		require.NotEmpty(t, v, "%s is not set: start this suite with ../run go", name)
		return v
	}
	return endpoint{
		API:     get("COSEMU_API"),
		Console: get("COSEMU_CONSOLE"),
		Bucket:  get("COSEMU_BUCKET"),
		Region:  get("COSEMU_REGION"),
		Key:     credential{ID: get("COSEMU_SECRET_ID"), Secret: get("COSEMU_SECRET_KEY")},
		Temp: credential{
			ID:     get("COSEMU_TEMP_SECRET_ID"),
			Secret: get("COSEMU_TEMP_SECRET_KEY"),
			Token:  get("COSEMU_TEMP_TOKEN"),
		},
	}
}

// transport connects to the emulator for each host, so that Host header and signature stay those of
// COS.
func (e endpoint) transport(t *testing.T) *http.Transport {
	t.Helper()
	tr := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, e.API)
		},
		MaxIdleConnsPerHost: 4,
	}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// http is a plain client, as programs without an SDK use for a signed URL.
func (e endpoint) http(t *testing.T) *http.Client {
	t.Helper()
	return &http.Client{Transport: e.transport(t)}
}

// client is an SDK client of a bucket that signs with c.
func (e endpoint) client(t *testing.T, bucket string, c credential) *cos.Client {
	t.Helper()
	return e.clientOver(t, bucket, c, e.transport(t))
}

func (e endpoint) clientOver(t *testing.T, bucket string, c credential, rt http.RoundTripper) *cos.Client {
	t.Helper()
	u, err := cos.NewBucketURL(bucket, e.Region, false)
	require.NoError(t, err)
	client := cos.NewClient(&cos.BaseURL{BucketURL: u}, &http.Client{
		Transport: &cos.AuthorizationTransport{
			SecretID: c.ID, SecretKey: c.Secret, SessionToken: c.Token, Transport: rt,
		},
	})
	require.True(t, client.Conf.EnableCRC, "the SDK's own CRC check must stay on")
	return client
}

// do sends a plain request and returns the answer and its body.
func (e endpoint) do(t *testing.T, method string, u *url.URL, h http.Header, body io.Reader) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, u.String(), body)
	require.NoError(t, err)
	for k, v := range h {
		req.Header[k] = v
	}
	resp, err := e.http(t).Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, b
}

// stored checks that the content of key is exactly want.
func (e endpoint) stored(t *testing.T, key string, want []byte) {
	t.Helper()
	resp, err := e.client(t, e.Bucket, e.Key).Object.Get(t.Context(), key, nil)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got), "%q came back changed: sent %d bytes, got %d", key, len(want), len(got))
}

// notStored checks that a refused upload stored nothing.
func (e endpoint) notStored(t *testing.T, key string) {
	t.Helper()
	ok, err := e.client(t, e.Bucket, e.Key).Object.IsExist(t.Context(), key)
	require.NoError(t, err)
	require.False(t, ok, "%q exists after a refused upload", key)
}

// refused checks that err is a COS error with this status and code.
func refused(t *testing.T, err error, status int, code string) *cos.ErrorResponse {
	t.Helper()
	e, ok := cos.IsCOSError(err)
	require.True(t, ok, "not a COS error: %v", err)
	require.Equal(t, status, e.Response.StatusCode)
	require.Equal(t, code, e.Code)
	require.NotEmpty(t, e.Response.Header.Get("x-cos-request-id"))
	return e
}

// clock moves the emulator's clock by d until the end of the test.
func (e endpoint) clock(t *testing.T, d time.Duration) {
	t.Helper()
	u := "http://" + e.Console + "/api/v1/clock"
	send := func(ctx context.Context, method string, body []byte) {
		req, err := http.NewRequestWithContext(ctx, method, u, bytes.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, 2, resp.StatusCode/100, "%s %s: %s", method, u, b)
	}
	b, err := json.Marshal(map[string]string{"offset": d.String()})
	require.NoError(t, err)
	t.Cleanup(func() { send(context.WithoutCancel(t.Context()), http.MethodDelete, nil) })
	send(t.Context(), http.MethodPut, b)
}

// content returns n bytes made from seed.
func content(seed uint64, n int) []byte {
	src := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), 'c', 'o', 's'})
	b := make([]byte, n)
	_, _ = src.Read(b) // never fails
	return b
}

// etag returns the ETag of a body that is uploaded in one request.
func etag(b []byte) string {
	sum := md5.Sum(b)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}
