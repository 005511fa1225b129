package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/google/uuid"

	"github.com/cosemu/cosemu/storage/internal/keys"
)

// Reader reads one version of an object. Read and Seek are for one goroutine;
// ReadAt may be called by many at once, beside them.
type Reader struct {
	Object // the version that is read

	s      objects
	bucket string
	check  verifier
	inline map[uuid.UUID][]byte // the bytes of all inline segments
	pos    int64

	mu     sync.RWMutex // guards what follows
	piece  piece        // the open segment, or nil
	open   int          // its number
	start  int64        // its offset in the body
	closed bool
}

// piece is the open body of a segment.
type piece interface {
	io.ReaderAt
	io.Closer
}

// memory is the piece of an inline segment.
type memory struct{ *bytes.Reader }

// Close implements io.Closer.
func (memory) Close() error { return nil }

// Open opens an object for reading. The reader sees this version, whole, even
// if the object is replaced or deleted meanwhile. It must be closed.
func (s objects) Open(bucket, key string) (*Reader, error) {
	return s.OpenVersion(bucket, key, "")
}

// OpenVersion is Open for one version of an object, as StatVersion knows it;
// of a delete marker it returns ErrDeleteMarker and a *MarkerError.
func (s objects) OpenVersion(bucket, key, version string) (*Reader, error) {
	r, err := s.reader(bucket, key, version)
	if err != nil || len(r.Segments) == 0 {
		return r, err
	}
	if err := r.use(0, 0); err != nil {
		r.s.unhold(r.Segments)
		return nil, fmt.Errorf("storage: open the body of %q in %s: %w", key, bucket, r.damage(err))
	}
	return r, nil
}

// reader returns a reader that has nothing open yet.
func (s objects) reader(bucket, key, version string) (*Reader, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	return s.held(m, bucket, key, version)
}

// errMissingData says that inline bytes are not there: the row that names them was
// replaced between the two look-ups, or the index is damaged.
var errMissingData = errors.New("storage: the index lacks bytes that it names")

// held looks an object up and holds its files. It does not lock the key: if a
// change came between the two, it looks again.
func (s objects) held(m *scratch, bucket, key, version string) (*Reader, error) {
	sp := s.stripe(bucket, key)
	for range 4 {
		before := sp.changes.Load()
		r, err := s.holdOnce(m, bucket, key, version)
		if sp.changes.Load() == before && !errors.Is(err, errMissingData) {
			return r, err
		}
		if err == nil {
			r.s.unhold(r.Segments)
		}
	}
	sp.Lock()
	defer sp.Unlock()
	return s.holdOnce(m, bucket, key, version)
}

// holdOnce looks an object up, holds its files and reads its inline segments. If
// it fails it holds nothing.
func (s objects) holdOnce(m *scratch, bucket, key, version string) (*Reader, error) {
	o, err := s.lookup(m, bucket, key, version)
	if err != nil {
		return nil, err
	}
	if o.DeleteMarker {
		return nil, fmt.Errorf("%w: %q in %s: %w", ErrDeleteMarker, key, bucket, markerError(&o))
	}
	r := &Reader{Object: o, s: s, bucket: bucket}
	for _, seg := range o.Segments {
		if !seg.Inline {
			continue
		}
		m.key = keys.Data(m.key[:0], seg.Blob)
		data, found, err := s.ix.Get(make([]byte, 0, seg.Size), m.key)
		if err == nil && (!found || int64(len(data)) != seg.Size) {
			err = fmt.Errorf("%w: %q in %s: %d of %d bytes", errMissingData, key, bucket, len(data), seg.Size)
		}
		if err != nil {
			return nil, err
		}
		if r.inline == nil {
			r.inline = make(map[uuid.UUID][]byte)
		}
		r.inline[seg.Blob] = data
	}
	s.hold(o.Segments)
	return r, nil
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	n, err := r.readAt(p, r.pos)
	r.pos += int64(n)
	return n, err
}

// ReadAt implements io.ReaderAt.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("storage: read at %d", off)
	}
	total := 0
	for {
		n, err := r.readAt(p[total:], off+int64(total))
		total += n
		if err != nil || total == len(p) {
			return total, err
		}
	}
}

// readAt reads from the one segment in which off lies.
func (r *Reader) readAt(p []byte, off int64) (int, error) {
	for {
		n, err := r.tryRead(p, off)
		if !errors.Is(err, errOtherSegment) {
			return n, err
		}
		if err := r.seekSegment(off); err != nil {
			return 0, err
		}
	}
}

// errOtherSegment says that the segment needed is not the one that is open.
var errOtherSegment = errors.New("storage: other segment")

// holds reports whether off lies in the segment that is open.
func (r *Reader) holds(off int64) bool {
	return off >= r.start && off < r.start+r.Segments[r.open].Size
}

// tryRead reads from the segment that is open.
func (r *Reader) tryRead(p []byte, off int64) (int, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	switch {
	case r.closed:
		return 0, os.ErrClosed
	case len(p) == 0:
		return 0, nil
	case off >= r.Size:
		return 0, io.EOF
	case !r.holds(off):
		return 0, errOtherSegment
	}
	p = p[:min(int64(len(p)), r.start+r.Segments[r.open].Size-off)]
	n, err := r.piece.ReadAt(p, off-r.start)
	switch {
	case n == len(p):
		return n, nil
	case err == nil || errors.Is(err, io.EOF):
		return n, io.ErrUnexpectedEOF // shorter than the index says
	}
	return n, err
}

// seekSegment opens the segment in which off lies.
func (r *Reader) seekSegment(off int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return os.ErrClosed
	}
	// Search from the open one: most often the next is wanted.
	i, start := r.open, r.start
	for off < start {
		i--
		start -= r.Segments[i].Size
	}
	for off >= start+r.Segments[i].Size {
		start += r.Segments[i].Size
		i++
	}
	return r.use(i, start)
}

// use makes segment i, which begins at start, the open one.
func (r *Reader) use(i int, start int64) error {
	seg := r.Segments[i]
	var next piece
	if seg.Inline {
		next = memory{bytes.NewReader(r.inline[seg.Blob])}
	} else {
		f, err := r.s.files.Open(seg.Blob)
		if err != nil {
			return err
		}
		next = f
	}
	old := r.piece
	r.piece, r.open, r.start = next, i, start
	if old != nil {
		return old.Close()
	}
	return nil
}

// Seek implements io.Seeker.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.Size
	default:
		return r.pos, fmt.Errorf("storage: seek whence %d", whence)
	}
	if offset < 0 {
		return r.pos, fmt.Errorf("storage: seek to %d", offset)
	}
	r.pos = offset
	return offset, nil
}

// Close ends reading. Files that were replaced meanwhile are removed with
// their last reader.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return os.ErrClosed
	}
	r.closed = true
	var err error
	if r.piece != nil {
		err = r.piece.Close()
	}
	r.s.unhold(r.Segments)
	return err
}
