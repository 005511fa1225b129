package storage

import (
	"fmt"
	"slices"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// buckets are the buckets of a store with their configurations.
type buckets struct{ *core }

// CreateBucket makes a bucket; ErrBucketExists if there is one of that name.
func (s buckets) CreateBucket(b Bucket) error {
	if b.Name == "" || len(b.Name) > MaxBucketSize {
		return fmt.Errorf("%w: bucket name of %d bytes", ErrName, len(b.Name))
	}
	return s.changeBucket(b.Name, func(found bool) ([]index.Op, error) {
		if found {
			return nil, fmt.Errorf("%w: %s", ErrBucketExists, b.Name)
		}
		b.Configs, b.Versioning = nil, VersioningNever
		return putBucket(b), nil
	})
}

// PutBucket replaces the description of an existing bucket, except for its
// versioning and the names of its configurations.
func (s buckets) PutBucket(b Bucket) error {
	return s.changeConfigs(b.Name, func(have *Bucket) []index.Op {
		b.Configs, b.Versioning = have.Configs, have.Versioning
		return putBucket(b)
	})
}

// DeleteBucket removes an empty bucket with all its configurations.
func (s buckets) DeleteBucket(name string) error {
	return s.changeBucket(name, func(found bool) ([]index.Op, error) {
		if !found {
			return nil, fmt.Errorf("%w: %s", ErrNoBucket, name)
		}
		for _, space := range []byte{keys.SpaceObject, keys.SpaceVersion, keys.SpaceUpload} {
			if used, err := s.anyRow(keys.InBucket(nil, space, name)); err != nil {
				return nil, err
			} else if used {
				return nil, fmt.Errorf("%w: %s", ErrBucketNotEmpty, name)
			}
		}
		config := keys.InBucket(nil, keys.SpaceConfig, name)
		return []index.Op{
			{Kind: index.Delete, Key: keys.Bucket(nil, name)},
			{Kind: index.DeleteRange, Key: config, Value: keys.After(append([]byte(nil), config...))},
		}, nil
	})
}

// changeBucket applies the rows that change returns. Meanwhile no key and no other
// bucket changes.
func (s buckets) changeBucket(name string, change func(found bool) ([]index.Op, error)) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	defer s.lockAll()()
	_, found := s.set().get(name)
	ops, err := change(found)
	if err != nil {
		return err
	}
	if err := s.ix.Apply(ops...); err != nil {
		return err
	}
	return s.recall(name)
}

// recall reads the row of a bucket that has changed.
func (s buckets) recall(name string) error {
	rec, found, err := s.ix.Get(nil, keys.Bucket(nil, name))
	if err != nil {
		return err
	}
	if !found {
		s.set().remove(name)
		return nil
	}
	b, err := decodeBucket(rec, name)
	if err != nil {
		return err
	}
	s.set().put(b)
	return nil
}

func putBucket(b Bucket) []index.Op {
	return []index.Op{{Kind: index.Put, Key: keys.Bucket(nil, b.Name), Value: bucketRecord(&b)}}
}

// anyRow reports whether there is a row whose key starts with prefix.
func (s buckets) anyRow(prefix []byte) (bool, error) {
	cur, err := s.ix.Scan(prefix, keys.After(append([]byte(nil), prefix...)))
	if err != nil {
		return false, err
	}
	found := cur.Seek(prefix)
	return found, cur.Close()
}

// Bucket returns the description of a bucket, or ErrNoBucket.
func (s buckets) Bucket(name string) (Bucket, error) {
	if err := s.enter(); err != nil {
		return Bucket{}, err
	}
	defer s.leave()
	return s.bucket(name)
}

// Buckets returns all buckets in the byte order of their names.
func (s buckets) Buckets() ([]Bucket, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.set().all(), nil
}

// BucketsOf returns the buckets of an owner in the byte order of their names.
func (s buckets) BucketsOf(owner string) ([]Bucket, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.set().of(owner), nil
}

// BucketsWhere returns the buckets whose owners a test selects, in the byte order of
// their names.
func (s buckets) BucketsWhere(test func(owner string) bool) ([]Bucket, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.set().where(test), nil
}

// OnlyBucket returns the name of an owner's bucket if the owner has exactly one.
func (s buckets) OnlyBucket(owner string) (name string, only bool) {
	if s.enter() != nil {
		return "", false
	}
	defer s.leave()
	return s.set().only(owner)
}

// SetVersioning changes the versioning of a bucket. Its objects stay as they are.
// ErrVersioning refuses to go back to VersioningNever.
func (s buckets) SetVersioning(bucket string, v Versioning) error {
	return s.changeBucket(bucket, func(bool) ([]index.Op, error) {
		b, err := s.bucket(bucket)
		switch {
		case err != nil:
			return nil, err
		case v == VersioningNever && b.Versioning != v, v > VersioningSuspended:
			return nil, fmt.Errorf("%w: %s", ErrVersioning, bucket)
		}
		b.Versioning = v
		return putBucket(b), nil
	})
}

// MaxConfigName is the longest name of a configuration in bytes.
const MaxConfigName = 64

// HasConfig reports whether the bucket has a configuration of that name. It does
// not read the store.
func (b *Bucket) HasConfig(name string) bool { return slices.Contains(b.Configs, name) }

// PutConfig stores doc as the bucket's configuration of that name and replaces one
// that is there. The store does not know what it means.
func (s buckets) PutConfig(bucket, name string, doc []byte) error {
	if name == "" || len(name) > MaxConfigName {
		return fmt.Errorf("%w: name of a configuration of %d bytes", ErrName, len(name))
	}
	return s.changeConfigs(bucket, func(b *Bucket) []index.Op {
		ops := []index.Op{{Kind: index.Put, Key: keys.Config(nil, bucket, name), Value: doc}}
		if b.HasConfig(name) {
			return ops
		}
		b.Configs = append(slices.Clone(b.Configs), name)
		slices.Sort(b.Configs)
		return append(ops, putBucket(*b)...)
	})
}

// DeleteConfig removes the bucket's configuration of that name; one that is not
// there is no error.
func (s buckets) DeleteConfig(bucket, name string) error {
	return s.changeConfigs(bucket, func(b *Bucket) []index.Op {
		at, found := slices.BinarySearch(b.Configs, name)
		if !found {
			return nil
		}
		b.Configs = slices.Delete(slices.Clone(b.Configs), at, at+1)
		return append(putBucket(*b), index.Op{Kind: index.Delete, Key: keys.Config(nil, bucket, name)})
	})
}

func (s buckets) changeConfigs(bucket string, change func(b *Bucket) []index.Op) error {
	return s.changeBucket(bucket, func(bool) ([]index.Op, error) {
		b, err := s.bucket(bucket)
		if err != nil {
			return nil, err
		}
		return change(&b), nil
	})
}

// Config returns the bucket's configuration of that name: ErrNoBucket, or
// ErrNoConfig when there is none.
func (s buckets) Config(bucket, name string) (doc []byte, err error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	b, err := s.bucket(bucket)
	if err != nil {
		return nil, err
	}
	found := false
	if b.HasConfig(name) {
		doc, found, err = s.ix.Get(nil, keys.Config(nil, bucket, name))
	}
	if err == nil && !found {
		err = fmt.Errorf("%w: %s of %s", ErrNoConfig, name, bucket)
	}
	return doc, err
}
