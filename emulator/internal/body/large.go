package body

import (
	"crypto/md5"
	"runtime"
	"sync/atomic"
)

// ahead is the number of buffers of one body: one is read and written, one is hashed, two wait in
// between.
const ahead = 4

// piece is a full buffer. Writer and hasher use it at once; the last of them releases it.
type piece struct {
	buf  *buffer
	n    int
	uses atomic.Int32
	free chan<- *piece
}

func (p *piece) done() {
	if p.uses.Add(-1) == 0 {
		p.free <- p
	}
}

// large copies a body of any length whose first n bytes are in first. MD5 is the slowest part by
// far, so it runs in parallel. It does not where all processors are busy with hashing: then
// parallel work gains nothing and needs four times the memory.
func (t *transfer) large(p *Reader, first *buffer, n int) error {
	defer p.ahead.Add(-1)
	if int(p.ahead.Add(1)) > runtime.GOMAXPROCS(0) {
		return t.serial(p, first, n)
	}
	return t.parallel(p, first, n)
}

// serial reads, writes and hashes in turn.
func (t *transfer) serial(p *Reader, buf *buffer, n int) error {
	defer p.put(buf)
	h := md5.New()
	for last := false; ; n = 0 {
		if n == 0 {
			var err error
			if n, last, err = t.fill(buf[:]); err != nil {
				return err
			}
		}
		_, _ = h.Write(buf[:n]) // a hash never fails
		if err := t.store(buf[:n]); err != nil || last {
			t.digest.MD5 = [md5.Size]byte(h.Sum(nil))
			return err
		}
	}
}

// parallel hashes in another goroutine, which has always ended when parallel returns.
func (t *transfer) parallel(p *Reader, first *buffer, n int) error {
	free := make(chan *piece, ahead)
	free <- &piece{buf: first, free: free}
	for range ahead - 1 {
		free <- &piece{free: free}
	}
	full := make(chan *piece, ahead)
	sum := make(chan [md5.Size]byte, 1)
	go hash(full, sum)
	err := t.stream(p, n, free, full)
	t.digest.MD5 = <-sum
	for range ahead {
		if pc := <-free; pc.buf != nil {
			p.put(pc.buf)
		}
	}
	return err
}

func hash(full <-chan *piece, sum chan<- [md5.Size]byte) {
	h := md5.New()
	for pc := range full {
		_, _ = h.Write(pc.buf[:pc.n])
		pc.done()
	}
	sum <- [md5.Size]byte(h.Sum(nil))
}

// stream reads and writes piece by piece, and sends each piece to the hasher. The first free piece
// already has n bytes.
func (t *transfer) stream(p *Reader, n int, free, full chan *piece) error {
	defer close(full)
	last := false
	for {
		pc := <-free
		if pc.buf == nil {
			pc.buf = p.get()
		}
		if n == 0 {
			var err error
			if n, last, err = t.fill(pc.buf[:]); err != nil {
				free <- pc
				return err
			}
		}
		pc.n, n = n, 0
		pc.uses.Store(2)
		full <- pc
		err := t.store(pc.buf[:pc.n])
		pc.done()
		if err != nil || last {
			return err
		}
	}
}
