package signer_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// TestClientBodies: the length is found out where it can be, and the body is
// never gathered in memory to find it.
func TestClientBodies(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(file, []byte("0123456789"), 0o600))
	f, err := os.Open(file)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	_, err = f.Seek(4, io.SeekStart)
	require.NoError(t, err)

	pr, pw, err := os.Pipe() // seekable by its type alone
	require.NoError(t, err)
	defer func() { _ = pr.Close() }()
	_, err = pw.WriteString("piped")
	require.NoError(t, err)
	require.NoError(t, pw.Close())

	tests := []struct {
		name   string
		body   io.Reader
		header http.Header
		want   string
		length string // "" : chunked
	}{
		{"no body", nil, nil, "", "0"},
		{"text", strings.NewReader("abc"), nil, "abc", "3"},
		{"an empty text", strings.NewReader(""), nil, "", "0"},
		{"buffer", bytes.NewBufferString("abc"), nil, "abc", "3"},
		{"the rest of a file", f, nil, "456789", "6"},
		{"a pipe", pr, nil, "piped", ""},
		{"a stream", struct{ io.Reader }{strings.NewReader("abc")}, nil, "abc", ""},
		{"a stream of known length", struct{ io.Reader }{strings.NewReader("abc")}, http.Header{"Content-Length": {"3"}}, "abc", "3"},
		{"a text sent chunked", strings.NewReader("abc"), http.Header{"Transfer-Encoding": {"chunked"}}, "abc", ""},
	}
	k := &keeper{secret: docSecretKey}
	c := testClient(serve(t, k))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := c.Put(t.Context(), "k", tt.body, tt.header)
			require.NoError(t, err)
			require.NoError(t, a.Body.Close())
			req, body, _ := k.last(t)
			require.Equal(t, tt.want, string(body))
			require.Equal(t, tt.length, req.Header.Get("Content-Length"))
			require.Equal(t, tt.length == "", len(req.TransferEncoding) > 0)
		})
	}
	_, err = c.Put(t.Context(), "k", nil, http.Header{"Content-Length": {"-1"}})
	require.ErrorContains(t, err, "Content-Length")
}

// TestClientStreams: the server has the first byte before the client has the
// second.
func TestClientStreams(t *testing.T) {
	seen := make(chan struct{})
	addr := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		one := make([]byte, 1)
		if _, err := io.ReadFull(r.Body, one); err == nil {
			close(seen)
		}
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	pr, pw := io.Pipe()
	done := make(chan error, 1)
	go func() {
		a, err := testClient(addr).Put(context.Background(), "k", pr, nil)
		if err == nil {
			err = a.Body.Close()
		}
		done <- err
	}()
	_, err := pw.Write([]byte("1"))
	require.NoError(t, err)
	select {
	case <-seen:
	case <-time.After(10 * time.Second):
		require.Fail(t, "the first byte did not arrive")
	}
	_, err = pw.Write([]byte("2"))
	require.NoError(t, err)
	require.NoError(t, pw.Close())
	require.NoError(t, <-done)
}

// TestClientKeepsARefusedBody: what is refused at its header costs no upload.
func TestClientKeepsARefusedBody(t *testing.T) {
	c := testClient(serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/good" {
			_, _ = io.Copy(io.Discard, r.Body)
			return
		}
		w.WriteHeader(http.StatusForbidden)
	})))
	for _, length := range []string{"", "2097152"} {
		h := http.Header{}
		if length != "" {
			h.Set("Content-Length", length)
		}
		body := &counted{r: bytes.NewReader(make([]byte, 2<<20))}
		_, err := c.Put(t.Context(), "refused", body, h)
		require.Error(t, err)
		require.Zero(t, body.n)
		a, err := c.Put(t.Context(), "good", body, h)
		require.NoError(t, err)
		require.NoError(t, a.Body.Close())
		require.Equal(t, 2<<20, body.n)
	}
}

// counted counts what was read through it, and hides how much there is.
type counted struct {
	r io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

func TestClientZeroLength(t *testing.T) {
	k := &keeper{secret: docSecretKey}
	c := testClient(serve(t, k))
	h := http.Header{"Content-Length": {"0"}}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodDelete, http.MethodPut, http.MethodPost} {
		p, err := c.Presign(signer.PresignInput{Method: method, Key: "k", Header: h})
		require.NoError(t, err)
		require.Contains(t, p.Signed.Claim.RawHeaderList, "content-length")
		a, err := c.Send(t.Context(), p, nil)
		require.NoError(t, err, method)
		require.NoError(t, a.Body.Close())
		req, _, _ := k.last(t)
		require.Equal(t, []string{"0"}, req.Header["Content-Length"], method)
	}
}
