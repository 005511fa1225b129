package storage

import (
	"io"
	"os"
)

// rangeWriter is an open file that can hand its bytes out without a copy.
type rangeWriter interface {
	WriteRangeTo(w io.Writer, off, n int64) (int64, error)
}

// CopyN writes the next n bytes to w and moves behind them. It is io.CopyN
// without a buffer between: a file goes to a network connection inside the
// kernel, memory goes out as it lies. It returns io.EOF if the object ends
// before n bytes. Like Read it is for one goroutine, and ReadAt may wait for it.
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

// copyPiece copies at most n bytes, and none of another segment than the one
// at hand.
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
		// Its own offset is used by nobody else: all other reading names one.
		if _, err := p.Seek(off, io.SeekStart); err != nil {
			return 0, err
		}
		return io.Copy(w, io.LimitReader(p, n))
	}
	return io.Copy(w, io.NewSectionReader(p, off, n))
}
