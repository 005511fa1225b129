package storage

import "fmt"

// CreateBucket adds a bucket; ErrBucketExists if there is one of that name.
func (s *Store) CreateBucket(b Bucket) error {
	if b.Name == "" || len(b.Name) > MaxBucketSize {
		return fmt.Errorf("%w: bucket name of %d bytes", ErrName, len(b.Name))
	}
	return s.changeBucket(b.Name, func(found bool) ([]Op, error) {
		if found {
			return nil, fmt.Errorf("%w: %s", ErrBucketExists, b.Name)
		}
		return putBucket(b), nil
	})
}

// PutBucket replaces the description of a bucket that is there.
func (s *Store) PutBucket(b Bucket) error {
	return s.changeBucket(b.Name, func(found bool) ([]Op, error) {
		if !found {
			return nil, fmt.Errorf("%w: %s", ErrNoBucket, b.Name)
		}
		return putBucket(b), nil
	})
}

// DeleteBucket removes an empty bucket with all its configurations.
func (s *Store) DeleteBucket(name string) error {
	return s.changeBucket(name, func(found bool) ([]Op, error) {
		if !found {
			return nil, fmt.Errorf("%w: %s", ErrNoBucket, name)
		}
		for _, space := range []byte{spaceObject, spaceVersion, spaceUpload} {
			if used, err := s.anyRow(bucketPrefix(nil, space, name)); err != nil {
				return nil, err
			} else if used {
				return nil, fmt.Errorf("%w: %s", ErrBucketNotEmpty, name)
			}
		}
		config := bucketPrefix(nil, spaceConfig, name)
		return []Op{
			{Kind: OpDelete, Key: bucketKey(nil, name)},
			{Kind: OpDeleteRange, Key: config, Value: successor(append([]byte(nil), config...))},
		}, nil
	})
}

// changeBucket applies what change asks for while no key and no other bucket
// changes.
func (s *Store) changeBucket(name string, change func(found bool) ([]Op, error)) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	defer s.lockAll()()
	_, found, err := s.ix.Get(nil, bucketKey(nil, name))
	if err != nil {
		return err
	}
	ops, err := change(found)
	if err != nil {
		return err
	}
	return s.ix.Apply(ops...)
}

func putBucket(b Bucket) []Op {
	return []Op{{Kind: OpPut, Key: bucketKey(nil, b.Name), Value: appendBucket(nil, &b)}}
}

// anyRow reports whether there is a row whose key starts with prefix.
func (s *Store) anyRow(prefix []byte) (bool, error) {
	cur, err := s.ix.Scan(prefix, successor(append([]byte(nil), prefix...)))
	if err != nil {
		return false, err
	}
	found := cur.Seek(prefix)
	return found, cur.Close()
}

// Bucket returns the description of a bucket, or ErrNoBucket.
func (s *Store) Bucket(name string) (Bucket, error) {
	if err := s.enter(); err != nil {
		return Bucket{}, err
	}
	defer s.leave()
	rec, found, err := s.ix.Get(nil, bucketKey(nil, name))
	if err != nil {
		return Bucket{}, err
	}
	if !found {
		return Bucket{}, fmt.Errorf("%w: %s", ErrNoBucket, name)
	}
	return decodeBucket(rec, name)
}

// Buckets returns all buckets in the order of their names.
func (s *Store) Buckets() (all []Bucket, err error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	cur, err := s.ix.Scan([]byte{spaceBucket}, []byte{spaceBucket + 1})
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := cur.Close(); err == nil {
			err = cerr
		}
	}()
	for ok := cur.Seek([]byte{spaceBucket}); ok; ok = cur.Next() {
		rec, err := cur.Value()
		if err != nil {
			return nil, err
		}
		b, err := decodeBucket(rec, string(cur.Key()[1:]))
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}
