package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// appendBody appends to an object; what is said of it is its length.
func appendBody(s *storage.Store, key string, at int64, body []byte) (storage.Object, error) {
	st, err := s.Stage(int64(len(body)))
	if err != nil {
		return storage.Object{}, err
	}
	if _, err := st.Write(body); err != nil {
		return storage.Object{}, errors.Join(err, st.Abort())
	}
	return st.Append("b", key, at, func(old *storage.Object) (storage.Object, error) {
		if old == nil {
			return storage.Object{ETag: fmt.Sprint(len(body)), Modified: begun(), ACL: "first"}, nil
		}
		o := *old
		o.ETag = fmt.Sprint(old.Size + int64(len(body)))
		return o, nil
	})
}

func TestAppend(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var want []byte
		for i, size := range []int{50, 0, 6000, 1, 100, 40_000, 0, 3} {
			body := content(size, byte(i))
			o, err := appendBody(s, "k", int64(len(want)), body)
			require.NoError(t, err)
			want = append(want, body...)
			require.True(t, bytes.Equal(want, getBody(t, s, "b", "k")))
			stat, err := s.Stat("b", "k")
			require.NoError(t, err)
			require.Equal(t, stat, o)
			require.Equal(t, int64(len(want)), o.Size)
			require.Equal(t, fmt.Sprint(len(want)), o.ETag)
			require.Equal(t, "first", o.ACL)
			require.True(t, o.Appendable)
		}
		o, err := s.Stat("b", "k")
		require.NoError(t, err)
		require.Len(t, o.Segments, 6, "one for each body that is not empty, and no byte was copied")

		// One whose first piece is empty, too.
		for range 2 {
			_, err = appendBody(s, "empty", 0, nil)
			require.NoError(t, err)
		}
		_, err = appendBody(s, "empty", 0, []byte("x"))
		require.NoError(t, err)
		require.Equal(t, "x", get(t, s, "empty"))
	})
}

func TestAppendRefused(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		put(t, s, "normal", "12345")
		_, err := appendBody(s, "log", 0, []byte("12345"))
		require.NoError(t, err)
		refused := func(key string, at int64) error {
			t.Helper()
			before, berr := s.Stat("b", key)
			st := stage(t, s, content(20_000, 1), -1)
			_, err := st.Append("b", key, at, func(*storage.Object) (storage.Object, error) {
				t.Error("called")
				return storage.Object{}, nil
			})
			require.Error(t, err)
			require.Error(t, second(st.Append("b", key, at, nil)), "it was spent")
			after, aerr := s.Stat("b", key)
			require.Equal(t, berr, aerr)
			require.Equal(t, before, after)
			require.NoError(t, storage.Check(s), "the refused body is gone")
			return err
		}
		for _, at := range []int64{0, 4, 6, -1, 1 << 60} {
			var p *storage.PositionError
			require.ErrorAs(t, refused("log", at), &p)
			require.Equal(t, int64(5), p.Length)
			require.ErrorIs(t, refused("normal", at), storage.ErrNotAppendable)
			if at != 0 {
				require.ErrorAs(t, refused("absent", at), &p)
				require.Zero(t, p.Length)
			}
		}
		require.ErrorIs(t, refused("normal", 5), storage.ErrNotAppendable)
		require.ErrorIs(t, refused("", 0), storage.ErrName)
		no := errors.New("no")
		_, err = stage(t, s, content(20_000, 1), -1).Append("b", "log", 5, func(*storage.Object) (storage.Object, error) {
			return storage.Object{}, no
		})
		require.ErrorIs(t, err, no)
		_, err = stage(t, s, content(20_000, 1), -1).Append("x", "log", 5, nil)
		require.ErrorIs(t, err, storage.ErrNoBucket)

		// What was put whole is a normal object from then on.
		put(t, s, "log", "12345")
		require.ErrorIs(t, refused("log", 5), storage.ErrNotAppendable)
	})
}

func TestAppendWithVersions(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		_, err := appendBody(s, "old", 0, []byte("12"))
		require.NoError(t, err)
		setVersioning(t, s, storage.VersioningEnabled)
		for _, key := range []string{"old", "new"} {
			_, err := appendBody(s, key, 2, []byte("x"))
			require.ErrorIs(t, err, storage.ErrNotAppendable)
		}
		require.NoError(t, second(s.Delete("b", "deleted", begun())))
		setVersioning(t, s, storage.VersioningSuspended)
		o, err := appendBody(s, "old", 2, []byte("34"))
		require.NoError(t, err)
		require.Equal(t, "null", o.VersionID)
		require.Equal(t, "1234", getVersion(t, s, "old", "null"))
		require.NoError(t, second(s.Delete("b", "deleted", begun())))
		o, err = appendBody(s, "deleted", 0, []byte("again"))
		require.NoError(t, err)
		require.Equal(t, "null", o.VersionID)
		require.Len(t, history(t, s, "deleted"), 2, "the null marker is replaced")
	})
}

// TestAppendMany: of those who append at one place one wins; the others are
// told where the end is now, and in the end all is there, whole.
func TestAppendMany(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var wg sync.WaitGroup
		var lost atomic.Int64
		for w := range 6 {
			wg.Go(func() {
				at := int64(0)
				for n := 0; n < 15; {
					_, err := appendBody(s, "k", at, versioned(w*100+n, 800))
					var p *storage.PositionError
					switch {
					case err == nil:
						n++
						at += 800
					case errors.As(err, &p):
						at = p.Length
						lost.Add(1)
					default:
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		require.Positive(t, lost.Load())
		seen := map[string]bool{}
		for piece := range slices.Chunk(getBody(t, s, "b", "k"), 800) {
			require.True(t, bytes.Equal(piece, bytes.Repeat(piece[:8], 100)))
			seen[string(piece[:8])] = true
		}
		require.Len(t, seen, 6*15)
	})
}

// TestAppendManySmall: the row of an object stays small however often something
// is appended, each byte moves few times, and all stays readable meanwhile.
func TestAppendManySmall(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var want []byte
		most := 0
		r := (*storage.Reader)(nil)
		var then []byte
		for i := range 450 {
			body := content(1+i%200, byte(i))
			if i%151 == 150 {
				body = content(70_000, byte(i))
			}
			_, err := appendBody(s, "k", int64(len(want)), body)
			require.NoError(t, err)
			want = append(want, body...)
			o, err := s.Stat("b", "k")
			require.NoError(t, err)
			most = max(most, len(o.Segments))
			if i == 100 { // it reads what it opened, whatever is joined meanwhile
				r, err = s.Open("b", "k")
				require.NoError(t, err)
				then = slices.Clone(want)
			}
		}
		require.True(t, bytes.Equal(want, getBody(t, s, "b", "k")))
		require.Less(t, most, 300)
		require.Greater(t, most, 100)
		got := make([]byte, len(then))
		_, err := r.ReadAt(got, 0)
		require.NoError(t, err)
		require.True(t, bytes.Equal(then, got))
		require.NoError(t, r.Close())
	})
}
