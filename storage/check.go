package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/uuid"
	"github.com/spf13/afero"

	"github.com/cosemu/cosemu/storage/internal/bilingual"
	"github.com/cosemu/cosemu/storage/internal/blob"
	"github.com/cosemu/cosemu/storage/internal/crc64"
	"github.com/cosemu/cosemu/storage/internal/folder"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// Progress is called with how many bytes of all bodies have been read.
type Progress func(done, total int64)

// CheckReport is what CheckDisk found.
type CheckReport struct {
	// Faults are what is wrong with the index. If there are any, the other fields
	// cover only what can still be read.
	Faults  []Text
	Objects int   // versions and parts that are whole
	Bytes   int64 // of their bodies
	// Damaged are the versions and parts whose body is not what was stored.
	Damaged []Problem
	// Orphans are bodies that no row names. If the index is sound they are left
	// over from a crash, and the next start removes them.
	Orphans     int
	OrphanBytes int64
}

// Sound reports whether nothing is wrong.
func (r *CheckReport) Sound() bool { return len(r.Faults) == 0 && len(r.Damaged) == 0 }

// CheckDisk verifies the data folder dir: its index, and every body against its
// CRC-64. It changes nothing. ErrLocked says that a process works on the folder.
func CheckDisk(dir string, progress Progress) (r CheckReport, err error) {
	f, lock, err := lockFolder(dir)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, unlock(lock)) }()
	was, err := f.Version()
	if err != nil {
		return r, err
	}
	if was > folder.Format {
		return r, newerFile(was)
	}
	in, err := f.Inspect(was)
	if err != nil {
		return r, err
	}
	r.Faults = in.Faults
	if !in.Exists {
		err = r.orphans(filesOf(f), nil)
		return r, err
	}
	ix, err := index.OpenPebble(index.Config{Dir: f.Index(), FS: vfs.Default, Lock: lock, ReadOnly: true})
	if err != nil {
		if err := damaged(err); !errors.Is(err, ErrDamaged) {
			return r, err
		}
		r.Faults = append(r.Faults, plain(err))
		err = r.orphans(filesOf(f), nil)
		return r, err
	}
	defer func() { err = errors.Join(err, ix.Close()) }()
	if known, err := cutOffOf(ix); err == nil && known != "" && known != in.CutOff.En { // reading the rows reports an error
		in.CutOff = Text{En: known, Zh: known}
	}
	if in.CutOff.En != "" {
		r.Faults = append(r.Faults, in.CutOff)
	}
	c := &checker{ix: ix, files: filesOf(f), report: &r, named: map[uuid.UUID]bool{}, progress: progress}
	err = c.run()
	return r, err
}

// lockFolder takes an existing data folder for this process. The lock is nil if the folder has no
// index, because then nobody can work on it.
func lockFolder(dir string) (f folder.Folder, lock *pebble.Lock, err error) {
	if f.Dir, err = filepath.Abs(dir); err != nil {
		return f, nil, err
	}
	_, indexErr := os.Stat(f.Index())
	if _, err := os.Stat(f.Bodies()); err != nil && indexErr != nil {
		return f, nil, bilingual.Errorf("%s is no data folder: it holds neither blobs/ nor index/",
			"%s 不是数据目录：里面既没有 blobs/，也没有 index/", dir)
	}
	if errors.Is(indexErr, fs.ErrNotExist) {
		return f, nil, nil
	}
	lock, err = f.Lock()
	return f, lock, err
}

func unlock(lock *pebble.Lock) error {
	if lock == nil {
		return nil
	}
	return lock.Close()
}

// filesOf are the bodies of a folder that no store has open.
func filesOf(f folder.Folder) *blob.Files {
	return blob.New(blob.Config{FS: afero.NewOsFs(), Dir: f.Bodies()})
}

// orphans counts the bodies that are not named.
func (r *CheckReport) orphans(files *blob.Files, named map[uuid.UUID]bool) error {
	return files.Each(func(id uuid.UUID, size int64) error {
		if !named[id] {
			r.Orphans++
			r.OrphanBytes += size
		}
		return nil
	})
}

// checker reads every row that has a body, and the bodies.
type checker struct {
	ix       index.Index
	files    *blob.Files
	report   *CheckReport
	named    map[uuid.UUID]bool
	progress Progress
	done     int64
	total    int64
	// found is called for each damaged version or part; nil: it is only reported.
	found func(at rowAt, o *Object) error
}

func (c *checker) run() error {
	err := c.rows(func(_ rowAt, o *Object) error {
		c.total += o.Size
		for _, s := range o.Segments {
			c.named[s.Blob] = true
		}
		return nil
	})
	if err == nil {
		err = c.rows(c.check)
	}
	if err != nil {
		if err := damaged(err); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrFormat) {
			return err
		}
		c.report.Faults = append(c.report.Faults, plain(err))
	}
	return c.report.orphans(c.files, c.named)
}

// rowAt is a row with the name of its object or part.
type rowAt struct {
	Problem
	row []byte
}

// rows calls use for each version and each part.
func (c *checker) rows(use func(at rowAt, o *Object) error) (err error) {
	cur, err := c.ix.Scan([]byte{0}, []byte{0xff})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := cur.Close(); cerr != nil {
			err = cerr // the reason why the rows ended
		}
	}()
	for _, space := range []byte{keys.SpaceObject, keys.SpaceVersion, keys.SpacePart} {
		for ok := cur.Seek([]byte{space}); ok && cur.Key()[0] == space; ok = cur.Next() {
			rec, err := cur.Value()
			if err != nil {
				return err
			}
			name := rowAt{rowName(cur.Key()), bytes.Clone(cur.Key())}
			o, err := decodeObject(rec, name.Key, false)
			if err != nil {
				return err
			}
			name.VersionID = o.VersionID
			if err := use(name, &o); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowName names the object or part of a row.
func rowName(row []byte) (p Problem) {
	first, rest, _ := keys.Cut(row[1:])
	switch row[0] {
	case keys.SpaceObject:
		p.Bucket, p.Key = first, string(rest)
	case keys.SpaceVersion:
		p.Bucket = first
		p.Key, _, _ = keys.Cut(rest)
	case keys.SpacePart:
		p.Key = fmt.Sprintf("part %d of upload %s", keys.PartNumber(row), first)
	}
	return p
}

// check compares a body with its CRC-64.
func (c *checker) check(name rowAt, o *Object) error {
	if o.DeleteMarker {
		return nil
	}
	var sum crc64.Sum
	for _, s := range o.Segments {
		err := c.read(&sum, s)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, errMissingData) {
			return err
		}
		if err != nil {
			name.What = "bytes of its body are missing"
		}
	}
	if name.What == "" && o.CRC64 != 0 && uint64(sum) != o.CRC64 {
		name.What = mismatchText(o.CRC64, uint64(sum))
	}
	if name.What == "" {
		c.report.Objects++
		c.report.Bytes += o.Size
		return nil
	}
	c.report.Damaged = append(c.report.Damaged, name.Problem)
	if c.found != nil {
		return c.found(name, o)
	}
	return nil
}

func mismatchText(want, got uint64) string {
	return fmt.Sprintf("its body has the CRC-64 %d instead of %d", got, want)
}

// read reads one segment.
func (c *checker) read(w io.Writer, s Segment) error {
	if s.Inline {
		data, found, err := c.ix.Get(nil, keys.Data(nil, s.Blob))
		if err == nil && (!found || int64(len(data)) != s.Size) {
			err = errMissingData
		}
		_, _ = w.Write(data) // a hash takes all
		c.advance(int64(len(data)))
		return err
	}
	f, err := c.files.Open(s.Blob)
	if err != nil {
		return err
	}
	n, err := io.Copy(io.MultiWriter(w, c), io.LimitReader(f, s.Size))
	if err == nil && n < s.Size {
		err = io.ErrUnexpectedEOF
	}
	return errors.Join(err, f.Close())
}

// Write counts.
func (c *checker) Write(p []byte) (int, error) {
	c.advance(int64(len(p)))
	return len(p), nil
}

func (c *checker) advance(n int64) {
	c.done += n
	if c.progress != nil {
		c.progress(c.done, c.total)
	}
}
