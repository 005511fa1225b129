package storage_test

import (
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// fullFS is a disk for the index that can be full. While it is, writing fails
// unless the reserve was given up, and that cannot be taken back.
type fullFS struct {
	vfs.FS
	full, hopeless atomic.Bool
}

type fullFile struct {
	vfs.File
	fs *fullFS
}

func (f *fullFS) refuse() error {
	_, err := f.Stat("index/reserve")
	if f.full.Load() && (err == nil || f.hopeless.Load()) {
		return syscall.ENOSPC
	}
	return nil
}

func (f *fullFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	h, err := f.FS.Create(name, c)
	if err != nil {
		return nil, err
	}
	return fullFile{h, f}, nil
}

func (f *fullFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	h, err := f.FS.ReuseForWrite(oldname, newname, c)
	if err != nil {
		return nil, err
	}
	return fullFile{h, f}, nil
}

func (h fullFile) Write(p []byte) (int, error) {
	if err := h.fs.refuse(); err != nil {
		return 0, err
	}
	return h.File.Write(p)
}

func (h fullFile) Preallocate(off, length int64) error {
	if h.fs.full.Load() && length == storage.ReserveSize {
		return syscall.ENOSPC
	}
	return h.File.Preallocate(off, length)
}

func openFull(t *testing.T, disk *fullFS) *storage.Store {
	t.Helper()
	s, err := storage.OpenParts(crashFS{mem: disk.FS.(*vfs.MemFS)}, disk, storage.Options{})
	require.NoError(t, err)
	return s
}

// TestFullDisk: the change that meets a full disk still takes place, new
// bodies are refused, deleting works, and with space again all is well.
func TestFullDisk(t *testing.T) {
	disk := &fullFS{FS: vfs.NewMem()}
	s := openFull(t, disk)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	put(t, s, "before", "x")
	_, err := disk.Stat("index/reserve")
	require.NoError(t, err)

	disk.full.Store(true)
	put(t, s, "meets it", "y")
	_, err = disk.Stat("index/reserve")
	require.Error(t, err, "given up")
	_, err = s.Stage(1)
	require.ErrorIs(t, err, storage.ErrFull)
	require.NoError(t, second(s.Delete("b", "before", time.Time{})))
	require.Equal(t, "y", get(t, s, "meets it"))

	disk.full.Store(false)
	put(t, s, "after", "z")
	_, err = disk.Stat("index/reserve")
	require.NoError(t, err, "taken back")
	require.Equal(t, []string{"after", "meets it"}, keys(t, s, "b"))
	require.NoError(t, s.Close())

	s = openFull(t, disk)
	require.Equal(t, []string{"after", "meets it"}, keys(t, s, "b"))
	require.NoError(t, storage.Check(s))
	require.NoError(t, s.Close())
}

// TestIndexBroken: an index that cannot write its log says so, at once and to
// every later call, and what was acknowledged is there after a restart.
func TestIndexBroken(t *testing.T) {
	disk := &fullFS{FS: vfs.NewMem()}
	s := openFull(t, disk)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	putBody(t, s, "b", "k", content(10_000, 1))

	disk.hopeless.Store(true)
	disk.full.Store(true)
	st, err := s.Stage(-1)
	require.NoError(t, err)
	_, err = st.Write(content(20_000, 2))
	require.NoError(t, err)
	require.ErrorIs(t, second(st.Commit("b", storage.Object{Key: "k"}, storage.CommitOptions{})), storage.ErrUnknown)
	require.NoError(t, st.Abort())

	broken := "the index cannot go on"
	_, err = s.Stat("b", "k")
	require.ErrorContains(t, err, broken)
	_, err = s.List("b", storage.ListOptions{Max: 1})
	require.ErrorContains(t, err, broken)
	require.ErrorContains(t, second(s.Delete("b", "k", time.Time{})), broken)
	require.ErrorContains(t, s.Close(), broken)

	// Another process finds the disk as it is now. The lock died with the one
	// before.
	disk.full.Store(false)
	clone := vfs.NewMem()
	for _, dir := range []string{"index", "blobs"} {
		ok, err := vfs.Clone(disk.FS, clone, dir, dir)
		require.NoError(t, err)
		require.True(t, ok)
	}
	s = openFull(t, &fullFS{FS: clone})
	<-s.Swept()
	require.Equal(t, content(10_000, 1), getBody(t, s, "b", "k"))
	require.NoError(t, storage.Check(s))
	require.NoError(t, s.Close())
}

// TestNoReserve: where no space can be set aside there is no reserve, and that
// is no reason to refuse anything.
func TestNoReserve(t *testing.T) {
	disk := &unreservedFS{vfs.NewMem()}
	s, err := storage.OpenParts(crashFS{mem: disk.FS.(*vfs.MemFS)}, disk, storage.Options{})
	require.NoError(t, err)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	put(t, s, "k", "x")
	require.Equal(t, "x", get(t, s, "k"))
	require.NoError(t, s.Close())
}

type unreservedFS struct{ vfs.FS }

func (f unreservedFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasSuffix(name, "reserve") {
		return nil, syscall.EOPNOTSUPP
	}
	return f.FS.Create(name, c)
}
