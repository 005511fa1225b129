package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// versioned makes a body that shows, anywhere in it, which one it is.
func versioned(n, size int) []byte {
	return bytes.Repeat([]byte(fmt.Sprintf("%08d", n)), size/8)
}

// whole checks that a body is one whole version of the size that goes with it.
func whole(body []byte) error {
	if len(body) < 8 {
		return fmt.Errorf("%d bytes", len(body))
	}
	var n int
	if _, err := fmt.Sscanf(string(body[:8]), "%d", &n); err != nil {
		return err
	}
	if !bytes.Equal(body, versioned(n, sizeOf(n))) {
		return fmt.Errorf("version %d: mixed, or cut at %d bytes", n, len(body))
	}
	return nil
}

// sizeOf gives versions sizes below and above what is kept in the index.
func sizeOf(n int) int { return 8 * (1 + n%9) * (1 + n%9*n%9*200) }

func commit(s *storage.Store, key string, body []byte) error {
	st, err := s.Stage(int64(len(body)))
	if err != nil {
		return err
	}
	if _, err := st.Write(body); err != nil {
		return err
	}
	return second(st.Commit("b", storage.Object{Key: key}, storage.CommitOptions{}))
}

func readWhole(s *storage.Store, key string) error {
	r, err := s.Open("b", key)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(r)
	if err == nil && int64(len(body)) != r.Size {
		err = fmt.Errorf("%d of %d bytes", len(body), r.Size)
	}
	if err == nil {
		err = whole(body)
	}
	return errors.Join(err, r.Close())
}

// TestThousandWriters: of a thousand who write one key at once one wins, with
// its whole body, and no other's is left over.
func TestThousandWriters(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var wg sync.WaitGroup
		for n := range 1000 {
			wg.Go(func() {
				if err := commit(s, "k", versioned(n, sizeOf(n))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.NoError(t, readWhole(s, "k"))
		require.Equal(t, []string{"k"}, keys(t, s, "b"))
	})
}

// TestOneWinsIfAbsent: of many who ask for an absent key one gets it.
func TestOneWinsIfAbsent(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var wg sync.WaitGroup
		var won atomic.Int64
		for n := range 200 {
			wg.Go(func() {
				st, err := s.Stage(-1)
				if err == nil {
					_, err = st.Write(versioned(n, sizeOf(n)))
				}
				if err == nil {
					err = second(st.Commit("b", storage.Object{Key: "k"}, storage.CommitOptions{IfAbsent: true}))
				}
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, storage.ErrObjectExists):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, int64(1), won.Load())
		require.NoError(t, readWhole(s, "k"))
	})
}

// TestReadersDuringOverwrites: readers see whole versions and nothing else
// while writers replace and delete what they read.
func TestReadersDuringOverwrites(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		const names, rounds = 3, 150
		key := func(n int) string { return fmt.Sprint("k", n%names) }
		for n := range names {
			require.NoError(t, commit(s, key(n), versioned(n, sizeOf(n))))
		}
		var writers, readers sync.WaitGroup
		var stop atomic.Bool
		var reads atomic.Int64
		for w := range 4 {
			writers.Go(func() {
				for n := range rounds {
					if err := commit(s, key(n), versioned(w*rounds+n, sizeOf(w*rounds+n))); err != nil {
						t.Error(err)
					}
					if w == 0 && n%5 == 0 {
						if err := second(s.Delete("b", key(n), time.Time{})); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		for range 4 {
			readers.Go(func() {
				for n := 0; !stop.Load(); n++ {
					err := readWhole(s, key(n))
					if err == nil {
						reads.Add(1)
					} else if !errors.Is(err, storage.ErrNoObject) {
						t.Error(err)
						return
					}
				}
			})
		}
		writers.Wait()
		stop.Store(true)
		readers.Wait()
		require.Positive(t, reads.Load())
	})
}

// TestReadAtFromMany reads one reader from many goroutines.
func TestReadAtFromMany(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var parts [][]byte
		for i := range 5 {
			parts = append(parts, content(3000+i*3000, byte(i)))
		}
		body := bytes.Join(parts, nil)
		require.NoError(t, storage.PutSegments(s, "b", storage.Object{Key: "k"}, parts...))
		r, err := s.Open("b", "k")
		require.NoError(t, err)
		var wg sync.WaitGroup
		for seed := range uint64(8) {
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(seed, seed))
				for range 200 {
					off := rnd.IntN(len(body))
					p := make([]byte, rnd.IntN(len(body)-off))
					if _, err := r.ReadAt(p, int64(off)); err != nil || !bytes.Equal(p, body[off:off+len(p)]) {
						t.Errorf("%d bytes at %d: %v", len(p), off, err)
					}
				}
			})
		}
		wg.Wait()
		require.NoError(t, r.Close())
	})
}

// TestResetAndCloseUnderUse: calls that meet a reset or the end are refused in
// so many words or take place, and nothing is left over.
func TestResetAndCloseUnderUse(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			s := m.open(t)
			var wg sync.WaitGroup
			for w := range 6 {
				wg.Go(func() {
					for n := 0; ; n++ {
						key := fmt.Sprint("k", n%5)
						var err error
						switch (w + n) % 4 {
						case 0:
							err = readWhole(s, key)
						case 1:
							_, err = s.List("b", storage.ListOptions{Max: 10, Delimiter: "k"})
						case 2:
							err = second(s.Delete("b", key, time.Time{}))
						case 3:
							err = commit(s, key, versioned(n, sizeOf(n)))
						}
						switch {
						case errors.Is(err, storage.ErrClosed):
							return
						case err != nil && !errors.Is(err, storage.ErrNoBucket) && !errors.Is(err, storage.ErrNoObject):
							t.Error(err)
							return
						}
					}
				})
			}
			for range 20 {
				if err := s.CreateBucket(storage.Bucket{Name: "b"}); err != nil {
					t.Error(err)
				}
				for n := range 20 {
					_ = commit(s, "mine", versioned(n, sizeOf(n)))
				}
				if err := s.Reset(); err != nil {
					t.Error(err)
				}
			}
			// With the bucket gone all that is on its way is refused; what is
			// left must be nothing.
			wg.Go(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			files, err := storage.Files(s)
			require.NoError(t, err)
			require.Empty(t, files)
			require.Zero(t, storage.Pinned(s))
		})
	}
}
