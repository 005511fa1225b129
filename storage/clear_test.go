package storage_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// fill puts something of every kind into a bucket: objects inline and in files, a
// version, an upload with parts, a configuration.
func fill(t *testing.T, s *storage.Store, bucket string) {
	t.Helper()
	require.NoError(t, s.SetVersioning(bucket, storage.VersioningEnabled))
	require.NoError(t, s.PutConfig(bucket, "cors", []byte("<CORSConfiguration/>")))
	for i, size := range []int{0, 10, 10, 9000} {
		putBody(t, s, bucket, fmt.Sprint("key", i/2), content(size, byte(i)))
	}
	u, err := s.CreateUpload(bucket, storage.Upload{Object: storage.Object{Key: "in\x00parts", Modified: begun()}})
	require.NoError(t, err)
	for n, size := range []int{20, 8000} {
		st := stage(t, s, content(size, 3), -1)
		require.NoError(t, st.CommitPart(bucket, u.Key, u.ID, storage.Part{Number: n + 1}))
	}
}

func TestClearBucket(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		other := storage.Bucket{Name: "b2", Owner: "1260000000"}
		require.NoError(t, s.CreateBucket(other))
		fill(t, s, "b")
		fill(t, s, "b2")
		late := stage(t, s, []byte("late"), -1)
		kept := stage(t, s, []byte("kept"), -1)
		next := storage.Bucket{Name: "b", Region: "ap-beijing", Owner: "1250000000", ACL: "public-read"}
		require.NoError(t, s.ClearBucket(next))

		got, err := s.Bucket("b")
		require.NoError(t, err)
		require.Equal(t, next, got)
		require.Empty(t, keys(t, s, "b"))
		uploads, err := s.ListUploads("b", storage.UploadOptions{Max: 10})
		require.NoError(t, err)
		require.Empty(t, uploads.Uploads)
		_, err = late.Commit("b", storage.Object{Key: "late"}, storage.CommitOptions{})
		require.ErrorIs(t, err, storage.ErrNoBucket)
		require.Empty(t, keys(t, s, "b"))

		require.Equal(t, []string{"key0", "key1"}, keys(t, s, "b2"))
		require.Equal(t, content(9000, 3), getBody(t, s, "b2", "key1"))
		require.NoError(t, second(kept.Commit("b2", storage.Object{Key: "kept"}, storage.CommitOptions{})))
		putBody(t, s, "b", "new", []byte("new"))
		require.Equal(t, "new", string(getBody(t, s, "b", "new")))
	})
}

func TestDropBucket(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		fill(t, s, "b")
		late := stage(t, s, []byte("late"), -1)
		require.NoError(t, s.DropBucket("b"))
		require.ErrorIs(t, s.DropBucket("b"), storage.ErrNoBucket)
		_, err := s.Bucket("b")
		require.ErrorIs(t, err, storage.ErrNoBucket)
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
		_, err = late.Commit("b", storage.Object{Key: "late"}, storage.CommitOptions{})
		require.ErrorIs(t, err, storage.ErrNoBucket, "staged for the bucket before")
		require.Empty(t, keys(t, s, "b"))
		require.NoError(t, s.DeleteBucket("b"), "nothing is left in it")
	})
}

func TestBucketsOf(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for _, name := range []string{"z-1", "a-1", "m-2"} {
			require.NoError(t, s.CreateBucket(storage.Bucket{Name: name, Owner: name[2:]}))
		}
		names := func(owner string) (list []string) {
			all, err := s.BucketsOf(owner)
			require.NoError(t, err)
			for i := range all {
				list = append(list, all[i].Name)
			}
			return list
		}
		require.Equal(t, []string{"a-1", "z-1"}, names("1"))
		require.NoError(t, s.DeleteBucket("a-1"))
		require.NoError(t, s.PutBucket(storage.Bucket{Name: "z-1", Owner: "2"}))
		require.Empty(t, names("1"))
		require.Equal(t, []string{"m-2", "z-1"}, names("2"))
	})
}
