package api_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/wire"
)

// TestRefusedByTheHTTPServer: what never becomes a request stands in the journal
// all the same, with what came of it.
func TestRefusedByTheHTTPServer(t *testing.T) {
	s := start(t, api.Config{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := &http.Server{Handler: s.e, ReadHeaderTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	done := make(chan error, 1)
	go func() { done <- wire.Config{Clock: s.clock, Refused: s.e.NoteRefusal}.Serve(srv, l) }()
	t.Cleanup(func() {
		require.NoError(t, srv.Close())
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	})
	for _, c := range []struct {
		name, sent string
		status     int
		method     string
		path       string
		query      string
		key        string
		cut        bool
	}{
		{"no Host", "PUT /" + testBucket + "/a%zz b?c d HTTP/1.1\r\nX-Cos-Meta-A: b\r\n\r\n", 400, "PUT", "/" + testBucket + "/a%zz b", "c d", "a%zz b", false},
		{"bad header", "PUT /k HTTP/1.1\r\nHost: " + testHost + "\r\nX-Cos-Meta-A: b\r\nA: \x01\r\n\r\n", 400, "PUT", "/k", "", "k", false},
		{"encoding", "PUT /k HTTP/1.1\r\nHost: " + testHost + "\r\nX-Cos-Meta-A: b\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "PUT", "/k", "", "k", false},
		{"version", "PUT /k HTTP/3.0\r\nHost: " + testHost + "\r\nX-Cos-Meta-A: b\r\n\r\n", 505, "PUT", "/k", "", "k", false},
		{"expectation", "PUT /k HTTP/1.1\r\nHost: " + testHost + "\r\nX-Cos-Meta-A: b\r\nExpect: miracles\r\n\r\n", 417, "PUT", "/k", "", "k", false},
		{"too large", "PUT /k HTTP/1.1\r\nHost: " + testHost + "\r\nX-Cos-Meta-A: b\r\nX: " + strings.Repeat("x", 70<<10) + "\r\n\r\n", 431, "PUT", "/k", "", "k", true},
		{"no HTTP", "hello\r\n\r\n", 400, "hello", "", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := dial(t, l.Addr().String())
			line.write(c.sent)
			got := line.answer(http.MethodPut)
			require.Equal(t, c.status, got.status)
			entry, ok := s.e.Journal().Get(got.header.Get("X-Cos-Request-Id"))
			require.True(t, ok)
			require.Equal(t, journal.Refused, entry.Verdict)
			require.Equal(t, c.status, entry.Status)
			require.Equal(t, got.code(), entry.Code)
			require.Equal(t, got.message(), entry.Message)
			require.Equal(t, string(got.body), string(entry.Document))
			require.Equal(t, c.method, entry.Request.Method)
			require.Equal(t, c.path, entry.Request.Path)
			require.Equal(t, c.query, entry.Request.Query)
			require.Equal(t, c.key, entry.Key)
			require.Equal(t, c.cut, entry.Omitted != nil)
			size := 0
			for name, values := range entry.Request.Header {
				for _, v := range values {
					size += len(name) + len(v)
				}
			}
			require.LessOrEqual(t, size, 8<<10)
			if c.path != "" {
				require.Equal(t, testBucket, entry.Bucket)
				require.Equal(t, []string{"b"}, entry.Request.Header["X-Cos-Meta-A"])
			}
		})
	}
	s.requireNothing(testBucket, "k")

	// A misspelt name does not hide whose value is a secret.
	line := dial(t, l.Addr().String())
	line.write("PUT /k HTTP/1.1\r\nHost: " + testHost + "\r\nX-Cos-Security-Token : one\r\n\x01X-Cos-Security-Token: two\r\n three\r\n\r\n")
	require.Equal(t, 400, line.answer(http.MethodPut).status)
	entry := s.latest()
	require.Equal(t, http.Header{"X-Cos-Security-Token": {"one"}}, entry.Request.Header)
	require.Equal(t, 2, entry.Omitted.Headers)

	line = dial(t, l.Addr().String())
	line.write(string(s.signed(http.MethodPut, "/k", []byte("hello")).bytes()))
	require.Equal(t, 200, line.answer(http.MethodPut).status)
}
