package storage_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// BenchmarkTenThousandParts takes the largest upload there can be through its
// life: parts of 5 KiB, files in every mode.
func BenchmarkTenThousandParts(b *testing.B) {
	for _, mode := range []string{"memory", "disk"} {
		b.Run(mode, func(b *testing.B) {
			s := benchStore(b, mode)
			body := content(5<<10, 1)
			fill := func() storage.Upload {
				u := begin(b, s, "k")
				for n := 1; n <= storage.MaxPart; n++ {
					st, err := s.Stage(int64(len(body)))
					require.NoError(b, err)
					_, err = st.Write(body)
					require.NoError(b, err)
					p := storage.Part{Number: n, ETag: "0123456789abcdef0123456789abcdef", CRC64: 1 << 63, Modified: begun()}
					require.NoError(b, st.CommitPart("b", u.Key, u.ID, p))
				}
				return u
			}
			u := fill()
			b.Run("list 1000", func(b *testing.B) {
				for b.Loop() {
					page, err := s.ListParts("b", "k", u.ID, storage.PartOptions{After: 5000, Max: 1000})
					require.NoError(b, err)
					require.Len(b, page.Parts, 1000)
				}
			})
			var parts []storage.Part
			b.Run("read all", func(b *testing.B) {
				for b.Loop() {
					var err error
					parts, err = s.Parts("b", "k", u.ID)
					require.NoError(b, err)
				}
			})
			b.Run("complete", func(b *testing.B) {
				for n := 0; b.Loop(); n++ {
					b.StopTimer()
					if n > 0 {
						u = fill()
						var err error
						parts, err = s.Parts("b", "k", u.ID)
						require.NoError(b, err)
					}
					b.StartTimer()
					require.NoError(b, second(s.CompleteUpload("b", "k", u.ID, parts, storage.Object{}, storage.CommitOptions{})))
				}
			})
			b.Run("stat", func(b *testing.B) {
				for b.Loop() {
					require.NoError(b, second(s.Stat("b", "k")))
				}
			})
			b.Run("open and seek", func(b *testing.B) {
				p := make([]byte, 100)
				for n := 0; b.Loop(); n++ {
					r, err := s.Open("b", "k")
					require.NoError(b, err)
					_, err = r.ReadAt(p, int64(n*7_919_000%(5<<10*9_999)))
					require.NoError(b, err)
					require.NoError(b, r.Close())
				}
			})
			b.Run("read", func(b *testing.B) {
				b.SetBytes(int64(len(body) * storage.MaxPart))
				for b.Loop() {
					r, err := s.Open("b", "k")
					require.NoError(b, err)
					n, err := r.CopyN(io.Discard, r.Size)
					require.NoError(b, err, fmt.Sprint(n))
					require.NoError(b, r.Close())
				}
			})
		})
	}
}
