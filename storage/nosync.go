package storage

import "github.com/cockroachdb/pebble/v2/vfs"

// walCategory is what Pebble calls the files of its log.
const walCategory vfs.DiskWriteCategory = "pebble-wal"

// noSyncFS writes the log of the index to the operating system but does not
// wait for the disk. What was written survives the end of the process, though
// not a loss of power. (Pebble's own NoSync acknowledges a change before its
// log record was written at all: that would not survive a kill -9.) All other
// files are rare and written in the background; they are synced as ever, so
// that after a loss of power the index is an old one, not a broken one.
type noSyncFS struct{ vfs.FS }

// Unwrap implements vfs.FS.
func (f noSyncFS) Unwrap() vfs.FS { return f.FS }

// Create implements vfs.FS.
func (f noSyncFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return noSync(c)(f.FS.Create(name, c))
}

// ReuseForWrite implements vfs.FS.
func (f noSyncFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return noSync(c)(f.FS.ReuseForWrite(oldname, newname, c))
}

// noSync wraps a file that was opened if it is one of the log.
func noSync(c vfs.DiskWriteCategory) func(vfs.File, error) (vfs.File, error) {
	return func(f vfs.File, err error) (vfs.File, error) {
		if err == nil && c == walCategory {
			f = noSyncFile{f}
		}
		return f, err
	}
}

// noSyncFile is a file whose syncs do nothing.
type noSyncFile struct{ vfs.File }

func (noSyncFile) Sync() error                { return nil }
func (noSyncFile) SyncData() error            { return nil }
func (noSyncFile) SyncTo(int64) (bool, error) { return false, nil }
