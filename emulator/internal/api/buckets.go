package api

import (
	"errors"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/account"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/storage"
)

// buckets makes the buckets of the configuration, of accounts and of the control API.
type buckets struct {
	store      *storage.Store
	configured []BucketConfig
	region     string // of buckets that name none
	now        func(appID string) time.Time
	setCORS    func(bucket string, mode CORSMode) error
}

// create makes a bucket. Its error wraps storage.ErrBucketExists when there is one of
// that name.
func (s *buckets) create(b BucketConfig) error {
	b, err := b.resolved(s.region)
	if err != nil {
		return err
	}
	if err := s.store.CreateBucket(ops.NewBucket(b.Name, b.Region, b.ACL, s.now(addr.AppID(b.Name)))); err != nil {
		return err
	}
	return s.setUp(&b)
}

// setUp gives a bucket the settings that its row in the store does not have.
func (s *buckets) setUp(b *BucketConfig) error {
	if b.MAZ {
		if err := ops.SetMAZ(s.store, b.Name); err != nil {
			return err
		}
	}
	return s.setCORS(b.Name, b.CORS)
}

// ensure creates a configured bucket, or gives the one that a data folder already
// holds the settings of the configuration. An ACL of which the configuration says
// nothing stays what PUT Bucket acl made of it.
func (s *buckets) ensure(b BucketConfig) error {
	keepACL := b.ACL == ""
	b, err := b.resolved(s.region)
	if err != nil {
		return err
	}
	err = s.store.CreateBucket(ops.NewBucket(b.Name, b.Region, b.ACL, s.now("")))
	if err != nil && !errors.Is(err, storage.ErrBucketExists) {
		return err
	}
	if err := s.setUp(&b); err != nil {
		return err
	}
	have, err := s.store.Bucket(b.Name)
	if keepACL {
		b.ACL = have.ACL
	}
	if err != nil || (have.Region == b.Region && have.ACL == b.ACL) {
		return err
	}
	have.Region, have.ACL = b.Region, b.ACL
	return s.store.PutBucket(have)
}

// of is how a bucket of an account begins.
func (s *buckets) of(a *account.Account, name string) BucketConfig {
	for _, b := range s.configured {
		if b.Name == name {
			return b
		}
	}
	return BucketConfig{Name: name, Region: a.Region, ACL: a.ACL, CORS: CORSMode(a.CORS)}
}

// clear empties a bucket of an account and makes its settings those that it began with.
func (s *buckets) clear(a *account.Account, name string) error {
	have, err := s.store.Bucket(name)
	if err != nil {
		return err
	}
	b, err := s.of(a, name).resolved(have.Region)
	if err != nil {
		return err
	}
	if err := s.store.ClearBucket(ops.NewBucket(name, b.Region, b.ACL, have.Created)); err != nil {
		return err
	}
	return s.setUp(&b)
}
