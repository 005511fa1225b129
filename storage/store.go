package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/afero"

	"github.com/cosemu/cosemu/storage/memfs"
)

// Options are the choices for a Store. The zero value is good.
type Options struct {
	// Fsync makes an acknowledged change survive a loss of power, not just
	// the end of the process.
	Fsync bool
	// Log gets what an operator should know; nil for nothing.
	Log *slog.Logger
}

// Store keeps buckets and objects. All methods are safe for concurrent use.
type Store struct {
	blobs *blobs
	ix    Index

	// life is held for reading by every call that uses the index, for writing
	// by Reset and Close. It is never held while a body moves.
	life   sync.RWMutex
	closed bool
	epoch  uint64 // counts resets

	seed    maphash.Seed
	stripes [256]stripe
	scratch sync.Pool // of *scratch

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

// OpenMemory returns an empty store that lives in memory.
func OpenMemory(o Options) (*Store, error) {
	ix, err := openPebble("", vfs.NewMem(), false, nil, o.logger())
	if err != nil {
		return nil, err
	}
	return opened(New(memfs.New(nil), ix, o))(ix)
}

// OpenDisk opens the store in the folder dir, which is made if it is not
// there. The folder belongs to this process until Close; ErrLocked answers a
// second one.
func OpenDisk(dir string, o Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	blobDir, indexDir := filepath.Join(dir, "blobs"), filepath.Join(dir, "index")
	for _, d := range []string{dir, blobDir, indexDir} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	lock, err := pebble.LockDirectory(indexDir, vfs.Default)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrLocked, dir, err)
	}
	ixfs := vfs.Default
	if !o.Fsync {
		ixfs = noSyncFS{ixfs}
	}
	ix, err := openPebble(indexDir, ixfs, true, lock, o.logger())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("storage: open %s: %w", dir, err), lock.Close())
	}
	s, err := opened(New(afero.NewBasePathFs(afero.NewOsFs(), blobDir), ix, o))(ix)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("storage: open %s: %w", dir, err), lock.Close())
	}
	s.release = lock.Close
	return s, nil
}

// opened closes the index when the store over it could not be made.
func opened(s *Store, err error) func(Index) (*Store, error) {
	return func(ix Index) (*Store, error) {
		if err != nil {
			return nil, errors.Join(err, ix.Close())
		}
		return s, nil
	}
}

// New returns a store whose bodies are in fs and everything else in ix. The
// store closes ix when it is closed, but not when New fails.
func New(fs afero.Fs, ix Index, o Options) (*Store, error) {
	s := &Store{
		blobs:   &blobs{fs: fs, fsync: o.Fsync, log: o.logger(), pins: newPins()},
		ix:      ix,
		seed:    maphash.MakeSeed(),
		scratch: sync.Pool{New: func() any { return new(scratch) }},
	}
	if err := s.checkFormat(); err != nil {
		return nil, err
	}
	return s, nil
}

func (o Options) logger() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

// format is the version of the whole layout: key spaces, records, folders.
const format = 1

// checkFormat reads the format of the data, or writes it into a new index.
func (s *Store) checkFormat() error {
	key := metaKey(nil, "format")
	v, found, err := s.ix.Get(nil, key)
	if err != nil {
		return err
	}
	if !found {
		return s.ix.Apply(Op{Kind: OpPut, Key: key, Value: binary.AppendUvarint(nil, format)})
	}
	got, n := binary.Uvarint(v)
	switch {
	case n <= 0:
		return fmt.Errorf("%w: format version %x", ErrFormat, v)
	case got > format:
		return fmt.Errorf("%w: format version %d was written by a newer cosemu; this one reads up to %d", ErrFormat, got, format)
	}
	return nil
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

// Reset removes everything. Readers that are open keep what they read; a body
// staged before is refused at its commit, for its bucket is gone.
func (s *Store) Reset() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return ErrClosed
	}
	// The cursor keeps seeing the rows as they were, so the blobs can be
	// removed after the rows without a list of them all.
	cur, err := s.ix.Scan([]byte{spaceObject}, []byte{spaceObject + 1})
	if err != nil {
		return err
	}
	if err := s.ix.Apply(resetOps()...); err != nil {
		return errors.Join(err, cur.Close())
	}
	s.epoch++
	for i := range s.stripes {
		s.stripes[i].changes.Add(1)
	}
	return errors.Join(s.removeNamed(cur), cur.Close())
}

// resetOps empties every key space but the store-wide facts.
func resetOps() []Op {
	return []Op{
		{Kind: OpDeleteRange, Key: []byte{0}, Value: []byte{spaceMeta}},
		{Kind: OpDeleteRange, Key: []byte{spaceMeta + 1}, Value: []byte{0xff}},
	}
}

// removeNamed removes the blobs that the rows of cur name.
func (s *Store) removeNamed(cur Cursor) error {
	for ok := cur.Seek([]byte{spaceObject}); ok; ok = cur.Next() {
		rec, err := cur.Value()
		if err != nil {
			return err
		}
		o, err := decodeObject(rec, "", false)
		if err != nil {
			return err
		}
		s.retire(o.Segments)
	}
	return nil
}

// retire removes blobs that the index no longer names, now or when their last
// reader is done.
func (s *Store) retire(segs []Segment) {
	if len(segs) > 0 {
		s.blobs.remove(s.blobs.pins.doom(segs...))
	}
}

// Close waits for calls in progress and closes the store; later calls answer
// ErrClosed. Readers that are open can be read to their end.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.closed = true
	err := s.ix.Close()
	if s.release != nil {
		err = errors.Join(err, s.release())
	}
	return err
}
