package storage_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// TestVerify flips a byte at either end and in the middle of bodies of many sizes:
// what is handed out ends before its end, and the object is named until it is
// replaced, also by the next run.
func TestVerify(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := reopen(t, dir)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	put := func(key string, body []byte) {
		o := storage.Object{Key: key, ETag: key, CRC64: storage.Sum(body)}
		require.NoError(t, second(stage(t, s, body, -1).Commit("b", o, storage.CommitOptions{})))
	}
	read := func(key string, pieces int64) ([]byte, error) {
		r, err := s.Open("b", key)
		require.NoError(t, err)
		defer r.Close()
		r.Verify()
		var out bytes.Buffer
		for left := r.Size; left > 0; {
			n, err := r.CopyN(&out, min(left, pieces))
			left -= n
			if err != nil {
				return out.Bytes(), err
			}
		}
		return out.Bytes(), nil
	}
	for _, size := range []int{1, 1000, 64 << 10, 64<<10 + 1, 256 << 10, 256<<10 + 1, 1<<20 + 17} {
		for _, pieces := range []int64{1 << 40, 100_000} {
			key, body := fmt.Sprint(size), content(size, 1)
			put(key, body)
			got, err := read(key, pieces)
			require.NoError(t, err)
			require.True(t, bytes.Equal(body, got))
			for _, at := range []int{0, size / 2, size - 1} {
				put(key, body)
				name := storage.FileOf(t, s, "b", key)
				spoilt, err := os.ReadFile(name)
				require.NoError(t, err)
				spoilt[at] ^= 4
				require.NoError(t, os.WriteFile(name, spoilt, 0o600))
				got, err := read(key, pieces)
				require.ErrorIs(t, err, storage.ErrBody)
				require.Less(t, len(got), size)
				problems := s.Problems()
				require.Len(t, problems, 1)
				require.Equal(t, key, problems[0].Key)
				require.False(t, problems[0].Failing)
			}
		}
		put(fmt.Sprint(size), content(size, 2)) // replaced: nothing is wrong any more
		require.Empty(t, s.Problems())
	}

	put("lasting", content(3000, 3))
	require.NoError(t, os.Remove(storage.FileOf(t, s, "b", "lasting")))
	_, err := s.Open("b", "lasting")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, s.Close())
	for range 2 {
		s = reopen(t, dir)
		require.Len(t, s.Problems(), 1)
		require.Equal(t, "lasting", s.Problems()[0].Key)
		require.NoError(t, s.Close())
	}
	require.NoError(t, second(storage.RescueDisk(dir, storage.RescueOptions{Dismiss: true, Now: now()})))
	s = reopen(t, dir)
	require.Empty(t, s.Problems())
	require.NoError(t, s.Close())
}

// BenchmarkVerify sends a body over a connection of this machine, held against its
// CRC-64 and not, turn about, and reports the rate of the first as a part of the
// second's: the fastest of each, so that a busy machine disturbs it least.
func BenchmarkVerify(b *testing.B) {
	s, err := storage.OpenDisk(b.TempDir(), storage.Options{})
	require.NoError(b, err)
	require.NoError(b, s.CreateBucket(storage.Bucket{Name: "b"}))
	for _, size := range []int{1 << 10, 64 << 10, 1 << 20, 64 << 20} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			body := content(size, 1)
			for key, sum := range map[string]uint64{"plain": 0, "verified": storage.Sum(body)} {
				o := storage.Object{Key: key, CRC64: sum}
				require.NoError(b, second(stage(b, s, body, -1).Commit("b", o, storage.CommitOptions{})))
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(b, err)
			go func() {
				c, err := l.Accept()
				if err == nil {
					_, _ = io.Copy(io.Discard, c)
				}
			}()
			c, err := net.Dial("tcp", l.Addr().String())
			require.NoError(b, err)
			best := map[string]time.Duration{"plain": time.Hour, "verified": time.Hour}
			for b.Loop() {
				for key := range best {
					began := time.Now()
					r, err := s.Open("b", key)
					require.NoError(b, err)
					_, err = r.CopyN(c, r.Size)
					require.NoError(b, err)
					require.NoError(b, r.Close())
					best[key] = min(best[key], time.Since(began))
				}
			}
			b.ReportMetric(float64(best["plain"])/float64(best["verified"]), "of-plain")
			b.ReportMetric(float64(size)/1e6/best["verified"].Seconds(), "MB/s")
			require.NoError(b, c.Close())
			require.NoError(b, l.Close())
		})
	}
	require.NoError(b, s.Close())
}
