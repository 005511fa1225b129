package storage_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func putConfig(t testing.TB, s *storage.Store, bucket, name, doc string) {
	t.Helper()
	require.NoError(t, s.PutConfig(bucket, name, []byte(doc)))
}

func requireConfig(t testing.TB, s *storage.Store, bucket, name, want string) {
	t.Helper()
	doc, err := s.Config(bucket, name)
	require.NoError(t, err)
	require.Equal(t, want, string(doc))
}

func requireConfigs(t testing.TB, s *storage.Store, bucket string, want ...string) {
	t.Helper()
	b, err := s.Bucket(bucket)
	require.NoError(t, err)
	require.Equal(t, want, b.Configs)
	for _, name := range want {
		require.True(t, b.HasConfig(name))
	}
	require.False(t, b.HasConfig("none of them"))
}

func TestConfigs(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		_, err := s.Config("b", "cors")
		require.ErrorIs(t, err, storage.ErrNoConfig)
		require.NoError(t, s.DeleteConfig("b", "cors"))
		requireConfigs(t, s, "b")

		doc := string(content(100_000, 1))
		putConfig(t, s, "b", "policy", doc)
		putConfig(t, s, "b", "cors", "first")
		putConfig(t, s, "b", "corset", "")
		requireConfigs(t, s, "b", "cors", "corset", "policy")
		requireConfig(t, s, "b", "policy", doc)
		requireConfig(t, s, "b", "corset", "")
		_, err = s.Config("b", "co")
		require.ErrorIs(t, err, storage.ErrNoConfig)

		putConfig(t, s, "b", "cors", "second")
		requireConfig(t, s, "b", "cors", "second")
		requireConfigs(t, s, "b", "cors", "corset", "policy")

		require.NoError(t, s.DeleteConfig("b", "cors"))
		require.NoError(t, s.DeleteConfig("b", "cors"))
		_, err = s.Config("b", "cors")
		require.ErrorIs(t, err, storage.ErrNoConfig)
		requireConfigs(t, s, "b", "corset", "policy")
		requireConfig(t, s, "b", "policy", doc)
	})
}

// A bucket's description names its configurations, whoever replaces it and
// whatever he says of them.
func TestConfigsOutliveTheDescription(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		before, err := s.Bucket("b")
		require.NoError(t, err)
		putConfig(t, s, "b", "cors", "x")
		before.ACL = "public-read"
		require.NoError(t, s.PutBucket(before))
		requireConfigs(t, s, "b", "cors")
		before.Configs = []string{"cors", "invented"}
		require.NoError(t, s.PutBucket(before))
		requireConfigs(t, s, "b", "cors")
		b, err := s.Bucket("b")
		require.NoError(t, err)
		require.Equal(t, "public-read", b.ACL)

		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "c", Configs: []string{"invented"}}))
		requireConfigs(t, s, "c")
	})
}

func TestConfigsGoWithTheBucket(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for _, name := range []string{"b\x00", "b\x00\x01", "bb"} { // neighbours in the index
			require.NoError(t, s.CreateBucket(storage.Bucket{Name: name}))
			putConfig(t, s, name, "cors", name)
		}
		putConfig(t, s, "b", "cors", "mine")
		put(t, s, "k", "x")
		require.ErrorIs(t, s.DeleteBucket("b"), storage.ErrBucketNotEmpty)
		requireConfig(t, s, "b", "cors", "mine")

		require.NoError(t, second(s.Delete("b", "k", time.Time{})))
		require.NoError(t, s.DeleteBucket("b"))
		_, err := s.Config("b", "cors")
		require.ErrorIs(t, err, storage.ErrNoBucket)
		require.ErrorIs(t, s.PutConfig("b", "cors", nil), storage.ErrNoBucket)
		require.ErrorIs(t, s.DeleteConfig("b", "cors"), storage.ErrNoBucket)
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
		requireConfigs(t, s, "b")
		_, err = s.Config("b", "cors")
		require.ErrorIs(t, err, storage.ErrNoConfig)
		for _, name := range []string{"b\x00", "b\x00\x01", "bb"} {
			requireConfig(t, s, name, "cors", name)
		}

		require.NoError(t, s.Reset())
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "bb"}))
		requireConfigs(t, s, "bb")
	})
}

func TestConfigNames(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		long := strings.Repeat("n", storage.MaxConfigName)
		require.ErrorIs(t, s.PutConfig("b", "", nil), storage.ErrName)
		require.ErrorIs(t, s.PutConfig("b", long+"n", nil), storage.ErrName)
		requireConfigs(t, s, "b")
		putConfig(t, s, "b", long, "x")
		requireConfigs(t, s, "b", long)
	})
}

func TestConfigsSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	s, err := storage.OpenDisk(dir, storage.Options{})
	require.NoError(t, err)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b", ACL: "private"}))
	putConfig(t, s, "b", "cors", "doc")
	putConfig(t, s, "b", "gone", "doc")
	require.NoError(t, s.DeleteConfig("b", "gone"))
	require.NoError(t, s.Close())
	_, err = s.Config("b", "cors")
	require.ErrorIs(t, err, storage.ErrClosed)
	require.ErrorIs(t, s.PutConfig("b", "cors", nil), storage.ErrClosed)

	s, err = storage.OpenDisk(dir, storage.Options{})
	require.NoError(t, err)
	requireConfigs(t, s, "b", "cors")
	requireConfig(t, s, "b", "cors", "doc")
	require.NoError(t, s.Close())
}

// Nobody who sets another configuration in the same moment undoes this one.
func TestConfigsConcurrently(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		names := []string{"a", "c", "d", "e", "f", "g"}
		var all sync.WaitGroup
		for _, name := range names {
			all.Go(func() {
				b, err := s.Bucket("b")
				if err == nil {
					err = s.PutConfig("b", name, []byte(name))
				}
				if err == nil {
					err = s.PutBucket(b)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		requireConfigs(t, s, "b", names...)
		for _, name := range names {
			requireConfig(t, s, "b", name, name)
		}
	})
}
