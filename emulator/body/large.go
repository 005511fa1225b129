package body

import (
	"crypto/md5"
	"errors"
	"io"
	"sync/atomic"
)

// ahead is how many buffers one stream uses: one is being read or written, one
// hashed, two wait between them.
const ahead = 4

// piece is a full buffer, shared by the writer and the hasher. Whoever is done
// with it last gives it back.
type piece struct {
	buf  *[bufferSize]byte
	n    int
	uses atomic.Int32
	free chan<- *piece
}

func (p *piece) done() {
	if p.uses.Add(-1) == 0 {
		p.free <- p
	}
}

// large streams a body of any length. MD5 is the slowest part by far, so it
// runs beside everything else in a goroutine of its own, which has ended when
// large returns.
func (t *transfer) large(p *Reader) error {
	free := make(chan *piece, ahead)
	for range ahead {
		free <- &piece{free: free}
	}
	full := make(chan *piece, ahead)
	sum := make(chan [md5.Size]byte, 1)
	go hash(full, sum)
	err := t.stream(p, free, full)
	close(full)
	t.digest.MD5 = <-sum
	for range ahead {
		if pc := <-free; pc.buf != nil {
			p.buffers.Put(pc.buf)
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

func (t *transfer) stream(p *Reader, free, full chan *piece) error {
	for {
		pc := <-free
		if pc.buf == nil {
			pc.buf = p.get()
		}
		n, err := t.fill(pc.buf[:])
		if err != nil && !errors.Is(err, io.EOF) {
			free <- pc
			return err
		}
		pc.n = n
		pc.uses.Store(2)
		full <- pc
		failed := t.store(pc.buf[:n])
		pc.done()
		if failed != nil || err != nil {
			return failed
		}
	}
}
