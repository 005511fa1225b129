package wire_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/wire"
)

// BenchmarkPut uploads 1 KiB with a signed URL on eight connections, with the package and without
// it.
func BenchmarkPut(b *testing.B) {
	query := url.Values{"q-sign-algorithm": {"sha1"}, "q-ak": {strings.Repeat("A", 36)}, "q-signature": {strings.Repeat("0", 40)}}
	request := []byte("PUT /folder/%E4%B8%AD%E6%96%87/object.txt?" + query.Encode() + " HTTP/1.1\r\n" +
		"Host: examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com\r\nUser-Agent: bench\r\nAccept: */*\r\n" +
		"Content-Type: application/octet-stream\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024))
	for _, way := range []struct {
		name  string
		serve func(*http.Server, net.Listener) error
	}{
		{"bare", (*http.Server).Serve},
		{"wire", wire.Serve},
	} {
		b.Run(way.name, func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(b, err)
			srv := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
			})}
			go func() { _ = way.serve(srv, l) }()
			b.Cleanup(func() { _ = srv.Close() })
			b.ReportAllocs()
			b.SetParallelism(4)
			b.RunParallel(func(pb *testing.PB) {
				conn, err := net.Dial("tcp", l.Addr().String())
				if err != nil {
					b.Error(err)
					return
				}
				defer conn.Close()
				r := bufio.NewReader(conn)
				for pb.Next() {
					if _, err := conn.Write(request); err != nil {
						b.Error(err)
						return
					}
					for line := "x"; line != "\r\n"; {
						if line, err = r.ReadString('\n'); err != nil {
							b.Error(err)
							return
						}
					}
				}
			})
		})
	}
}
