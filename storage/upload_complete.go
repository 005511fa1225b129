package storage

import (
	"fmt"
	"slices"
)

// joining is an upload that ends, with the parts that outlive it.
type joining struct {
	bucket, key, id string
	parts           []Part // by number, rising
}

// CompleteUpload makes o of the given parts, as Parts returned them, in rising
// order of their numbers, and ends the upload; all in one step, and without
// moving a byte. Parts that were not given are removed. Key, Size, Segments and
// UploadID of o are set by the store, as is VersionID; it returns the object as it
// is stored. ErrNoPart says that a part was replaced
// since it was read.
//
// When it returns an error the upload is there still, and whatever object was
// there before; only ErrUnknown leaves open whether they are. Called again
// after a success it says ErrNoUpload; whether that is the reason shows in the
// UploadID of the object.
func (s *Store) CompleteUpload(bucket, key, id string, parts []Part, o Object, c CommitOptions) (Object, error) {
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
	dropped, err := s.replace(m, bucket, &o, c, &joining{bucket, key, id, parts})
	if err != nil {
		return Object{}, s.failure(err)
	}
	s.retire(dropped)
	return o, nil
}

// endUpload adds to a batch all that takes an upload out of the index, and
// returns the segments of the parts that do not outlive it. The caller keeps
// the key from changing.
func (s *Store) endUpload(batch []Op, u *joining) ([]Op, []Segment, error) {
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	if err := s.findUpload(m, u.bucket, u.key, u.id); err != nil {
		return nil, nil, err
	}
	left := u.parts
	var unused []Segment
	err := s.eachPart(u.id, 0, func(number int, rec []byte) (bool, error) {
		segs, err := recordSegments(rec)
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
	prefix := partPrefix(nil, u.id)
	batch = append(
		batch,
		Op{Kind: OpDelete, Key: uploadKey(nil, u.bucket, u.key, u.id)},
		Op{Kind: OpDeleteRange, Key: prefix, Value: successor(slices.Clone(prefix))},
	)
	return appendDropped(batch, unused), unused, nil
}
