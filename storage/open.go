package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/afero"

	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// OpenMemory returns an empty store that lives in memory.
func OpenMemory(o Options) (*Store, error) {
	most := o.MaxMemory
	if most <= 0 {
		most = MemoryGiven() / 4 * 3
	}
	b := memfs.NewBudget(most)
	s, err := New(memfs.NewWithin(b, nil), newTree(b), o)
	if err != nil {
		return nil, err
	}
	s.memory, s.full = b, b.Spent
	return s, nil
}

// OpenDisk opens the store in the folder dir, which is made if it is not
// there. The folder belongs to this process until Close; ErrLocked answers a
// second one.
func OpenDisk(dir string, o Options) (*Store, error) {
	s, err := openDisk(dir, o)
	if err != nil {
		return nil, fmt.Errorf("open data folder %s: %w", dir, err)
	}
	return s, nil
}

func openDisk(dir string, o Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	blobDir, indexDir := filepath.Join(dir, "blobs"), filepath.Join(dir, "index")
	for _, d := range []string{blobDir, indexDir} {
		if err := makeFolder(d, o.Fsync); err != nil {
			return nil, err
		}
	}
	there := &presence{FS: vfs.Default, bodies: blobDir}
	lock, err := pebble.LockDirectory(indexDir, vfs.Default)
	if err != nil {
		if perr := (*fs.PathError)(nil); errors.As(err, &perr) {
			return nil, err // the lock's file could not be made
		}
		return nil, fmt.Errorf("%w (%w)", ErrLocked, err)
	}
	s, err := openLocked(folder{dir, o.Fsync}, there, lock, o)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	s.release = lock.Close
	return s, nil
}

// openLocked opens the store in a folder that nobody else works on.
func openLocked(f folder, there *presence, lock *pebble.Lock, o Options) (*Store, error) {
	was, err := f.version()
	if err != nil {
		return nil, err
	}
	if was > format {
		return nil, newerFile(was)
	}
	indexDir := filepath.Join(f.dir, "index")
	in, err := f.inspection(there, was)
	if err == nil && len(in.faults) > 0 {
		err = &DamageError{Faults: in.faults}
	}
	if err == nil {
		err = f.breakSeal()
	}
	if err != nil {
		return nil, err
	}
	if o.acked, err = openAcked(indexDir); err != nil {
		return nil, err
	}
	o.cutOff = in.cutOff
	s, err := openParts(afero.NewOsFs(), there.bodies, there, indexDir, lock, o)
	if err != nil {
		return nil, errors.Join(damaged(err), o.acked.close())
	}
	s.seal = func() error { return errors.Join(o.acked.close(), f.seal()) }
	if in.cutOff != "" {
		err = o.acked.write(in.last) // numbers go on from there
	}
	if err := errors.Join(err, f.setVersion(was)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// damaged makes a *DamageError of an error that says that a file of the index is
// missing or does not hold what was written.
func damaged(err error) error {
	if errors.Is(err, ErrDamaged) || !pebble.IsCorruptionError(err) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return &DamageError{Faults: []string{oneLine(err)}}
}

// openParts opens a lasting store whose bodies are in a folder of one file
// system and whose index is in a folder of another.
func openParts(bodies afero.Fs, blobDir string, ixfs vfs.FS, indexDir string, lock *pebble.Lock, o Options) (*Store, error) {
	root := blobDir + string(filepath.Separator)
	there, _ := ixfs.(*presence)
	settle := func() (wait func()) { return func() {} }
	var lax *laxFS
	if !o.Fsync {
		lax = newLaxFS(ixfs)
		ixfs, settle = lax, lax.settle
	}
	reserve := newReserve(indexDir, ixfs, o.logger())
	c := pebbleConfig{dir: indexDir, fs: vfs.OnDiskFull(ixfs, reserve.release), lock: lock, log: o.logger(), acked: o.acked}
	if there != nil {
		c.present, c.logThere = there.there, there.logThere
	}
	ix, err := openPebble(c)
	settled := settle()
	if err != nil {
		return nil, err
	}
	s, err := newStore(bodies, root, ix, o)
	if err != nil {
		return nil, errors.Join(err, ix.Close())
	}
	// A new index reaches the disk before the first body can: an empty one beside
	// bodies is a damaged one.
	if s.fresh && lax != nil {
		settled()
		lax.syncLog()
	}
	ix.log.opened()
	s.full, s.settled = reserve.spent, settled
	return s, nil
}

// makeFolder makes dir with its parents and, if asked to, makes them lasting.
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
	if !fsync {
		return nil
	}
	f, err := os.Open(parent)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
