package api_test

import (
	"bytes"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// BenchmarkProxy puts objects over one connection: to the port itself, in a
// tunnel in plain, and in a tunnel by TLS. What TLS costs is the ratio of the
// last to the first; its client's share of the work is in it.
func BenchmarkProxy(b *testing.B) {
	for _, size := range []int{1 << 10, 8 << 20} {
		body := bytes.Repeat([]byte("x"), size)
		for _, way := range []string{"direct", "tunnel", "tls"} {
			b.Run(strconv.Itoa(size>>10)+"KiB/"+way, func(b *testing.B) {
				s := start(b, api.Config{})
				in := s.way(b, way)
				request := s.signed(http.MethodPut, "/key", body).bytes()
				b.SetBytes(int64(size))
				for b.Loop() {
					_, err := in.Write(request)
					if err != nil {
						b.Fatal(err)
					}
					resp, err := http.ReadResponse(in.r, nil)
					if err != nil || resp.StatusCode != http.StatusOK {
						b.Fatal(resp, err)
					}
				}
			})
		}
	}
}

// BenchmarkTunnel is what it takes to get one: the CONNECT, the handshake and
// one request.
func BenchmarkTunnel(b *testing.B) {
	s := start(b, api.Config{})
	request := s.signed(http.MethodPut, "/key", []byte("x")).bytes()
	for _, way := range []string{"direct", "tunnel", "tls"} {
		b.Run(way, func(b *testing.B) {
			for b.Loop() {
				in := s.way(b, way)
				_, err := in.Write(request)
				require.NoError(b, err)
				resp, err := http.ReadResponse(in.r, nil)
				require.NoError(b, err)
				require.Equal(b, http.StatusOK, resp.StatusCode)
				require.NoError(b, in.Close())
			}
		})
	}
}

// way is a connection to the server, on one of the ways to it.
func (s *server) way(tb testing.TB, way string) *tunnel {
	tb.Helper()
	switch way {
	case "tunnel":
		return s.connect(testHost + ":80")
	case "tls":
		c, err := s.secure(s.connect(testHost+":443"), testHost)
		require.NoError(tb, err)
		return newTunnel(c)
	}
	c, err := net.Dial("tcp", s.addr)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = c.Close() })
	return newTunnel(c)
}
