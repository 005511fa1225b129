package storage_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func asMarker(err error, m **storage.MarkerError) bool { return errors.As(err, m) }

func TestUpdate(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		put(t, s, "k", "before")
		setVersioning(t, s, storage.VersioningEnabled)
		one := putAt(t, s, "k", string(content(20_000, 1)), begun())
		two := putAt(t, s, "k", "two", begun())
		d, err := s.Delete("b", "gone", begun())
		require.NoError(t, err)
		for _, version := range []string{"", "null", one, two} {
			before, err := s.StatVersion("b", "k", version)
			require.NoError(t, err)
			want := before
			want.ACL, want.Tags = "acl of "+version, []storage.Field{{Name: "t", Value: version}}
			want.Header = []storage.Field{{Name: "x-cos-meta-a", Value: version}}
			got, err := s.Update("b", "k", version, func(o *storage.Object) error {
				require.Equal(t, before, *o)
				*o = storage.Object{ // all else is passed over
					ACL: want.ACL, Tags: want.Tags, Header: want.Header, Key: "x", Size: 1, ETag: "x", VersionID: "x",
					DeleteMarker: true, Appendable: true, UploadID: "x", StorageClass: "x", Modified: begun().Add(1),
				}
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, want, got)
			again, err := s.StatVersion("b", "k", version)
			require.NoError(t, err)
			require.Equal(t, want, again)
		}
		require.Equal(t, "two", get(t, s, "k"))
		require.Equal(t, string(content(20_000, 1)), getVersion(t, s, "k", one))
		require.Equal(t, "before", getVersion(t, s, "k", "null"))
		require.Len(t, history(t, s, "k"), 3)

		never := func(*storage.Object) error { t.Error("called"); return nil }
		require.ErrorIs(t, second(s.Update("b", "absent", "", never)), storage.ErrNoObject)
		require.ErrorIs(t, second(s.Update("b", "k", "absent", never)), storage.ErrNoVersion)
		require.ErrorIs(t, second(s.Update("x", "k", "", never)), storage.ErrNoBucket)
		err = second(s.Update("b", "gone", "", never))
		var m *storage.MarkerError
		require.ErrorIs(t, err, storage.ErrNoObject)
		require.ErrorAs(t, err, &m)
		require.ErrorIs(t, second(s.Update("b", "gone", d.VersionID, never)), storage.ErrDeleteMarker)
		no := errors.New("no")
		before, err := s.Stat("b", "k")
		require.NoError(t, err)
		require.ErrorIs(t, second(s.Update("b", "k", "", func(o *storage.Object) error { o.ACL = "x"; return no })), no)
		after, err := s.Stat("b", "k")
		require.NoError(t, err)
		require.Equal(t, before, after)
	})
}

// TestUpdatesDoNotMeet: each change sees the one before.
func TestUpdatesDoNotMeet(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		put(t, s, "k", "x")
		var wg sync.WaitGroup
		for n := range 100 {
			wg.Go(func() {
				_, err := s.Update("b", "k", "", func(o *storage.Object) error {
					o.Tags = append(o.Tags, storage.Field{Name: fmt.Sprint(n)})
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		o, err := s.Stat("b", "k")
		require.NoError(t, err)
		require.Len(t, o.Tags, 100)
	})
}

func TestDocuments(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		doc := func(kind, name string) string {
			t.Helper()
			d, err := s.Document(kind, name)
			require.NoError(t, err)
			return string(d)
		}
		require.NoError(t, s.PutDocument("key", "b", []byte("2")))
		require.NoError(t, s.PutDocument("key", "a\x00", []byte{}))
		require.NoError(t, s.PutDocument("key", "a", []byte("1")))
		require.NoError(t, s.PutDocument("key\x00", "z", []byte("other kind")))
		require.NoError(t, s.PutDocument("ke", "y", []byte("another")))
		require.NoError(t, s.PutDocument("key", "b", []byte("3")))
		require.Equal(t, "3", doc("key", "b"))
		require.Equal(t, "another", doc("ke", "y"))
		all, err := s.Documents("key")
		require.NoError(t, err)
		require.Equal(t, []storage.Document{{"a", []byte("1")}, {"a\x00", []byte{}}, {"b", []byte("3")}}, all)
		require.NoError(t, s.DeleteDocument("key", "a"))
		require.NoError(t, s.DeleteDocument("key", "a"))
		require.ErrorIs(t, second(s.Document("key", "a")), storage.ErrNoDocument)
		require.ErrorIs(t, second(s.Document("ke", "b")), storage.ErrNoDocument)
		for _, bad := range [][2]string{{"", "a"}, {"key", ""}, {"key", string(content(storage.MaxDocumentName+1, 1))}} {
			require.ErrorIs(t, s.PutDocument(bad[0], bad[1], nil), storage.ErrName)
		}
		put(t, s, "k", "beside them")
		require.NoError(t, storage.Check(s))

		require.NoError(t, s.Reset())
		for _, kind := range []string{"key", "ke", "key\x00"} {
			all, err := s.Documents(kind)
			require.NoError(t, err)
			require.Empty(t, all)
		}
		require.ErrorIs(t, second(s.Document("key", "b")), storage.ErrNoDocument)
	})
}

// TestDocumentsOutliveTheProcess: they are there after a restart.
func TestDocumentsOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	s, err := storage.OpenDisk(dir, storage.Options{})
	require.NoError(t, err)
	require.NoError(t, s.PutDocument("key", "a", []byte("1")))
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.PutDocument("key", "a", nil), storage.ErrClosed)
	require.ErrorIs(t, second(s.Document("key", "a")), storage.ErrClosed)
	require.ErrorIs(t, second(s.Documents("key")), storage.ErrClosed)
	s, err = storage.OpenDisk(dir, storage.Options{})
	require.NoError(t, err)
	d, err := s.Document("key", "a")
	require.NoError(t, err)
	require.Equal(t, "1", string(d))
	require.NoError(t, s.Close())
}
