package storage

import "fmt"

// Stat returns what is known of an object; ErrNoBucket or ErrNoObject if it
// is not there.
func (s *Store) Stat(bucket, key string) (Object, error) {
	if err := s.enter(); err != nil {
		return Object{}, err
	}
	defer s.leave()
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	return s.lookup(m, bucket, key)
}

// lookup reads the row of an object.
func (s *Store) lookup(m *scratch, bucket, key string) (Object, error) {
	if _, err := s.bucket(bucket); err != nil {
		return Object{}, err
	}
	var found bool
	var err error
	m.key = objectKey(m.key[:0], bucket, key)
	m.val, found, err = s.ix.Get(m.val[:0], m.key)
	if err != nil {
		return Object{}, err
	}
	if !found {
		return Object{}, fmt.Errorf("%w: %q in %s", ErrNoObject, key, bucket)
	}
	return decodeObject(m.val, key, false)
}

// Delete removes an object. An absent key is no error.
func (s *Store) Delete(bucket, key string) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	segs, err := s.deleteRow(m, bucket, key)
	if err != nil {
		return s.failure(err)
	}
	s.retire(segs)
	return nil
}

// deleteRow takes the row of an object away and returns its body.
func (s *Store) deleteRow(m *scratch, bucket, key string) ([]Segment, error) {
	m.key = objectKey(m.key[:0], bucket, key)
	sp := s.stripe(bucket, key)
	sp.Lock()
	defer sp.Unlock()
	if _, err := s.bucket(bucket); err != nil {
		return nil, err
	}
	old, found, err := s.currentSegments(m)
	if err != nil || !found {
		return nil, err
	}
	var ops [2]Op
	batch := append(ops[:0], Op{Kind: OpDelete, Key: m.key})
	if err := s.ix.Apply(appendDropped(batch, old)...); err != nil {
		return nil, err
	}
	sp.changes.Add(1)
	return old, nil
}
