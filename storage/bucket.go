package storage

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// CreateBucket adds a bucket; ErrBucketExists if there is one of that name.
func (s *Store) CreateBucket(b Bucket) error {
	if b.Name == "" || len(b.Name) > MaxBucketSize {
		return fmt.Errorf("%w: bucket name of %d bytes", ErrName, len(b.Name))
	}
	return s.changeBucket(b.Name, func(found bool) ([]Op, error) {
		if found {
			return nil, fmt.Errorf("%w: %s", ErrBucketExists, b.Name)
		}
		b.Configs, b.Versioning = nil, VersioningNever
		return putBucket(b), nil
	})
}

// PutBucket replaces the description of a bucket that is there, the names of
// its configurations and its versioning excepted.
func (s *Store) PutBucket(b Bucket) error {
	return s.changeConfigs(b.Name, func(have *Bucket) []Op {
		b.Configs, b.Versioning = have.Configs, have.Versioning
		return putBucket(b)
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
	_, found := (*s.buckets.Load())[name]
	ops, err := change(found)
	if err != nil {
		return err
	}
	if err := s.ix.Apply(ops...); err != nil {
		return err
	}
	return s.loadBuckets()
}

func putBucket(b Bucket) []Op {
	return []Op{{Kind: OpPut, Key: bucketKey(nil, b.Name), Value: bucketRecord(&b)}}
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

// loadBuckets reads the rows of all buckets.
func (s *Store) loadBuckets() error {
	cur, err := s.ix.Scan([]byte{spaceBucket}, []byte{spaceBucket + 1})
	if err != nil {
		return err
	}
	all := make(map[string]Bucket)
	for ok := cur.Seek([]byte{spaceBucket}); ok && err == nil; ok = cur.Next() {
		var rec []byte
		if rec, err = cur.Value(); err == nil {
			name := string(cur.Key()[1:])
			all[name], err = decodeBucket(rec, name)
		}
	}
	if err = errors.Join(err, cur.Close()); err != nil {
		return err
	}
	s.buckets.Store(&all)
	return nil
}

// Bucket returns the description of a bucket, or ErrNoBucket.
func (s *Store) Bucket(name string) (Bucket, error) {
	if err := s.enter(); err != nil {
		return Bucket{}, err
	}
	defer s.leave()
	return s.bucket(name)
}

func (s *Store) bucket(name string) (Bucket, error) {
	b, found := (*s.buckets.Load())[name]
	if !found {
		return b, fmt.Errorf("%w: %s", ErrNoBucket, name)
	}
	return b, nil
}

// Buckets returns all buckets in the byte order of their names.
func (s *Store) Buckets() ([]Bucket, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return slices.SortedFunc(maps.Values(*s.buckets.Load()), func(a, b Bucket) int {
		return strings.Compare(a.Name, b.Name)
	}), nil
}

// OnlyBucket returns the name of an owner's bucket where it is the only one.
func (s *Store) OnlyBucket(owner string) (name string, only bool) {
	if s.enter() != nil {
		return "", false
	}
	defer s.leave()
	for _, b := range *s.buckets.Load() {
		if b.Owner != owner {
			continue
		}
		if only {
			return "", false
		}
		name, only = b.Name, true
	}
	return name, only
}
