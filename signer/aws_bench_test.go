package signer_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// benchAWS is an ordinary request of a family and carrier as a server gets it.
func benchAWS(tb testing.TB, family signer.Family, carrier signer.Carrier) *signer.Request {
	tb.Helper()
	in := awsInput(family, carrier)
	in.Key, in.Query, in.Credentials.Token = "photos/2026/11/example.jpg", nil, ""
	p, err := signer.Presign(in)
	require.NoError(tb, err)
	req := sent(tb, p)
	req.Header.Set("User-Agent", "aws-sdk-go-v2/1.0")
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("Content-Length", "1024")
	return req
}

// BenchmarkAWS finds and judges a request of each family and carrier.
func BenchmarkAWS(b *testing.B) {
	for _, family := range []signer.Family{signer.AWS4, signer.AWS2} {
		for _, carrier := range []signer.Carrier{signer.CarrierHeader, signer.CarrierQuery} {
			req := benchAWS(b, family, carrier)
			b.Run(family.String()+"/"+carrier.String()+"/judge", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					c, err := signer.FindClaim(req)
					if err != nil || c.CheckTime(awsStart()) != nil || !signer.Verify(req, c, awsSecret, awsOptions()).OK {
						b.Fatal("refused")
					}
				}
			})
			c := mustFind(b, req)
			b.Run(family.String()+"/"+carrier.String()+"/verify", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if !signer.Verify(req, c, awsSecret, awsOptions()).OK {
						b.Fatal("refused")
					}
				}
			})
		}
	}
}

// BenchmarkFindClaimOfCOS is what FindClaim costs over ParseClaim.
func BenchmarkFindClaimOfCOS(b *testing.B) {
	req := signer.ReadRequest(benchRequest(b))
	b.Run("ParseClaim", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = signer.ParseClaim(req)
		}
	})
	b.Run("FindClaim", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = signer.FindClaim(req)
		}
	})
}

// BenchmarkChunks reads a body in signed chunks and then hashes its data by
// SHA-256 alone, turn about, and reports the rate of the first as a part of the
// second's: the fastest of each, so that a busy machine disturbs it least.
func BenchmarkChunks(b *testing.B) {
	const size = 8 << 20
	data := patterned(size)
	for _, chunkSize := range []int{8 << 10, 64 << 10, 128 << 10, 1 << 20} {
		b.Run(strconv.Itoa(chunkSize>>10)+"KiB", func(b *testing.B) {
			var sizes []int
			for n := 0; n < size; n += chunkSize {
				sizes = append(sizes, chunkSize)
			}
			c := chunkClaim(b, strconv.Itoa(size))
			wire := []byte(wireOf(chunked(c.Signature, data, append(sizes, 0)...)))
			buf := make([]byte, 256<<10)
			b.SetBytes(size)
			b.ReportAllocs()
			alone, chunks := time.Hour, time.Hour
			for b.Loop() {
				at := time.Now()
				sha256.Sum256(data)
				alone = min(alone, time.Since(at))
				at = time.Now()
				r, err := signer.NewChunkReader(bytes.NewReader(wire), c, awsSecret)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, buf); err != nil {
					b.Fatal(err)
				}
				chunks = min(chunks, time.Since(at))
			}
			b.ReportMetric(float64(alone)/float64(chunks), "of-sha256")
		})
	}
}

// BenchmarkAWSMismatch is the price of a refusal.
func BenchmarkAWSMismatch(b *testing.B) {
	req := benchAWS(b, signer.AWS4, signer.CarrierHeader)
	req.Method = http.MethodPost
	c := mustFind(b, req)
	b.ReportAllocs()
	for b.Loop() {
		if signer.Verify(req, c, awsSecret, signer.VerifyOptions{}).OK {
			b.Fatal("accepted")
		}
	}
}
