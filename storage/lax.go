package storage

import (
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// walCategory is what Pebble calls the files of its log.
const walCategory vfs.DiskWriteCategory = "pebble-wal"

// laxFS is the file system of an index without Options.Fsync.
//
// The log is written to the operating system, but nobody waits for the disk.
// What was written survives the end of the process, though not a loss of
// power. (Pebble's own NoSync acknowledges a change before its log record was
// written at all: that would not survive a kill -9.)
//
// All other files are rare and written in the background. They are synced as
// ever, so that after a loss of power the index is an old one, not a broken
// one; only while the index opens are syncs put off, because a dozen of them
// one after the other would be most of the time that takes.
type laxFS struct {
	vfs.FS
	mu      sync.Mutex
	opening bool
	owed    []string // names to sync once the index is open
	log     string   // the name of the current log
}

func newLaxFS(fs vfs.FS) *laxFS { return &laxFS{FS: fs, opening: true} }

// settle ends the opening and makes up for the syncs put off. It returns at
// once; wait waits until all is done.
func (f *laxFS) settle() (wait func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	owed := f.owed
	f.opening, f.owed = false, nil
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, name := range owed {
			// What cannot be opened is gone again, and an error is none of
			// anybody's who was promised nothing.
			if h, err := f.Open(name); err == nil {
				_ = h.Sync()
				_ = h.Close()
			}
		}
	})
	return wg.Wait
}

// syncLog makes lasting what the log holds.
func (f *laxFS) syncLog() {
	f.mu.Lock()
	name := f.log
	f.mu.Unlock()
	if h, err := f.Open(name); err == nil { // as in settle
		_ = h.Sync()
		_ = h.Close()
	}
}

// putOff notes a sync for later and reports whether that will do.
func (f *laxFS) putOff(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.opening {
		f.owed = append(f.owed, name)
	}
	return f.opening
}

// Unwrap implements vfs.FS.
func (f *laxFS) Unwrap() vfs.FS { return f.FS }

// Create implements vfs.FS.
func (f *laxFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.wrap(name, c)(f.FS.Create(name, c))
}

// OpenReadWrite implements vfs.FS.
func (f *laxFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.wrap(name, c)(f.FS.OpenReadWrite(name, c, opts...))
}

// ReuseForWrite implements vfs.FS.
func (f *laxFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.wrap(newname, c)(f.FS.ReuseForWrite(oldname, newname, c))
}

// OpenDir implements vfs.FS.
func (f *laxFS) OpenDir(name string) (vfs.File, error) {
	return f.wrap(name, vfs.WriteCategoryUnspecified)(f.FS.OpenDir(name))
}

func (f *laxFS) wrap(name string, c vfs.DiskWriteCategory) func(vfs.File, error) (vfs.File, error) {
	return func(h vfs.File, err error) (vfs.File, error) {
		if err != nil {
			return nil, err
		}
		if c == walCategory {
			f.mu.Lock()
			f.log = name
			f.mu.Unlock()
		}
		return &laxFile{File: h, fs: f, name: name, log: c == walCategory}, nil
	}
}

// laxFile is a file of a laxFS.
type laxFile struct {
	vfs.File
	fs   *laxFS
	name string
	log  bool
}

// Sync implements vfs.File.
func (h *laxFile) Sync() error { return h.sync(h.File.Sync) }

// SyncData implements vfs.File.
func (h *laxFile) SyncData() error { return h.sync(h.File.SyncData) }

func (h *laxFile) sync(sync func() error) error {
	if h.log || h.fs.putOff(h.name) {
		return nil
	}
	return sync()
}

// SyncTo implements vfs.File. It asks the disk to begin, and promises nothing.
func (h *laxFile) SyncTo(length int64) (bool, error) {
	if h.log {
		return false, nil
	}
	return h.File.SyncTo(length)
}
