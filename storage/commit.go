package storage

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// CommitOptions are the conditions of a commit.
type CommitOptions struct {
	// IfAbsent refuses, with ErrObjectExists, to replace an object.
	IfAbsent bool
}

// Commit makes the body the object o of bucket, in place of the one of that
// key if there is one, which stays as a version if the bucket keeps versions.
// It returns the object as it is stored: Size, Segments and VersionID of o are
// set by the store. When it returns an error, what was there before is there
// still, whole, and the body is gone; only ErrUnknown leaves open which of the
// two is there.
func (st *Staged) Commit(bucket string, o Object, c CommitOptions) (Object, error) {
	if st.done {
		return Object{}, errSpent
	}
	if err := st.end(st.commit(bucket, &o, c)); err != nil {
		return Object{}, err
	}
	return o, nil
}

// end gives up what the body held while it was staged, by what came of its
// commit.
func (st *Staged) end(err error) error {
	switch {
	case err == nil:
		st.finish()
	case errors.Is(err, ErrUnknown):
		st.s.blobs.failed.Add(1) // the file may be needed: left for a sweep
		st.finish()
	default:
		st.abort()
	}
	return asFull(err)
}

func (st *Staged) commit(bucket string, o *Object, c CommitOptions) error {
	if err := checkKey(o.Key); err != nil {
		return err
	}
	if err := st.label(label{bucket: bucket, object: *o}); err != nil {
		return err
	}
	segs, err := st.ready(bucket)
	if err != nil {
		return err
	}
	defer st.s.leave()
	o.Size, o.Segments, o.UploadID = st.seg.Size, segs, ""
	replaced, err := st.s.replace(st.m, bucket, o, c, nil)
	if err != nil {
		return err
	}
	st.s.retire(replaced)
	return nil
}

// seal ends the writing of the body.
func (st *Staged) seal() error {
	if st.err != nil {
		return st.err
	}
	if err := st.closeFile(); err != nil {
		return err
	}
	if st.seg.Size > 0 && st.seg.Blob == uuid.Nil {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		st.seg.Blob, st.seg.Inline = id, true
	}
	return nil
}

// ready closes the body and begins a call that uses the index; unless it fails
// the caller must leave. It returns the segments that the body became.
func (st *Staged) ready(bucket string) ([]Segment, error) {
	if err := st.seal(); err != nil {
		return nil, err
	}
	if err := st.s.enter(); err != nil {
		return nil, err
	}
	if st.epoch != st.s.epoch {
		st.s.leave()
		return nil, fmt.Errorf("%w: %s: the store was reset while the body was on its way", ErrNoBucket, bucket)
	}
	if st.seg.Size == 0 {
		return nil, nil
	}
	return []Segment{st.seg}, nil
}

// checkKey judges the key of an object to be stored.
func checkKey(key string) error {
	if key == "" || len(key) > MaxKeySize {
		return fmt.Errorf("%w: key of %d bytes", ErrName, len(key))
	}
	return nil
}

// closeFile closes the file and makes it lasting if the store should.
func (st *Staged) closeFile() error {
	if st.file == nil {
		return nil
	}
	f := st.file
	st.file = nil
	var err error
	if st.s.blobs.fsync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return st.s.blobs.syncDir(st.s.blobs.dir(int(st.seg.Blob[15])))
}

// replace makes o the current object of its key. Its body is either what was
// staged, then m.data holds the bytes of the inline segment; or the parts of an
// upload, which ends in the same step. It sets the version of o and returns the
// segments that are named no more.
func (s *Store) replace(m *scratch, bucket string, o *Object, c CommitOptions, u *joining) ([]Segment, error) {
	o.VersionID, o.DeleteMarker = "", false
	m.key = objectKey(m.key[:0], bucket, o.Key)
	m.rec = appendObject(m.rec[:0], o)
	var ops [4]Op
	batch := append(ops[:0], Op{Kind: OpPut, Key: m.key, Value: m.rec})
	sp := s.stripe(bucket, o.Key)
	sp.Lock()
	defer sp.Unlock()
	b, err := s.bucket(bucket)
	if err != nil {
		return nil, err
	}
	var unused []Segment
	if u == nil {
		batch = appendData(batch, o.Segments, m.data)
	} else if batch, unused, err = s.endUpload(batch, u); err != nil {
		return nil, err
	}
	old, found, err := s.currentSegments(m)
	if err != nil {
		return nil, err
	}
	if found && c.IfAbsent {
		return nil, fmt.Errorf("%w: %q in %s", ErrObjectExists, o.Key, bucket)
	}
	if b.Versioning == VersioningNever {
		batch = appendDropped(batch, old)
	} else if batch, old, err = s.succeed(m, &b, o, batch); err != nil {
		return nil, err
	}
	if err := s.ix.Apply(batch...); err != nil {
		return nil, err
	}
	sp.changes.Add(1)
	return append(old, unused...), nil
}

// appendData adds the row with the bytes of a staged body to a batch, if it is
// to be one.
func appendData(batch []Op, segs []Segment, data []byte) []Op {
	for _, s := range segs {
		if s.Inline {
			batch = append(batch, Op{Kind: OpPut, Key: dataKey(nil, s.Blob), Value: data})
		}
	}
	return batch
}

// currentSegments reads the body of the object in row m.key.
func (s *Store) currentSegments(m *scratch) (segs []Segment, found bool, err error) {
	m.val, found, err = s.ix.Get(m.val[:0], m.key)
	if err != nil || !found {
		return nil, false, err
	}
	segs, err = recordSegments(m.val)
	return segs, true, err
}

// appendDropped adds the removal of the inline ones of segs to a batch, so
// that they go in the same step as the row that named them.
func appendDropped(batch []Op, segs []Segment) []Op {
	for _, s := range segs {
		if s.Inline {
			batch = append(batch, Op{Kind: OpDelete, Key: dataKey(nil, s.Blob)})
		}
	}
	return batch
}
