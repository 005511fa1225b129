package storage

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// bucketSet holds the rows of all buckets, so that a request reads none of them. It
// is safe for concurrent use. The time of each method but all depends on the
// buckets of one owner at most, not on how many there are in the store.
type bucketSet struct {
	mu     sync.RWMutex
	byName map[string]Bucket
	owners map[string]map[string]struct{} // the names by owner
	// clears counts the calls of ClearBucket and DropBucket. since is the count when
	// a bucket was created or cleared: a body that was staged before is not for it.
	clears uint64
	since  map[string]uint64
}

func newBucketSet() *bucketSet {
	return &bucketSet{byName: map[string]Bucket{}, owners: map[string]map[string]struct{}{}, since: map[string]uint64{}}
}

func (s *bucketSet) get(name string) (Bucket, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, found := s.byName[name]
	return b, found
}

// put adds a bucket, or replaces the one of that name.
func (s *bucketSet) put(b Bucket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, found := s.byName[b.Name]
	switch {
	case !found && s.clears > 0:
		s.since[b.Name] = s.clears
	case found && old.Owner != b.Owner:
		s.disown(&old)
	}
	s.byName[b.Name] = b
	of := s.owners[b.Owner]
	if of == nil {
		of = make(map[string]struct{}, 1)
		s.owners[b.Owner] = of
	}
	of[b.Name] = struct{}{}
}

func (s *bucketSet) remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, found := s.byName[name]; found {
		s.disown(&old)
	}
	delete(s.byName, name)
	delete(s.since, name)
}

// disown removes a bucket from the names of its owner, under the lock.
func (s *bucketSet) disown(b *Bucket) {
	of := s.owners[b.Owner]
	if delete(of, b.Name); len(of) == 0 {
		delete(s.owners, b.Owner)
	}
}

// cleared notes that a bucket was cleared or dropped now.
func (s *bucketSet) cleared(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clears++
	if _, found := s.byName[name]; found {
		s.since[name] = s.clears
	}
}

// now is what since is compared with.
func (s *bucketSet) now() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.clears
}

// clearedSince reports whether a bucket was cleared, or created anew, after now
// returned this count.
func (s *bucketSet) clearedSince(name string, count uint64) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.since[name] > count
}

// all are the buckets in the byte order of their names.
func (s *bucketSet) all() []Bucket {
	s.mu.RLock()
	list := slices.Collect(maps.Values(s.byName))
	s.mu.RUnlock()
	return sortedBuckets(list)
}

// of are the buckets of an owner in the byte order of their names.
func (s *bucketSet) of(owner string) []Bucket {
	s.mu.RLock()
	list := make([]Bucket, 0, len(s.owners[owner]))
	for name := range s.owners[owner] {
		list = append(list, s.byName[name])
	}
	s.mu.RUnlock()
	return sortedBuckets(list)
}

// where are the buckets of the owners that a test selects, in the byte order of their
// names.
func (s *bucketSet) where(test func(owner string) bool) []Bucket {
	s.mu.RLock()
	var list []Bucket
	for owner, names := range s.owners {
		if !test(owner) {
			continue
		}
		for name := range names {
			list = append(list, s.byName[name])
		}
	}
	s.mu.RUnlock()
	return sortedBuckets(list)
}

// only is the name of an owner's bucket if the owner has exactly one.
func (s *bucketSet) only(owner string) (name string, only bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.owners[owner]) != 1 {
		return "", false
	}
	for name = range s.owners[owner] {
		break
	}
	return name, true
}

func sortedBuckets(list []Bucket) []Bucket {
	slices.SortFunc(list, func(a, b Bucket) int { return strings.Compare(a.Name, b.Name) })
	return list
}
