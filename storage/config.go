package storage

import (
	"fmt"
	"slices"
)

// MaxConfigName is the longest name of a configuration in bytes.
const MaxConfigName = 64

// HasConfig tells whether the bucket has a configuration of that name, without
// a look at the index.
func (b *Bucket) HasConfig(name string) bool { return slices.Contains(b.Configs, name) }

// PutConfig keeps doc as the bucket's configuration of that name, in place of
// one that is there. The store does not look into it.
func (s *Store) PutConfig(bucket, name string, doc []byte) error {
	if name == "" || len(name) > MaxConfigName {
		return fmt.Errorf("%w: name of a configuration of %d bytes", ErrName, len(name))
	}
	return s.changeConfigs(bucket, func(b *Bucket) []Op {
		ops := []Op{{Kind: OpPut, Key: configKey(nil, bucket, name), Value: doc}}
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
func (s *Store) DeleteConfig(bucket, name string) error {
	return s.changeConfigs(bucket, func(b *Bucket) []Op {
		at, found := slices.BinarySearch(b.Configs, name)
		if !found {
			return nil
		}
		b.Configs = slices.Delete(slices.Clone(b.Configs), at, at+1)
		return append(putBucket(*b), Op{Kind: OpDelete, Key: configKey(nil, bucket, name)})
	})
}

func (s *Store) changeConfigs(bucket string, change func(b *Bucket) []Op) error {
	return s.changeBucket(bucket, func(bool) ([]Op, error) {
		b, err := s.bucket(bucket)
		if err != nil {
			return nil, err
		}
		return change(&b), nil
	})
}

// Config returns the bucket's configuration of that name: ErrNoBucket, or
// ErrNoConfig when there is none.
func (s *Store) Config(bucket, name string) (doc []byte, err error) {
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
		doc, found, err = s.ix.Get(nil, configKey(nil, bucket, name))
	}
	if err == nil && !found {
		err = fmt.Errorf("%w: %s of %s", ErrNoConfig, name, bucket)
	}
	return doc, err
}

func configKey(dst []byte, bucket, name string) []byte {
	return append(bucketPrefix(dst, spaceConfig, bucket), name...)
}

// appendNames writes a list of names, none of which is empty.
func appendNames(dst []byte, tag byte, names []string) []byte {
	fields := make([]Field, len(names))
	for i, name := range names {
		fields[i].Name = name
	}
	return appendFields(dst, tag, fields)
}

func (d *decoder) names() []string {
	fields := d.fields()
	if len(fields) == 0 {
		return nil
	}
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return names
}
