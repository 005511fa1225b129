package storage

import "fmt"

// Stat returns what is known of an object; ErrNoBucket or ErrNoObject if it
// is not there.
func (s *Store) Stat(bucket, key string) (Object, error) {
	if err := s.enter(); err != nil {
		return Object{}, err
	}
	defer s.leave()
	return s.lookup(bucket, key)
}

// lookup reads the row of an object.
func (s *Store) lookup(bucket, key string) (Object, error) {
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	m.key = objectKey(m.key[:0], bucket, key)
	rec, found, err := s.ix.Get(m.old[:0], m.key)
	m.old = rec
	if err != nil {
		return Object{}, err
	}
	if !found {
		if err := s.needBucket(m, bucket); err != nil {
			return Object{}, err
		}
		return Object{}, ErrNoObject
	}
	return decodeObject(rec, key, false)
}

// Delete removes an object. An absent key is no error.
func (s *Store) Delete(bucket, key string) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	segs, err := s.deleteRow(bucket, key)
	if err != nil {
		return err
	}
	s.retire(segs)
	return nil
}

func (s *Store) deleteRow(bucket, key string) ([]Segment, error) {
	sp := s.stripe(bucket, key)
	sp.Lock()
	defer sp.Unlock()
	o, err := s.lookup(bucket, key)
	if err == ErrNoObject { //nolint:errorlint // lookup returns it bare
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := s.ix.Apply(Op{Kind: OpDelete, Key: objectKey(nil, bucket, key)}); err != nil {
		return nil, err
	}
	sp.changes.Add(1)
	return o.Segments, nil
}

// Open opens an object for reading. The reader sees this version, whole, even
// if the object is replaced or deleted meanwhile.
func (s *Store) Open(bucket, key string) (*Reader, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	o, err := s.pinned(bucket, key)
	if err != nil {
		return nil, err
	}
	r := &Reader{Object: o, blobs: s.blobs, open: -1}
	if len(o.Segments) > 0 {
		if err := r.use(0); err != nil {
			r.unpin()
			return nil, fmt.Errorf("storage: open the body of an object: %w", err)
		}
	}
	return r, nil
}

// pinned looks an object up and pins its blobs, without keeping writers from
// their work: if a change came between, it looks again.
func (s *Store) pinned(bucket, key string) (Object, error) {
	sp := s.stripe(bucket, key)
	for range 4 {
		before := sp.changes.Load()
		o, err := s.lookup(bucket, key)
		if err != nil {
			return o, err
		}
		s.blobs.pins.hold(o.Segments...)
		if sp.changes.Load() == before {
			return o, nil
		}
		s.blobs.remove(s.blobs.pins.drop(o.Segments...))
	}
	sp.Lock()
	defer sp.Unlock()
	o, err := s.lookup(bucket, key)
	if err == nil {
		s.blobs.pins.hold(o.Segments...)
	}
	return o, err
}
