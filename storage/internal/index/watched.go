package index

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// watchedFS is the file system of an index on disk. It remembers which file is
// the current log, so that a look tells whether that file is still in the
// folder: a write to a removed file succeeds, and is lost.
//
// It makes a new file for each log. A reused file ends in records of an older
// log, and damage among those cannot be recognized.
type watchedFS struct {
	vfs.FS
	bodies string // the folder of the bodies
	mu     sync.Mutex
	name   string // of the current log
	file   os.FileInfo
}

// Create implements vfs.FS.
func (w *watchedFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := w.FS.Create(name, c)
	if err != nil || c != walCategory {
		return f, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.name, w.file = name, info
	return f, nil
}

// ReuseForWrite implements vfs.FS.
func (w *watchedFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := w.Remove(oldname); err != nil {
		return nil, err
	}
	return w.Create(newname, c)
}

// Unwrap implements vfs.FS.
func (w *watchedFS) Unwrap() vfs.FS { return w.FS }

// log is the current log.
func (w *watchedFS) log() (name string, file os.FileInfo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.name, w.file
}

// logThere reports ErrGone if the current log is no longer where it was made.
func (w *watchedFS) logThere() error {
	for {
		name, file := w.log()
		if file == nil {
			return nil
		}
		now, err := os.Stat(name)
		if err == nil && os.SameFile(now, file) {
			return nil
		}
		if next, _ := w.log(); next != name {
			continue // another one has begun
		}
		if err == nil {
			err = errors.New("another file has its name")
		}
		return fmt.Errorf("%w (%w)", ErrGone, err)
	}
}

// there reports ErrGone if the log or the folder of the bodies is gone.
func (w *watchedFS) there() error {
	if err := w.logThere(); err != nil {
		return err
	}
	if _, err := os.Stat(w.bodies); err != nil {
		return fmt.Errorf("%w (%w)", ErrGone, err)
	}
	return nil
}
