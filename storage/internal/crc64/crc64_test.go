package crc64

import (
	"crypto/md5"
	"hash/crc64"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func table() *crc64.Table { return crc64.MakeTable(crc64.ECMA) }

// random returns n bytes that are the same in every run.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// power returns x^n mod P, reflected: multiplying by x shifts to the right, and what falls out
// is x^64, which is the rest of P.
func power(n int) uint64 {
	r := uint64(1) << 63
	for range n {
		r = r>>1 ^ crc64.ECMA*(r&1)
	}
	return r
}

func TestConstants(t *testing.T) {
	require.Equal(t, uint64(1)<<62, power(1))
	require.Equal(t, uint64(crc64.ECMA), power(64))
	require.Equal(t, power(8*block+63), uint64(x1087))
	require.Equal(t, power(8*block-1), uint64(x1023))
	require.Equal(t, power(128+63), uint64(x191))
	require.Equal(t, power(128-1), uint64(x127))
}

// TestUpdate holds every length at every alignment against hash/crc64. It says whether fold
// was tested.
func TestUpdate(t *testing.T) {
	t.Logf("this processor folds: %v", canFold())
	require.Equal(t, uint64(0x995dc9bbdf1939fa), Update(0, []byte("123456789")), "the check value of CRC-64/XZ")
	data := random(4096)
	at := make([][]byte, 64) // the same bytes, each a byte further on
	for i := range at {
		at[i] = append(make([]byte, i, i+len(data)), data...)[i:]
	}
	for _, before := range []uint64{0, 0x0123456789abcdef} {
		want := before
		for n := range len(data) + 1 {
			if n > 0 {
				want = crc64.Update(want, table(), data[n-1:n])
			}
			for i := range at {
				if got := Update(before, at[i][:n]); got != want {
					require.Equal(t, want, got, "%d bytes at %d after %x", n, i, before)
				}
			}
		}
	}
	for i := range at {
		require.Equal(t, data, at[i], "the body is only read")
	}
}

// TestSplits cuts bodies at random places.
func TestSplits(t *testing.T) {
	data := random(1 << 20)
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		whole := data[r.IntN(64) : len(data)-r.IntN(len(data))]
		want := crc64.Checksum(whole, table())
		var sum Sum
		for rest := whole; len(rest) > 0; {
			n := min(len(rest), r.IntN(1<<r.IntN(18)))
			got, err := sum.Write(rest[:n])
			require.NoError(t, err)
			require.Equal(t, n, got)
			rest = rest[n:]
		}
		require.Equal(t, want, uint64(sum))
	}
}

func TestUpdateAllocatesNothing(t *testing.T) {
	data := random(4096)
	require.Zero(t, testing.AllocsPerRun(100, func() { Update(1, data) }))
}

// FuzzUpdate cuts a body in two.
func FuzzUpdate(f *testing.F) {
	f.Add(uint64(0), []byte("123456789"), uint(4))
	f.Add(^uint64(0), random(2*block+17), uint(block+1))
	f.Fuzz(func(t *testing.T, before uint64, p []byte, cut uint) {
		for n := range 64 { // long bodies, too, and every alignment
			body := append(make([]byte, n), slices.Repeat(p, n+1)...)[n:]
			at := min(int(cut%(1<<16)), len(body))
			want := crc64.Update(before, table(), body)
			require.Equal(t, want, Update(before, body))
			require.Equal(t, want, Update(Update(before, body[:at]), body[at:]))
		}
	})
}

// BenchmarkUpdate sums a body by Update, by hash/crc64 and by MD5, turn about, and reports the
// rate of the first as a multiple of the others': the fastest of each, so that a busy machine
// disturbs it least.
func BenchmarkUpdate(b *testing.B) {
	for _, size := range []int{128, 256, 1 << 10, 4 << 10, 64 << 10, 256 << 10, 64 << 20} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			p := random(size)
			turns := max(1, 4096/size) // what a clock can tell
			var best [3]time.Duration
			for b.Loop() {
				for i, sum := range []func(){
					func() { Update(0, p) },
					func() { crc64.Update(0, table(), p) },
					func() { md5.Sum(p) },
				} {
					began := time.Now()
					for range turns {
						sum()
					}
					if took := time.Since(began); best[i] == 0 || took < best[i] {
						best[i] = took
					}
				}
			}
			b.ReportMetric(float64(size*turns)/1e6/best[0].Seconds(), "MB/s")
			b.ReportMetric(float64(best[1])/float64(best[0]), "of-hash")
			b.ReportMetric(float64(best[2])/float64(best[0]), "of-md5")
			b.ReportMetric(0, "ns/op") // three sums
		})
	}
}
