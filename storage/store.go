package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/spf13/afero"

	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// Options are the choices for a Store. The zero value is good.
type Options struct {
	// Fsync makes an acknowledged change survive a loss of power, not just
	// the end of the process.
	Fsync bool
	// Inline is the size in bytes up to which a body is kept in the index
	// instead of in a file of its own; 0: every body is a file. At 1 KiB a row
	// takes a tenth of the time of a file, at 4 KiB a quarter, at 8 KiB little
	// less.
	Inline int
	// MaxMemory is what a store in memory may hold, in bytes: bodies, and the
	// rows that name them; 0 is three quarters of MemoryGiven. Beyond it new
	// bodies are refused with ErrMemory; what is deleted makes room again.
	MaxMemory int64
	// Log gets what an operator should know; nil for nothing.
	Log *slog.Logger

	sweepBatch  int  // 0 but in tests
	keepOrphans bool // for a rescue: bodies that nothing names stay
	acked       *acked
	cutOff      string // says what the index has lost
}

// Store keeps buckets and objects. All methods are safe for concurrent use.
type Store struct {
	blobs    *blobs
	ix       Index
	log      *slog.Logger
	inline   int
	full     func() bool   // whether disk or memory is known to be full; nil: never
	memory   *memfs.Budget // nil: the store is on disk
	problems problems
	cutOff   string // says what the index has lost; "": nothing

	// life is held for reading by every call that uses the index, for writing
	// by Reset and Close. It is never held while a body moves.
	life   sync.RWMutex
	closed bool
	fresh  bool           // the index was empty when the store was opened
	epoch  uint64         // counts resets
	resets sync.WaitGroup // those that still remove files

	// buckets mirrors the rows of all buckets, of which there are few; each
	// change makes a new map. This process alone changes the index.
	buckets atomic.Pointer[map[string]Bucket]

	ranks   ranks // of versions
	seed    maphash.Seed
	stripes [256]stripe
	scratch sync.Pool // of *scratch
	buffers sync.Pool // of *[verifyBuffer]byte

	sweep   *sweeper
	settled func()       // waits for what the opening put off; nil: nothing
	seal    func() error // notes how the index was left; nil: nobody would look
	release func() error // gives the lock on the data folder back
}

// stripe guards the read-modify-write of the keys that hash to it.
type stripe struct {
	sync.Mutex
	// changes is counted up after each change to the index and before the
	// blobs it replaced are doomed: a reader that has looked up a row and
	// pinned its blobs finds the count unchanged only if the pin came in time.
	changes atomic.Uint64
	_       [40]byte // a cache line each
}

// scratch is memory for one access to the index, used again and again.
type scratch struct{ key, val, rec, data []byte }

// New returns a store whose bodies are in fs and everything else in ix. The
// store closes ix when it is closed, but not when New fails. Fs and index must
// be this store's alone.
func New(fs afero.Fs, ix Index, o Options) (*Store, error) {
	return newStore(fs, "", ix, o)
}

// newStore is New with all file names below root.
func newStore(fs afero.Fs, root string, ix Index, o Options) (*Store, error) {
	s := &Store{
		blobs:    &blobs{fs: fs, root: root, fsync: o.Fsync, log: o.logger(), pins: newPins()},
		ix:       ix,
		log:      o.logger(),
		inline:   o.Inline,
		problems: problems{log: o.logger()},
		seed:     maphash.MakeSeed(),
		scratch:  sync.Pool{New: func() any { return new(scratch) }},
	}
	var err error
	if s.fresh, err = s.checkFormat(); err != nil {
		return nil, err
	}
	if err := s.loadBuckets(); err != nil {
		return nil, err
	}
	if err := s.ranks.load(ix); err != nil {
		return nil, err
	}
	if err := s.recallDamage(); err != nil {
		return nil, err
	}
	if err := s.noteCutOff(o.cutOff); err != nil {
		return nil, err
	}
	clean, err := s.takeClean()
	if err != nil {
		return nil, err
	}
	s.sweep = newSweeper(s, o.sweepBatch)
	s.sweep.start(!s.fresh && !clean && !o.keepOrphans && len(s.problems.list) == 0 && s.cutOff == "")
	return s, nil
}

func (o Options) logger() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

// format is the version of the whole layout: key spaces, records, folders. A
// store of an earlier one is taken to this one when it is opened.
const (
	format = 2
	// formatSealed is the first whose folders are sealed when they are closed, and
	// whose logs are never written over older ones.
	formatSealed = 2
)

// checkFormat reads the format of the data, or writes it into a fresh index.
func (s *Store) checkFormat() (fresh bool, err error) {
	key := metaKey("format")
	v, found, err := s.ix.Get(nil, key)
	if err != nil {
		return false, err
	}
	if !found {
		if err := s.neverUsed(); err != nil {
			return true, err
		}
		return true, s.ix.Apply(Op{Kind: OpPut, Key: key, Value: binary.AppendUvarint(nil, format)})
	}
	got, n := binary.Uvarint(v)
	switch {
	case n > 0 && got < format:
		return false, s.ix.Apply(Op{Kind: OpPut, Key: key, Value: binary.AppendUvarint(nil, format)})
	case n <= 0:
		return false, fmt.Errorf("%w: format version %x", ErrFormat, v)
	case got > format:
		return false, newerFormat(got)
	}
	return false, nil
}

func newerFormat(got uint64) error {
	return fmt.Errorf("%w: format version %d was written by a newer cosemu; this one reads up to %d", ErrFormat, got, format)
}

// newerFile is newerFormat for the file that says so. The index says it, too.
func newerFile(got uint64) error {
	return fmt.Errorf("%w (if no newer one wrote here, the file %s is damaged: remove it)", newerFormat(got), formatName)
}

// neverUsed refuses an empty index beside bodies, for it cannot be theirs.
func (s *Store) neverUsed() error {
	if s.blobs.root == "" {
		return nil
	}
	bodies, err := s.blobs.any()
	if err == nil && bodies {
		err = &DamageError{Faults: []string{"index/ is empty, and blobs/ holds bodies"}}
	}
	return err
}

// takeClean reads and removes the note that the store was closed in order, so
// that no orphans can be left. It removes it in any case: a log that holds a change
// tells whether the manifest has lost its end.
func (s *Store) takeClean() (bool, error) {
	key := metaKey("clean")
	_, clean, err := s.ix.Get(nil, key)
	if err != nil {
		return false, err
	}
	return clean, s.ix.Apply(Op{Kind: OpDelete, Key: key})
}

// enter begins a call that uses the index; the caller must leave.
func (s *Store) enter() error {
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return ErrClosed
	}
	return nil
}

func (s *Store) leave() { s.life.RUnlock() }

func (s *Store) stripe(bucket, key string) *stripe {
	h := maphash.String(s.seed, bucket)*31 + maphash.String(s.seed, key)
	return &s.stripes[h%uint64(len(s.stripes))]
}

// lockAll keeps every key from changing; for changes to buckets.
func (s *Store) lockAll() (unlock func()) {
	for i := range s.stripes {
		s.stripes[i].Lock()
	}
	return func() {
		for i := range s.stripes {
			s.stripes[i].Unlock()
		}
	}
}

// failure is what came of a change to the index that frees blobs. When nobody
// knows whether it took place they stay, and the next start sweeps.
func (s *Store) failure(err error) error {
	if errors.Is(err, ErrUnknown) {
		s.blobs.failed.Add(1)
	}
	return asFull(err)
}

// retire removes the files of blobs that the index no longer names, now or
// when their last reader is done.
func (s *Store) retire(segs []Segment) {
	if len(segs) > 0 {
		s.blobs.remove(s.blobs.pins.doom(segs...))
	}
}
