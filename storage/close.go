package storage

import "errors"

// Reset removes everything. Readers that are open keep what they read; a body
// staged before is refused at its commit with ErrNoBucket, for its bucket is
// gone (choice 22: nothing of one test may turn up in the next).
func (s *Store) Reset() error {
	cur, err := s.resetRows()
	if err != nil {
		return err
	}
	defer s.resets.Done()
	err = eachSegments(cur, func(segs []Segment) error {
		s.retire(segs)
		return nil
	})
	if err = errors.Join(err, cur.Close()); err != nil {
		s.blobs.failed.Add(1) // what was not removed is left for a sweep
	}
	return err
}

// resetRows removes all rows but the store-wide facts. The cursor it returns
// sees them as they were, so that the files can be removed after the rows,
// beside new work, and without a list of them all.
func (s *Store) resetRows() (Cursor, error) {
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
		Op{Kind: OpDeleteRange, Key: []byte{0}, Value: []byte{spaceMeta}},
		Op{Kind: OpDeleteRange, Key: []byte{spaceMeta + 1}, Value: []byte{0xff}},
	)
	if err != nil {
		return nil, errors.Join(err, cur.Close())
	}
	s.epoch++
	if s.epoch%resetsKept == 0 {
		if err := tidy(s.ix); err != nil {
			s.log.Warn("storage: what resets have removed still takes time to pass over", "error", err)
		}
	}
	s.buckets.Store(&map[string]Bucket{})
	for i := range s.stripes {
		s.stripes[i].changes.Add(1)
	}
	s.resets.Add(1)
	return cur, nil
}

// resetsKept is after how many resets the index forgets what they removed. Each
// leaves marks that every later read passes over; a test suite may make
// thousands.
const resetsKept = 64

// tidier is an Index that can forget what was removed from it. Right after a
// reset, when next to nothing is left, that costs a millisecond or two.
type tidier interface{ tidy() error }

func tidy(ix Index) error {
	if t, ok := ix.(tidier); ok {
		return t.tidy()
	}
	return nil
}

// eachSegments calls use for the segments of every row that has a body.
func eachSegments(cur Cursor, use func([]Segment) error) error {
	for _, space := range []byte{spaceObject, spaceVersion, spacePart} {
		for ok := cur.Seek([]byte{space}); ok && cur.Key()[0] == space; ok = cur.Next() {
			rec, err := cur.Value()
			if err != nil {
				return err
			}
			segs, err := recordSegments(rec)
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
// ErrClosed, a second Close nil. Readers that are open can be read to their
// end.
func (s *Store) Close() error {
	s.sweep.quit.Store(true)
	s.life.Lock()
	closed := s.closed
	s.closed = true
	s.life.Unlock()
	if closed {
		return nil
	}
	s.resets.Wait()
	swept := s.sweep.wait()
	var err error
	// Without holders and failures no file can be an orphan.
	if swept && s.blobs.pins.size() == 0 && s.blobs.failed.Load() == 0 {
		err = s.ix.Apply(Op{Kind: OpPut, Key: metaKey("clean"), Value: []byte{1}})
	}
	err = errors.Join(err, s.ix.Close())
	if s.settled != nil {
		s.settled()
	}
	if err == nil && s.seal != nil {
		err = s.seal()
	}
	if s.release != nil {
		err = errors.Join(err, s.release())
	}
	return err
}
