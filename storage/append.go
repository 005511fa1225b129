package storage

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// Append adds the body to the end of an object that was made by appending and has
// at bytes, or makes a new object if there is none and at is 0.
//
// merge gets the object as it is, nil if there is none, and returns the joined
// one: its ETag, CRC64, Modified, headers and so on. The store sets Key, Size,
// Segments and Appendable. merge runs while the key is locked and must not call
// the store.
//
// No byte is copied: the body becomes one more segment. (The store joins many
// small segments now and then, see joinSmall.)
//
// ErrNotAppendable says that the object is a normal one, or that the bucket
// keeps versions. A *PositionError says that the object does not have at bytes.
// After an error the store is as after a failed Commit.
func (st *Staged) Append(bucket, key string, at int64, merge func(old *Object) (Object, error)) (Object, error) {
	if st.done {
		return Object{}, errFinished
	}
	s := st.s
	o, err := st.append(bucket, key, at, merge)
	if err := st.end(err); err != nil {
		return Object{}, err
	}
	if err := s.joinSmall(bucket, key, o.Segments); err != nil {
		s.log.Warn("storage: the pieces of an object made by appending could not be joined", "err", err)
	}
	return o, nil
}

func (st *Staged) append(bucket, key string, at int64, merge func(old *Object) (Object, error)) (o Object, err error) {
	if err := checkKey(key); err != nil {
		return o, err
	}
	l := label{bucket: bucket, appended: true, at: at}
	if st.about != nil {
		l.object = *st.about
	}
	l.object.Key, l.object.Appendable = key, true
	if err := st.label(l); err != nil {
		return o, err
	}
	segs, err := st.ready(bucket)
	if err != nil {
		return o, err
	}
	s := st.s
	defer s.leave()
	sp := s.stripe(bucket, key)
	sp.Lock()
	defer sp.Unlock()
	b, err := s.bucket(bucket)
	if err != nil {
		return o, err
	}
	old, err := s.appendTo(st.m, &b, key, at)
	if err != nil {
		return o, err
	}
	if o, err = merge(old); err != nil {
		return o, err
	}
	o.Key, o.Size, o.Segments = key, at+st.seg.Size, segs
	o.Appendable, o.UploadID, o.VersionID, o.DeleteMarker = true, "", "", false
	if old != nil {
		o.Segments = slices.Concat(old.Segments, segs)
	}
	batch := []index.Op{{Kind: index.Put, Key: keys.Object(nil, bucket, key), Value: appendObject(nil, &o)}}
	batch = appendData(batch, segs, st.m.data)
	var dropped []Segment
	if old == nil && b.Versioning != VersioningNever {
		if batch, dropped, err = s.addVersion(st.m, &b, &o, batch); err != nil {
			return o, err
		}
	}
	o.nameNull(&b)
	if err := s.changing(bucket, key); err != nil {
		return o, err
	}
	if err := s.ix.Apply(batch...); err != nil {
		return o, err
	}
	sp.changes.Add(1)
	s.removeFiles(dropped)
	return o, nil
}

// appendTo returns the object that a body can be appended to at byte at, nil if
// the key has none.
func (s objects) appendTo(m *scratch, b *Bucket, key string, at int64) (*Object, error) {
	var found bool
	var err error
	m.key = keys.Object(m.key[:0], b.Name, key)
	if m.val, found, err = s.ix.Get(m.val[:0], m.key); err != nil {
		return nil, err
	}
	var old Object
	if found {
		if old, err = decodeObject(m.val, key, false); err != nil {
			return nil, err
		}
	}
	switch {
	case b.Versioning == VersioningEnabled, found && (!old.Appendable || old.VersionID != ""):
		return nil, fmt.Errorf("%w: %q in %s", ErrNotAppendable, key, b.Name)
	case old.Size != at:
		return nil, fmt.Errorf("%q in %s: %w", key, b.Name, &PositionError{Length: old.Size})
	case !found:
		return nil, nil
	}
	return &old, nil
}

// Each append writes the object's row, which names all segments, so their number
// must be bounded. When joinRun segments at the end are smaller than one of the
// sizes of joinBelow, they are joined. So a byte is copied about once for each of
// the two sizes, and an object of 5 GiB has at most some five thousand segments,
// which is a row of 100 KiB.
const joinRun = 128

func joinBelow() [2]int64 { return [2]int64{64 << 10, 1 << 20} }

// joinable is how many segments at the end should become one.
func joinable(segs []Segment) int {
	for _, limit := range joinBelow() {
		n := 0
		for n < len(segs) && segs[len(segs)-1-n].Size < limit {
			n++
		}
		if n >= joinRun {
			return n
		}
	}
	return 0
}

// errChanged says that the object changed meanwhile.
var errChanged = errors.New("storage: the object changed")

// joinSmall makes one segment of the small ones at the end of an object, if there
// are enough. The object can be read and written meanwhile. If it changes, the
// joining is given up, and the next append tries again.
func (s objects) joinSmall(bucket, key string, segs []Segment) error {
	n := joinable(segs)
	if n == 0 {
		return nil
	}
	r, err := s.Open(bucket, key)
	if err != nil {
		return ignoreGone(err)
	}
	defer r.Close()
	if !slices.Equal(r.Segments, segs) {
		return nil
	}
	var size int64
	for _, seg := range segs[len(segs)-n:] {
		size += seg.Size
	}
	st, err := s.Stage(size)
	if err != nil {
		return ignoreGone(err)
	}
	defer st.Abort() //nolint:errcheck // a leftover is swept at the next start
	if _, err := r.Seek(-size, 2); err != nil {
		return err
	}
	if _, err := r.CopyN(st, size); err != nil {
		return err
	}
	l := label{bucket: bucket, object: r.Object, appended: true, at: r.Size - size}
	l.object.CRC64 = 0 // that is the one of the whole object
	if err := st.label(l); err != nil {
		return err
	}
	return ignoreGone(st.end(st.replaceTail(bucket, key, segs, n)))
}

// ignoreGone drops the errors that say that there is nothing to join any more.
func ignoreGone(err error) error {
	if errors.Is(err, errChanged) || errors.Is(err, ErrNoObject) || errors.Is(err, ErrNoBucket) || errors.Is(err, ErrClosed) ||
		errors.Is(err, ErrMemory) {
		return nil
	}
	return err
}

// replaceTail makes the body the end of an object in place of its last n
// segments.
func (st *Staged) replaceTail(bucket, key string, segs []Segment, n int) error {
	joined, err := st.ready(bucket)
	if err != nil {
		return err
	}
	s := st.s
	defer s.leave()
	if err := s.replaceRows(st.m, bucket, key, segs, n, joined); err != nil {
		return err
	}
	s.removeFiles(segs[len(segs)-n:])
	return nil
}

func (s objects) replaceRows(m *scratch, bucket, key string, segs []Segment, n int, joined []Segment) error {
	sp := s.stripe(bucket, key)
	sp.Lock()
	defer sp.Unlock()
	if _, err := s.bucket(bucket); err != nil {
		return err
	}
	var found bool
	var err error
	m.key = keys.Object(m.key[:0], bucket, key)
	if m.val, found, err = s.ix.Get(m.val[:0], m.key); err != nil {
		return err
	}
	if !found {
		return errChanged
	}
	o, err := decodeObject(m.val, key, false)
	if err != nil {
		return err
	}
	if !slices.Equal(o.Segments, segs) {
		return errChanged
	}
	kept, tail := segs[:len(segs)-n], segs[len(segs)-n:]
	o.Segments = slices.Concat(kept, joined)
	m.rec = appendObject(m.rec[:0], &o)
	batch := appendData([]index.Op{{Kind: index.Put, Key: m.key, Value: m.rec}}, joined, m.data)
	if err := s.ix.Apply(appendDataRemoval(batch, tail)...); err != nil {
		return err
	}
	sp.changes.Add(1)
	return nil
}
