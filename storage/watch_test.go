package storage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// TestWatch: each change to an object is told before it takes place, with what was there.
func TestWatch(t *testing.T) {
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.NoError(t, st.CreateBucket(storage.Bucket{Name: "b"}))
	commit := func(key, etag string) {
		t.Helper()
		staged, err := st.Stage(1)
		require.NoError(t, err)
		_, err = staged.Write([]byte("x"))
		require.NoError(t, err)
		_, err = staged.Commit("b", storage.Object{Key: key, ETag: etag}, storage.CommitOptions{})
		require.NoError(t, err)
	}
	commit("early", "0") // before anybody watches
	var told []string
	st.Watch(func(bucket, key string, before *storage.Object) {
		was := "nothing"
		if before != nil {
			was = before.ETag
		}
		told = append(told, fmt.Sprint(bucket, "/", key, " was ", was))
	})
	commit("k", "1")
	commit("k", "2")
	_, err = st.Update("b", "k", "", func(o *storage.Object) error {
		o.ACL = "public-read"
		return nil
	})
	require.NoError(t, err)
	_, err = st.Delete("b", "k", time.Time{})
	require.NoError(t, err)
	_, err = st.Delete("b", "k", time.Time{}) // changes nothing
	require.NoError(t, err)
	_, err = st.Delete("b", "early", time.Time{})
	require.NoError(t, err)
	want := []string{"b/k was nothing", "b/k was 1", "b/k was 2", "b/k was 2", "b/early was 0"}
	require.Equal(t, want, told)

	b, err := st.Bucket("b")
	require.NoError(t, err)
	b.Versioning = storage.VersioningEnabled
	require.NoError(t, st.PutBucket(b))
	commit("v", "1")
	_, err = st.Delete("b", "v", time.Time{})
	require.NoError(t, err)
	commit("v", "2")
	require.Equal(t, append(want, "b/v was nothing", "b/v was 1", "b/v was nothing"), told)
	st.Watch(nil)
	commit("k", "3")
	require.Len(t, told, 8)
}
