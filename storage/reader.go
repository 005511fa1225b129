package storage

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/spf13/afero"
)

// Reader reads one version of an object. Read and Seek are for one goroutine;
// ReadAt may be called by many at once, beside them.
type Reader struct {
	Object // the version that is read

	blobs *blobs
	pos   int64

	mu     sync.RWMutex // guards file, open, closed
	file   afero.File   // segment number open, or nil
	open   int
	start  int64 // offset of segment open in the body
	closed bool
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	n, err := r.readAt(p, r.pos)
	r.pos += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
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
var errOtherSegment = errors.New("other segment")

func (r *Reader) tryRead(p []byte, off int64) (int, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	switch {
	case r.closed:
		return 0, os.ErrClosed
	case off >= r.Size:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	case r.file == nil || off < r.start || off >= r.start+r.Segments[r.open].Size:
		return 0, errOtherSegment
	}
	p = p[:min(int64(len(p)), r.start+r.Segments[r.open].Size-off)]
	n, err := r.file.ReadAt(p, off-r.start)
	switch {
	case n == len(p):
		return n, nil
	case err == nil || err == io.EOF:
		// The blob is shorter than the index says.
		return n, io.ErrUnexpectedEOF
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
	i, start := 0, int64(0)
	for off >= start+r.Segments[i].Size {
		start += r.Segments[i].Size
		i++
	}
	if err := r.use(i); err != nil {
		return err
	}
	r.start = start
	return nil
}

// use makes segment i the open one.
func (r *Reader) use(i int) error {
	if r.open == i && r.file != nil {
		return nil
	}
	f, err := r.blobs.open(r.Segments[i].Blob, os.O_RDONLY)
	if err != nil {
		return err
	}
	old := r.file
	r.file, r.open = f, i
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

// Close ends reading. Blobs replaced meanwhile are removed with their last
// reader.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return os.ErrClosed
	}
	r.closed = true
	var err error
	if r.file != nil {
		err = r.file.Close()
		r.file = nil
	}
	r.unpin()
	return err
}

func (r *Reader) unpin() {
	r.blobs.remove(r.blobs.pins.drop(r.Segments...))
}
