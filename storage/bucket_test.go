package storage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func TestBuckets(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		b := storage.Bucket{
			Name: "a-1250000000", Region: "ap-beijing", Owner: "1250000000", ACL: "public-read",
			Created: time.Date(2026, 11, 24, 8, 0, 0, 123, time.UTC),
		}
		require.NoError(t, s.CreateBucket(b))
		require.ErrorIs(t, s.CreateBucket(storage.Bucket{Name: b.Name}), storage.ErrBucketExists)
		got, err := s.Bucket(b.Name)
		require.NoError(t, err)
		require.Equal(t, b, got)

		b.ACL = ""
		require.NoError(t, s.PutBucket(b))
		got, err = s.Bucket(b.Name)
		require.NoError(t, err)
		require.Equal(t, b, got)

		all, err := s.Buckets()
		require.NoError(t, err)
		require.Equal(t, []storage.Bucket{b, {Name: "b", Region: "ap-guangzhou"}}, all)

		require.NoError(t, s.DeleteBucket(b.Name))
		require.ErrorIs(t, s.DeleteBucket(b.Name), storage.ErrNoBucket)
		require.ErrorIs(t, s.PutBucket(b), storage.ErrNoBucket)
		_, err = s.Bucket(b.Name)
		require.ErrorIs(t, err, storage.ErrNoBucket)
	})
}

func TestBucketNames(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		require.ErrorIs(t, s.CreateBucket(storage.Bucket{}), storage.ErrName)
		long := strings.Repeat("x", storage.MaxBucketSize)
		require.ErrorIs(t, s.CreateBucket(storage.Bucket{Name: long + "x"}), storage.ErrName)
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: long}))

		// Names that begin alike, with and without what separates them in
		// the index.
		names := []string{"x", "x\x00", "x\x00\x01", "x\x00\xff", "x\x01", "xy", "\xff", "\xff\xff"}
		for _, name := range names {
			require.NoError(t, s.CreateBucket(storage.Bucket{Name: name}))
			putBody(t, s, name, "key", []byte(name))
		}
		for _, name := range names {
			require.Equal(t, []string{"key"}, keys(t, s, name))
			require.Equal(t, name, string(getBody(t, s, name, "key")))
			require.NoError(t, second(s.Delete(name, "key", time.Time{})))
			require.NoError(t, s.DeleteBucket(name))
		}
	})
}

func TestBucketNotEmpty(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		put(t, s, "k", "x")
		require.ErrorIs(t, s.DeleteBucket("b"), storage.ErrBucketNotEmpty)
		require.Equal(t, "x", get(t, s, "k"))
		require.NoError(t, second(s.Delete("b", "k", time.Time{})))
		require.NoError(t, s.DeleteBucket("b"))

		_, err := s.List("b", storage.ListOptions{Max: 1})
		require.ErrorIs(t, err, storage.ErrNoBucket)
		_, err = s.Open("b", "k")
		require.ErrorIs(t, err, storage.ErrNoBucket)
		_, err = s.Stat("b", "k")
		require.ErrorIs(t, err, storage.ErrNoBucket)
		require.ErrorIs(t, second(s.Delete("b", "k", time.Time{})), storage.ErrNoBucket)
		st := stage(t, s, []byte("x"), 1)
		require.ErrorIs(t, second(st.Commit("b", storage.Object{Key: "k"}, storage.CommitOptions{})), storage.ErrNoBucket)
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
		require.Empty(t, keys(t, s, "b"))
	})
}

func TestOnlyBucket(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		one := func(owner, want string) {
			name, only := s.OnlyBucket(owner)
			require.Equal(t, want, name)
			require.Equal(t, want != "", only)
		}
		one("1250000000", "")
		for _, name := range []string{"a-1250000000", "a-1260000000", "b-1260000000", "c-1260000000"} {
			require.NoError(t, s.CreateBucket(storage.Bucket{Name: name, Owner: name[2:]}))
		}
		one("1250000000", "a-1250000000")
		one("1260000000", "")
		one("1270000000", "")
		require.NoError(t, s.DeleteBucket("a-1260000000"))
		require.NoError(t, s.DeleteBucket("c-1260000000"))
		one("1260000000", "b-1260000000")
	})
}
