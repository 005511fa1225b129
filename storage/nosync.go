package storage

import "github.com/cockroachdb/pebble/v2/vfs"

// noSyncFS writes to the operating system but never waits for the disk. What
// was written survives the end of the process, though not a loss of power.
// (Pebble's own NoSync acknowledges a change before its log record was
// written at all: that would not survive a kill -9.)
type noSyncFS struct{ vfs.FS }

// Unwrap implements vfs.FS.
func (f noSyncFS) Unwrap() vfs.FS { return f.FS }

func noSync(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return noSyncFile{f}, nil
}

// Create implements vfs.FS.
func (f noSyncFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return noSync(f.FS.Create(name, c))
}

// OpenReadWrite implements vfs.FS.
func (f noSyncFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return noSync(f.FS.OpenReadWrite(name, c, opts...))
}

// OpenDir implements vfs.FS.
func (f noSyncFS) OpenDir(name string) (vfs.File, error) {
	return noSync(f.FS.OpenDir(name))
}

// ReuseForWrite implements vfs.FS.
func (f noSyncFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return noSync(f.FS.ReuseForWrite(oldname, newname, c))
}

// noSyncFile is a file whose syncs do nothing.
type noSyncFile struct{ vfs.File }

func (noSyncFile) Sync() error                { return nil }
func (noSyncFile) SyncData() error            { return nil }
func (noSyncFile) SyncTo(int64) (bool, error) { return false, nil }
