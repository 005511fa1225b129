package index

import (
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// ReserveSize is the disk space in bytes kept back for the index.
const ReserveSize = 8 << 20

// reserve is a file that only occupies space. An index whose log cannot be
// written can no longer be used. So when the disk is full the reserve is
// removed: the change in progress and deletions find room. New bodies are
// refused until there is space to make the reserve again.
type reserve struct {
	path string
	fs   vfs.FS
	log  *slog.Logger
	full atomic.Bool
	mu   sync.Mutex // guards the file
}

// newReserve makes the reserve. Not every file system can set space aside;
// without a reserve a full disk ends the index.
func newReserve(dir string, fs vfs.FS, log *slog.Logger) *reserve {
	r := &reserve{path: filepath.Join(dir, "reserve"), fs: fs, log: log}
	r.full.Store(IsFull(r.take()))
	return r
}

// take sets the space aside.
func (r *reserve) take() error {
	if _, err := r.fs.Stat(r.path); err == nil {
		return nil
	}
	// Ask first: some file systems set space aside page by page, which is slow.
	u, err := r.fs.GetDiskUsage(filepath.Dir(r.path))
	if err == nil && u.AvailBytes < 2*ReserveSize {
		return syscall.ENOSPC
	}
	f, err := r.fs.Create(r.path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Preallocate(0, ReserveSize), f.Close()); err != nil {
		return errors.Join(err, r.fs.Remove(r.path)) // a part of it would help nobody
	}
	return nil
}

// release removes the reserve; the index calls it when the disk is full.
func (r *reserve) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.full.Swap(true) {
		r.log.Error("storage: the disk is full; new uploads are refused until there is space again")
	}
	if err := r.fs.Remove(r.path); err != nil {
		r.log.Error("storage: the disk space kept back for a full disk could not be released", "err", err)
	}
}

// spent reports whether the disk was full and still is.
func (r *reserve) spent() bool {
	if !r.full.Load() {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if IsFull(r.take()) {
		return true
	}
	if r.full.Swap(false) {
		r.log.Info("storage: there is disk space again")
	}
	return false
}
