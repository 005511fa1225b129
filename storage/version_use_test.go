package storage_test

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// TestReaderOfAVersion: what a reader has opened it can read to the end, also
// when that version is replaced, removed for good, or all is reset.
func TestReaderOfAVersion(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		old := content(50_000, 1)
		for _, change := range []func(id string){
			func(string) {
				setVersioning(t, s, storage.VersioningSuspended)
				putBody(t, s, "b", "k", content(60_000, 2))
			},
			func(id string) { require.NoError(t, second(s.DeleteVersion("b", "k", id))) },
			func(string) {
				require.NoError(t, s.Reset())
				require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
			},
		} {
			setVersioning(t, s, storage.VersioningEnabled)
			id := putAt(t, s, "k", string(old), begun())
			putAt(t, s, "k", string(content(30_000, 3)), begun())
			r, err := s.OpenVersion("b", "k", id)
			require.NoError(t, err)
			change(id)
			body, err := io.ReadAll(r)
			require.NoError(t, err)
			require.True(t, bytes.Equal(old, body))
			require.NoError(t, r.Close())
			require.NoError(t, storage.Check(s))
		}
		files, err := storage.Files(s)
		require.NoError(t, err)
		require.Empty(t, files, "a reset removes all versions")
	})
}

// TestVersionsSurviveASweep: bodies of versions are not taken for left over.
func TestVersionsSurviveASweep(t *testing.T) {
	dir := t.TempDir()
	s := reopen(t, dir)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	putBody(t, s, "b", "k", content(20_000, 1))
	setVersioning(t, s, storage.VersioningEnabled)
	one := putAt(t, s, "k", string(content(20_000, 2)), begun())
	putAt(t, s, "k", string(content(20_000, 3)), begun())
	orphan, err := storage.PutOrphan(s)
	require.NoError(t, err)
	storage.SetUnclean(s)
	require.NoError(t, s.Close())
	s = reopen(t, dir)
	require.NoFileExists(t, orphan)
	require.NoError(t, storage.Check(s))
	require.Equal(t, string(content(20_000, 1)), getVersion(t, s, "k", "null"))
	require.Equal(t, string(content(20_000, 2)), getVersion(t, s, "k", one))
	require.Equal(t, string(content(20_000, 3)), get(t, s, "k"))
	require.NoError(t, s.Close())
}

// TestVersionsUnderUse: a version can be found at any moment, wherever it moves
// while others come and go above it; and a key whose newest version is an
// object or a delete marker is never anything else.
func TestVersionsUnderUse(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		setVersioning(t, s, storage.VersioningEnabled)
		want := content(6_000, 1)
		id := putAt(t, s, "k", string(want), begun())
		var writers, readers sync.WaitGroup
		var stop atomic.Bool
		for w := range 2 {
			writers.Go(func() {
				for n := range 50 {
					if err := comeAndGo(s, (w+n)%2 == 0); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for _, look := range []func() error{
			func() error { return readExactly(s, id, want) },
			func() error { return second(s.StatVersion("b", "k", id)) },
			func() error {
				err := second(s.Stat("b", "k"))
				var m *storage.MarkerError
				if errors.As(err, &m) {
					return nil
				}
				return err
			},
			func() error { return listedOnce(s, id) },
		} {
			readers.Go(func() {
				for !stop.Load() {
					if err := look(); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		writers.Wait()
		stop.Store(true)
		readers.Wait()
		require.Len(t, history(t, s, "k"), 1)
	})
}

// comeAndGo puts an object or a delete marker on top, and takes it away again.
func comeAndGo(s *storage.Store, marker bool) error {
	var id string
	if marker {
		d, err := s.Delete("b", "k", begun())
		if err != nil {
			return err
		}
		id = d.VersionID
	} else {
		st, err := s.Stage(-1)
		if err != nil {
			return err
		}
		if _, err := st.Write(content(5_000, 2)); err != nil {
			return err
		}
		o, err := st.Commit("b", storage.Object{Key: "k"}, storage.CommitOptions{})
		if err != nil {
			return err
		}
		id = o.VersionID
	}
	d, err := s.DeleteVersion("b", "k", id)
	if err == nil && d.VersionID != id {
		err = errors.New("the version was not there")
	}
	return err
}

func readExactly(s *storage.Store, id string, want []byte) error {
	r, err := s.OpenVersion("b", "k", id)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(r)
	if err == nil && !bytes.Equal(body, want) {
		err = errors.New("other bytes")
	}
	return errors.Join(err, r.Close())
}

func listedOnce(s *storage.Store, id string) error {
	page, err := s.ListVersions("b", storage.VersionOptions{Max: 100})
	times, latest := 0, 0
	for _, v := range page.Versions {
		if v.VersionID == id {
			times++
		}
		if v.Latest {
			latest++
		}
	}
	if err == nil && (times != 1 || latest != 1) {
		err = errors.New("a listing that never was")
	}
	return err
}
