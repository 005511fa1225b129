package storage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// openSmall is a store in memory that may hold so many bytes, with a bucket.
func openSmall(t *testing.T, most int64) *storage.Store {
	t.Helper()
	s, err := storage.OpenMemory(storage.Options{MaxMemory: most})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b", Created: time.Unix(1, 0)}))
	return s
}

// putBytes stores n bytes whose length is said before, or not.
func putBytes(s *storage.Store, key string, n int, hint int64) error {
	st, err := s.Stage(hint)
	if err != nil {
		return err
	}
	if _, err := st.Write(make([]byte, n)); err != nil {
		_ = st.Abort()
		return err
	}
	_, err = st.Commit("b", storage.Object{Key: key}, storage.CommitOptions{})
	return err
}

// TestMaxMemory: bodies beyond the bound are refused, before they come where
// their length is known; nothing of them stays, and what is deleted makes room.
func TestMaxMemory(t *testing.T) {
	const most = 1 << 20
	s := openSmall(t, most)
	empty, bound := s.Memory()
	require.EqualValues(t, most, bound)
	require.NoError(t, putBytes(s, "a", 600<<10, 600<<10))
	used, _ := s.Memory()
	_, err := s.Stage(600 << 10)
	require.ErrorIs(t, err, storage.ErrMemory)
	require.ErrorIs(t, err, storage.ErrFull)
	require.ErrorContains(t, err, "of 1048576 bytes are taken")
	require.ErrorIs(t, putBytes(s, "b", 600<<10, -1), storage.ErrMemory, "found while it comes")
	after, _ := s.Memory()
	require.LessOrEqual(t, after-used, int64(4<<10), "a folder alone")
	_, err = s.Stat("b", "b")
	require.ErrorIs(t, err, storage.ErrNoObject)

	waiting, err := s.Stage(300 << 10)
	require.NoError(t, err)
	_, err = s.Stage(300 << 10)
	require.ErrorIs(t, err, storage.ErrMemory, "it is set aside for the first")
	require.NoError(t, waiting.Abort())
	require.NoError(t, putBytes(s, "c", 300<<10, 300<<10))

	require.NoError(t, putBytes(s, "a", 10, 10), "what is replaced makes room")
	require.NoError(t, putBytes(s, "b", 600<<10, -1))
	for _, key := range []string{"a", "b", "c"} {
		_, err := s.Delete("b", key, time.Unix(1, 0))
		require.NoError(t, err)
	}
	after, _ = s.Memory()
	require.LessOrEqual(t, after-empty, int64(64<<10), "folders alone")
	require.NoError(t, s.Reset())
}

// TestMaxMemoryOfRows: objects without a body fill memory as well.
func TestMaxMemoryOfRows(t *testing.T) {
	s := openSmall(t, 256<<10)
	var err error
	n := 0
	for ; err == nil && n < 10_000; n++ {
		err = putBytes(s, fmt.Sprintf("key-%06d", n), 0, 0)
	}
	require.ErrorIs(t, err, storage.ErrMemory)
	require.Greater(t, n, 100)
	_, err = s.CreateUpload("b", storage.Upload{Object: storage.Object{Key: "u"}})
	require.ErrorIs(t, err, storage.ErrMemory)
	for i := range n / 2 {
		_, err = s.Delete("b", fmt.Sprintf("key-%06d", i), time.Unix(1, 0))
		require.NoError(t, err)
	}
	require.NoError(t, putBytes(s, "again", 0, 0))
	_, err = s.CreateUpload("b", storage.Upload{Object: storage.Object{Key: "u"}})
	require.NoError(t, err)
}

// TestMaxMemoryOfOthers: parts and appended bytes count like any, and go with
// their upload and object.
func TestMaxMemoryOfOthers(t *testing.T) {
	s := openSmall(t, 1<<20)
	empty, _ := s.Memory()
	u, err := s.CreateUpload("b", storage.Upload{Object: storage.Object{Key: "u"}})
	require.NoError(t, err)
	st, err := s.Stage(700 << 10)
	require.NoError(t, err)
	_, err = st.Write(make([]byte, 700<<10))
	require.NoError(t, err)
	require.NoError(t, st.CommitPart("b", "u", u.ID, storage.Part{Number: 1}))
	_, err = s.Stage(700 << 10)
	require.ErrorIs(t, err, storage.ErrMemory)
	require.NoError(t, s.AbortUpload("b", "u", u.ID))

	at := int64(0)
	for ; ; at += 100 << 10 {
		if st, err = s.Stage(100 << 10); err != nil {
			break
		}
		_, err = st.Write(make([]byte, 100<<10))
		require.NoError(t, err)
		_, err = st.Append("b", "log", at, func(*storage.Object) (storage.Object, error) { return storage.Object{}, nil })
		require.NoError(t, err)
	}
	require.ErrorIs(t, err, storage.ErrMemory)
	require.GreaterOrEqual(t, at, int64(800<<10))
	_, err = s.Delete("b", "log", time.Unix(1, 0))
	require.NoError(t, err)
	used, _ := s.Memory()
	require.LessOrEqual(t, used-empty, int64(64<<10))
}

// TestMemoryGiven: a store that names no bound has one.
func TestMemoryGiven(t *testing.T) {
	require.Positive(t, storage.MemoryGiven())
	s, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	_, most := s.Memory()
	require.Equal(t, storage.MemoryGiven()/4*3, most)
	require.NoError(t, s.Close())
}
