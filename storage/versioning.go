package storage

import (
	"fmt"
	"time"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// named gives the null version the name by which it goes in bucket b; it is
// stored without one, for a bucket may be versioned later.
func (o *Object) named(b *Bucket) {
	if o.VersionID == "" && b.Versioning != VersioningNever {
		o.VersionID = NullVersion
	}
}

func markerError(o *Object) error {
	return &MarkerError{VersionID: o.VersionID, Modified: o.Modified}
}

// locate finds a version, as lookup does, and where it stands.
func (s objects) locate(b *Bucket, key, version string) (row []byte, o Object, err error) {
	v, err := s.versionsOf(b.Name, key)
	if err != nil {
		return nil, o, err
	}
	p, found, err := v.find(version)
	if err := v.close(err); err != nil {
		return nil, o, err
	}
	if !found {
		is := ErrNoVersion
		if version == "" {
			is = ErrNoObject
		}
		return nil, o, fmt.Errorf("%w: %q of %q in %s", is, version, key, b.Name)
	}
	o, err = decodeObject(p.rec, key, false)
	o.named(b)
	if err == nil && version == "" && o.DeleteMarker {
		return nil, Object{}, fmt.Errorf("%w: %q in %s: %w", ErrNoObject, key, b.Name, markerError(&o))
	}
	return p.row, o, err
}

// succeed makes o, whose row is the first of the batch, the newest version of
// its key: the current one moves to the others, or, if versioning is suspended,
// the null version goes, wherever it stands. It sets the version of o and
// returns the segments that will be named no more.
func (s objects) succeed(m *scratch, b *Bucket, o *Object, batch []index.Op) ([]index.Op, []Segment, error) {
	next, err := s.succession(b, o.Key)
	if err != nil {
		return nil, nil, err
	}
	if b.Versioning == VersioningEnabled {
		rank, err := s.ranks.next(s.ix, o.Modified, next.rank)
		if err != nil {
			return nil, nil, err
		}
		o.VersionID = versionID(rank)
		m.rec = appendObject(m.rec[:0], o)
		batch[0].Value = m.rec
	}
	o.named(b)
	return append(batch, next.batch...), next.dropped, nil
}

// addMarker makes a delete marker the newest version of a key.
func (s objects) addMarker(m *scratch, b *Bucket, key string, at time.Time) (removal, error) {
	next, err := s.succession(b, key)
	if err != nil {
		return removal{}, err
	}
	rank, err := s.ranks.next(s.ix, at, next.rank)
	if err != nil {
		return removal{}, err
	}
	o := Object{Modified: at, DeleteMarker: true}
	batch := next.batch
	batch = append(batch, index.Op{Kind: index.Delete, Key: keys.Object(nil, b.Name, key)})
	if b.Versioning == VersioningEnabled {
		o.VersionID = versionID(rank)
	} else {
		batch = append(batch, index.Op{Kind: index.Put, Key: keys.Null(b.Name, key), Value: appendRank(nil, rank)})
	}
	m.rec = appendObject(m.rec[:0], &o)
	row := appendRank(keys.Versions(b.Name, key), rank)
	batch = append(batch, index.Op{Kind: index.Put, Key: row, Value: m.rec})
	o.named(b)
	return removal{Deleted{VersionID: o.VersionID, Created: true}, batch, next.dropped}, nil
}

// deleteVersion takes one version away. If it was the newest, and the next one
// is no delete marker, that becomes the current one.
func (s objects) deleteVersion(b *Bucket, key, version string) (r removal, err error) {
	if version == "" {
		return r, nil
	}
	v, err := s.versionsOf(b.Name, key)
	if err != nil {
		return r, err
	}
	r, err = v.without(version)
	return r, v.close(err)
}

// Update changes what is said about a version: its Header, ACL and Tags, as
// change leaves them; whatever else it changes is passed over, and when it
// returns an error nothing changes. change is called while the key is kept
// from changing and must not call the store. Which version is meant is said as
// in StatVersion; of a delete marker nothing can be changed: ErrDeleteMarker.
func (s objects) Update(bucket, key, version string, change func(*Object) error) (Object, error) {
	if err := s.enter(); err != nil {
		return Object{}, err
	}
	defer s.leave()
	sp := s.stripe(bucket, key)
	sp.Lock()
	defer sp.Unlock()
	b, err := s.bucket(bucket)
	if err != nil {
		return Object{}, err
	}
	row, o, err := s.locate(&b, key, version)
	if err != nil {
		return Object{}, err
	}
	if o.DeleteMarker {
		return Object{}, fmt.Errorf("%w: %q in %s: %w", ErrDeleteMarker, key, bucket, markerError(&o))
	}
	changed := o
	if err := change(&changed); err != nil {
		return Object{}, err
	}
	o.Header, o.ACL, o.Tags = changed.Header, changed.ACL, changed.Tags
	stored := o
	if stored.VersionID == NullVersion {
		stored.VersionID = ""
	}
	err = s.ix.Apply(index.Op{Kind: index.Put, Key: row, Value: appendObject(nil, &stored)})
	return o, asFull(err)
}
