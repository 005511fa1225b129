package clients

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// untouched is a client as in the documentation of the SDK: https, the default transport.
// HTTPS_PROXY and SSL_CERT_FILE, set by the suite's run, connect it with the emulator.
func (e endpoint) untouched(t *testing.T, c credential) *cos.Client {
	t.Helper()
	require.Equal(t, "http://"+e.API, os.Getenv("HTTPS_PROXY"))
	u, err := cos.NewBucketURL(e.Bucket, e.Region, true)
	require.NoError(t, err)
	return cos.NewClient(&cos.BaseURL{BucketURL: u}, &http.Client{
		Transport: &cos.AuthorizationTransport{SecretID: c.ID, SecretKey: c.Secret, SessionToken: c.Token},
	})
}

// TestProxied uploads with the default endpoints through the proxy: in one request, in parts, and
// with a signed URL.
func TestProxied(t *testing.T) {
	e := theEndpoint(t)
	c := e.untouched(t, e.Key)
	const key = "go/proxied/对象 a+b"
	body := content(60, 3*mib+7)
	_, err := c.Object.Put(t.Context(), key, bytes.NewReader(body), nil)
	require.NoError(t, err)
	e.stored(t, key, body)
	require.Equal(t, e.Bucket+".cos."+e.Region+".myqcloud.com", e.journal(t, 1, "key", key, "method", "PUT")[0].Host)

	_, _, err = c.Object.Upload(t.Context(), key+" parts", file(t, body), &cos.MultiUploadOptions{PartSize: 1, ThreadPoolSize: 2})
	require.NoError(t, err)
	e.stored(t, key+" parts", body)

	signed, err := c.Object.GetPresignedURL2(t.Context(), http.MethodPut, key+" url", time.Hour, nil)
	require.NoError(t, err)
	put := func(u *url.URL) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, u.String(), bytes.NewReader(body))
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	require.Equal(t, http.StatusForbidden, put(tampered(t, signed)))
	e.notStored(t, key+" url")
	require.Equal(t, http.StatusOK, put(signed))
	e.stored(t, key+" url", body)

	mine, _, err := c.Service.Get(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, mine.Buckets)
}

// TestProxiedRefused: a wrong secret is refused through the proxy too, so the requests did reach
// the emulator.
func TestProxiedRefused(t *testing.T) {
	e := theEndpoint(t)
	wrong := e.Key
	wrong.Secret += "x"
	_, err := e.untouched(t, wrong).Object.Put(t.Context(), "go/proxied/refused", bytes.NewReader(nil), nil)
	refused(t, err, http.StatusForbidden, "SignatureDoesNotMatch")
	e.notStored(t, "go/proxied/refused")
}
