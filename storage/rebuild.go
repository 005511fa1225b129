package storage

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/uuid"

	"github.com/cosemu/cosemu/storage/internal/folder"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// rebuild replaces a damaged index by a new one. The new one gets all rows that can
// be read and whose bodies are there. The damaged one stays in the folder; rebuild
// returns its new name, "" if there was none.
func rebuild(f folder.Folder) (aside string, lost int, err error) {
	fresh, copied := filepath.Join(f.Dir, "index.new"), filepath.Join(f.Dir, "index.salvage")
	if err := errors.Join(os.RemoveAll(fresh), os.RemoveAll(copied)); err != nil {
		return "", 0, err
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return "", 0, err
	}
	to, err := index.OpenPebble(index.Config{Dir: fresh, FS: vfs.Default})
	if err != nil {
		return "", 0, err
	}
	// Opening an index changes it, so a copy is opened.
	err = os.CopyFS(copied, os.DirFS(f.Index()))
	if err == nil {
		lost, err = salvage(f, copied, to)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = to.Apply(foundation()...)
	}
	if err := errors.Join(err, to.Close(), os.RemoveAll(copied)); err != nil {
		return "", 0, err
	}
	if err := f.BreakSeal(); err != nil {
		return "", 0, err
	}
	if aside, err = f.SetAside(); err != nil {
		return "", 0, err
	}
	if err := os.Rename(fresh, f.Index()); err != nil {
		return "", 0, err
	}
	return aside, lost, f.Sync()
}

// foundation are the rows that tell a rebuilt index from a fresh one. The last one
// stays until the rescue has ended: no body is swept before, and a second rescue
// goes on where the first one stopped.
func foundation() []index.Op {
	return []index.Op{
		{Kind: index.Put, Key: keys.Meta("format"), Value: []byte{folder.Format}},
		{Kind: index.Put, Key: keys.Meta("clean"), Value: []byte{1}},
		{Kind: index.Put, Key: cutOffKey(), Value: []byte("a rescue did not come to its end")},
	}
}

// salvage copies what can be read of the index in dir.
func salvage(f folder.Folder, dir string, to index.Index) (lost int, err error) {
	if err := to.Apply(foundation()...); err != nil {
		return 0, err
	}
	from, err := index.OpenPebble(index.Config{Dir: dir, FS: vfs.Default})
	if err != nil {
		// The tables may be readable without the logs.
		logs, _ := filepath.Glob(filepath.Join(dir, "*.log"))
		for _, name := range logs {
			err = errors.Join(err, os.Remove(name))
		}
		if from, err = index.OpenPebble(index.Config{Dir: dir, FS: vfs.Default}); err != nil {
			return 0, nil //nolint:nilerr // no row can be read
		}
	}
	sizes := map[uuid.UUID]int64{}
	err = filesOf(f).Each(func(id uuid.UUID, size int64) error {
		sizes[id] = size
		return nil
	})
	if err != nil {
		return 0, errors.Join(err, from.Close())
	}
	s := &salvager{from: from, to: to, sizes: sizes, gone: map[string]bool{}, buckets: map[string]bool{}}
	err = s.run()
	_ = from.Close() // it is damaged and no longer needed
	return s.lost, err
}

// salvager copies rows.
type salvager struct {
	from, to index.Index
	sizes    map[uuid.UUID]int64 // of the bodies that are there
	gone     map[string]bool     // rows that were not copied
	buckets  map[string]bool     // names of those that have a row
	lost     int
}

// run copies every space. Versions come before the rows of null versions, which
// refer to them.
func (s *salvager) run() error {
	for _, space := range []byte{keys.SpaceBucket, keys.SpaceConfig, keys.SpaceData, keys.SpaceObject, keys.SpaceVersion, keys.SpaceNull, keys.SpaceUpload, keys.SpacePart, keys.SpaceDoc} {
		for _, part := range s.readable(space) {
			if err := s.copyRow(part); err != nil {
				return err
			}
		}
	}
	return nil
}

// readable reads the rows of a space from its beginning and from its end, each up
// to the damage.
func (s *salvager) readable(space byte) (rows []index.Op) {
	cur, err := s.from.Scan([]byte{space}, []byte{space + 1})
	if err != nil {
		return nil
	}
	take := func() bool {
		v, err := cur.Value()
		if err == nil {
			rows = append(rows, index.Op{Kind: index.Put, Key: bytes.Clone(cur.Key()), Value: bytes.Clone(v)})
		}
		return err == nil
	}
	ok := cur.Seek([]byte{space})
	for ok && take() {
		ok = cur.Next()
	}
	if cur.Close() == nil {
		return rows
	}
	back, ok := s.from.(interface {
		Back(lower, upper []byte, use func(key, value []byte)) error
	})
	if !ok {
		return rows
	}
	lower := []byte{space}
	if n := len(rows); n > 0 {
		lower = append(bytes.Clone(rows[n-1].Key), 0)
	}
	_ = back.Back(lower, []byte{space + 1}, func(key, value []byte) { // an error says where the damage is
		rows = append(rows, index.Op{Kind: index.Put, Key: bytes.Clone(key), Value: bytes.Clone(value)})
	})
	return rows
}

// copyRow copies a row, unless its bodies are missing.
func (s *salvager) copyRow(row index.Op) error {
	if err := s.describe(row.Key); err != nil {
		return err
	}
	switch row.Key[0] {
	case keys.SpaceObject, keys.SpaceVersion, keys.SpacePart:
		segs, err := recordSegments(nil, row.Value)
		if err != nil || !s.there(segs) {
			s.gone[string(row.Key)] = true
			s.lost++
			return nil //nolint:nilerr // one that cannot be read is lost
		}
	case keys.SpaceNull: // refers to a version
		bucket, key, _ := keys.Cut(row.Key[1:])
		if s.gone[string(append(keys.Versions(bucket, string(key)), row.Value...))] {
			return nil
		}
	}
	return s.to.Apply(row)
}

// describe makes a private bucket if the bucket of a row has no row of its own.
func (s *salvager) describe(row []byte) error {
	var b Bucket
	switch row[0] {
	case keys.SpaceBucket:
		s.buckets[string(row[1:])] = true
		return nil
	case keys.SpaceConfig, keys.SpaceObject, keys.SpaceVersion, keys.SpaceNull, keys.SpaceUpload:
		b.Name, _, _ = keys.Cut(row[1:])
	default:
		return nil
	}
	if s.buckets[b.Name] {
		return nil
	}
	s.buckets[b.Name] = true
	b.Owner, b.Region = appIDOf(b.Name), "ap-guangzhou"
	if s.versioned(b.Name) {
		b.Versioning = VersioningEnabled
	}
	return s.to.Apply(putBucket(b)...)
}

func (s *salvager) there(segs []Segment) bool {
	for _, seg := range segs {
		if seg.Inline {
			if _, found, err := s.to.Get(nil, keys.Data(nil, seg.Blob)); err != nil || !found {
				return false
			}
			continue
		}
		if size, ok := s.sizes[seg.Blob]; !ok || size < seg.Size {
			return false
		}
	}
	return true
}

// appIDOf is what follows the last dash of a bucket's name.
func appIDOf(bucket string) string { return bucket[strings.LastIndexByte(bucket, '-')+1:] }

// versioned reports whether a bucket holds a version that is not current.
func (s *salvager) versioned(bucket string) bool {
	prefix := keys.InBucket(nil, keys.SpaceVersion, bucket)
	cur, err := s.from.Scan(prefix, keys.After(bytes.Clone(prefix)))
	if err != nil {
		return true
	}
	found := cur.Seek(prefix)
	return cur.Close() != nil || found
}
