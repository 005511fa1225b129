package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/uuid"
)

// rebuild puts an index in place of a damaged one that holds all of its rows that
// can still be read and whose bodies are there. The damaged one stays beside it;
// rebuild returns the name it has then, "" if there was none.
func (f folder) rebuild() (aside string, lost int, err error) {
	fresh, salvage := filepath.Join(f.dir, "index.new"), filepath.Join(f.dir, "index.salvage")
	if err := errors.Join(os.RemoveAll(fresh), os.RemoveAll(salvage)); err != nil {
		return "", 0, err
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return "", 0, err
	}
	to, err := openPebble(pebbleConfig{dir: fresh, fs: vfs.Default, log: Options{}.logger()})
	if err != nil {
		return "", 0, err
	}
	// To open an index is to change it, so that is done to a copy.
	err = os.CopyFS(salvage, os.DirFS(f.index()))
	if err == nil {
		lost, err = f.salvage(salvage, to)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = to.Apply(foundation()...)
	}
	if err := errors.Join(err, to.Close(), os.RemoveAll(salvage)); err != nil {
		return "", 0, err
	}
	if err := f.breakSeal(); err != nil {
		return "", 0, err
	}
	if aside, err = f.setAside(); err != nil {
		return "", 0, err
	}
	if err := os.Rename(fresh, f.index()); err != nil {
		return "", 0, err
	}
	return aside, lost, f.sync(true)
}

// setAside gives the damaged index another name.
func (f folder) setAside() (name string, err error) {
	for n := 1; ; n++ {
		name = fmt.Sprintf("index.damaged-%d", n)
		if _, err := os.Lstat(filepath.Join(f.dir, name)); errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	err = os.Rename(f.index(), filepath.Join(f.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return name, err
}

// foundation are the rows without which an index is a new one. Until the rescue comes
// to its end the last one keeps bodies from being swept, and another rescue goes on.
func foundation() []Op {
	return []Op{
		{Kind: OpPut, Key: metaKey("format"), Value: []byte{format}},
		{Kind: OpPut, Key: metaKey("clean"), Value: []byte{1}},
		{Kind: OpPut, Key: cutOffKey(), Value: []byte("a rescue did not come to its end")},
	}
}

// salvage copies what can be read of the index in dir.
func (f folder) salvage(dir string, to Index) (lost int, err error) {
	if err := to.Apply(foundation()...); err != nil {
		return 0, err
	}
	from, err := openPebble(pebbleConfig{dir: dir, fs: vfs.Default, log: Options{}.logger()})
	if err != nil {
		// What stands in the tables may be readable without the logs.
		logs, _ := filepath.Glob(filepath.Join(dir, "*.log"))
		for _, name := range logs {
			err = errors.Join(err, os.Remove(name))
		}
		if from, err = openPebble(pebbleConfig{dir: dir, fs: vfs.Default, log: Options{}.logger()}); err != nil {
			return 0, nil //nolint:nilerr // then nothing is
		}
	}
	sizes := map[uuid.UUID]int64{}
	err = f.blobs().each(func(id uuid.UUID, size int64) error {
		sizes[id] = size
		return nil
	})
	if err != nil {
		return 0, errors.Join(err, from.Close())
	}
	s := &salvager{from: from, to: to, sizes: sizes, gone: map[string]bool{}, buckets: map[string]bool{}}
	err = s.run()
	_ = from.Close() // its work is done, and it is damaged
	return s.lost, err
}

// salvager copies rows.
type salvager struct {
	from, to Index
	sizes    map[uuid.UUID]int64 // of the bodies that are there
	gone     map[string]bool     // rows that were not copied
	buckets  map[string]bool     // those that are described, by name
	lost     int
}

// run copies every space. The versions come before the rows that point to them.
func (s *salvager) run() error {
	for _, space := range []byte{spaceBucket, spaceConfig, spaceData, spaceObject, spaceVersion, spaceNull, spaceUpload, spacePart, spaceDoc} {
		for _, part := range s.readable(space) {
			if err := s.copyRow(part); err != nil {
				return err
			}
		}
	}
	return nil
}

// readable reads the rows of a space from its beginning on and from its end on:
// what lies between is what cannot be read.
func (s *salvager) readable(space byte) (rows []Op) {
	cur, err := s.from.Scan([]byte{space}, []byte{space + 1})
	if err != nil {
		return nil
	}
	take := func() bool {
		v, err := cur.Value()
		if err == nil {
			rows = append(rows, Op{Kind: OpPut, Key: bytes.Clone(cur.Key()), Value: bytes.Clone(v)})
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
	_ = back.Back(lower, []byte{space + 1}, func(key, value []byte) { // it ends where the damage is
		rows = append(rows, Op{Kind: OpPut, Key: bytes.Clone(key), Value: bytes.Clone(value)})
	})
	return rows
}

// copyRow copies a row whose bodies are there.
func (s *salvager) copyRow(row Op) error {
	if err := s.describe(row.Key); err != nil {
		return err
	}
	switch row.Key[0] {
	case spaceObject, spaceVersion, spacePart:
		segs, err := recordSegments(row.Value)
		if err != nil || !s.there(segs) {
			s.gone[string(row.Key)] = true
			s.lost++
			return nil //nolint:nilerr // one that cannot be read is lost
		}
	case spaceNull: // points to a version
		bucket, key, _ := cutComponent(row.Key[1:])
		if s.gone[string(append(versionPrefix(bucket, string(key)), row.Value...))] {
			return nil
		}
	}
	return s.to.Apply(row)
}

// describe makes a private bucket for a row whose bucket has lost its description.
func (s *salvager) describe(row []byte) error {
	var b Bucket
	switch row[0] {
	case spaceBucket:
		s.buckets[string(row[1:])] = true
		return nil
	case spaceConfig, spaceObject, spaceVersion, spaceNull, spaceUpload:
		b.Name, _, _ = cutComponent(row[1:])
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
			if _, found, err := s.to.Get(nil, dataKey(nil, seg.Blob)); err != nil || !found {
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

// Back calls use for the rows with lower ≤ key < upper from the last one on.
func (ix *pebbleIndex) Back(lower, upper []byte, use func(key, value []byte)) error {
	cur, err := ix.Scan(lower, upper)
	if err != nil {
		return err
	}
	it := cur.(*pebbleCursor).it
	for ok := it.Last(); ok; ok = it.Prev() {
		v, err := it.ValueAndErr()
		if err != nil {
			return errors.Join(err, it.Close())
		}
		use(it.Key(), v)
	}
	return it.Close()
}

// appIDOf is what follows the last dash of a bucket's name.
func appIDOf(bucket string) string { return bucket[strings.LastIndexByte(bucket, '-')+1:] }

// versioned reports whether a bucket holds a version that is not current.
func (s *salvager) versioned(bucket string) bool {
	prefix := bucketPrefix(nil, spaceVersion, bucket)
	cur, err := s.from.Scan(prefix, successor(bytes.Clone(prefix)))
	if err != nil {
		return true
	}
	found := cur.Seek(prefix)
	return cur.Close() != nil || found
}
