package storage

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/afero"

	"github.com/cosemu/cosemu/storage/internal/bilingual"
	"github.com/cosemu/cosemu/storage/internal/blob"
	"github.com/cosemu/cosemu/storage/internal/folder"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// OpenMemory returns an empty store that lives in memory.
func OpenMemory(o Options) (*Store, error) {
	most := o.MaxMemory
	if most <= 0 {
		given := o.MemoryGiven
		if given <= 0 {
			given = MemoryGiven()
		}
		most = given / 4 * 3
	}
	b := memfs.NewBudget(most)
	files := blob.New(blob.Config{FS: memfs.NewWithin(b, nil), Log: o.Log})
	return newStore(parts{files: files, ix: index.NewTree(b), memory: b, full: b.Spent}, o)
}

// OpenDisk opens the store in the folder dir, which is made if it is not
// there. The folder belongs to this process until Close; ErrLocked answers a
// second one.
func OpenDisk(dir string, o Options) (*Store, error) {
	s, err := openDisk(dir, o)
	if err != nil {
		return nil, bilingual.Errorf("open data folder %s: %w", "打开数据目录 %s：%w", dir, err)
	}
	return s, nil
}

func openDisk(dir string, o Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	f := folder.Folder{Dir: dir, Fsync: o.Fsync}
	if err := f.Make(); err != nil {
		return nil, err
	}
	lock, err := f.Lock()
	if err != nil {
		return nil, err
	}
	s, err := openLocked(f, lock, o)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	s.release = lock.Close
	return s, nil
}

// openLocked opens the store in a folder that this process has locked.
func openLocked(f folder.Folder, lock *pebble.Lock, o Options) (*Store, error) {
	was, err := f.Version()
	if err != nil {
		return nil, err
	}
	if was > folder.Format {
		return nil, newerFile(was)
	}
	in, err := f.Inspect(was)
	if err == nil && len(in.Faults) > 0 {
		err = &DamageError{Faults: in.Faults}
	}
	if err == nil {
		err = f.BreakSeal()
	}
	if err != nil {
		return nil, err
	}
	s, disk, err := openParts(afero.NewOsFs(), f.Bodies(), index.DiskConfig{
		Config: index.Config{Dir: f.Index(), FS: vfs.Default, Lock: lock, Log: o.logger()},
		Bodies: f.Bodies(),
	}, in.CutOff.En, o)
	if err != nil {
		return nil, damaged(err)
	}
	s.seal = f.Seal
	if in.CutOff.En != "" {
		err = disk.AcknowledgeFrom(in.Last)
	}
	if err := errors.Join(err, f.SetVersion(was)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// damaged makes a *DamageError of an error that says that a file of the index is
// missing or does not hold what was written.
func damaged(err error) error {
	if errors.Is(err, ErrDamaged) || !index.IsCorrupt(err) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return &DamageError{Faults: []Text{plain(err)}}
}

// openParts opens a lasting store whose bodies are in a folder of one file
// system and whose index is in a folder of another.
func openParts(bodies afero.Fs, bodyDir string, c index.DiskConfig, cutOff string, o Options) (*Store, *index.Disk, error) {
	c.Fsync = o.Fsync
	disk, err := index.OpenDisk(c)
	if err != nil {
		return nil, nil, err
	}
	files := blob.New(blob.Config{FS: bodies, Dir: bodyDir, Fsync: o.Fsync, Log: o.Log})
	s, err := newStore(parts{files: files, ix: disk, full: disk.Full, cutOff: cutOff}, o)
	if err != nil {
		return nil, nil, errors.Join(err, disk.Close())
	}
	disk.Opened(s.fresh)
	return s, disk, nil
}
