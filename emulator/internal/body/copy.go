package body

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// bufferSize is how much is read, hashed and written at a time. Less costs
// system calls and hand-overs on a large stream, more gains nothing.
const bufferSize = 256 << 10

type buffer [bufferSize]byte

// Reader copies bodies. It keeps the buffers between one body and the next.
// The zero value is ready; it is safe for concurrent use, and not to be copied.
type Reader struct {
	buffers sync.Pool
	ahead   atomic.Int32 // bodies that are hashed in a goroutine of their own
}

func (p *Reader) get() *buffer {
	if b, ok := p.buffers.Get().(*buffer); ok {
		return b
	}
	return new(buffer)
}

func (p *Reader) put(b *buffer) { p.buffers.Put(b) }

// Copy moves a body from src to dst and returns its digest. With a known length
// it reads that many bytes and no more.
//
// The error is a *coserr.Error where the client is at fault: src's own where it
// fails with one, IncompleteBody when it ends early or fails otherwise, EntityTooLarge when it goes past the limit, BadDigest
// when it is not what Content-MD5 said; or a *WriteError when dst fails. What
// dst got by then is not to be kept. On an error the digest says how much that
// was, and nothing else.
func (p *Reader) Copy(dst io.Writer, src io.Reader, spec Spec) (Digest, error) {
	t := &transfer{dst: dst, src: src, spec: spec}
	if err := t.run(p); err != nil {
		return Digest{Size: t.digest.Size}, err
	}
	if spec.MD5 != nil && !bytes.Equal(spec.MD5, t.digest.MD5[:]) {
		return Digest{Size: t.digest.Size}, coserr.New(coserr.BadDigest)
	}
	return t.digest, nil
}

// transfer is one body on its way.
type transfer struct {
	dst    io.Writer
	src    io.Reader
	spec   Spec
	digest Digest
}

// run takes a body that fits into one buffer as it is: there a second goroutine
// costs more than it saves. Only a longer one goes the way of large.
func (t *transfer) run(p *Reader) error {
	buf := p.get()
	n, last, err := t.fill(buf[:])
	switch {
	case err != nil:
	case !last:
		return t.large(p, buf, n) // gives the buffer back
	default:
		t.digest.MD5 = md5.Sum(buf[:n])
		err = t.store(buf[:n])
	}
	p.put(buf)
	return err
}

// fill reads until the buffer is full or the body ends, and tells whether it
// does.
func (t *transfer) fill(buf []byte) (n int, last bool, err error) {
	if left := t.spec.Length - t.digest.Size; t.spec.Length >= 0 && left <= int64(len(buf)) {
		buf, last = buf[:left], true
	}
	n, ended, err := readFull(t.src, buf)
	switch {
	case err != nil:
		return n, last, sourceError(err)
	case t.digest.Size+int64(n) > t.spec.Limit:
		return n, last, coserr.New(coserr.EntityTooLarge)
	case ended && t.spec.Length >= 0:
		return n, last, coserr.New(coserr.IncompleteBody)
	}
	return n, last || ended, nil
}

// sourceError is what a body's own failure amounts to. A reader that judges what
// passes through it says so itself.
func sourceError(err error) error {
	var judged *coserr.Error
	if errors.As(err, &judged) {
		return judged
	}
	return coserr.New(coserr.IncompleteBody).WithCause(fmt.Errorf("reading the body: %w", err))
}

// maxEmptyReads is how often in a row a source may return nothing at all.
const maxEmptyReads = 100

// readFull is io.ReadFull, but tells the end of src, which is no error, from
// its failure, which net/http reports as io.ErrUnexpectedEOF. It does not look
// for the end behind a full buffer.
func readFull(src io.Reader, buf []byte) (n int, ended bool, err error) {
	empty := 0
	for n < len(buf) {
		m, err := src.Read(buf[n:])
		n += m
		switch {
		case n == len(buf):
			return n, false, nil
		case errors.Is(err, io.EOF):
			return n, true, nil
		case err != nil:
			return n, false, err
		case m > 0:
			empty = 0
		default:
			if empty++; empty == maxEmptyReads {
				return n, false, io.ErrNoProgress
			}
		}
	}
	return n, false, nil
}

// store counts, sums and writes a piece. Its MD5 is not its business.
func (t *transfer) store(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	t.digest.CRC64 = storage.CRC64(t.digest.CRC64, b)
	if _, err := t.dst.Write(b); err != nil {
		return &WriteError{err}
	}
	t.digest.Size += int64(len(b))
	return nil
}
