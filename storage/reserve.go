package storage

import (
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// reserveSize is the disk space in bytes kept back for the index.
const reserveSize = 8 << 20

// reserve is a file that does nothing but occupy space. An index whose log
// cannot be written is finished, so when the disk is full the reserve is given
// up: the change in progress finds room, and so do deletions; new bodies are
// refused until there is space again to take the reserve back.
type reserve struct {
	path string
	fs   vfs.FS
	log  *slog.Logger
	full atomic.Bool
	mu   sync.Mutex // guards the file
}

// newReserve makes the reserve. Where space cannot be set aside (not every
// file system can) there is none, and a full disk ends the index.
func newReserve(dir string, fs vfs.FS, log *slog.Logger) *reserve {
	r := &reserve{path: filepath.Join(dir, "reserve"), fs: fs, log: log}
	r.full.Store(isFull(r.take()))
	return r
}

// take sets the space aside.
func (r *reserve) take() error {
	if _, err := r.fs.Stat(r.path); err == nil {
		return nil
	}
	// Asking is cheap; some file systems set space aside page by page.
	u, err := r.fs.GetDiskUsage(filepath.Dir(r.path))
	if err == nil && u.AvailBytes < 2*reserveSize {
		return syscall.ENOSPC
	}
	f, err := r.fs.Create(r.path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Preallocate(0, reserveSize), f.Close()); err != nil {
		return errors.Join(err, r.fs.Remove(r.path)) // better none than a part
	}
	return nil
}

// release gives the reserve up; the index calls it when the disk is full.
func (r *reserve) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.full.Swap(true) {
		r.log.Error("storage: the disk is full; new uploads are refused until there is space again")
	}
	if err := r.fs.Remove(r.path); err != nil {
		r.log.Error("storage: the reserve for a full disk is not there", "err", err)
	}
}

// spent reports whether the disk was full and still is.
func (r *reserve) spent() bool {
	if !r.full.Load() {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if isFull(r.take()) {
		return true
	}
	if r.full.Swap(false) {
		r.log.Info("storage: there is disk space again")
	}
	return false
}
