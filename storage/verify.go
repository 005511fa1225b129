package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/cosemu/cosemu/storage/internal/crc64"
)

// ErrBody says that the body of an object is not what was stored. What was handed
// out of it ends before its end.
var ErrBody = errors.New("storage: the body is not what was stored")

const (
	// verifyWindow is how many bytes are summed up while they are sent.
	verifyWindow = 256 << 10
	// verifyBuffer is up to how many bytes are read once, for both.
	verifyBuffer = 64 << 10
)

// verifier holds what a reader hands out against the CRC-64 of the object.
type verifier struct {
	on  bool
	pos int64  // up to where sum goes
	sum uint64 // CRC-64 of the bytes before pos
}

// Verify has CopyN hold the whole body, from here to its end, against its CRC-64.
// The reader must be at the beginning. The last bytes leave only when all fits;
// otherwise CopyN returns ErrBody. Bodies in memory are not held against anything.
func (r *Reader) Verify() {
	r.check.on = r.store != nil && r.store.blobs.root != "" && r.pos == 0 && r.CRC64 != 0
}

// copyVerified copies at most n bytes, a window at a time.
func (r *Reader) copyVerified(w io.Writer, n int64) (int64, error) {
	var total int64
	for total < n {
		m := min(n-total, verifyWindow, r.Size-r.pos, r.leftOfSegment())
		if m <= 0 {
			_, err := r.copyPiece(w, 0) // closed, or at the end
			return total, err
		}
		sent, err := r.copyWindow(w, m)
		total += sent
		r.pos += sent
		if err != nil {
			return total, r.damage(err)
		}
	}
	return total, nil
}

// leftOfSegment is how many bytes of the segment at hand are still to be read.
func (r *Reader) leftOfSegment() int64 {
	off := r.pos
	for _, s := range r.Segments {
		if off < s.Size {
			return s.Size - off
		}
		off -= s.Size
	}
	return 0
}

// copyWindow copies n bytes of one segment, and sums them up meanwhile; the last
// ones of the body, and few ones, before.
func (r *Reader) copyWindow(w io.Writer, n int64) (int64, error) {
	buf, ok := r.store.buffers.Get().(*[verifyBuffer]byte)
	if !ok {
		buf = new([verifyBuffer]byte)
	}
	defer r.store.buffers.Put(buf)
	last := r.pos+n == r.Size
	if !last && n > verifyBuffer {
		var summed error
		var wg sync.WaitGroup
		wg.Go(func() { summed = r.sumUp(buf[:], n) })
		sent, err := r.copyPiece(w, n)
		wg.Wait()
		return sent, errors.Join(err, summed)
	}
	if err := r.sumUp(buf[:], n); err != nil {
		return 0, err
	}
	if last && r.check.sum != r.CRC64 {
		return 0, fmt.Errorf("%w: %s", ErrBody, mismatchText(r.CRC64, r.check.sum))
	}
	if n <= verifyBuffer { // all of it is in the buffer
		sent, err := w.Write(buf[:n])
		return int64(sent), err
	}
	return r.copyPiece(w, n)
}

// sumUp adds the next n bytes to the sum.
func (r *Reader) sumUp(buf []byte, n int64) error {
	for n > 0 {
		m, err := r.ReadAt(buf[:min(n, int64(len(buf)))], r.check.pos)
		r.check.sum = crc64.Update(r.check.sum, buf[:m])
		r.check.pos += int64(m)
		n -= int64(m)
		if err != nil && (n > 0 || !errors.Is(err, io.EOF)) {
			return err
		}
	}
	return nil
}

// damage notes what is wrong with the body, if it is the body that is wrong.
func (r *Reader) damage(err error) error {
	var what string
	switch {
	case errors.Is(err, ErrBody):
		what = mismatchText(r.CRC64, r.check.sum)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, fs.ErrNotExist):
		what = "bytes of its body are missing"
	default:
		return err
	}
	if r.store != nil && r.store.blobs.root != "" {
		r.store.noteDamage(Problem{What: what, Bucket: r.bucket, Key: r.Key, VersionID: r.VersionID}, r.Segments)
	}
	return err
}

// damageRow is a Problem in the index, so that the next start knows it.
type damageRow struct {
	Problem
	Segments []Segment // of the object; another one of that name is none of it
}

func damagePrefix() []byte { return metaKey("damage\x00") }

// noteDamage takes a damaged object in, until it is replaced or deleted.
func (s *Store) noteDamage(p Problem, segs []Segment) {
	if s.probe() != nil {
		return // it is the folder that is wrong
	}
	if !s.problems.note(p, segs) || s.enter() != nil {
		return
	}
	defer s.leave()
	value, err := json.Marshal(damageRow{p, segs})
	if err == nil {
		key := fmt.Appendf(damagePrefix(), "%s\x00%s\x00%s", p.Bucket, p.Key, p.VersionID)
		err = s.ix.Apply(Op{Kind: OpPut, Key: key, Value: value})
	}
	if err != nil {
		s.log.Warn("storage: the next start will not know of a damaged object", "err", err)
	}
}

// recallDamage takes in what earlier runs have noted, and forgets what was
// replaced or deleted since.
func (s *Store) recallDamage() error {
	prefix := damagePrefix()
	cur, err := s.ix.Scan(prefix, successor(append([]byte(nil), prefix...)))
	if err != nil {
		return err
	}
	var gone []Op
	for ok := cur.Seek(prefix); ok; ok = cur.Next() {
		value, err := cur.Value()
		if err != nil {
			return errors.Join(err, cur.Close())
		}
		var row damageRow
		if json.Unmarshal(value, &row) != nil || !s.sameBody(&row.Problem, row.Segments) {
			gone = append(gone, Op{Kind: OpDelete, Key: append([]byte(nil), cur.Key()...)})
			continue
		}
		s.problems.keep(row.Problem, row.Segments)
	}
	if err := cur.Close(); err != nil {
		return err
	}
	if n := len(s.problems.list); n > 0 {
		p := s.problems.list[0]
		s.log.Warn("storage: objects are damaged; cosemu check names them, and cosemu rescue takes them out of the way",
			"count", n, "bucket", p.Bucket, "key", p.Key)
	}
	if len(gone) == 0 {
		return nil
	}
	return s.ix.Apply(gone...)
}

// sameBody reports whether a version still has that body.
func (s *Store) sameBody(p *Problem, segs []Segment) bool {
	o, err := s.StatVersion(p.Bucket, p.Key, p.VersionID)
	return err == nil && len(o.Segments) > 0 && len(segs) > 0 && o.Segments[0] == segs[0]
}
