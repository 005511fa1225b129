package storage_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/afero"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// crashFS is as much of an afero.Fs as bodies need, over a file system in
// memory that knows what was synced and what was not.
type crashFS struct {
	afero.Fs // nil: nothing else is called
	mem      *vfs.MemFS
}

type crashFile struct {
	afero.File // nil
	f          vfs.File
	mem        *vfs.MemFS
	name       string
	listed     bool
}

func (c crashFS) OpenFile(name string, flag int, _ os.FileMode) (afero.File, error) {
	var f vfs.File
	var err error
	if flag&os.O_CREATE == 0 {
		f, err = c.mem.Open(name)
	} else {
		if _, serr := c.mem.Stat(name); serr == nil {
			return nil, fs.ErrExist
		}
		f, err = c.mem.Create(name, vfs.WriteCategoryUnspecified)
	}
	if err != nil {
		return nil, err
	}
	return &crashFile{f: f, mem: c.mem, name: name}, nil
}

func (c crashFS) Open(name string) (afero.File, error)         { return c.OpenFile(name, os.O_RDONLY, 0) }
func (c crashFS) MkdirAll(name string, perm os.FileMode) error { return c.mem.MkdirAll(name, perm) }
func (c crashFS) Mkdir(name string, perm os.FileMode) error    { return c.mem.MkdirAll(name, perm) }
func (c crashFS) Remove(name string) error                     { return c.mem.Remove(name) }
func (f *crashFile) Close() error                              { return f.f.Close() }
func (f *crashFile) Sync() error                               { return f.f.Sync() }
func (f *crashFile) Write(p []byte) (int, error)               { return f.f.Write(append([]byte(nil), p...)) }
func (f *crashFile) ReadAt(p []byte, off int64) (int, error)   { return f.f.ReadAt(p, off) }

func (f *crashFile) Readdirnames(int) ([]string, error) {
	if f.listed {
		return nil, io.EOF
	}
	f.listed = true
	return f.mem.List(f.name)
}

func (f *crashFile) Readdir(int) (infos []os.FileInfo, err error) {
	names, err := f.Readdirnames(-1)
	for _, name := range names {
		fi, err := f.mem.Stat(f.name + "/" + name)
		if err != nil {
			return nil, err
		}
		infos = append(infos, fi)
	}
	return infos, err
}

// acknowledged is what a writer was told: the last version of each key that
// was committed, and the one that was on its way when the lights went out.
type acknowledged struct {
	mu            sync.Mutex
	last, started map[string]int
	parts         []storage.Upload // unfinished, each with a part
}

func (a *acknowledged) note(in map[string]int, key string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	in[key] = n
}

// left notes an upload that is not to be finished.
func (a *acknowledged) left(u storage.Upload) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.parts = append(a.parts, u)
}

// unfinished returns the uploads noted up to now.
func (a *acknowledged) unfinished() []storage.Upload {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.parts)
}

// copies returns both maps as they are now; last first, so that whatever is in
// it was started.
func (a *acknowledged) copies() (last, started map[string]int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	last, started = map[string]int{}, map[string]int{}
	for k, v := range a.last {
		last[k] = v
	}
	for k, v := range a.started {
		started[k] = v
	}
	return last, started
}

// TestCrash stops the world at some moment, many times: at once, as kill -9
// does, when all that was written is there; and, with fsync, as a loss of
// power does, when only what was synced is sure to be there. Each key must
// hold, whole, the version last acknowledged or a later one that was on its
// way; after the sweep nothing is left over.
func TestCrash(t *testing.T) {
	for _, c := range []struct {
		name    string
		o       storage.Options
		percent int // of what was not synced, that is there
	}{
		{"killed", storage.Options{Inline: 300}, 100},
		{"killed with fsync", storage.Options{Inline: 300, Fsync: true}, 100},
		{"power loss", storage.Options{Inline: 300, Fsync: true}, 0},
		{"partial power loss", storage.Options{Inline: 300, Fsync: true}, 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(5, 6))
			mem := vfs.NewCrashableMem()
			left := 0
			for round := range 12 {
				cfg := vfs.CrashCloneCfg{UnsyncedDataPercent: c.percent, RNG: rnd}
				mem = crashOnce(t, mem, c.o, cfg, round*100_000, &left)
			}
			require.Positive(t, left, "unfinished uploads that were acknowledged")
		})
	}
}

// crashOnce lets writers work on a store, crashes it and checks what is there.
// It returns the file system after the check and counts the uploads that were
// left unfinished.
func crashOnce(t *testing.T, mem *vfs.MemFS, o storage.Options, cfg vfs.CrashCloneCfg, base int, left *int) *vfs.MemFS {
	s, err := storage.OpenParts(crashFS{mem: mem}, mem, o)
	require.NoError(t, err)
	if err := s.CreateBucket(storage.Bucket{Name: "b"}); err != nil {
		require.ErrorIs(t, err, storage.ErrBucketExists)
	}
	a := &acknowledged{last: map[string]int{}, started: map[string]int{}}
	var wg sync.WaitGroup
	enough := make(chan struct{}, 1000)
	versions := startChronicle(t, s, &wg, fmt.Sprint(base))
	for w := range 4 {
		wg.Go(func() {
			for n := base + w*10_000; ; n++ {
				key := fmt.Sprintf("%d-%d", w, n%7)
				a.note(a.started, key, n)
				if err := commitSome(s, a, key, n, w%2 == 1); err != nil {
					if !errors.Is(err, storage.ErrClosed) {
						t.Error(err)
					}
					return
				}
				a.note(a.last, key, n)
				select {
				case enough <- struct{}{}:
				default:
				}
			}
		})
	}
	for range 100 + cfg.RNG.IntN(300) {
		<-enough
	}
	last, _ := a.copies()
	versions.stop()
	uploads := a.unfinished()
	clone := mem.CrashClone(cfg)
	_, started := a.copies()
	_, startedVersions := versions.a.copies()
	require.NoError(t, s.Close())
	wg.Wait()
	require.NotEmpty(t, last)

	faults, err := storage.Faults(clone)
	require.NoError(t, err)
	require.Empty(t, faults, "a loss of power is no damage")
	s, err = storage.OpenParts(crashFS{mem: clone}, clone, o)
	require.NoError(t, err)
	<-s.Swept()
	require.NoError(t, storage.Check(s))
	for key, n := range last {
		body := getBody(t, s, "b", key)
		require.NoError(t, whole(body), key)
		var got int
		_, err := fmt.Sscanf(string(body[:8]), "%d", &got)
		require.NoError(t, err)
		require.GreaterOrEqual(t, got, n, key)
		require.LessOrEqual(t, got, started[key], key)
	}
	versions.check(t, s, startedVersions)
	*left += len(uploads)
	for _, u := range uploads {
		require.NoError(t, complete(t, s, u), "a part was acknowledged")
		require.NoError(t, readWhole(s, u.Key))
	}
	require.NoError(t, storage.Check(s))
	require.NoError(t, s.Close())
	return clone
}

// commitSome stores version n of a key, in one piece or in parts, and then
// begins an upload that it leaves.
func commitSome(s *storage.Store, a *acknowledged, key string, n int, inParts bool) error {
	body := versioned(n, sizeOf(n))
	if !inParts {
		return commit(s, key, body)
	}
	if err := commitInParts(s, key, body); err != nil || n%2 != 0 {
		return err
	}
	u, err := s.CreateUpload("b", storage.Upload{Object: storage.Object{Key: "left " + key}})
	if err != nil {
		return err
	}
	if err := commitPart(s, u, 1+n%storage.MaxPart, 0); err != nil {
		return err
	}
	a.left(u)
	return nil
}

// TestPowerLossWithoutFsync: nothing is promised of the last moments, but the
// store opens and works.
func TestPowerLossWithoutFsync(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 10 {
		mem := vfs.NewCrashableMem()
		s, err := storage.OpenParts(crashFS{mem: mem}, mem, storage.Options{})
		require.NoError(t, err)
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
		for n := range 400 {
			require.NoError(t, commit(s, fmt.Sprint(n), versioned(n, sizeOf(n))))
		}
		clone := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rnd})
		require.NoError(t, s.Close())
		faults, err := storage.Faults(clone)
		require.NoError(t, err)
		require.Empty(t, faults, "a loss of power is no damage")
		s, err = storage.OpenParts(crashFS{mem: clone}, clone, storage.Options{})
		require.NoError(t, err)
		if err := s.CreateBucket(storage.Bucket{Name: "b"}); err != nil {
			require.ErrorIs(t, err, storage.ErrBucketExists)
		}
		require.NoError(t, commit(s, "after", versioned(1, sizeOf(1))))
		require.NoError(t, readWhole(s, "after"))
		require.NoError(t, s.Close())
	}
}
