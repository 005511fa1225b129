package memfs

import (
	"io"
	"sort"
	"sync"
	"syscall"
)

// Chunk sizes in bytes. A file grows by a chunk as large as the file, within these
// bounds. So small files waste little, and large ones have few chunks.
const (
	minChunk = 4 << 10
	maxChunk = 1 << 20
)

// data is the content of a file: chunks that never move.
type data struct {
	mu     sync.RWMutex
	chunks []chunk
	one    [1]chunk // holds the first chunk, which most files do not exceed
	size   int64
	room   int64 // bytes that the chunks can hold, ≥ size
	hint   int64 // expected final size, 0 if unknown
	paid   int64 // bytes taken from the budget, ≥ room where there is one
	fs     *FS   // whose budget and pool it uses
}

// chunk is a stretch of a file that begins at off.
type chunk struct {
	off int64
	buf []byte // its whole length is in use or ready for use
}

// init makes d an empty file.
func (d *data) init(f *FS) {
	d.fs = f
	d.chunks = d.one[:0]
}

// find returns the number of the chunk that holds offset off < room.
func (d *data) find(off int64) int {
	return sort.Search(len(d.chunks), func(i int) bool { return d.chunks[i].off > off }) - 1
}

// readAt copies from off on; io.EOF if the file ends before p is full.
func (d *data) readAt(p []byte, off int64) (int, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if off >= d.size {
		if len(p) == 0 {
			return 0, nil
		}
		return 0, io.EOF
	}
	total, end := 0, min(int64(len(p)), d.size-off)
	for i := d.find(off); int64(total) < end; i++ {
		c := d.chunks[i]
		total += copy(p[total:end], c.buf[off+int64(total)-c.off:])
	}
	if total < len(p) {
		return total, io.EOF
	}
	return total, nil
}

// stretch returns bytes of one chunk from off on, at most n.
func (d *data) stretch(off, n int64) []byte {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if off >= d.size {
		return nil
	}
	c := d.chunks[d.find(off)]
	p := c.buf[off-c.off:]
	return p[:min(int64(len(p)), n, d.size-off)]
}

// writeAt copies p to offset off. A gap after the old end reads as zeros.
func (d *data) writeAt(p []byte, off int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.write(p, off)
}

// append copies p to the end and returns where that was.
func (d *data) append(p []byte) (off int64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	off = d.size
	_, err = d.write(p, off)
	return off, err
}

// write copies all of p, or nothing if there is no memory for it.
func (d *data) write(p []byte, off int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	end := off + int64(len(p))
	if err := d.grow(end); err != nil {
		return 0, err
	}
	if off > d.size {
		d.zero(d.size, off)
	}
	n := 0
	for i := d.find(off); n < len(p); i++ {
		c := d.chunks[i]
		n += copy(c.buf[off+int64(n)-c.off:], p[n:])
	}
	d.size = max(d.size, end)
	return n, nil
}

// grow makes room for size bytes.
func (d *data) grow(size int64) error {
	for d.room < size {
		n := d.nextChunk(size - d.room)
		if !d.pay(d.room + n) {
			return syscall.ENOSPC
		}
		d.chunks = append(d.chunks, chunk{off: d.room, buf: d.newChunk(n)})
		d.room += n
	}
	return nil
}

// nextChunk is the size of the next chunk of a file that needs at least need
// bytes more.
func (d *data) nextChunk(need int64) int64 {
	n := max(need, d.hint-d.room)
	if d.hint <= d.room && d.room > 0 {
		n = max(need, d.room, minChunk)
	}
	return min(n, maxChunk)
}

// newChunk makes a chunk. It may hold the bytes of another file.
func (d *data) newChunk(n int64) []byte {
	if n == maxChunk {
		if b, ok := d.fs.pool.Get().(*[maxChunk]byte); ok {
			return b[:]
		}
	}
	return make([]byte, n)
}

// pay takes from the budget what is missing for room bytes.
func (d *data) pay(room int64) bool {
	missing := room - d.paid
	if missing <= 0 {
		return true
	}
	if !d.fs.budget.Take(missing) {
		return false
	}
	d.paid = room
	return true
}

// settle returns to the budget what was taken from it and is not used.
func (d *data) settle() {
	d.fs.budget.Add(d.room - d.paid)
	d.paid = d.room
}

// prepay adds n bytes that the caller took from the budget for this file.
func (d *data) prepay(n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paid += n
}

// finish is called when a writer is done.
func (d *data) finish() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
}

// zero clears the bytes from ≤ offset < to.
func (d *data) zero(from, to int64) {
	for i := d.find(from); from < to; i++ {
		c := d.chunks[i]
		part := c.buf[from-c.off:]
		part = part[:min(int64(len(part)), to-from)]
		clear(part)
		from += int64(len(part))
	}
}

// truncate sets the size; what is added reads as zeros.
func (d *data) truncate(size int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if size > d.size {
		if err := d.grow(size); err != nil {
			return err
		}
		d.zero(d.size, size)
	}
	d.size = size
	d.hint = 0
	keep := len(d.chunks)
	for keep > 0 && d.chunks[keep-1].off >= size {
		keep--
	}
	d.free(keep)
	return nil
}

// reserve notes the size that the file will have.
func (d *data) reserve(size int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hint = size
}

// release gives all memory back; nobody may use the file afterwards.
func (d *data) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.size = 0
	d.free(0)
}

// free drops all chunks from number keep on. The largest are reused for other
// files, so that the kernel does not have to clear new pages.
func (d *data) free(keep int) {
	for i := keep; i < len(d.chunks); i++ {
		c := &d.chunks[i]
		if len(c.buf) == maxChunk {
			d.fs.pool.Put((*[maxChunk]byte)(c.buf))
		}
		d.room -= int64(len(c.buf))
		c.buf = nil
	}
	d.chunks = d.chunks[:keep]
	d.settle()
}

func (d *data) length() int64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.size
}
