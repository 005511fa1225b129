package body

import (
	"crypto/md5"
	"runtime"
	"sync/atomic"
)

// ahead is how many buffers one stream uses: one is read into, summed and
// written, one hashed, and two wait between them.
const ahead = 4

// piece is a full buffer, used by the writer and the hasher at once. Whoever is
// done with it last frees it.
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

// large takes a body of any length, the first n bytes of which are in first.
// MD5 is the slowest part by far, so it runs beside everything else, unless as
// many bodies as there are processors are being hashed so already: then that
// gains nothing, and costs a client's worth of memory four times.
func (t *transfer) large(p *Reader, first *buffer, n int) error {
	defer p.ahead.Add(-1)
	if int(p.ahead.Add(1)) > runtime.GOMAXPROCS(0) {
		return t.serial(p, first, n)
	}
	return t.parallel(p, first, n)
}

// serial does one thing after the other.
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

// parallel hashes in a goroutine of its own, which has ended when parallel
// returns, however it does.
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

// stream reads, sums and writes piece by piece and sends each on to be hashed.
// The first free piece holds n bytes already.
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
