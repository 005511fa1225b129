package storage_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// modes are the ways to open a store; every test of behaviour runs in all.
func modes() map[string]func(t *testing.T, o storage.Options) *storage.Store {
	return map[string]func(t *testing.T, o storage.Options) *storage.Store{
		"memory": func(t *testing.T, o storage.Options) *storage.Store {
			s, err := storage.OpenMemory(o)
			require.NoError(t, err)
			return s
		},
		"disk": func(t *testing.T, o storage.Options) *storage.Store {
			s, err := storage.OpenDisk(t.TempDir(), o)
			require.NoError(t, err)
			return s
		},
	}
}

func eachMode(t *testing.T, test func(t *testing.T, s *storage.Store)) {
	for name, open := range modes() {
		t.Run(name, func(t *testing.T) {
			s := open(t, storage.Options{})
			require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b", Region: "ap-guangzhou"}))
			test(t, s)
			require.NoError(t, s.Close())
		})
	}
}

func put(t testing.TB, s *storage.Store, key, body string) {
	t.Helper()
	st, err := s.Stage(int64(len(body)))
	require.NoError(t, err)
	_, err = io.WriteString(st, body)
	require.NoError(t, err)
	require.NoError(t, st.Commit("b", storage.Object{Key: key, ETag: body}, storage.CommitOptions{}))
}

func get(t testing.TB, s *storage.Store, key string) string {
	t.Helper()
	r, err := s.Open("b", key)
	require.NoError(t, err)
	body, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Equal(t, r.Size, int64(len(body)))
	return string(body)
}

func TestPutGetDelete(t *testing.T) {
	eachMode(t, func(t *testing.T, s *storage.Store) {
		put(t, s, "a/b", "hello")
		require.Equal(t, "hello", get(t, s, "a/b"))
		put(t, s, "a/b", "goodbye")
		require.Equal(t, "goodbye", get(t, s, "a/b"))
		put(t, s, "empty", "")
		require.Equal(t, "", get(t, s, "empty"))
		page, err := s.List("b", storage.ListOptions{Delimiter: "/", Max: 10})
		require.NoError(t, err)
		require.Equal(t, []string{"a/"}, page.Prefixes)
		require.Len(t, page.Objects, 1)
		require.NoError(t, s.Delete("b", "a/b"))
		_, err = s.Open("b", "a/b")
		require.ErrorIs(t, err, storage.ErrNoObject)
	})
}
