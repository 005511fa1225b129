package storage_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// A mode is a way to open a store.
type mode struct {
	name string
	open func(t testing.TB) *storage.Store
}

// modes are all ways; the suite runs over each of them.
func modes() []mode {
	memory := func(o storage.Options) func(t testing.TB) *storage.Store {
		return func(t testing.TB) *storage.Store {
			s, err := storage.OpenMemory(o)
			require.NoError(t, err)
			return s
		}
	}
	disk := func(o storage.Options) func(t testing.TB) *storage.Store {
		return func(t testing.TB) *storage.Store {
			s, err := storage.OpenDisk(t.TempDir(), o)
			require.NoError(t, err)
			return s
		}
	}
	return []mode{
		{"memory", memory(storage.Options{})},
		{"memory inline", memory(storage.Options{Inline: 4096})},
		{"disk", disk(storage.Options{})},
		{"disk inline", disk(storage.Options{Inline: 4096})},
		{"disk fsync", disk(storage.Options{Fsync: true, Inline: 100})},
	}
}

// each runs a test in every mode on a store with one bucket "b", and checks
// afterwards that index and files agree and nobody holds anything.
func each(t *testing.T, test func(t *testing.T, s *storage.Store)) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			s := m.open(t)
			require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b", Region: "ap-guangzhou"}))
			test(t, s)
			require.NoError(t, storage.Check(s))
			require.Zero(t, storage.Pinned(s))
			require.NoError(t, s.Close())
		})
	}
}

// content makes a body of which any two differ, as do any two places in one.
func content(size int, seed byte) []byte {
	b := make([]byte, size)
	x := uint32(seed) + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// stage writes a body in pieces of 10,000 bytes.
func stage(t testing.TB, s *storage.Store, body []byte, hint int64) *storage.Staged {
	t.Helper()
	st, err := s.Stage(hint)
	require.NoError(t, err)
	for p := range bytesChunks(body, 10_000) {
		n, err := st.Write(p)
		require.NoError(t, err)
		require.Equal(t, len(p), n)
		clear(p) // the caller's again
	}
	return st
}

func bytesChunks(b []byte, size int) func(yield func([]byte) bool) {
	b = bytes.Clone(b)
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			n := min(size, len(b))
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

func putBody(t testing.TB, s *storage.Store, bucket, key string, body []byte) {
	t.Helper()
	st := stage(t, s, body, int64(len(body)))
	o := storage.Object{Key: key, ETag: fmt.Sprint(len(body)), CRC64: storage.Sum(body)}
	require.NoError(t, second(st.Commit(bucket, o, storage.CommitOptions{})))
}

func put(t testing.TB, s *storage.Store, key, body string) {
	t.Helper()
	putBody(t, s, "b", key, []byte(body))
}

func getBody(t testing.TB, s *storage.Store, bucket, key string) []byte {
	t.Helper()
	r, err := s.Open(bucket, key)
	require.NoError(t, err)
	body, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Equal(t, r.Size, int64(len(body)))
	return body
}

func get(t testing.TB, s *storage.Store, key string) string {
	t.Helper()
	return string(getBody(t, s, "b", key))
}

// keys lists a bucket to its end.
func keys(t testing.TB, s *storage.Store, bucket string) []string {
	t.Helper()
	var all []string
	o := storage.ListOptions{Max: 7}
	for {
		page, err := s.List(bucket, o)
		require.NoError(t, err)
		for _, obj := range page.Objects {
			all = append(all, obj.Key)
		}
		if !page.Truncated {
			return all
		}
		o.Marker = page.NextMarker
	}
}
