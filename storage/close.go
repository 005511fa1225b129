package storage

import (
	"errors"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

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
	s.byName.Store(&map[string]Bucket{})
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
