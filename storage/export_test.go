package storage

import (
	"errors"
	"fmt"
	"hash/crc64"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/uuid"
	"github.com/spf13/afero"

	"github.com/cosemu/cosemu/storage/internal/blob"
	"github.com/cosemu/cosemu/storage/internal/folder"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// MemoryIndex returns an index in memory, for tests that wrap it.
func MemoryIndex() (index.Index, error) { return index.NewTree(nil), nil }

// DiskIndex returns the index of stores on disk, on a disk in memory.
func DiskIndex() (index.Index, error) {
	return index.OpenPebble(index.Config{FS: vfs.NewMem()})
}

// New returns a store over any file system and index.
func New(fs afero.Fs, ix index.Index, o Options) (*Store, error) {
	return newStore(parts{files: blob.New(blob.Config{FS: fs, Fsync: o.Fsync, Log: o.Log}), ix: ix}, o)
}

// PutSegments stores an object whose body is a list of blobs, the small ones
// inline if the store keeps small bodies so.
func PutSegments(s *Store, bucket string, o Object, bodies ...[]byte) error {
	o.Size = 0
	for _, b := range bodies {
		seg := Segment{Blob: uuid.Must(uuid.NewV7()), Size: int64(len(b)), Inline: len(b) <= s.inline}
		if seg.Inline {
			if err := s.ix.Apply(index.Op{Kind: index.Put, Key: keys.Data(nil, seg.Blob), Value: b}); err != nil {
				return err
			}
		} else {
			id, f, err := s.files.Create()
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
			defer s.files.Release(seg.Blob)
		}
		o.Size += seg.Size
		o.Segments = append(o.Segments, seg)
	}
	row := o
	for i := range row.Segments { // the data rows are there already
		if row.Segments[i].Inline {
			return s.ix.Apply(index.Op{Kind: index.Put, Key: keys.Object(nil, bucket, o.Key), Value: appendObject(nil, &row)})
		}
	}
	_, err := s.replace(new(scratch), bucket, &row, CommitOptions{}, nil)
	return err
}

// Files returns the names of all files with bodies.
func Files(s *Store) (map[string]int64, error) {
	files := make(map[string]int64)
	err := s.files.Each(func(id uuid.UUID, size int64) error {
		files[s.files.Path(id)] = size
		return nil
	})
	return files, err
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
	for ok := cur.Seek([]byte{keys.SpaceData}); ok && cur.Key()[0] == keys.SpaceData; ok = cur.Next() {
		v, err := cur.Value()
		if err != nil {
			return err
		}
		data[string(cur.Key())] = int64(len(v))
	}
	faults := append(strayParts(cur), s.strayVersions(cur)...)
	err = eachSegments(cur, func(segs []Segment) error {
		for _, seg := range segs {
			place, name := files, s.files.Path(seg.Blob)
			if seg.Inline {
				place, name = data, string(keys.Data(nil, seg.Blob))
			}
			size, ok := place[name]
			if !seg.Inline && ok && size > seg.Size && s.files.OnDisk() {
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
	f, err := s.files.Open(id)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	l, ok, err := readLabel(f, size, id)
	return l.object.Size, ok && err == nil
}

func strayParts(cur index.Cursor) (faults []error) {
	uploads := make(map[string]bool)
	for ok := cur.Seek([]byte{keys.SpaceUpload}); ok && cur.Key()[0] == keys.SpaceUpload; ok = cur.Next() {
		_, rest, _ := keys.Cut(cur.Key()[1:])
		_, id, _ := keys.Cut(rest)
		uploads[string(id)] = true
	}
	for ok := cur.Seek([]byte{keys.SpacePart}); ok && cur.Key()[0] == keys.SpacePart; ok = cur.Next() {
		if id, _, ok := keys.Cut(cur.Key()[1:]); !ok || !uploads[id] {
			faults = append(faults, fmt.Errorf("part %x: no such upload", cur.Key()))
		}
	}
	return faults
}

// Pinned is the number of blobs that somebody holds.
func Pinned(s *Store) int { return s.files.Held() }

// PutOrphan makes a file that nothing names, as a crash leaves it.
func PutOrphan(s *Store) (string, error) {
	id, f, err := s.files.Create()
	if err != nil {
		return "", err
	}
	defer s.files.Release(id)
	if _, err := f.WriteString("orphan"); err != nil {
		return "", err
	}
	return s.files.Path(id), f.Close()
}

// SetFormat pretends that another cosemu wrote the data.
func SetFormat(s *Store, version byte) error {
	return s.ix.Apply(index.Op{Kind: index.Put, Key: keys.Meta("format"), Value: []byte{version}})
}

// SetUnclean makes the next close look like a crash.
func SetUnclean(s *Store) { s.files.NoteLeftover() }

// ForgetFolders makes the next bodies make their folders again.
func ForgetFolders(s *Store) { s.files.ForgetFolders() }

// OpenParts opens a lasting store on any file systems.
func OpenParts(bodies afero.Fs, ixfs vfs.FS, o Options) (*Store, error) {
	for _, dir := range []string{"blobs", "index"} {
		if err := ixfs.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	s, _, err := openParts(bodies, "blobs", index.DiskConfig{Config: index.Config{Dir: "index", FS: ixfs, Log: o.logger()}}, "", o)
	return s, err
}

// Faults returns what speaks against opening the index that OpenParts made.
func Faults(ixfs vfs.FS) ([]Text, error) {
	in, err := folder.InspectIndex(ixfs, "index", false)
	in.Used(true)
	return in.Faults, err
}

// WithSweepBatch makes a sweep judge so many files at once.
func WithSweepBatch(n int) Options { return Options{sweepBatch: n} }

// ReserveSize is the disk space kept back for the index.
const ReserveSize = index.ReserveSize

// PutRows makes rows of n objects named by name, without bodies.
func PutRows(s *Store, bucket string, n int, name func(i int) string, o Object) error {
	var ops []index.Op
	for i := range n {
		o.Key = name(i)
		ops = append(ops, index.Op{Kind: index.Put, Key: keys.Object(nil, bucket, o.Key), Value: appendObject(nil, &o)})
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
	return s.files.Path(o.Segments[0].Blob)
}

// Swept is closed when no body is left over from a crash before this start.
func (s *Store) Swept() <-chan struct{} { return s.sweep.Done() }
