package index

import (
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// walCategory is what Pebble calls the files of its log.
const walCategory vfs.DiskWriteCategory = "pebble-wal"

// laxFS is the file system of an index without DiskConfig.Fsync.
//
// The log is written to the operating system and not synced: a change survives
// the end of the process, but not a loss of power. (Pebble's own NoSync
// acknowledges a change before its log record is written, which would not
// survive a kill -9.)
//
// All other files are synced, so that a loss of power leaves an older index and
// not a broken one. They are few and written in the background. Only while the
// index opens are these syncs put off: a dozen in a row would take most of the
// time of opening.
type laxFS struct {
	vfs.FS
	mu      sync.Mutex
	opening bool
	putOff  []string // names to sync once the index is open
	log     string   // the name of the current log
}

func newLaxFS(fs vfs.FS) *laxFS { return &laxFS{FS: fs, opening: true} }

// settle ends the opening and begins the syncs that were put off. It returns at
// once; wait returns when they are done.
func (f *laxFS) settle() (wait func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := f.putOff
	f.opening, f.putOff = false, nil
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, name := range names {
			// A file that cannot be opened was removed since. Errors are
			// dropped: without Fsync no durability was promised.
			if h, err := f.Open(name); err == nil {
				_ = h.Sync()
				_ = h.Close()
			}
		}
	})
	return wg.Wait
}

// syncLog syncs the current log.
func (f *laxFS) syncLog() {
	f.mu.Lock()
	name := f.log
	f.mu.Unlock()
	if h, err := f.Open(name); err == nil { // as in settle
		_ = h.Sync()
		_ = h.Close()
	}
}

// later puts the sync of a file off if the index is still opening, and reports
// whether it did.
func (f *laxFS) later(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.opening {
		f.putOff = append(f.putOff, name)
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
	if h.log || h.fs.later(h.name) {
		return nil
	}
	return sync()
}

// SyncTo implements vfs.File. It starts the write-back without waiting for it.
func (h *laxFile) SyncTo(length int64) (bool, error) {
	if h.log {
		return false, nil
	}
	return h.File.SyncTo(length)
}
