package storage

import (
	"errors"
	"fmt"
	"hash/crc64"
	"io/fs"
	"os"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/uuid"
	"github.com/spf13/afero"
)

// MemoryIndex returns an index in memory, for tests that wrap it.
func MemoryIndex() (Index, error) { return newTree(nil), nil }

// DiskIndex returns the index of stores on disk, on a disk in memory.
func DiskIndex() (Index, error) {
	return openPebble(pebbleConfig{fs: vfs.NewMem(), log: Options{}.logger()})
}

// PutSegments stores an object whose body is a list of blobs, the small ones
// inline if the store keeps small bodies so.
func PutSegments(s *Store, bucket string, o Object, bodies ...[]byte) error {
	o.Size = 0
	for _, b := range bodies {
		seg := Segment{Blob: uuid.Must(uuid.NewV7()), Size: int64(len(b)), Inline: len(b) <= s.inline}
		if seg.Inline {
			if err := s.ix.Apply(Op{Kind: OpPut, Key: dataKey(nil, seg.Blob), Value: b}); err != nil {
				return err
			}
		} else {
			id, f, err := s.blobs.create()
			if err != nil {
				return err
			}
			seg.Blob = id
			if _, err := f.Write(b); err != nil {
				return err
			}
			if err := f.Close(); err != nil {
				return err
			}
			defer s.blobs.pins.drop(seg)
		}
		o.Size += seg.Size
		o.Segments = append(o.Segments, seg)
	}
	row := o
	for i := range row.Segments { // the data rows are there already
		if row.Segments[i].Inline {
			return s.ix.Apply(Op{Kind: OpPut, Key: objectKey(nil, bucket, o.Key), Value: appendObject(nil, &row)})
		}
	}
	_, err := s.replace(new(scratch), bucket, &row, CommitOptions{}, nil)
	return err
}

// Files returns the names of all files with bodies.
func Files(s *Store) (map[string]int64, error) {
	files := make(map[string]int64)
	for n := range fanout * fanout {
		dir := s.blobs.dir(n)
		f, err := s.blobs.fs.Open(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		infos, err := f.Readdir(-1)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		for _, fi := range infos {
			files[dir+"/"+fi.Name()] = fi.Size()
		}
	}
	return files, nil
}

// Check compares index and files: every segment named by a row is there with
// its whole size, nothing is there that no row names, and there is no part
// without its upload.
func Check(s *Store) error {
	files, err := Files(s)
	if err != nil {
		return err
	}
	cur, err := s.ix.Scan([]byte{0}, []byte{0xff})
	if err != nil {
		return err
	}
	data := make(map[string]int64)
	for ok := cur.Seek([]byte{spaceData}); ok && cur.Key()[0] == spaceData; ok = cur.Next() {
		v, err := cur.Value()
		if err != nil {
			return err
		}
		data[string(cur.Key())] = int64(len(v))
	}
	faults := append(strayParts(cur), s.strayVersions(cur)...)
	err = eachSegments(cur, func(segs []Segment) error {
		for _, seg := range segs {
			place, name := files, s.blobs.blobPath(seg.Blob)
			if seg.Inline {
				place, name = data, string(dataKey(nil, seg.Blob))
			}
			size, ok := place[name]
			if !seg.Inline && ok && size > seg.Size && s.blobs.root != "" {
				size, ok = bodySize(s, seg.Blob, size)
			}
			if !ok || size != seg.Size {
				faults = append(faults, fmt.Errorf("%q: %d of %d bytes there (%t)", name, size, seg.Size, ok))
			}
			delete(place, name)
		}
		return nil
	})
	for name := range files {
		faults = append(faults, fmt.Errorf("file %s: nothing names it", name))
	}
	for name := range data {
		faults = append(faults, fmt.Errorf("data row %x: nothing names it", name))
	}
	return errors.Join(append(faults, err, cur.Close())...)
}

// bodySize is the size of a body without its label.
func bodySize(s *Store, id uuid.UUID, size int64) (int64, bool) {
	f, err := s.blobs.open(id, os.O_RDONLY)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	l, ok, err := readLabel(f, size, id)
	return l.object.Size, ok && err == nil
}

func strayParts(cur Cursor) (faults []error) {
	uploads := make(map[string]bool)
	for ok := cur.Seek([]byte{spaceUpload}); ok && cur.Key()[0] == spaceUpload; ok = cur.Next() {
		_, rest, _ := cutComponent(cur.Key()[1:])
		_, id, _ := cutComponent(rest)
		uploads[string(id)] = true
	}
	for ok := cur.Seek([]byte{spacePart}); ok && cur.Key()[0] == spacePart; ok = cur.Next() {
		if id, _, ok := cutComponent(cur.Key()[1:]); !ok || !uploads[id] {
			faults = append(faults, fmt.Errorf("part %x: no such upload", cur.Key()))
		}
	}
	return faults
}

// Pinned is the number of blobs that somebody holds.
func Pinned(s *Store) int { return s.blobs.pins.size() }

// PutOrphan makes a file that nothing names, as a crash leaves it.
func PutOrphan(s *Store) (string, error) {
	id := uuid.Must(uuid.NewV7())
	if err := s.blobs.makeDir(int(id[15])); err != nil {
		return "", err
	}
	f, err := s.blobs.open(id, os.O_CREATE|os.O_RDWR)
	if err != nil {
		return "", err
	}
	if _, err := f.WriteString("orphan"); err != nil {
		return "", err
	}
	return s.blobs.blobPath(id), f.Close()
}

// SetFormat pretends that another cosemu wrote the data.
func SetFormat(s *Store, version byte) error {
	return s.ix.Apply(Op{Kind: OpPut, Key: metaKey("format"), Value: []byte{version}})
}

// SetUnclean makes the next close look like a crash.
func SetUnclean(s *Store) { s.blobs.failed.Add(1) }

// ForgetFolders makes the next bodies make their folders again.
func ForgetFolders(s *Store) {
	for n := range s.blobs.made {
		s.blobs.made[n].Store(false)
	}
}

// OpenParts opens a lasting store on any file systems.
func OpenParts(bodies afero.Fs, ixfs vfs.FS, o Options) (*Store, error) {
	for _, dir := range []string{"blobs", "index"} {
		if err := ixfs.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	return openParts(bodies, "blobs", ixfs, "index", nil, o)
}

// Faults returns what speaks against opening the index that OpenParts made.
func Faults(ixfs vfs.FS) ([]string, error) {
	in, err := inspectIndex(ixfs, "index", false)
	in.beside(true)
	return in.faults, err
}

// WithSweepBatch makes a sweep judge so many files at once.
func WithSweepBatch(n int) Options { return Options{sweepBatch: n} }

// ReserveSize is the disk space kept back for the index.
const ReserveSize = reserveSize

// PutRows makes rows of n objects named by name, without bodies.
func PutRows(s *Store, bucket string, n int, name func(i int) string, o Object) error {
	var ops []Op
	for i := range n {
		o.Key = name(i)
		ops = append(ops, Op{Kind: OpPut, Key: objectKey(nil, bucket, o.Key), Value: appendObject(nil, &o)})
		if len(ops) == 1000 || i == n-1 {
			if err := s.ix.Apply(ops...); err != nil {
				return err
			}
			ops = ops[:0]
		}
	}
	return nil
}

// Sum is the CRC-64 by which objects are checked.
func Sum(body []byte) uint64 { return crc64.Checksum(body, crc64.MakeTable(crc64.ECMA)) }

// FileOf is the name of the file of an object's body.
func FileOf(t testing.TB, s *Store, bucket, key string) string {
	t.Helper()
	o, err := s.Stat(bucket, key)
	if err != nil || len(o.Segments) != 1 {
		t.Fatal(o.Segments, err)
	}
	return s.blobs.blobPath(o.Segments[0].Blob)
}
