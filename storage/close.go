package storage

import "errors"

// Reset removes everything. Readers that are open keep what they read; a body
// staged before is refused at its commit with ErrNoBucket, for its bucket is
// gone.
func (s *Store) Reset() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return ErrClosed
	}
	// The cursor keeps seeing the rows as they were, so the files can be
	// removed after the rows without a list of them all.
	cur, err := s.ix.Scan([]byte{0}, []byte{0xff})
	if err != nil {
		return err
	}
	err = s.ix.Apply(
		Op{Kind: OpDeleteRange, Key: []byte{0}, Value: []byte{spaceMeta}},
		Op{Kind: OpDeleteRange, Key: []byte{spaceMeta + 1}, Value: []byte{0xff}},
	)
	if err != nil {
		return errors.Join(err, cur.Close())
	}
	s.epoch++
	s.buckets.Store(&map[string]Bucket{})
	for i := range s.stripes {
		s.stripes[i].changes.Add(1)
	}
	err = eachSegments(cur, func(segs []Segment) error {
		s.retire(segs)
		return nil
	})
	return errors.Join(err, cur.Close())
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
	swept := s.sweep.wait()
	var err error
	// Without holders and failures no file can be an orphan.
	if swept && s.blobs.pins.size() == 0 && s.blobs.failed.Load() == 0 {
		err = s.ix.Apply(Op{Kind: OpPut, Key: metaKey("clean"), Value: []byte{1}})
	}
	err = errors.Join(err, s.ix.Close())
	if s.release != nil {
		err = errors.Join(err, s.release())
	}
	return err
}
