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

// bufferSize is the size of a read, in bytes. Smaller reads slow down large bodies; larger ones
// gain nothing.
const bufferSize = 256 << 10

type buffer [bufferSize]byte

// Reader copies bodies and reuses its buffers. The zero value is ready to use. It is safe for
// concurrent use and must not be copied.
type Reader struct {
	buffers sync.Pool
	ahead   atomic.Int32 // the number of bodies that use a goroutine for hashing
}

func (p *Reader) get() *buffer {
	if b, ok := p.buffers.Get().(*buffer); ok {
		return b
	}
	return new(buffer)
}

func (p *Reader) put(b *buffer) { p.buffers.Put(b) }

// Copy copies a body from src to dst and returns its digest. It reads at most the known length.
//
// An error is a *WriteError where dst fails. Else it is a *coserr.Error: the own one of src, or
// IncompleteBody where src ends early or fails, EntityTooLarge beyond the limit, BadDigest where
// the body does not match Content-MD5.
//
// After an error, what dst got must not be stored, and the digest has only the size of that.
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

// transfer is the copying of one body.
type transfer struct {
	dst    io.Writer
	src    io.Reader
	spec   Spec
	digest Digest
}

// run copies a body that fits into one buffer without a second goroutine, which would cost more
// than it saves.
func (t *transfer) run(p *Reader) error {
	buf := p.get()
	n, last, err := t.fill(buf[:])
	switch {
	case err != nil:
	case !last:
		return t.large(p, buf, n) // large releases the buffer
	default:
		t.digest.MD5 = md5.Sum(buf[:n])
		err = t.store(buf[:n])
	}
	p.put(buf)
	return err
}

// fill reads until the buffer is full or the body ends. last reports whether the body ended.
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

// sourceError returns the COS error for an error of the source, which may already be one.
func sourceError(err error) error {
	var judged *coserr.Error
	if errors.As(err, &judged) {
		return judged
	}
	return coserr.New(coserr.IncompleteBody).WithCause(fmt.Errorf("reading the body: %w", err))
}

// maxEmptyReads is how many reads in a row may return no bytes.
const maxEmptyReads = 100

// readFull is like io.ReadFull. It also tells the end of src, which is no error, from a failure,
// which net/http reports as io.ErrUnexpectedEOF. It does not look for the end after a full buffer.
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

// store writes a piece and updates size and CRC, but not MD5.
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
