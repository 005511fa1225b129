// Package body reads the body of an upload under the cloud's law: how long it
// may be, what its digests are, and whether all of it came.
package body

import (
	"crypto/md5"
	"encoding/base64"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// Spec is what a request says about its body before a byte of it is read.
type Spec struct {
	// Length is in bytes; -1 when the body is sent in chunks.
	Length int64
	// MD5 is what Content-MD5 decodes to, 16 bytes; nil when it was not sent.
	MD5 []byte
	// Limit is the most that may come, in bytes.
	Limit int64
}

// Digest is what a body turned out to be.
type Digest struct {
	// Size is in bytes.
	Size int64
	// MD5 is the ETag of an object that was put in one piece.
	MD5 [md5.Size]byte
	// CRC64 is CRC-64/XZ, as x-cos-hash-crc64ecma has it (COS docs: CRC64 校验).
	CRC64 uint64
}

// WriteError wraps what the destination of Copy failed with: a fault of this
// server, and not of the client.
type WriteError struct{ Err error }

// Error names the cause.
func (e *WriteError) Error() string { return "storing the body: " + e.Err.Error() }

// Unwrap returns the destination's own error.
func (e *WriteError) Unwrap() error { return e.Err }

// Check reads what the headers say of the body and judges it before a byte of
// it is read: neither a length nor chunks is MissingContentLength, more than
// limit bytes is EntityTooLarge, a Content-MD5 that is no base64 of 16 bytes is
// InvalidDigest, in this order (COS docs: PUT Object, 公共请求头部, 错误码).
// Chunks without a length are allowed; their limit is for [Reader.Copy].
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
