package call

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
)

// TakePayload prepares the body of a request that was signed the S3 way: what the
// signature says of it is judged as it is read, and the framing of signed chunks
// is taken off. Content is the request without it.
func (c *Call) TakePayload(mode authz.Mode) error {
	if c.Who.Claim == nil || c.Who.Claim.Family != signer.AWS4 || c.Who.Claim.Carrier == signer.CarrierForm {
		return nil
	}
	c.Check("payload")
	claim := c.Who.Claim.AWS
	if c.Form != nil && claim.Payload != signer.PayloadUnsigned {
		return coserr.New(coserr.NotImplemented).WithMessage("cosemu does not support x-amz-content-sha256 with a form.")
	}
	switch claim.Payload {
	case signer.PayloadUnsigned:
		return nil
	case signer.PayloadHash:
		return c.takeHashed(mode, claim.PayloadHash)
	case signer.PayloadChunks:
		return c.takeChunks(mode)
	case signer.PayloadChunksTrailer, signer.PayloadUnsignedTrailer:
	}
	// Whoever sends a trailer often sends no length (seen: ragflow 15927).
	if c.HTTP.ContentLength < 0 {
		return coserr.New(coserr.MissingContentLength)
	}
	return coserr.New(coserr.NotImplemented). // choice 694
							WithMessage("The x-amz-content-sha256 " + claim.PayloadHash + " is not supported.")
}

// Content is the request with its body as the operation has it.
func (c *Call) Content() *http.Request {
	if c.content != nil {
		return c.content
	}
	return c.HTTP
}

// takeHashed holds the body against its SHA-256 (choice 695).
func (c *Call) takeHashed(mode authz.Mode, want string) error {
	r := *c.HTTP
	sum := &sumReader{src: r.Body, left: r.ContentLength, hash: sha256.New(), want: want, refuse: func(err *coserr.Error) error { return c.Refuse(mode, err) }}
	if r.ContentLength == 0 && len(r.TransferEncoding) == 0 { // nobody will read it
		if len(r.Header["Content-Length"]) == 0 && c.Op.Is(Upload) {
			return nil // refused for that
		}
		return sum.judge()
	}
	r.Body = framed{sum, r.Body}
	c.content = &r
	return nil
}

// takeChunks takes the framing off (choice 612): x-amz-decoded-content-length is
// the length from then on, and Content-MD5 that of the data (choice 697).
func (c *Call) takeChunks(mode authz.Mode) error {
	claim := c.Who.Claim
	if claim.AWS.DecodedLength < 0 || c.HTTP.ContentLength == 0 {
		return coserr.New(coserr.MissingContentLength)
	}
	chunks, err := signer.NewChunkReader(c.HTTP.Body, claim, c.Who.Key.SecretKey)
	if err != nil {
		return coserr.New(coserr.InvalidArgument).WithCause(err)
	}
	resource := signer.Decode(c.Request.Path)
	chunks.Mismatch = func(e *signer.ChunkError) error {
		return c.Refuse(mode, coserr.New(coserr.SignatureDoesNotMatch).
			WithSignature(e.StringToSign, "").WithResource(resource).WithCause(e))
	}
	r := *c.HTTP
	data := &chunkReader{src: chunks, left: claim.AWS.DecodedLength}
	r.Body = framed{data, r.Body}
	r.ContentLength, r.TransferEncoding = claim.AWS.DecodedLength, nil
	r.Header = withoutFraming(r.Header)
	c.content = &r
	if data.left == 0 { // nobody will read it
		return data.end()
	}
	return nil
}

// withoutFraming are the headers of the data: without the coding aws-chunked, and
// with its length.
func withoutFraming(h http.Header) http.Header {
	h = h.Clone()
	var kept []string
	for _, v := range h["Content-Encoding"] {
		for coding := range strings.SplitSeq(v, ",") {
			if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "aws-chunked") {
				kept = append(kept, coding)
			}
		}
	}
	delete(h, "Content-Encoding")
	if len(kept) > 0 {
		h["Content-Encoding"] = []string{strings.Join(kept, ",")}
	}
	h["Content-Length"] = h["X-Amz-Decoded-Content-Length"]
	return h
}

// framed is a body that is read another way and closed as it was.
type framed struct {
	io.Reader
	io.Closer
}

// sumReader hands on a body and judges its SHA-256 at the end: before the last
// bytes are handed on where the length is known.
type sumReader struct {
	src    io.Reader
	left   int64 // below 0: the length is not known
	hash   hash.Hash
	want   string
	refuse func(*coserr.Error) error
	judged bool
}

// Read implements io.Reader.
func (r *sumReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	_, _ = r.hash.Write(p[:n]) // a hash never fails
	if r.left > 0 {
		r.left -= int64(n)
	}
	if !r.judged && (r.left == 0 || r.left < 0 && errors.Is(err, io.EOF)) {
		if wrong := r.judge(); wrong != nil {
			return 0, wrong
		}
	}
	return n, err
}

func (r *sumReader) judge() error {
	r.judged = true
	if hex.EncodeToString(r.hash.Sum(nil)) == r.want {
		return nil
	}
	return r.refuse(coserr.New(coserr.XAmzContentSHA256Mismatch))
}

// chunkReader hands on the data of signed chunks. Before its last bytes it makes
// sure of the end of the framing, which a reader that knows the length would not
// look at.
type chunkReader struct {
	src  io.Reader
	left int64
}

// Read implements io.Reader.
func (r *chunkReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	r.left -= int64(n)
	if err == nil && n > 0 && r.left == 0 {
		err = r.end()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, chunkRefusal(err)
	}
	return n, err
}

// end reads what comes after the data.
func (r *chunkReader) end() error {
	var b [1]byte
	for {
		switch n, err := r.src.Read(b[:]); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return chunkRefusal(err)
		case n > 0: // there is more than said, which src refuses by itself
			return coserr.New(coserr.IncompleteBody)
		}
	}
}

// chunkRefusal is the answer to a body in chunks that is not right (choice 696).
func chunkRefusal(err error) error {
	var judged *coserr.Error
	var e *signer.ChunkError
	switch {
	case errors.As(err, &judged) || !errors.As(err, &e):
		return err
	case e.Problem == signer.ChunkFormat:
		return coserr.New(coserr.InvalidArgument).WithMessage("The body is not made of signed chunks.").WithCause(e)
	case e.Problem == signer.ChunkTooSmall:
		return coserr.New(coserr.InvalidArgument).
			WithMessage("Only the last chunk is allowed to have a size less than 8192 bytes").WithCause(e)
	}
	return coserr.New(coserr.IncompleteBody).WithCause(e)
}
