package storage

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// MaxPart is the highest number of a part; the lowest is 1 (COS docs: Upload
// Part).
const MaxPart = 10_000

// Upload is an object that is being uploaded in parts.
type Upload struct {
	// Object holds what the object will have: key, headers, class, ACL, tags.
	// Modified is when the upload began. Listings leave out the fields that
	// Object says they leave out.
	Object
	// ID is made by the store: the Unix second of the beginning in ten digits,
	// then 64 random hexadecimal digits. So the uploads of a key sort by age.
	ID string
	// Initiator is the APPID that began it; empty for an anonymous caller.
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

// uploads are the unfinished uploads of a store.
type uploads struct{ *core }

// CreateUpload begins an upload and returns it with its ID. It holds no bytes
// until parts come, and stays until it is completed or aborted.
func (s uploads) CreateUpload(bucket string, u Upload) (Upload, error) {
	if err := checkKey(u.Key); err != nil {
		return u, err
	}
	u.ID, u.Size, u.Segments = newUploadID(u.Modified), 0, nil
	if err := s.enter(); err != nil {
		return u, err
	}
	defer s.leave()
	if s.full() {
		return u, s.asFull(ErrFull)
	}
	sp := s.stripe(bucket, u.Key)
	sp.Lock()
	defer sp.Unlock()
	if _, err := s.bucket(bucket); err != nil {
		return u, err
	}
	err := s.ix.Apply(index.Op{Kind: index.Put, Key: keys.Upload(nil, bucket, u.Key, u.ID), Value: appendUpload(nil, &u)})
	return u, asFull(err)
}

// newUploadID makes an ID that no other upload of any bucket has.
func newUploadID(begun time.Time) string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // it never fails
	return fmt.Sprintf("%010d%s", begun.Unix(), hex.EncodeToString(random[:]))
}

// Upload returns an unfinished upload of a key, or ErrNoUpload.
func (s uploads) Upload(bucket, key, id string) (Upload, error) {
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
func (s uploads) findUpload(m *scratch, bucket, key, id string) error {
	if _, err := s.bucket(bucket); err != nil {
		return err
	}
	var found bool
	var err error
	m.key = keys.Upload(m.key[:0], bucket, key, id)
	m.val, found, err = s.ix.Get(m.val[:0], m.key)
	if err == nil && !found {
		err = fmt.Errorf("%w: %q of %q in %s", ErrNoUpload, id, key, bucket)
	}
	return err
}

// CommitPart makes the body part p.Number of an upload. It replaces a part of
// that number. The store sets Size and Segments of p. After an error the store is
// as after a failed Commit.
func (st *Staged) CommitPart(bucket, key, id string, p Part) error {
	if st.done {
		return errFinished
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
	replaced, err := uploads(st.s).replacePart(st.m, bucket, key, id, p)
	if err != nil {
		return err
	}
	st.s.removeFiles(replaced)
	return nil
}

// replacePart writes the row of p; m.data holds the bytes of its inline segment.
// It returns the segments that no row names any more.
func (s uploads) replacePart(m *scratch, bucket, key, id string, p *Part) ([]Segment, error) {
	sp := s.stripe(bucket, key)
	sp.Lock()
	defer sp.Unlock()
	if err := s.findUpload(m, bucket, key, id); err != nil {
		return nil, err
	}
	m.key = keys.Part(m.key[:0], id, p.Number)
	m.rec = appendPart(m.rec[:0], p)
	old, _, err := s.segmentsAt(m)
	if err != nil {
		return nil, err
	}
	batch := append(m.ops[:0], index.Op{Kind: index.Put, Key: m.key, Value: m.rec})
	return old, s.ix.Apply(appendDataRemoval(appendData(batch, p.Segments, m.data), old)...)
}

// AbortUpload ends an upload and removes its parts.
func (s uploads) AbortUpload(bucket, key, id string) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	segs, err := s.abortRows(&completion{bucket: bucket, key: key, id: id})
	if err != nil {
		return s.failed(err)
	}
	s.removeFiles(segs)
	return nil
}

func (s uploads) abortRows(u *completion) ([]Segment, error) {
	sp := s.stripe(u.bucket, u.key)
	sp.Lock()
	defer sp.Unlock()
	batch, segs, err := s.endUpload(nil, u)
	if err != nil {
		return nil, err
	}
	return segs, s.ix.Apply(batch...)
}

// completion is an upload that ends. Its parts become an object; without parts it
// is aborted.
type completion struct {
	bucket, key, id string
	parts           []Part // by number, rising
}

// CompleteUpload makes an object of the given parts and ends the upload, in one
// step and without copying a byte. The parts are as Parts returned them, in rising
// order of their numbers; parts that are not given are removed. The store sets
// Key, Size, Segments, UploadID and VersionID of o. CompleteUpload returns the
// object as it is stored. ErrNoPart says that a part was replaced since it was
// read.
//
// After an error the upload and the earlier object are unchanged; only ErrUnknown
// leaves that open. A second call after a success returns ErrNoUpload. The UploadID
// of the object then tells that the upload was completed before.
func (s uploads) CompleteUpload(bucket, key, id string, parts []Part, o Object, c CommitOptions) (Object, error) {
	o.Key, o.UploadID, o.Size = key, id, 0
	o.Segments = make([]Segment, 0, len(parts))
	last := 0
	for _, p := range parts {
		if p.Number <= last {
			return Object{}, fmt.Errorf("%w: part %d after part %d", ErrNoPart, p.Number, last)
		}
		last = p.Number
		o.Size += p.Size
		o.Segments = append(o.Segments, p.Segments...)
	}
	if err := s.enter(); err != nil {
		return Object{}, err
	}
	defer s.leave()
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	dropped, err := objects(s).replace(m, bucket, &o, c, &completion{bucket, key, id, parts})
	if err != nil {
		return Object{}, s.failed(err)
	}
	s.removeFiles(dropped)
	return o, nil
}

// endUpload adds the removal of an upload to a batch. It returns the segments of
// the parts that do not become a part of the object. The caller has locked the key.
func (s uploads) endUpload(batch []index.Op, u *completion) ([]index.Op, []Segment, error) {
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	if err := s.findUpload(m, u.bucket, u.key, u.id); err != nil {
		return nil, nil, err
	}
	left := u.parts
	var unused []Segment
	err := s.eachPart(u.id, 0, func(number int, rec []byte) (bool, error) {
		segs, err := recordSegments(nil, rec)
		switch {
		case err != nil || len(left) == 0 || number != left[0].Number:
			unused = append(unused, segs...)
			return true, err
		case !slices.Equal(segs, left[0].Segments):
			return false, fmt.Errorf("%w: part %d was replaced", ErrNoPart, number)
		}
		left = left[1:]
		return true, nil
	})
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%w: part %d", ErrNoPart, left[0].Number)
	}
	if err != nil {
		return nil, nil, err
	}
	prefix := keys.Parts(nil, u.id)
	batch = append(
		batch,
		index.Op{Kind: index.Delete, Key: keys.Upload(nil, u.bucket, u.key, u.id)},
		index.Op{Kind: index.DeleteRange, Key: prefix, Value: keys.After(slices.Clone(prefix))},
	)
	return appendDataRemoval(batch, unused), unused, nil
}
