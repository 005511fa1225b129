package cosemutest_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/cosemutest"
	"github.com/cosemu/cosemu/signer"
)

// unchanged returns the client of a program that only gets a proxy and a certificate.
func unchanged(t *testing.T, cos *cosemutest.Server, pool *x509.CertPool) *http.Client {
	t.Helper()
	tr := &http.Transport{Proxy: http.ProxyURL(cos.ProxyURL()), TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 30 * time.Second}
}

// put sends a signed PUT to the bucket's real host.
func put(client *http.Client, cos *cosemutest.Server, key string, body []byte) (int, error) {
	p, err := signer.Presign(signer.PresignInput{
		Credentials: cos.Credentials, Method: http.MethodPut, Bucket: cos.Bucket, Region: cos.Region, Key: key,
		Start: cos.Clock.Now(), Expires: time.Hour,
	})
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequest(http.MethodPut, p.URL, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, errors.Join(err, resp.Body.Close())
}

// TestProxy: the proxy serves https for COS host names to a client that trusts the CA, whatever the
// emulator's clock is.
func TestProxy(t *testing.T) {
	cos := cosemutest.New(t, cosemutest.WithClock(time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)))
	client := unchanged(t, cos, cos.CAPool())
	status, err := put(client, cos, "a/b.txt", []byte("hello"))
	require.NoError(t, err)
	require.Equal(t, 200, status)
	cos.ExpectStored("a/b.txt", "hello")
	entry := cos.WaitFor(cosemutest.Filter{Method: http.MethodPut, Status: 200}, 1)[0]
	require.Equal(t, "https", entry.Scheme)
	require.Equal(t, cos.Bucket+".cos."+cos.Region+".myqcloud.com", entry.Request.Host)

	status, err = put(client, cos.As(signer.Credentials{SecretID: cos.Credentials.SecretID, SecretKey: "wrong"}), "no", []byte("x"))
	require.NoError(t, err)
	require.Equal(t, 403, status)
	_, err = put(unchanged(t, cos, x509.NewCertPool()), cos, "no", []byte("x"))
	require.ErrorContains(t, err, "certificate")
	_, err = client.Get("https://www.example.com/")
	require.ErrorContains(t, err, "Not Implemented", "nothing is forwarded")

	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(cos.CAPEM()))
	status, err = put(unchanged(t, cos, pool), cos, "c", []byte("x"))
	require.NoError(t, err)
	require.Equal(t, 200, status)
}

// TestWithTLS: both ports serve the same objects.
func TestWithTLS(t *testing.T) {
	require.Empty(t, cosemutest.New(t).TLSURL)
	cos := cosemutest.New(t, cosemutest.WithTLS())
	u := cos.Presign(http.MethodPut, "a", time.Hour)
	signed := strings.TrimPrefix(u, cos.URL)
	require.NotEqual(t, u, signed)
	// The signature includes the host with its port.
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: cos.CAPool()}}
	t.Cleanup(tr.CloseIdleConnections)
	req, err := http.NewRequest(http.MethodPut, cos.TLSURL+signed, strings.NewReader("hello"))
	require.NoError(t, err)
	req.Host = cos.Addr
	resp, err := tr.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)
	cos.ExpectStored("a", "hello")
}

// TestCloseWithTunnels: Close returns while clients send requests through the proxy, and no handler
// uses the closed store.
func TestCloseWithTunnels(t *testing.T) {
	for range 5 {
		cos, err := cosemutest.Start(cosemutest.WithTLS())
		require.NoError(t, err)
		var clients sync.WaitGroup
		served, over := make(chan struct{}), make(chan struct{})
		for range 6 {
			client := unchanged(t, cos, cos.CAPool())
			clients.Go(func() {
				for {
					status, err := put(client, cos, "key", bytes.Repeat([]byte("x"), 64<<10))
					if err != nil {
						return
					}
					if status != http.StatusOK {
						t.Errorf("status %d", status)
						return
					}
					select {
					case served <- struct{}{}:
					case <-over:
					}
				}
			})
		}
		for range 4 {
			<-served
		}
		close(over)
		require.NoError(t, cos.Close())
		clients.Wait()
	}
}
