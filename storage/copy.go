package storage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/cosemu/cosemu/storage/internal/crc64"
)

// rangeWriter is an open file that can hand its bytes out without a copy.
type rangeWriter interface {
	WriteRangeTo(w io.Writer, off, n int64) (int64, error)
}

// CopyN writes the next n bytes to w, like io.CopyN but without a buffer: the
// kernel sends a file to a network connection, and memory is written from where
// it lies. It returns io.EOF if the object ends before n bytes. Like Read it is
// for one goroutine. ReadAt may wait for it.
func (r *Reader) CopyN(w io.Writer, n int64) (int64, error) {
	if n == r.Size {
		r.Verify()
	}
	if r.check.on && r.check.pos == r.pos {
		return r.copyVerified(w, n)
	}
	var total int64
	for total < n {
		m, err := r.copyPiece(w, n-total)
		total += m
		r.pos += m
		if err != nil {
			return total, r.damage(err)
		}
	}
	return total, nil
}

// copyPiece copies at most n bytes, all from one segment.
func (r *Reader) copyPiece(w io.Writer, n int64) (int64, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for !r.closed && r.pos < r.Size && !r.holds(r.pos) {
		r.mu.RUnlock()
		err := r.seekSegment(r.pos)
		r.mu.RLock()
		if err != nil {
			return 0, err
		}
	}
	switch {
	case r.closed:
		return 0, os.ErrClosed
	case r.pos >= r.Size:
		return 0, io.EOF
	}
	n = min(n, r.start+r.Segments[r.open].Size-r.pos)
	m, err := copyRange(w, r.piece, r.pos-r.start, n)
	if err == nil && m < n {
		err = io.ErrUnexpectedEOF // shorter than the index says
	}
	return m, err
}

// copyRange writes n bytes of p from off on to w in the shortest way there is.
func copyRange(w io.Writer, p piece, off, n int64) (int64, error) {
	switch p := p.(type) {
	case rangeWriter:
		return p.WriteRangeTo(w, off, n)
	case *os.File:
		// Only this code uses the file's own offset: all other reads name one.
		if _, err := p.Seek(off, io.SeekStart); err != nil {
			return 0, err
		}
		return io.Copy(w, io.LimitReader(p, n))
	}
	return io.Copy(w, io.NewSectionReader(p, off, n))
}

const (
	// verifyWindow is how many bytes are summed up while they are sent.
	verifyWindow = 256 << 10
	// verifyBuffer is up to how many bytes are read once and then both summed and sent.
	verifyBuffer = 64 << 10
)

// verifier compares the bytes that a reader returns with the CRC-64 of the object.
type verifier struct {
	on  bool
	pos int64  // up to where sum goes
	sum uint64 // CRC-64 of the bytes before pos
}

// Verify makes CopyN check the whole body against its CRC-64. The reader must be at
// the beginning. CopyN writes the last bytes only if the sum is right; otherwise it
// returns ErrBody. Bodies in memory are not checked.
func (r *Reader) Verify() {
	r.check.on = r.s.files.OnDisk() && r.pos == 0 && r.CRC64 != 0
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

// leftOfSegment is how many bytes the current segment has behind the position.
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

// copyWindow copies n bytes of one segment. It sums them up at the same time; the
// last ones of the body, and short pieces, it sums up before it writes them.
func (r *Reader) copyWindow(w io.Writer, n int64) (int64, error) {
	buf, ok := r.s.buffers.Get().(*[verifyBuffer]byte)
	if !ok {
		buf = new([verifyBuffer]byte)
	}
	defer r.s.buffers.Put(buf)
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

// damage notes that the body is damaged, if err says so, and returns err.
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
	if r.s.files.OnDisk() {
		damage(r.s).noteDamage(Problem{What: what, Bucket: r.bucket, Key: r.Key, VersionID: r.VersionID}, r.Segments)
	}
	return err
}
