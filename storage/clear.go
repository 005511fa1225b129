package storage

import (
	"errors"
	"fmt"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// DropBucket removes a bucket with all that is in it: objects, versions, uploads and
// configurations. The error is ErrNoBucket if there is none of that name.
func (s buckets) DropBucket(name string) error { return s.clear(name, nil) }

// ClearBucket removes all that is in a bucket, and makes b its description: as
// DropBucket and CreateBucket in one step. The error is ErrNoBucket if there is none
// of that name.
func (s buckets) ClearBucket(b Bucket) error {
	b.Configs, b.Versioning = nil, VersioningNever
	return s.clear(b.Name, &b)
}

// clear removes all rows of a bucket, and stores next, if there is one, in place of
// its description. As with Reset, open readers keep what they read, and a body that
// was staged before is refused at its commit.
func (s buckets) clear(name string, next *Bucket) error {
	gone, err := s.clearRows(name, next)
	if err != nil {
		return s.failed(err)
	}
	s.removeFiles(gone)
	return nil
}

func (s buckets) clearRows(name string, next *Bucket) ([]Segment, error) {
	s.life.Lock() // no call is between the check of its bucket and its commit
	defer s.life.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if _, err := s.bucket(name); err != nil {
		return nil, err
	}
	var c clearing
	for _, space := range []byte{keys.SpaceConfig, keys.SpaceNull, keys.SpaceObject, keys.SpaceVersion, keys.SpaceUpload} {
		if err := c.remove(s.core, keys.InBucket(nil, space, name)); err != nil {
			return nil, err
		}
	}
	if next != nil {
		c.ops = append(c.ops, putBucket(*next)...)
	} else {
		c.ops = append(c.ops, index.Op{Kind: index.Delete, Key: keys.Bucket(nil, name)})
	}
	if err := s.ix.Apply(c.ops...); err != nil {
		return nil, err
	}
	if next != nil {
		s.set().put(*next)
	} else {
		s.set().remove(name)
	}
	s.set().cleared(name)
	for i := range s.stripes {
		s.stripes[i].changes.Add(1)
	}
	return c.segs, nil
}

// clearing is what removes the rows of a bucket. It lists them one by one: a range
// would leave a mark in the index that every later read passes over.
type clearing struct {
	ops  []index.Op
	segs []Segment // the bodies in files that no row names any more
}

// remove adds the rows whose key starts with prefix, and what they name.
func (c *clearing) remove(s *core, prefix []byte) error {
	cur, err := s.ix.Scan(prefix, keys.After(append([]byte(nil), prefix...)))
	if err != nil {
		return err
	}
	for ok := cur.Seek(prefix); ok && err == nil; ok = cur.Next() {
		err = c.row(s, append([]byte(nil), cur.Key()...), cur)
	}
	return errors.Join(err, cur.Close())
}

func (c *clearing) row(s *core, key []byte, cur index.Cursor) error {
	c.ops = append(c.ops, index.Op{Kind: index.Delete, Key: key})
	switch key[0] {
	case keys.SpaceObject, keys.SpaceVersion, keys.SpacePart:
		rec, err := cur.Value()
		if err != nil {
			return err
		}
		segs, err := recordSegments(nil, rec)
		if err != nil {
			return err
		}
		c.ops = appendDataRemoval(c.ops, segs)
		for _, seg := range segs {
			if !seg.Inline {
				c.segs = append(c.segs, seg)
			}
		}
	case keys.SpaceUpload:
		_, rest, ok := keys.Cut(key[1:]) // the bucket
		if ok {
			_, rest, ok = keys.Cut(rest) // the key of the object
		}
		if !ok {
			return fmt.Errorf("%w: broken key of an upload", ErrFormat)
		}
		return c.remove(s, keys.Parts(nil, string(rest)))
	}
	return nil
}
