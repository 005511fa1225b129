// Package body reads the body of an upload: it checks the length, computes the digests and finds
// out whether the body is complete.
package body

import (
	"crypto/md5"
	"encoding/base64"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// Spec is what the headers of a request define for its body.
type Spec struct {
	// Length is in bytes; -1 for a chunked body.
	Length int64
	// MD5 is the decoded Content-MD5, 16 bytes. It is nil where the request has none.
	MD5 []byte
	// Limit is the largest allowed size, in bytes.
	Limit int64
}

// Digest is the size and the checksums of a body.
type Digest struct {
	// Size is in bytes.
	Size int64
	// MD5 is the ETag of an object that was uploaded in one request.
	MD5 [md5.Size]byte
	// CRC64 is the CRC-64/XZ, the value of x-cos-hash-crc64ecma (COS docs: CRC64 校验).
	CRC64 uint64
}

// WriteError wraps an error of Copy's destination: the server is at fault, not the client.
type WriteError struct{ Err error }

// Error describes the cause.
func (e *WriteError) Error() string { return "storing the body: " + e.Err.Error() }

// Unwrap returns the error of the destination.
func (e *WriteError) Unwrap() error { return e.Err }

// Check checks the headers of a body before it is read, in this order (COS docs: PUT Object,
// 公共请求头部, 错误码):
//
//   - MissingContentLength: there is neither a length nor chunked encoding.
//
//   - EntityTooLarge: the length is more than limit bytes.
//
//   - InvalidDigest: Content-MD5 is not the base64 form of 16 bytes.
//
// A chunked body may have no length. [Reader.Copy] applies the limit to it.
func Check(r *http.Request, limit int64) (Spec, *coserr.Error) {
	spec := Spec{Length: r.ContentLength, Limit: limit}
	chunked := len(r.TransferEncoding) > 0
	switch {
	case chunked:
		spec.Length = -1
	case len(r.Header["Content-Length"]) == 0: // net/http sets 0 for it
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
