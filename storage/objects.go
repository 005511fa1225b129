package storage

import (
	"fmt"
	"time"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// objects are the objects of a store with their versions.
type objects struct{ *core }

// Stat returns what is known of an object; ErrNoBucket or ErrNoObject if it
// is not there. When it is not there because its newest version is a delete
// marker, a *MarkerError comes with ErrNoObject.
func (s objects) Stat(bucket, key string) (Object, error) {
	return s.StatVersion(bucket, key, "")
}

// StatVersion returns what is known of one version of an object, which may be a
// delete marker; ErrNoVersion if there is none with that id. With an empty
// version it is Stat. NullVersion is an id, too.
func (s objects) StatVersion(bucket, key, version string) (Object, error) {
	if err := s.enter(); err != nil {
		return Object{}, err
	}
	defer s.leave()
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	return s.lookup(m, bucket, key, version)
}

// lookup reads the row of a version.
func (s objects) lookup(m *scratch, bucket, key, version string) (Object, error) {
	b, err := s.bucket(bucket)
	if err != nil {
		return Object{}, err
	}
	if version != "" {
		_, o, err := s.locate(&b, key, version)
		return o, err
	}
	var found bool
	m.key = keys.Object(m.key[:0], bucket, key)
	m.val, found, err = s.ix.Get(m.val[:0], m.key)
	switch {
	case err != nil:
		return Object{}, err
	case found:
		o, err := decodeObject(m.val, key, false)
		o.nameNull(&b)
		return o, err
	case b.Versioning == VersioningNever:
		return Object{}, fmt.Errorf("%w: %q in %s", ErrNoObject, key, bucket)
	}
	_, o, err := s.locate(&b, key, "")
	return o, err
}

// Deleted tells what a deletion did.
type Deleted struct {
	// VersionID is the version that was removed, or the delete marker that was
	// made; empty when neither took place, or without versioning.
	VersionID string
	Marker    bool // a delete marker was removed
	Created   bool // a delete marker was made
}

// Delete removes an object. In a bucket that has versioning it makes a delete
// marker instead, with the time at. An absent key is no error and gets a marker,
// too.
func (s objects) Delete(bucket, key string, at time.Time) (Deleted, error) {
	return s.remove(bucket, key, func(m *scratch, b *Bucket) (removal, error) {
		if b.Versioning == VersioningNever {
			return s.deleteRow(m, bucket, key)
		}
		return s.addMarker(m, b, key, at)
	})
}

// DeleteVersion removes one version of an object, or a delete marker, for good.
// If it was the newest, the next one takes its place. An absent version is no
// error; the result is then empty.
func (s objects) DeleteVersion(bucket, key, version string) (Deleted, error) {
	return s.remove(bucket, key, func(_ *scratch, b *Bucket) (removal, error) {
		return s.deleteVersion(b, key, version)
	})
}

// removal is what a deletion changes.
type removal struct {
	Deleted
	batch   []index.Op
	dropped []Segment // segments that no row will name
}

// remove applies what decide returns. The key does not change in between.
func (s objects) remove(bucket, key string, decide func(*scratch, *Bucket) (removal, error)) (Deleted, error) {
	if err := s.enter(); err != nil {
		return Deleted{}, err
	}
	defer s.leave()
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	r, err := s.removeRows(m, bucket, key, decide)
	if err != nil {
		return Deleted{}, s.failed(err)
	}
	s.removeFiles(r.dropped)
	return r.Deleted, nil
}

func (s objects) removeRows(m *scratch, bucket, key string, decide func(*scratch, *Bucket) (removal, error)) (removal, error) {
	sp := s.stripe(bucket, key)
	sp.Lock()
	defer sp.Unlock()
	b, err := s.bucket(bucket)
	if err != nil {
		return removal{}, err
	}
	r, err := decide(m, &b)
	if err != nil || len(r.batch) == 0 {
		return removal{}, err
	}
	if err := s.changing(bucket, key); err != nil {
		return removal{}, err
	}
	if err := s.ix.Apply(r.batch...); err != nil {
		return removal{}, err
	}
	sp.changes.Add(1)
	return r, nil
}

// deleteRow returns what has to change for an object without versions to be
// removed.
func (s objects) deleteRow(m *scratch, bucket, key string) (r removal, err error) {
	var found bool
	m.key = keys.Object(m.key[:0], bucket, key)
	r.dropped, found, err = s.segmentsAt(m)
	if err == nil && found {
		r.batch = appendDataRemoval([]index.Op{{Kind: index.Delete, Key: m.key}}, r.dropped)
	}
	return r, err
}
