package storage

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/spf13/afero"
)

// blobs keeps bodies as files named by UUID. Keys never become file names.
type blobs struct {
	fs     afero.Fs
	root   string // what stands before every name: empty, or a folder with its slash
	fsync  bool
	log    *slog.Logger
	pins   *pins
	failed atomic.Int64 // removals that failed; their files are swept after the next open

	made   [fanout * fanout]atomic.Bool // folders that are there and, if asked to be, lasting
	making sync.Mutex
}

// fanout is the number of folders on each of the two levels. A million blobs
// make folders of four thousand files, and a new store does not spend its
// first thousands of uploads on creating folders.
const fanout = 16

// blobPath is the name of a blob's file, two folders down. Identifiers are
// ordered by time, so the folder is taken from their random end.
func (b *blobs) blobPath(id uuid.UUID) string {
	var room [128]byte // for the text, unless root is long
	name := append(room[:0], b.root...)
	name = append(b.appendDir(name, int(id[15])), '/')
	return string(hex.AppendEncode(name, id[:]))
}

// appendDir appends the name of folder number n, which is 0 to 255.
func (*blobs) appendDir(dst []byte, n int) []byte {
	const digits = "0123456789abcdef"
	return append(dst, digits[n/fanout], '/', digits[n%fanout])
}

func (b *blobs) dir(n int) string { return string(b.appendDir([]byte(b.root), n)) }

// top is the folder that holds all others.
func (b *blobs) top() string {
	if b.root == "" {
		return "."
	}
	return b.root
}

// parseBlob reads a file name made by blobPath.
func parseBlob(name string) (id uuid.UUID, ok bool) {
	if len(name) != 2*len(id) {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(name))
	return id, err == nil
}

// create makes a new blob, held by its writer.
func (b *blobs) create() (uuid.UUID, afero.File, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return id, nil, err
	}
	if err := b.makeDir(int(id[15])); err != nil {
		return id, nil, err
	}
	b.pins.hold(Segment{Blob: id})
	f, err := b.open(id, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		b.pins.drop(Segment{Blob: id})
		return id, nil, err
	}
	return id, f, nil
}

func (b *blobs) open(id uuid.UUID, flag int) (afero.File, error) {
	return b.fs.OpenFile(b.blobPath(id), flag, 0o600)
}

// makeDir makes a folder unless it is known to be there. Nobody uses it before
// it is as lasting as it should be.
func (b *blobs) makeDir(n int) error {
	if b.made[n].Load() {
		return nil
	}
	b.making.Lock()
	defer b.making.Unlock()
	dir := b.dir(n)
	if err := b.makeBoth(dir[:len(dir)-2], dir); err != nil {
		return err
	}
	if err := b.syncDir(dir[:len(dir)-2]); err != nil {
		return err
	}
	if err := b.syncDir(b.top()); err != nil {
		return err
	}
	b.made[n].Store(true)
	return nil
}

// makeBoth makes a folder below the one that holds all, and one in it. The one
// that holds all is not made again when it is gone: bodies in it would not be
// found again.
func (b *blobs) makeBoth(upper, dir string) error {
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

// syncDir makes the entries of a folder lasting.
func (b *blobs) syncDir(dir string) error {
	if !b.fsync {
		return nil
	}
	f, err := b.fs.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// remove deletes the files of blobs that nobody holds. A failure leaves an
// orphan, which harms nobody and is swept after the next open.
func (b *blobs) remove(dead []Segment) {
	for _, s := range dead {
		err := b.fs.Remove(b.blobPath(s.Blob))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			b.failed.Add(1)
			b.log.Warn("storage: a body no longer needed could not be removed; the next start sweeps it", "err", err)
		}
	}
}
