package storage

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/spf13/afero"
)

// blobs keeps bodies as files named by UUID. Keys never become file names.
type blobs struct {
	fs     afero.Fs
	fsync  bool
	log    *slog.Logger
	pins   *pins
	failed atomic.Int64 // removals that failed; their files are swept at the next open
}

const hexDigits = "0123456789abcdef"

// blobDir is the folder of a blob: two levels of sixteen, so that a million
// blobs make folders of four thousand, and a new data folder does not spend
// its first thousands of uploads on creating folders.
func blobDir(id uuid.UUID) string {
	return string([]byte{hexDigits[id[0]>>4], '/', hexDigits[id[0]&15]})
}

func blobPath(id uuid.UUID) string { return blobDir(id) + "/" + id.String() }

// create makes a new blob, held by its writer.
func (b *blobs) create() (uuid.UUID, afero.File, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return id, nil, err
	}
	b.pins.hold(Segment{Blob: id})
	f, err := b.open(id, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if errors.Is(err, fs.ErrNotExist) {
		if err = b.makeDir(id); err == nil {
			f, err = b.open(id, os.O_RDWR|os.O_CREATE|os.O_EXCL)
		}
	}
	if err != nil {
		b.pins.drop(Segment{Blob: id})
		return id, nil, err
	}
	return id, f, nil
}

func (b *blobs) open(id uuid.UUID, flag int) (afero.File, error) {
	return b.fs.OpenFile(blobPath(id), flag, 0o600)
}

// makeDir makes the folder of a blob and, if asked to, makes it lasting.
func (b *blobs) makeDir(id uuid.UUID) error {
	dir := blobDir(id)
	if err := b.fs.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := b.syncDir(dir[:1]); err != nil {
		return err
	}
	return b.syncDir(".")
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

// remove deletes blobs that nobody holds. A failure leaves an orphan, which
// harms nobody and is swept at the next open.
func (b *blobs) remove(dead []Segment) {
	for _, s := range dead {
		err := b.fs.Remove(blobPath(s.Blob))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			b.failed.Add(1)
			b.log.Warn("storage: a blob no longer needed could not be removed; the next start sweeps it", "blob", s.Blob, "err", err)
		}
	}
}
