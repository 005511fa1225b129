package body_test

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"io"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/body"
)

// memory is a fast destination: it only copies what it gets.
type memory struct {
	data []byte
	n    int
}

func (m *memory) Write(p []byte) (int, error) {
	m.n += copy(m.data[m.n:], p)
	return len(p), nil
}

// BenchmarkCopy alternates between copying a body and hashing it with MD5 alone. It reports the
// rate of copying as a fraction of that of hashing, by the fastest of each, so that a busy machine
// disturbs the result least.
func BenchmarkCopy(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10, 256 << 10, 1 << 20, 8 << 20, 64 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			var p body.Reader
			data, dst := random(size), &memory{data: make([]byte, size)}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			alone, copied := time.Hour, time.Hour
			for b.Loop() {
				at := time.Now()
				md5.Sum(data)
				alone = min(alone, time.Since(at))
				dst.n = 0
				at = time.Now()
				if _, err := p.Copy(dst, bytes.NewReader(data), body.Spec{Length: int64(size), Limit: math.MaxInt64}); err != nil {
					b.Fatal(err)
				}
				copied = min(copied, time.Since(at))
			}
			b.ReportMetric(float64(alone)/float64(copied), "of-md5")
		})
	}
}

// BenchmarkStreams copies several bodies at once.
func BenchmarkStreams(b *testing.B) {
	const size = 4 << 20
	data := random(size)
	for _, streams := range []int{1, 2, 4, 16} {
		b.Run(fmt.Sprint(streams), func(b *testing.B) {
			var p body.Reader
			b.SetBytes(int64(size * streams))
			for b.Loop() {
				var wg sync.WaitGroup
				for range streams {
					wg.Go(func() {
						_, _ = p.Copy(io.Discard, bytes.NewReader(data), body.Spec{Length: size, Limit: math.MaxInt64})
					})
				}
				wg.Wait()
			}
		})
	}
}

// BenchmarkJoined combines the parts of the largest possible multipart upload.
func BenchmarkJoined(b *testing.B) {
	for b.Loop() {
		var j body.Joined
		for n := range int64(10_000) {
			j.Append(uint64(n)<<40, 5<<30-n*n)
		}
	}
}

func BenchmarkCombine(b *testing.B) {
	for b.Loop() {
		body.CombineCRC64(1, 2, 5<<30)
	}
}
