package storage

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"
)

// MaxPart is the highest number of a part; the lowest is 1 (COS docs: Upload
// Part).
const MaxPart = 10_000

// Upload is an object on its way in, part by part.
type Upload struct {
	// Object is what the object will be: key, headers, class, ACL, tags.
	// Modified is when the upload began. Listings leave out what Object says
	// that they do.
	Object
	// ID is made by the store: the Unix second of the beginning in ten digits,
	// then 64 random hexadecimal ones. So the uploads of a key sort by age.
	ID string
	// Initiator is the APPID of who began it; empty for anybody.
	Initiator string
}

// Part is one piece of an upload. Pieces come in any order.
type Part struct {
	Number   int       // 1 to MaxPart
	Size     int64     // bytes; set by the store from what was written
	ETag     string    // without quotes
	CRC64    uint64    // CRC-64/XZ of the part
	Modified time.Time // UTC
	// Segments is the body, in order; set by the store. Listings leave it nil.
	Segments []Segment
}

// CreateUpload begins an upload and returns it with its ID. It holds no bytes
// until parts come, and stays until it is completed or aborted.
func (s *Store) CreateUpload(bucket string, u Upload) (Upload, error) {
	if err := checkKey(u.Key); err != nil {
		return u, err
	}
	u.ID, u.Size, u.Segments = newUploadID(u.Modified), 0, nil
	if err := s.enter(); err != nil {
		return u, err
	}
	defer s.leave()
	if s.full != nil && s.full() {
		return u, s.asFull(ErrFull)
	}
	sp := s.stripe(bucket, u.Key)
	sp.Lock()
	defer sp.Unlock()
	if _, err := s.bucket(bucket); err != nil {
		return u, err
	}
	err := s.ix.Apply(Op{Kind: OpPut, Key: uploadKey(nil, bucket, u.Key, u.ID), Value: appendUpload(nil, &u)})
	return u, asFull(err)
}

// newUploadID makes an ID that no other upload of any bucket has.
func newUploadID(begun time.Time) string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // it never fails
	return fmt.Sprintf("%010d%s", begun.Unix(), hex.EncodeToString(random[:]))
}

// Upload returns an unfinished upload of a key, or ErrNoUpload.
func (s *Store) Upload(bucket, key, id string) (Upload, error) {
	if err := s.enter(); err != nil {
		return Upload{}, err
	}
	defer s.leave()
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	if err := s.findUpload(m, bucket, key, id); err != nil {
		return Upload{}, err
	}
	return decodeUpload(m.val, key, id, false)
}

// findUpload reads the row of an upload into m.val.
func (s *Store) findUpload(m *scratch, bucket, key, id string) error {
	if _, err := s.bucket(bucket); err != nil {
		return err
	}
	var found bool
	var err error
	m.key = uploadKey(m.key[:0], bucket, key, id)
	m.val, found, err = s.ix.Get(m.val[:0], m.key)
	if err == nil && !found {
		err = fmt.Errorf("%w: %q of %q in %s", ErrNoUpload, id, key, bucket)
	}
	return err
}

// CommitPart makes the body part p.Number of an upload, in place of the one of
// that number if there is one. Size and Segments of p are set by the store.
// What an error leaves is as with Commit.
func (st *Staged) CommitPart(bucket, key, id string, p Part) error {
	if st.done {
		return errSpent
	}
	return st.end(st.commitPart(bucket, key, id, &p))
}

func (st *Staged) commitPart(bucket, key, id string, p *Part) error {
	if p.Number < 1 || p.Number > MaxPart {
		return fmt.Errorf("%w: number %d", ErrNoPart, p.Number)
	}
	if err := st.label(st.partLabel(bucket, key, id, p)); err != nil {
		return err
	}
	segs, err := st.ready(bucket)
	if err != nil {
		return err
	}
	defer st.s.leave()
	p.Size, p.Segments = st.seg.Size, segs
	replaced, err := st.s.replacePart(st.m, bucket, key, id, p)
	if err != nil {
		return err
	}
	st.s.retire(replaced)
	return nil
}

// replacePart names p in the index; m.data holds the bytes of its inline
// segment. It returns the segments that are named no more.
func (s *Store) replacePart(m *scratch, bucket, key, id string, p *Part) ([]Segment, error) {
	sp := s.stripe(bucket, key)
	sp.Lock()
	defer sp.Unlock()
	if err := s.findUpload(m, bucket, key, id); err != nil {
		return nil, err
	}
	m.key = partKey(m.key[:0], id, p.Number)
	m.rec = appendPart(m.rec[:0], p)
	old, _, err := s.currentSegments(m)
	if err != nil {
		return nil, err
	}
	var ops [4]Op
	batch := append(ops[:0], Op{Kind: OpPut, Key: m.key, Value: m.rec})
	return old, s.ix.Apply(appendDropped(appendData(batch, p.Segments, m.data), old)...)
}

// AbortUpload ends an upload and removes its parts.
func (s *Store) AbortUpload(bucket, key, id string) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	segs, err := s.abortRows(&joining{bucket: bucket, key: key, id: id})
	if err != nil {
		return s.failure(err)
	}
	s.retire(segs)
	return nil
}

func (s *Store) abortRows(u *joining) ([]Segment, error) {
	sp := s.stripe(u.bucket, u.key)
	sp.Lock()
	defer sp.Unlock()
	batch, segs, err := s.endUpload(nil, u)
	if err != nil {
		return nil, err
	}
	return segs, s.ix.Apply(batch...)
}
