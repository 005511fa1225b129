package storage_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func TestObjectKeepsAllItIsGiven(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		o := storage.Object{
			Key: "a/ü", ETag: "5d41402abc4b2a76b9719d911017c592", CRC64: 0xfedcba9876543210, Size: 99,
			Modified: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), StorageClass: "ARCHIVE",
			Header: []storage.Field{{"Content-Type", "text/plain"}, {"x-cos-meta-A", ""}, {"x-cos-meta-A", "two"}},
			ACL:    "private", Tags: []storage.Field{{"k", "v"}},
			Appendable: true, VersionID: "v1",
		}
		st := stage(t, s, []byte("hello"), -1)
		require.Equal(t, int64(5), st.Size())
		require.NoError(t, second(st.Commit("b", o, storage.CommitOptions{})))
		got, err := s.Stat("b", o.Key)
		require.NoError(t, err)
		require.Len(t, got.Segments, 1)
		require.Equal(t, int64(5), got.Segments[0].Size)
		o.Size, o.Segments, o.VersionID = 5, got.Segments, "" // the store's to say
		require.Equal(t, o, got)
		r, err := s.Open("b", o.Key)
		require.NoError(t, err)
		require.Equal(t, o, r.Object)
		require.NoError(t, r.Close())

		page, err := s.List("b", storage.ListOptions{Max: 10})
		require.NoError(t, err)
		o.Header, o.ACL, o.Tags, o.Segments = nil, "", nil, nil
		require.Equal(t, []storage.Object{o}, page.Objects)
	})
}

func TestBodySizes(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for _, size := range []int{0, 1, 99, 100, 101, 4095, 4096, 4097, 9_999, 10_000, 10_001, 3<<20 + 7} {
			for _, hint := range []int64{-1, 0, int64(size), int64(size) / 2, int64(size) * 2, 64 << 20} {
				body := content(size, byte(size))
				st := stage(t, s, body, hint)
				require.NoError(t, second(st.Commit("b", storage.Object{Key: "k"}, storage.CommitOptions{})))
				require.True(t, bytes.Equal(body, getBody(t, s, "b", "k")), "size %d hint %d", size, hint)
			}
		}
		require.NoError(t, second(s.Delete("b", "k", time.Time{})))
		files, err := storage.Files(s)
		require.NoError(t, err)
		require.Empty(t, files)
	})
}

func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		long := strings.Repeat("k", storage.MaxKeySize)
		all := []string{
			"\x00", "\x00\x01", "\x00\xff", "..", "../x", "/", "//", "/a", "a", "a/", "a//b", "a/b", "a\x00", "a\x00b",
			"b\\c", "ключ/照片 +%2F.jpg", long, long[1:] + "\xff", "\xff", "\xff\xff",
		}
		for _, key := range all {
			put(t, s, key, "body of "+key)
		}
		for _, key := range all {
			require.Equal(t, "body of "+key, get(t, s, key))
		}
		require.ElementsMatch(t, all, keys(t, s, "b"))
		for _, bad := range []string{"", long + "k"} {
			st := stage(t, s, []byte("x"), 1)
			require.ErrorIs(t, second(st.Commit("b", storage.Object{Key: bad}, storage.CommitOptions{})), storage.ErrName)
			_, err := s.Stat("b", bad)
			require.ErrorIs(t, err, storage.ErrNoObject)
		}
		require.Len(t, keys(t, s, "b"), len(all))
	})
}

func TestIfAbsent(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		absent := storage.CommitOptions{IfAbsent: true}
		st := stage(t, s, content(20_000, 1), -1)
		require.NoError(t, second(st.Commit("b", storage.Object{Key: "k"}, absent)))
		st = stage(t, s, content(30_000, 2), -1)
		require.ErrorIs(t, second(st.Commit("b", storage.Object{Key: "k"}, absent)), storage.ErrObjectExists)
		require.True(t, bytes.Equal(content(20_000, 1), getBody(t, s, "b", "k")))
		require.NoError(t, storage.Check(s), "the refused body is gone")
		require.NoError(t, second(s.Delete("b", "k", time.Time{})))
		st = stage(t, s, content(30_000, 2), -1)
		require.NoError(t, second(st.Commit("b", storage.Object{Key: "k"}, absent)))
		require.True(t, bytes.Equal(content(30_000, 2), getBody(t, s, "b", "k")))
	})
}

func TestAbort(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		put(t, s, "k", "old")
		for _, size := range []int{0, 10, 100_000} {
			st := stage(t, s, content(size, 3), int64(size))
			require.NoError(t, st.Abort())
			require.NoError(t, st.Abort())
			_, err := st.Write([]byte("x"))
			require.Error(t, err)
			require.Error(t, second(st.Commit("b", storage.Object{Key: "k"}, storage.CommitOptions{})))
			require.Equal(t, "old", get(t, s, "k"))
			require.NoError(t, storage.Check(s))
		}
		st := stage(t, s, []byte("new"), -1)
		require.NoError(t, second(st.Commit("b", storage.Object{Key: "k"}, storage.CommitOptions{})))
		require.NoError(t, st.Abort(), "no effect after the commit")
		require.Error(t, second(st.Commit("b", storage.Object{Key: "other"}, storage.CommitOptions{})))
		require.Equal(t, "new", get(t, s, "k"))
		require.Equal(t, []string{"k"}, keys(t, s, "b"))
	})
}

func TestDelete(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		require.NoError(t, second(s.Delete("b", "never there", time.Time{})))
		putBody(t, s, "b", "k", content(50_000, 1))
		require.NoError(t, second(s.Delete("b", "k", time.Time{})))
		require.NoError(t, second(s.Delete("b", "k", time.Time{})))
		_, err := s.Open("b", "k")
		require.ErrorIs(t, err, storage.ErrNoObject)
		_, err = s.Stat("b", "k")
		require.ErrorIs(t, err, storage.ErrNoObject)
	})
}

func TestReader(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for _, size := range []int{0, 1, 4000, 70_000} {
			body := content(size, 9)
			putBody(t, s, "b", "k", body)
			r, err := s.Open("b", "k")
			require.NoError(t, err)
			require.NoError(t, iotest.TestReader(r, body))
			_, err = r.Seek(-1, io.SeekStart)
			require.Error(t, err)
			_, err = r.ReadAt(make([]byte, 1), -1)
			require.Error(t, err)
			require.NoError(t, r.Close())
			require.ErrorIs(t, r.Close(), os.ErrClosed)
			_, err = r.ReadAt(make([]byte, 1), 0)
			require.ErrorIs(t, err, os.ErrClosed)
		}
	})
}

// TestSegments reads a body that lies in several blobs, as one assembled from
// parts does.
func TestSegments(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var parts [][]byte
		for i, size := range []int{5000, 1, 100_000, 50, 4097, 4096} {
			parts = append(parts, content(size, byte(i)))
		}
		body := bytes.Join(parts, nil)
		require.NoError(t, storage.PutSegments(s, "b", storage.Object{Key: "k"}, parts...))
		require.NoError(t, storage.Check(s))
		r, err := s.Open("b", "k")
		require.NoError(t, err)
		require.Equal(t, int64(len(body)), r.Size)
		require.NoError(t, iotest.TestReader(r, body))

		put(t, s, "k", "in one piece")
		p := make([]byte, 10_000)
		n, err := r.ReadAt(p, 4_990)
		require.NoError(t, err)
		require.True(t, bytes.Equal(body[4_990:14_990], p[:n]), "still the old one")
		require.NoError(t, r.Close())
		require.NoError(t, storage.Check(s), "all its blobs are gone")
	})
}

// TestReaderKeepsItsVersion: what a reader has opened it can read to the end,
// and only then the file goes.
func TestReaderKeepsItsVersion(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		old, new := content(50_000, 1), content(60_000, 2)
		for _, change := range []func(){
			func() { putBody(t, s, "b", "k", new) },
			func() { require.NoError(t, second(s.Delete("b", "k", time.Time{}))) },
			func() {
				require.NoError(t, s.Reset())
				require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
			},
		} {
			putBody(t, s, "b", "k", old)
			r1, err := s.Open("b", "k")
			require.NoError(t, err)
			r2, err := s.Open("b", "k")
			require.NoError(t, err)
			change()
			for _, r := range []*storage.Reader{r1, r2} {
				body, err := io.ReadAll(r)
				require.NoError(t, err)
				require.True(t, bytes.Equal(old, body))
				require.NoError(t, r.Close())
			}
			require.NoError(t, storage.Check(s), "gone with the last reader")
		}
	})
}

// plain is a writer that can do nothing else.
type plain struct{ w io.Writer }

func (p plain) Write(b []byte) (int, error) { return p.w.Write(b) }

func TestCopyN(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var parts [][]byte
		for i, size := range []int{5000, 1, 1<<20 + 100_000, 50, 4097} {
			parts = append(parts, content(size, byte(i)))
		}
		body := bytes.Join(parts, nil)
		require.NoError(t, storage.PutSegments(s, "b", storage.Object{Key: "k"}, parts...))
		putBody(t, s, "b", "whole", body)
		for _, key := range []string{"k", "whole"} {
			r, err := s.Open("b", key)
			require.NoError(t, err)
			for _, at := range [][2]int{{0, len(body)}, {0, 10}, {10, 0}, {4999, 3}, {5000, 900_000}, {len(body) - 5, 5}} {
				for _, direct := range []bool{true, false} {
					var b bytes.Buffer
					var w io.Writer = &b
					if !direct {
						w = plain{w}
					}
					_, err := r.Seek(int64(at[0]), io.SeekStart)
					require.NoError(t, err)
					n, err := r.CopyN(w, int64(at[1]))
					require.NoError(t, err)
					require.Equal(t, int64(at[1]), n)
					require.True(t, bytes.Equal(body[at[0]:at[0]+at[1]], b.Bytes()))
					pos, err := r.Seek(0, io.SeekCurrent)
					require.NoError(t, err)
					require.Equal(t, int64(at[0]+at[1]), pos)
				}
			}
			n, err := r.CopyN(io.Discard, 1)
			require.ErrorIs(t, err, io.EOF)
			require.Zero(t, n)
			require.NoError(t, r.Close())
			_, err = r.CopyN(io.Discard, 1)
			require.ErrorIs(t, err, os.ErrClosed)
		}
	})
}

// TestStagedIsReadBeforeItsCommit: what was written can be read, whether it is a file by then or not.
func TestStagedIsReadBeforeItsCommit(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for _, size := range []int{0, 10, 5000, 3 << 20} {
			st, err := s.Stage(-1)
			require.NoError(t, err)
			body := bytes.Repeat([]byte("0123456789"), size/10)
			_, err = st.Write(body[:len(body)/2])
			require.NoError(t, err)
			got, err := io.ReadAll(io.NewSectionReader(st, 0, st.Size()))
			require.NoError(t, err)
			require.True(t, bytes.Equal(body[:len(body)/2], got), size)
			_, err = st.Write(body[len(body)/2:])
			require.NoError(t, err, "writing goes on where it was")
			got, err = io.ReadAll(io.NewSectionReader(st, 0, st.Size()))
			require.NoError(t, err)
			require.True(t, bytes.Equal(body, got), size)
			_, err = st.ReadAt(make([]byte, 1), st.Size())
			require.ErrorIs(t, err, io.EOF)
			require.NoError(t, st.Abort())
			_, err = st.ReadAt(make([]byte, 1), 0)
			require.Error(t, err)
		}
	})
}
