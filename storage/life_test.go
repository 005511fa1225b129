package storage_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func TestReset(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		putBody(t, s, "b", "k", content(50_000, 1))
		put(t, s, "small", "x")
		before := stage(t, s, content(50_000, 2), -1)
		require.NoError(t, s.Reset())

		all, err := s.Buckets()
		require.NoError(t, err)
		require.Empty(t, all)
		_, err = s.Stat("b", "k")
		require.ErrorIs(t, err, storage.ErrNoBucket)

		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
		require.Empty(t, keys(t, s, "b"))
		err = second(before.Commit("b", storage.Object{Key: "late"}, storage.CommitOptions{}))
		require.ErrorIs(t, err, storage.ErrNoBucket, "it belongs to what was before")
		require.Empty(t, keys(t, s, "b"))
		files, err := storage.Files(s)
		require.NoError(t, err)
		require.Empty(t, files)

		put(t, s, "k", "new")
		require.Equal(t, "new", get(t, s, "k"))
	})
}

func TestClose(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			s := m.open(t)
			require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
			body := content(50_000, 1)
			putBody(t, s, "b", "k", body)
			r, err := s.Open("b", "k")
			require.NoError(t, err)
			staged := stage(t, s, content(50_000, 2), -1)
			untouched, err := s.Stage(10_000)
			require.NoError(t, err)
			require.NoError(t, s.Close())
			require.NoError(t, s.Close())

			got, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, body, got)
			require.NoError(t, r.Close())

			_, err = untouched.Write(content(10_000, 1))
			require.ErrorIs(t, err, storage.ErrClosed)
			require.ErrorIs(t, second(staged.Commit("b", storage.Object{Key: "k"}, storage.CommitOptions{})), storage.ErrClosed)
			_, err = s.Stage(1)
			require.ErrorIs(t, err, storage.ErrClosed)
			_, err = s.Open("b", "k")
			require.ErrorIs(t, err, storage.ErrClosed)
			_, err = s.Stat("b", "k")
			require.ErrorIs(t, err, storage.ErrClosed)
			_, err = s.List("b", storage.ListOptions{Max: 1})
			require.ErrorIs(t, err, storage.ErrClosed)
			_, err = s.Bucket("b")
			require.ErrorIs(t, err, storage.ErrClosed)
			_, err = s.Buckets()
			require.ErrorIs(t, err, storage.ErrClosed)
			require.ErrorIs(t, second(s.Delete("b", "k", time.Time{})), storage.ErrClosed)
			require.ErrorIs(t, s.CreateBucket(storage.Bucket{Name: "c"}), storage.ErrClosed)
			require.ErrorIs(t, s.Reset(), storage.ErrClosed)
		})
	}
}

func reopen(t *testing.T, dir string) *storage.Store {
	t.Helper()
	s, err := storage.OpenDisk(dir, storage.Options{})
	require.NoError(t, err)
	<-s.Swept()
	return s
}

func TestReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	s := reopen(t, dir)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b", ACL: "private"}))
	put(t, s, "small", "small")
	big := content(1<<20, 1)
	putBody(t, s, "b", "big", big)
	put(t, s, "deleted", "x")
	require.NoError(t, second(s.Delete("b", "deleted", time.Time{})))
	require.NoError(t, s.Close())

	for range 3 {
		s = reopen(t, dir)
		b, err := s.Bucket("b")
		require.NoError(t, err)
		require.Equal(t, "private", b.ACL)
		require.Equal(t, []string{"big", "small"}, keys(t, s, "b"))
		require.Equal(t, "small", get(t, s, "small"))
		require.Equal(t, big, getBody(t, s, "b", "big"))
		require.NoError(t, storage.Check(s))
		require.NoError(t, s.Close())
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	s := reopen(t, dir)
	_, err := storage.OpenDisk(dir, storage.Options{})
	require.ErrorIs(t, err, storage.ErrLocked)
	require.ErrorContains(t, err, dir)
	require.NoError(t, s.Close())
	s = reopen(t, dir)
	require.NoError(t, s.Close())
}

func TestNewerFormat(t *testing.T) {
	dir := t.TempDir()
	s := reopen(t, dir)
	require.NoError(t, storage.SetFormat(s, 99))
	require.NoError(t, s.Close())
	_, err := storage.OpenDisk(dir, storage.Options{})
	require.ErrorIs(t, err, storage.ErrFormat)
	require.ErrorContains(t, err, "newer cosemu")
	require.ErrorContains(t, err, dir)
	_, err = storage.OpenDisk(dir, storage.Options{})
	require.ErrorIs(t, err, storage.ErrFormat, "and the folder is not left locked")
}

func TestOpenDiskWhereAFileIs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("precious"), 0o600))
	_, err := storage.OpenDisk(file, storage.Options{})
	require.ErrorContains(t, err, file)
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "precious", string(b))
}
