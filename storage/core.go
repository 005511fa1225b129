package storage

import (
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/cosemu/cosemu/storage/internal/blob"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// core is what the parts of a Store share: the rows, the bodies and the locks.
type core struct {
	files    *blob.Files
	ix       index.Index
	log      *slog.Logger
	inline   int           // size up to which a body is a row
	full     func() bool   // whether disk or memory is known to be full
	memory   *memfs.Budget // nil: the store is on disk
	problems problems
	cutOff   string // which changes the index has lost; "": none

	// life is held for reading by every call that uses the index, for writing
	// by Reset and Close. It is never held while the bytes of a body move.
	life   sync.RWMutex
	closed bool
	fresh  bool           // the index was empty when the store was opened
	epoch  uint64         // counts resets
	resets sync.WaitGroup // those that still remove files

	// known holds the rows of all buckets. Reset makes a new set. No other process
	// changes the index.
	known atomic.Pointer[bucketSet]

	watcher atomic.Pointer[Watcher]
	ranks   ranks // of versions
	seed    maphash.Seed
	stripes [256]stripe
	scratch sync.Pool // of *scratch
	buffers sync.Pool // of *[verifyBuffer]byte

	sweep   *blob.Sweeper
	seal    func() error // writes down how the index was left; nil: in memory
	release func() error // unlocks the data folder; nil: in memory
}

// stripe locks the keys that hash to it, for a change that first reads.
type stripe struct {
	sync.Mutex
	// changes is counted up after each change to the index and before the
	// replaced bodies are removed. A reader looks up a row and then holds its
	// bodies; if the count is the same afterwards, the hold came in time.
	changes atomic.Uint64
	_       [40]byte // a cache line each
}

// scratch is memory for one access to the index, used again and again.
type scratch struct {
	key, val, rec, data []byte
	segs                []Segment   // the body that is replaced
	ops                 [4]index.Op // room for a small batch
}

// enter begins a call that uses the index; the caller must leave.
func (s *core) enter() error {
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return ErrClosed
	}
	return nil
}

func (s *core) leave() { s.life.RUnlock() }

func (s *core) stripe(bucket, key string) *stripe {
	h := maphash.String(s.seed, bucket)*31 + maphash.String(s.seed, key)
	return &s.stripes[h%uint64(len(s.stripes))]
}

// lockAll keeps every key from changing, for a change to a bucket.
func (s *core) lockAll() (unlock func()) {
	for i := range s.stripes {
		s.stripes[i].Lock()
	}
	return func() {
		for i := range s.stripes {
			s.stripes[i].Unlock()
		}
	}
}

// failed is the error of a change to the index that would have freed bodies.
// When nobody knows whether the change took place the bodies stay, and the next
// start removes those that no row names.
func (s *core) failed(err error) error {
	if errors.Is(err, ErrUnknown) {
		s.files.NoteLeftover()
	}
	return s.asFull(err)
}

// asFull makes err an ErrFull or ErrMemory, too, if that is what it says.
func (s *core) asFull(err error) error {
	if s.memory == nil || err == nil {
		return asFull(err)
	}
	if index.IsFull(err) || errors.Is(err, ErrFull) {
		return fmt.Errorf("%w: %d of %d bytes are taken", ErrMemory, s.memory.Used(), s.memory.Most())
	}
	return err
}

// hold keeps the files of segments until unhold is called.
func (s *core) hold(segs []Segment) {
	for i := range segs {
		if !segs[i].Inline {
			s.files.Hold(segs[i].Blob)
		}
	}
}

// unhold ends a hold.
func (s *core) unhold(segs []Segment) {
	for i := range segs {
		if !segs[i].Inline {
			s.files.Release(segs[i].Blob)
		}
	}
}

// removeFiles removes the files of segments that no row names any more, now or
// when their last reader is done.
func (s *core) removeFiles(segs []Segment) {
	for i := range segs {
		if !segs[i].Inline {
			s.files.Remove(segs[i].Blob)
		}
	}
}

// segmentsAt reads the body of the object in row m.key. The segments are in m.segs.
func (s *core) segmentsAt(m *scratch) (segs []Segment, found bool, err error) {
	m.val, found, err = s.ix.Get(m.val[:0], m.key)
	if err != nil || !found {
		return nil, false, err
	}
	m.segs, err = recordSegments(m.segs[:0], m.val)
	return m.segs, true, err
}

// bucket returns a bucket, or ErrNoBucket.
func (s *core) bucket(name string) (Bucket, error) {
	b, found := s.set().get(name)
	if !found {
		return b, fmt.Errorf("%w: %s", ErrNoBucket, name)
	}
	return b, nil
}

func (s *core) set() *bucketSet { return s.known.Load() }

// loadBuckets reads the rows of all buckets.
func (s *core) loadBuckets() error {
	cur, err := s.ix.Scan([]byte{keys.SpaceBucket}, []byte{keys.SpaceBucket + 1})
	if err != nil {
		return err
	}
	all := newBucketSet()
	for ok := cur.Seek([]byte{keys.SpaceBucket}); ok && err == nil; ok = cur.Next() {
		var rec []byte
		if rec, err = cur.Value(); err == nil {
			var b Bucket
			b, err = decodeBucket(rec, string(cur.Key()[1:]))
			all.put(b)
		}
	}
	if err = errors.Join(err, cur.Close()); err != nil {
		return err
	}
	s.known.Store(all)
	return nil
}

// appendData adds the row with the bytes of a staged body to a batch, if the
// body is inline.
func appendData(batch []index.Op, segs []Segment, data []byte) []index.Op {
	for _, s := range segs {
		if s.Inline {
			batch = append(batch, index.Op{Kind: index.Put, Key: keys.Data(nil, s.Blob), Value: data})
		}
	}
	return batch
}

// appendDataRemoval adds the removal of the inline ones of segs to a batch, so
// that they go in the same step as the row that named them.
func appendDataRemoval(batch []index.Op, segs []Segment) []index.Op {
	for _, s := range segs {
		if s.Inline {
			batch = append(batch, index.Op{Kind: index.Delete, Key: keys.Data(nil, s.Blob)})
		}
	}
	return batch
}

// Reset removes everything. Open readers keep what they read. A body that was staged before is
// refused at its commit with ErrNoBucket, because its bucket is gone (choice 22: nothing of one test
// may turn up in the next).
func (s *core) Reset() error {
	cur, err := s.resetRows()
	if err != nil {
		return err
	}
	defer s.resets.Done()
	err = eachSegments(cur, func(segs []Segment) error {
		s.removeFiles(segs)
		return nil
	})
	if err = errors.Join(err, cur.Close()); err != nil {
		s.files.NoteLeftover()
	}
	return err
}

// resetRows removes all rows but the facts about the store. The cursor it returns sees the rows as
// they were. So the files are removed after the rows, beside new work, and without a list of all.
func (s *core) resetRows() (index.Cursor, error) {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	cur, err := s.ix.Scan([]byte{0}, []byte{0xff})
	if err != nil {
		return nil, err
	}
	err = s.ix.Apply(
		index.Op{Kind: index.DeleteRange, Key: []byte{0}, Value: []byte{keys.SpaceMeta}},
		index.Op{Kind: index.DeleteRange, Key: []byte{keys.SpaceMeta + 1}, Value: []byte{0xff}},
	)
	if err != nil {
		return nil, errors.Join(err, cur.Close())
	}
	s.epoch++
	if s.epoch%resetsBeforeTidy == 0 {
		if err := tidy(s.ix); err != nil {
			s.log.Warn("storage: the index could not be compacted; reads stay slower after many resets", "error", err)
		}
	}
	s.known.Store(newBucketSet())
	for i := range s.stripes {
		s.stripes[i].changes.Add(1)
	}
	s.resets.Add(1)
	return cur, nil
}

// resetsBeforeTidy is after how many resets the index is compacted. Each reset leaves marks that
// every later read passes over, and a test suite may make thousands.
const resetsBeforeTidy = 64

// tidy compacts an index that can be. Right after a reset, when it holds next to nothing, that takes
// a millisecond or two.
func tidy(ix index.Index) error {
	if t, ok := ix.(interface{ Tidy() error }); ok {
		return t.Tidy()
	}
	return nil
}

// eachSegments calls use for the segments of every row that has a body.
func eachSegments(cur index.Cursor, use func([]Segment) error) error {
	for _, space := range []byte{keys.SpaceObject, keys.SpaceVersion, keys.SpacePart} {
		for ok := cur.Seek([]byte{space}); ok && cur.Key()[0] == space; ok = cur.Next() {
			rec, err := cur.Value()
			if err != nil {
				return err
			}
			segs, err := recordSegments(nil, rec)
			if err != nil {
				return err
			}
			if err := use(segs); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close waits for calls in progress and closes the store; later calls answer
// ErrClosed, a second Close nil. Open readers can be read to their end.
func (s *core) Close() error {
	s.sweep.Stop()
	s.life.Lock()
	closed := s.closed
	s.closed = true
	s.life.Unlock()
	if closed {
		return nil
	}
	s.resets.Wait()
	swept := s.sweep.Wait()
	var err error
	if swept && s.files.Clean() {
		err = s.ix.Apply(index.Op{Kind: index.Put, Key: keys.Meta("clean"), Value: []byte{1}})
	}
	err = errors.Join(err, s.ix.Close())
	if err == nil && s.seal != nil {
		err = s.seal()
	}
	if s.release != nil {
		err = errors.Join(err, s.release())
	}
	return err
}
