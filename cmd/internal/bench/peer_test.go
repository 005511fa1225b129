package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPeerUploads: the requests are HTTP, each for its own key, with the headers that were asked
// for in place of the usual ones.
func TestPeerUploads(t *testing.T) {
	header := peerHeaders{}
	require.NoError(t, header.Set("Host: bucket.example"))
	require.NoError(t, header.Set("X-Key: {key}"))
	for rawURL, want := range map[string]string{
		"http://127.0.0.1:9000/bucket":                  "/bucket/p/0000001",
		"http://localhost:9000/a%20b/{key}?k={key}&x=1": "/a%20b/p/0000001?k=p/0000001&x=1",
		"http://[::1]/": "/p/0000001",
	} {
		f, err := newPeerForm(rawURL, header)
		require.NoError(t, err)
		all := f.uploads("p/", 2, []byte("body"))
		require.Len(t, all, 2)
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(all[1])))
		require.NoError(t, err)
		require.Equal(t, http.MethodPut, r.Method)
		require.Equal(t, want, r.RequestURI)
		require.Equal(t, "bucket.example", r.Host)
		require.Equal(t, "p/0000001", r.Header.Get("X-Key"))
		require.Equal(t, "application/octet-stream", r.Header.Get("Content-Type"))
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, "body", string(body))
	}
}

func TestPeerRefused(t *testing.T) {
	for _, rawURL := range []string{
		"http://example.com/bucket", "http://192.0.2.1:9000/", "https://127.0.0.1/", "http://user@127.0.0.1/",
		"http://localhost.example.com/", "127.0.0.1:9000", "http://0.0.0.0:9000/", "http://127.0.0.1:9000/%zz",
	} {
		var out, log bytes.Buffer
		err := run(t.Context(), []string{"--only", "peer", "--peer", rawURL}, &out, &log)
		require.ErrorContains(t, err, "--peer: ", rawURL)
		require.Empty(t, log.String(), "and nothing was measured")
	}
	for _, line := range []string{"no colon", ": no name", "X: a\r\nY: b"} {
		require.Error(t, peerHeaders{}.Set(line), line)
	}
}
