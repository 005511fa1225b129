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

	"github.com/cosemu/cosemu/storage/internal/crc64"
)

// Progress is told how many bytes of bodies were read, of how many.
type Progress func(done, total int64)

// CheckReport is what CheckDisk found.
type CheckReport struct {
	// Faults are what is wrong with the index. If there are any, what follows is
	// about as much of it as can be read.
	Faults  []string
	Objects int   // versions and parts that are whole
	Bytes   int64 // of their bodies
	// Damaged are the versions and parts whose body is not what was stored.
	Damaged []Problem
	// Orphans are bodies that nothing in the index names. Next to a sound index
	// they are left over from a crash, and the next start removes them.
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
	was, err := f.version()
	if err != nil {
		return r, err
	}
	if was > format {
		return r, newerFile(was)
	}
	in, err := f.inspection(vfs.Default, was)
	if err != nil {
		return r, err
	}
	r.Faults = in.faults
	if !in.exists {
		err = r.orphans(f.blobs(), nil)
		return r, err
	}
	ix, err := openPebble(pebbleConfig{dir: f.index(), fs: vfs.Default, lock: lock, log: Options{}.logger(), readOnly: true})
	if err != nil {
		if err := damaged(err); !errors.Is(err, ErrDamaged) {
			return r, err
		}
		r.Faults = append(r.Faults, oneLine(err))
		err = r.orphans(f.blobs(), nil)
		return r, err
	}
	defer func() { err = errors.Join(err, ix.Close()) }()
	if known, err := cutOffOf(ix); err == nil && known != "" { // else reading the rows says it
		in.cutOff = known
	}
	if in.cutOff != "" {
		r.Faults = append(r.Faults, in.cutOff)
	}
	c := &checker{ix: ix, blobs: f.blobs(), report: &r, named: map[uuid.UUID]bool{}, progress: progress}
	err = c.run()
	return r, err
}

// lockFolder takes the lock of an existing data folder.
func lockFolder(dir string) (f folder, lock *pebble.Lock, err error) {
	if f.dir, err = filepath.Abs(dir); err != nil {
		return f, nil, err
	}
	_, indexErr := os.Stat(f.index())
	if _, err := os.Stat(filepath.Join(f.dir, "blobs")); err != nil && indexErr != nil {
		return f, nil, fmt.Errorf("%s is no data folder: it holds neither blobs/ nor index/", dir)
	}
	if errors.Is(indexErr, fs.ErrNotExist) {
		return f, nil, nil // nobody can work on it
	}
	if lock, err = pebble.LockDirectory(f.index(), vfs.Default); err != nil {
		return f, nil, fmt.Errorf("%w (%w)", ErrLocked, err)
	}
	return f, lock, nil
}

func unlock(lock *pebble.Lock) error {
	if lock == nil {
		return nil
	}
	return lock.Close()
}

func (f folder) index() string { return filepath.Join(f.dir, "index") }

func (f folder) blobs() *blobs {
	root := filepath.Join(f.dir, "blobs") + string(filepath.Separator)
	return &blobs{fs: afero.NewOsFs(), root: root, fsync: f.fsync, log: Options{}.logger(), pins: newPins()}
}

// orphans counts the bodies that are not named.
func (r *CheckReport) orphans(b *blobs, named map[uuid.UUID]bool) error {
	return b.each(func(id uuid.UUID, size int64) error {
		if !named[id] {
			r.Orphans++
			r.OrphanBytes += size
		}
		return nil
	})
}

// each calls use for every body.
func (b *blobs) each(use func(id uuid.UUID, size int64) error) error {
	for n := range fanout * fanout {
		f, err := b.fs.Open(b.dir(n))
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
			if id, ok := parseBlob(info.Name()); ok {
				if err := use(id, info.Size()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// checker reads every row of an index that has a body, and the body.
type checker struct {
	ix       Index
	blobs    *blobs
	report   *CheckReport
	named    map[uuid.UUID]bool
	progress Progress
	done     int64
	total    int64
	// found is called for each damaged one; nil: it is noted and no more.
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
		c.report.Faults = append(c.report.Faults, oneLine(err))
	}
	return c.report.orphans(c.blobs, c.named)
}

// rowAt is a row with the name of what stands in it.
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
			err = cerr // why the rows ended
		}
	}()
	for _, space := range []byte{spaceObject, spaceVersion, spacePart} {
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

// rowName names what stands in a row of an object, a version or a part.
func rowName(row []byte) (p Problem) {
	first, rest, _ := cutComponent(row[1:])
	switch row[0] {
	case spaceObject:
		p.Bucket, p.Key = first, string(rest)
	case spaceVersion:
		p.Bucket = first
		p.Key, _, _ = cutComponent(rest)
	case spacePart:
		p.Key = fmt.Sprintf("part %d of upload %s", partNumber(row), first)
	}
	return p
}

// check reads a body.
func (c *checker) check(name rowAt, o *Object) error {
	if o.DeleteMarker {
		return nil
	}
	var sum crc64.Sum
	for _, s := range o.Segments {
		err := c.read(&sum, s)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, errTorn) {
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
		data, found, err := c.ix.Get(nil, dataKey(nil, s.Blob))
		if err == nil && (!found || int64(len(data)) != s.Size) {
			err = errTorn
		}
		_, _ = w.Write(data) // a hash takes all
		c.advance(int64(len(data)))
		return err
	}
	f, err := c.blobs.open(s.Blob, os.O_RDONLY)
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
