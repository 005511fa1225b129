package storage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/spf13/afero"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/memfs"
)

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	s := reopen(t, dir)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	putBody(t, s, "b", "big", content(100_000, 1))
	var orphans []string
	for range 20 {
		name, err := storage.PutOrphan(s)
		require.NoError(t, err)
		orphans = append(orphans, name)
	}
	stranger := filepath.Join(filepath.Dir(orphans[0]), "README")
	require.NoError(t, os.WriteFile(stranger, nil, 0o600))
	require.NoError(t, s.Close())

	s = reopen(t, dir)
	require.FileExists(t, orphans[0], "after an orderly close nothing is swept")
	storage.SetUnclean(s)
	require.NoError(t, s.Close())

	s = reopen(t, dir)
	for _, name := range orphans {
		require.NoFileExists(t, name)
	}
	require.FileExists(t, stranger, "not one of ours")
	require.NoError(t, os.Remove(stranger))
	require.NoError(t, storage.Check(s))
	require.Equal(t, content(100_000, 1), getBody(t, s, "b", "big"))
	require.NoError(t, s.Close())
}

// TestSweepInBatches sweeps more files than are judged at once.
func TestSweepInBatches(t *testing.T) {
	base := memfs.New(nil)
	ix, err := storage.MemoryIndex()
	require.NoError(t, err)
	s := newStore(t, base, keptOpen{ix})
	for n := range 60 {
		putBody(t, s, "b", fmt.Sprint(n), content(5000+n, byte(n)))
		_, err := storage.PutOrphan(s)
		require.NoError(t, err)
	}
	files, err := storage.Files(s)
	require.NoError(t, err)
	require.Len(t, files, 120)
	storage.SetUnclean(s)
	require.NoError(t, s.Close())

	s, err = storage.New(base, keptOpen{ix}, storage.WithSweepBatch(7))
	require.NoError(t, err)
	<-s.Swept()
	require.NoError(t, storage.Check(s))
	for n := range 60 {
		require.Equal(t, content(5000+n, byte(n)), getBody(t, s, "b", fmt.Sprint(n)))
	}
	require.NoError(t, s.Close())
	require.NoError(t, ix.Close())
}

// gate stops whoever comes first until it is opened.
type gate struct {
	once          sync.Once
	reached, open chan struct{}
}

func newGate() *gate { return &gate{reached: make(chan struct{}), open: make(chan struct{})} }

func (g *gate) pass() {
	g.once.Do(func() {
		close(g.reached)
		<-g.open
	})
}

// gatedFS stops before a folder is listed, gatedIndex before the rows are.
type gatedFS struct {
	afero.Fs
	g *gate
}

func (f gatedFS) Open(name string) (afero.File, error) {
	f.g.pass()
	return f.Fs.Open(name)
}

type gatedIndex struct {
	index.Index
	g *gate
}

func (ix gatedIndex) Scan(lower, upper []byte) (index.Cursor, error) {
	if len(lower) == 1 && lower[0] == 0 { // the sweep's, not the listing's
		ix.g.pass()
	}
	return ix.Index.Scan(lower, upper)
}

// TestSweepUnderUse changes the store before the sweep lists the files, and
// again after that, before it reads the index. No body in use may go.
func TestSweepUnderUse(t *testing.T) {
	base := memfs.New(nil)
	ix, err := storage.MemoryIndex()
	require.NoError(t, err)
	s := newStore(t, base, keptOpen{ix})
	body := func(n int) []byte { return content(10_000+n, byte(n)) }
	for n, key := range []string{"kept", "replaced 1", "replaced 2", "read 1", "read 2"} {
		putBody(t, s, "b", key, body(n))
	}
	orphan, err := storage.PutOrphan(s)
	require.NoError(t, err)
	storage.SetUnclean(s)
	require.NoError(t, s.Close())

	files, rows := newGate(), newGate()
	s, err = storage.New(gatedFS{base, files}, gatedIndex{keptOpen{ix}, rows}, storage.Options{})
	require.NoError(t, err)
	<-files.reached
	staged1, staged2 := stage(t, s, body(11), -1), stage(t, s, body(12), -1)
	aborted := stage(t, s, body(13), -1)
	putBody(t, s, "b", "replaced 1", body(14))
	reader1, err := s.Open("b", "read 1")
	require.NoError(t, err)
	require.NoError(t, second(s.Delete("b", "read 1", time.Time{})))
	close(files.open)

	<-rows.reached
	staged3 := stage(t, s, body(15), -1)
	require.NoError(t, second(staged1.Commit("b", storage.Object{Key: "staged 1"}, storage.CommitOptions{})))
	require.NoError(t, aborted.Abort())
	putBody(t, s, "b", "replaced 2", body(16))
	reader2, err := s.Open("b", "read 2")
	require.NoError(t, err)
	require.NoError(t, second(s.Delete("b", "read 2", time.Time{})))
	close(rows.open)

	<-s.Swept()
	_, err = base.Stat(orphan)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, second(staged2.Commit("b", storage.Object{Key: "staged 2"}, storage.CommitOptions{})))
	require.NoError(t, second(staged3.Commit("b", storage.Object{Key: "staged 3"}, storage.CommitOptions{})))
	for key, n := range map[string]int{
		"kept": 0, "replaced 1": 14, "replaced 2": 16, "staged 1": 11, "staged 2": 12, "staged 3": 15,
	} {
		require.Equal(t, body(n), getBody(t, s, "b", key), key)
	}
	for n, r := range map[int]*storage.Reader{3: reader1, 4: reader2} {
		got := make([]byte, r.Size)
		_, err := r.ReadAt(got, 0)
		require.NoError(t, err)
		require.Equal(t, body(n), got)
		require.NoError(t, r.Close())
	}
	require.NoError(t, storage.Check(s))
	require.NoError(t, s.Close())
	require.NoError(t, ix.Close())
}

// TestCloseStopsSweep: a store can be closed while the sweep runs; the next
// start sweeps again.
func TestCloseStopsSweep(t *testing.T) {
	base := memfs.New(nil)
	ix, err := storage.MemoryIndex()
	require.NoError(t, err)
	s := newStore(t, base, keptOpen{ix})
	orphan, err := storage.PutOrphan(s)
	require.NoError(t, err)
	storage.SetUnclean(s)
	require.NoError(t, s.Close())

	files := newGate()
	s, err = storage.New(gatedFS{base, files}, keptOpen{ix}, storage.Options{})
	require.NoError(t, err)
	<-files.reached
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	for {
		if _, err := s.Stage(0); err != nil {
			break // Close has begun
		}
	}
	close(files.open)
	require.NoError(t, <-closed)
	_, err = base.Stat(orphan)
	require.NoError(t, err)

	s, err = storage.New(base, keptOpen{ix}, storage.Options{})
	require.NoError(t, err)
	<-s.Swept()
	_, err = base.Stat(orphan)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, s.Close())
	require.NoError(t, ix.Close())
}
