// Package blob keeps bodies as files of an afero.Fs. The name of a file is a UUID, two folders
// deep. The keys of objects never become file names.
package blob

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/spf13/afero"
)

// Files are the bodies of one store. All methods are safe for concurrent use.
type Files struct {
	fs    afero.Fs
	root  string // before every name: empty, or a folder with its slash
	fsync bool
	log   *slog.Logger
	ids   ids
	holds holds
	// leftovers counts files that may be there though no row names them.
	leftovers atomic.Int64

	made   [folders]atomic.Bool // folders that exist and, with fsync, are lasting
	making sync.Mutex
}

// Bodies lie on two levels of folders, 16 on each. So a million bodies make folders of four thousand
// files, and a new store does not spend its first thousands of uploads on making folders.
const (
	fanout  = 16
	folders = fanout * fanout
)

// Config says where bodies lie.
type Config struct {
	FS afero.Fs
	// Dir is the folder in FS that holds all bodies, and nothing else. Empty: all of FS, which is
	// then a file system in memory.
	Dir string
	// Fsync makes each body and its folder entry lasting.
	Fsync bool
	Log   *slog.Logger
}

// New returns the bodies of a store.
func New(c Config) *Files {
	b := &Files{fs: c.FS, fsync: c.Fsync, log: c.Log}
	if c.Dir != "" {
		b.root = c.Dir + string(filepath.Separator)
	}
	if c.Log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	b.holds.init()
	return b
}

// OnDisk reports whether bodies outlive the process.
func (b *Files) OnDisk() bool { return b.root != "" }

// Path is the name of a body's file. Identifiers are ordered by time, so the folder is taken from
// their random end.
func (b *Files) Path(id uuid.UUID) string {
	var room [128]byte // for the text, unless root is long
	name := append(room[:0], b.root...)
	name = append(appendFolder(name, int(id[15])), '/')
	return string(hex.AppendEncode(name, id[:]))
}

// appendFolder appends the name of folder number n, which is 0 to 255.
func appendFolder(dst []byte, n int) []byte {
	const digits = "0123456789abcdef"
	return append(dst, digits[n/fanout], '/', digits[n%fanout])
}

func (b *Files) folder(n int) string { return string(appendFolder([]byte(b.root), n)) }

// top is the folder that holds all others.
func (b *Files) top() string {
	if b.root == "" {
		return "."
	}
	return b.root
}

// parseName reads the last part of a name made by Path.
func parseName(name string) (id uuid.UUID, ok bool) {
	if len(name) != 2*len(id) {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(name))
	return id, err == nil
}

// NewID returns an identifier that no other body has.
func (b *Files) NewID() uuid.UUID { return b.ids.next() }

// Create makes the file of a new body. Its writer holds it.
func (b *Files) Create() (uuid.UUID, afero.File, error) {
	id := b.ids.next()
	if err := b.makeFolder(int(id[15])); err != nil {
		return id, nil, err
	}
	b.Hold(id)
	f, err := b.fs.OpenFile(b.Path(id), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		b.Release(id)
		return id, nil, err
	}
	return id, f, nil
}

// Open opens a body for reading.
func (b *Files) Open(id uuid.UUID) (afero.File, error) {
	return b.fs.OpenFile(b.Path(id), os.O_RDONLY, 0)
}

// Close closes a body that was written and, with Fsync, makes it lasting.
func (b *Files) Close(id uuid.UUID, f afero.File) error {
	var err error
	if b.fsync {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err != nil || !b.fsync {
		return err
	}
	return b.syncFolder(b.folder(int(id[15])))
}

// makeFolder makes a folder unless it is known to be there. It returns when the folder is as
// lasting as it should be.
func (b *Files) makeFolder(n int) error {
	if b.made[n].Load() {
		return nil
	}
	b.making.Lock()
	defer b.making.Unlock()
	dir := b.folder(n)
	upper := dir[:len(dir)-2]
	if err := b.makeBoth(upper, dir); err != nil {
		return err
	}
	if err := b.syncFolder(upper); err != nil {
		return err
	}
	if err := b.syncFolder(b.top()); err != nil {
		return err
	}
	b.made[n].Store(true)
	return nil
}

// makeBoth makes the folder upper and in it dir. It does not make the folder of all bodies again
// when that is gone, because the removed one holds the other bodies.
func (b *Files) makeBoth(upper, dir string) error {
	if b.root == "" {
		return b.fs.MkdirAll(dir, 0o700)
	}
	for _, name := range []string{upper, dir} {
		if err := b.fs.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// syncFolder makes the entries of a folder lasting, with Fsync.
func (b *Files) syncFolder(dir string) error {
	if !b.fsync {
		return nil
	}
	f, err := b.fs.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// removeFile removes a file that nobody holds. If that fails the file is left over, which does no
// harm, and the next start removes it.
func (b *Files) removeFile(id uuid.UUID) {
	err := b.fs.Remove(b.Path(id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.NoteLeftover()
		b.log.Warn("storage: a body no longer needed could not be removed; the next start sweeps it", "err", err)
	}
}

// ForgetFolders makes the next bodies make their folders again, for tests.
func (b *Files) ForgetFolders() {
	for n := range b.made {
		b.made[n].Store(false)
	}
}

// NoteLeftover says that a file may stay that no row names. The next start then looks for such.
func (b *Files) NoteLeftover() { b.leftovers.Add(1) }

// Clean reports whether every file is one that a row names.
func (b *Files) Clean() bool { return b.Held() == 0 && b.leftovers.Load() == 0 }

// Each calls use for every body with the size of its file in bytes.
func (b *Files) Each(use func(id uuid.UUID, size int64) error) error {
	for n := range folders {
		f, err := b.fs.Open(b.folder(n))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		infos, err := f.Readdir(-1)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		for _, info := range infos {
			if id, ok := parseName(info.Name()); ok {
				if err := use(id, info.Size()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Any reports whether there is a body.
func (b *Files) Any() (bool, error) {
	for n := range folders {
		found, err := b.anyIn(b.folder(n))
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

func (b *Files) anyIn(dir string) (found bool, err error) {
	f, err := b.fs.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for {
		names, err := f.Readdirnames(64)
		for _, name := range names {
			if _, ok := parseName(name); ok {
				return true, nil
			}
		}
		switch {
		case errors.Is(err, io.EOF), err == nil && len(names) == 0:
			return false, nil
		case err != nil:
			return false, err
		}
	}
}
