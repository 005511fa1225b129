package storage

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
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
		st.s.files.NoteLeftover() // the index may name the file: it stays, for the next start to see
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
	st.s.removeFiles(replaced)
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
		st.seg.Blob, st.seg.Inline = st.s.files.NewID(), true
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
	st.segs[0] = st.seg
	return st.segs[:], nil
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
	return st.s.files.Close(st.seg.Blob, f)
}

// replace makes o the current object of its key. Its body is either what was
// staged, then m.data holds the bytes of the inline segment; or the parts of an
// upload, which ends in the same step. It sets the version of o and returns the
// segments that are named no more.
func (s objects) replace(m *scratch, bucket string, o *Object, c CommitOptions, u *joining) ([]Segment, error) {
	o.VersionID, o.DeleteMarker = "", false
	m.key = keys.Object(m.key[:0], bucket, o.Key)
	m.rec = appendObject(m.rec[:0], o)
	batch := append(m.ops[:0], index.Op{Kind: index.Put, Key: m.key, Value: m.rec})
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
	} else {
		batch, unused, err = uploads{s.core}.endUpload(batch, u)
	}
	if err != nil {
		return nil, err
	}
	old, found, err := s.segmentsAt(m)
	if err != nil {
		return nil, err
	}
	if found && c.IfAbsent {
		return nil, fmt.Errorf("%w: %q in %s", ErrObjectExists, o.Key, bucket)
	}
	if b.Versioning == VersioningNever {
		batch = appendDataRemoval(batch, old)
	} else if batch, old, err = s.succeed(m, &b, o, batch); err != nil {
		return nil, err
	}
	if err := s.ix.Apply(batch...); err != nil {
		return nil, err
	}
	sp.changes.Add(1)
	return append(old, unused...), nil
}
