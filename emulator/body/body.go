// Package body reads the body of an upload under the cloud's law: how long it
// may be, what its digests are, and whether all of it came.
package body

import (
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"net/http"
	"sync"

	"github.com/cosemu/cosemu/emulator/coserr"
)

// Spec is what a request says about its body before a byte of it is read.
type Spec struct {
	Length int64  // in bytes; -1 when it is sent chunked
	MD5    []byte // the 16 bytes of Content-MD5; nil when it was not sent
	Limit  int64  // the most that may come, in bytes
}

// Digest is what a body turned out to be.
type Digest struct {
	Size  int64
	MD5   [md5.Size]byte
	CRC64 uint64 // CRC-64/XZ, as x-cos-hash-crc64ecma has it
}

// WriteError wraps what the destination of Copy failed with: a fault of this
// server, and not of the client.
type WriteError struct{ Err error }

func (e *WriteError) Error() string { return "storing the body: " + e.Err.Error() }

// Unwrap returns the destination's own error.
func (e *WriteError) Unwrap() error { return e.Err }

// Check reads what the headers say of the body and judges it: neither a
// length nor chunks is MissingContentLength, more than limit bytes is
// EntityTooLarge, a Content-MD5 that is no base64 of 16 bytes is InvalidDigest
// (COS docs: PUT Object, 公共请求头部, 错误码).
func Check(r *http.Request, limit int64) (Spec, *coserr.Error) {
	spec := Spec{Length: r.ContentLength, Limit: limit}
	chunked := len(r.TransferEncoding) > 0
	switch {
	case chunked:
		spec.Length = -1
	case len(r.Header["Content-Length"]) == 0: // net/http then says 0
		return spec, coserr.New(coserr.MissingContentLength)
	case spec.Length > limit:
		return spec, coserr.New(coserr.EntityTooLarge)
	}
	if text := r.Header.Get("Content-MD5"); text != "" {
		sum, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(sum) != md5.Size {
			return spec, coserr.New(coserr.InvalidDigest)
		}
		spec.MD5 = sum
	}
	return spec, nil
}

// bufferSize is what is read, hashed and written at a time. Smaller costs
// system calls on a large stream, larger gains nothing.
const bufferSize = 256 << 10

// Reader copies bodies. It keeps the buffers between one body and the next.
// The zero value is ready; it is safe for concurrent use.
type Reader struct{ buffers sync.Pool }

func (p *Reader) get() *[bufferSize]byte {
	if b, ok := p.buffers.Get().(*[bufferSize]byte); ok {
		return b
	}
	return new([bufferSize]byte)
}

// Copy moves the body from src to dst and returns its digest, as far as it
// came. The error is a *coserr.Error where the client is at fault
// (IncompleteBody, EntityTooLarge, BadDigest), or a *WriteError.
func (p *Reader) Copy(dst io.Writer, src io.Reader, spec Spec) (Digest, error) {
	t := &transfer{dst: dst, src: src, spec: spec}
	var err error
	if spec.Length >= 0 && spec.Length <= bufferSize {
		err = t.small(p)
	} else {
		err = t.large(p)
	}
	if err != nil {
		return t.digest, err
	}
	if spec.Length >= 0 && t.digest.Size < spec.Length {
		return t.digest, coserr.New(coserr.IncompleteBody)
	}
	if spec.MD5 != nil && [md5.Size]byte(spec.MD5) != t.digest.MD5 {
		return t.digest, coserr.New(coserr.BadDigest)
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

// small takes a body that fits into one buffer; a second goroutine would cost
// more than it saves.
func (t *transfer) small(p *Reader) error {
	buf := p.get()
	defer p.buffers.Put(buf)
	n, err := t.fill(buf[:])
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	t.digest.MD5 = md5.Sum(buf[:n])
	return t.store(buf[:n])
}

// fill reads until the buffer is full or the body ends.
func (t *transfer) fill(buf []byte) (int, error) {
	n, err := io.ReadFull(t.src, buf)
	switch {
	case err == nil:
		if t.spec.Length >= 0 && t.digest.Size+int64(n) == t.spec.Length {
			err = io.EOF
		}
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		// ReadFull says "unexpected" both for a body that ends inside the
		// buffer and for one that net/http found cut; the second again says so.
		if _, again := t.src.Read(buf[n:]); again != nil && !errors.Is(again, io.EOF) {
			return n, incomplete(again)
		}
		err = io.EOF
	default:
		return n, incomplete(err)
	}
	if t.digest.Size+int64(n) > t.spec.Limit {
		return n, coserr.New(coserr.EntityTooLarge)
	}
	return n, err
}

func incomplete(cause error) error {
	return coserr.New(coserr.IncompleteBody).WithCause(fmt.Errorf("reading the body: %w", cause))
}

// store counts, sums and writes a piece. The digest's MD5 is not its business.
func (t *transfer) store(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	t.digest.CRC64 = crc64.Update(t.digest.CRC64, table(), b)
	t.digest.Size += int64(len(b))
	if _, err := t.dst.Write(b); err != nil {
		return &WriteError{err}
	}
	return nil
}

// table is CRC-64/XZ's; crc64.MakeTable returns the package's own.
func table() *crc64.Table { return crc64.MakeTable(crc64.ECMA) }
