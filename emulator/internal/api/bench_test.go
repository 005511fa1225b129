package api_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/storage"
)

// sink is a ResponseWriter that keeps nothing but the status.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkPut1KiB is a signed upload without the network: from a request that
// was read to an answer that is not sent.
func BenchmarkPut1KiB(b *testing.B) {
	for _, c := range []struct {
		name string
		log  *slog.Logger
	}{{"quiet", nil}, {"logged", slog.New(slog.NewTextHandler(io.Discard, nil))}} {
		b.Run(c.name, func(b *testing.B) {
			st, err := storage.OpenMemory(storage.Options{})
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, st.Close()) })
			srv := startOn(b, api.Config{Keys: []keyring.Key{testKey()}, Log: c.log}, st)
			body := strings.Repeat("x", 1024)
			var wire [1024]string
			for i := range wire {
				m := srv.signed(http.MethodPut, fmt.Sprintf("/photos/%d.jpg", i), []byte(body), "Content-Type", "image/jpeg")
				wire[i] = string(m.bytes())
			}
			var requests [len(wire)]*http.Request
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if i%len(wire) == 0 {
					b.StopTimer()
					for i := range wire {
						requests[i], err = http.ReadRequest(bufio.NewReader(strings.NewReader(wire[i])))
						require.NoError(b, err)
					}
					b.StartTimer()
				}
				w := &sink{header: http.Header{}}
				srv.e.ServeHTTP(w, requests[i%len(wire)])
				if w.status != http.StatusOK {
					b.Fatalf("status %d", w.status)
				}
			}
		})
	}
}

// TestPutAllocations bounds what one upload allocates between the request that was read and the
// answer, with its log line, journal entry and stored object. The bound leaves a little room for
// other versions of Go.
func TestPutAllocations(t *testing.T) {
	if caseStride > 1 {
		t.Skip("the race detector allocates as well")
	}
	srv := start(t, api.Config{Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	body := strings.Repeat("x", 1024)
	m := srv.signed(http.MethodPut, "/photos/1.jpg", []byte(body), "Content-Type", "image/jpeg")
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(m.bytes()))))
	require.NoError(t, err)
	source := strings.NewReader(body)
	r.Body = io.NopCloser(source)
	put := func() {
		source.Reset(body)
		w := &sink{header: make(http.Header, 8)}
		srv.e.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.status)
	}
	require.LessOrEqual(t, testing.AllocsPerRun(200, put), 36.0)
}
