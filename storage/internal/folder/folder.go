// Package folder knows the files of a data folder: bodies, an index, the file with the format, and
// the seal that an orderly close leaves. It finds damage before the index is opened.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/cosemu/cosemu/storage/internal/bilingual"
)

// Format is the version of the whole layout: key spaces, records, files. Opening a store of an
// earlier format converts it.
const Format = 2

// formatSealed is the first format whose folders are sealed when they are closed, and whose logs
// are never written over older ones.
const formatSealed = 2

// FormatName is a file with the format. It also tells that the folder was in use before.
const FormatName = "format"

// ErrLocked says that another process works on the data folder.
var ErrLocked = bilingual.Errorf("storage: data folder in use by another process", "另一个进程正在使用数据目录")

// Folder is a data folder.
type Folder struct {
	Dir   string // absolute
	Fsync bool
}

// Bodies is the folder of the bodies.
func (f Folder) Bodies() string { return filepath.Join(f.Dir, "blobs") }

// Index is the folder of the index.
func (f Folder) Index() string { return filepath.Join(f.Dir, "index") }

// Make makes the folders that are not there.
func (f Folder) Make() error {
	return errors.Join(makeFolder(f.Bodies(), f.Fsync), makeFolder(f.Index(), f.Fsync))
}

// makeFolder makes dir with its parents; with fsync they are lasting.
func makeFolder(dir string, fsync bool) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeFolder(parent, fsync); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent, fsync)
}

// Lock takes the folder for this process; ErrLocked if another one has it.
func (f Folder) Lock() (*pebble.Lock, error) {
	lock, err := pebble.LockDirectory(f.Index(), vfs.Default)
	if perr := (*fs.PathError)(nil); errors.As(err, &perr) {
		return nil, err // the lock's file could not be made
	}
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrLocked, err)
	}
	return lock, nil
}

// Version reads the file with the format. It is 0 if there is none or it is unreadable; the index
// holds the format, too.
func (f Folder) Version() (uint64, error) {
	b, err := os.ReadFile(filepath.Join(f.Dir, FormatName))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 32)
	if err != nil {
		return 0, nil //nolint:nilerr // SetVersion writes it again
	}
	return v, nil
}

// SetVersion writes the file with the format, unless was is that already.
func (f Folder) SetVersion(was uint64) error {
	if was == Format {
		return nil
	}
	return f.write(FormatName, fmt.Appendf(nil, "%d\n", Format))
}

// write makes or replaces a file in one step.
func (f Folder) write(name string, b []byte) error {
	path := filepath.Join(f.Dir, name)
	h, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = h.Write(b)
	if err == nil && f.Fsync {
		err = h.Sync()
	}
	if err = errors.Join(err, h.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncFolder(f.Dir, f.Fsync)
}

// Sync makes the entries of the folder lasting.
func (f Folder) Sync() error { return syncFolder(f.Dir, true) }

// syncFolder makes the entries of a folder lasting, if wanted.
func syncFolder(dir string, wanted bool) error {
	if !wanted {
		return nil
	}
	h, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(h.Sync(), h.Close())
}

// SetAside gives a damaged index another name and returns it, "" if there is no index.
func (f Folder) SetAside() (name string, err error) {
	for n := 1; ; n++ {
		name = fmt.Sprintf("index.damaged-%d", n)
		if _, err := os.Lstat(filepath.Join(f.Dir, name)); errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	err = os.Rename(f.Index(), filepath.Join(f.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return name, err
}
