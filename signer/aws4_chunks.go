package signer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

const (
	// MinChunk is the least that a chunk may hold unless it is the last with
	// data (Amazon S3 API Reference: Transferring Payload in Multiple Chunks;
	// choice 612).
	MinChunk = 8 << 10

	// maxChunkLine bounds the line before a chunk: 15 digits, the words and a
	// signature are 98 bytes (choice 613).
	maxChunkLine   = 128
	maxChunkDigits = 15
	chunkWords     = ";chunk-signature="
)

// ChunkProblem is what can be wrong with a body in signed chunks.
type ChunkProblem int

const (
	// ChunkSignature: the chunk's signature is not the one that was computed.
	ChunkSignature ChunkProblem = iota + 1
	// ChunkFormat: the framing cannot be read, or goes on after its end.
	ChunkFormat
	// ChunkCut: the body ends within the framing; errors.Is
	// io.ErrUnexpectedEOF.
	ChunkCut
	// ChunkTooSmall: a chunk that is not the last with data holds less than
	// [MinChunk].
	ChunkTooSmall
	// ChunkTooMuch: there is more data than x-amz-decoded-content-length says.
	ChunkTooMuch
	// ChunkTooLittle: the last chunk comes before all of that data.
	ChunkTooLittle
)

// String names the problem in a few words.
func (p ChunkProblem) String() string {
	switch p {
	case ChunkSignature:
		return "signature does not match"
	case ChunkFormat:
		return "framing cannot be read"
	case ChunkCut:
		return "body ends early"
	case ChunkTooSmall:
		return "chunk too small"
	case ChunkTooMuch:
		return "more than the decoded length"
	case ChunkTooLittle:
		return "less than the decoded length"
	}
	return fmt.Sprintf("ChunkProblem(%d)", int(p))
}

// ChunkError says why a body in signed chunks is refused.
type ChunkError struct {
	Problem ChunkProblem
	// Chunk counts from 1.
	Chunk int
	// StringToSign is what was signed here, and Signature what the chunk has in place
	// of its signature, for ChunkSignature.
	StringToSign, Signature string
	// Data is how many bytes of data came up to here, for ChunkTooMuch with those that
	// the chunk was to hold. Decoded is x-amz-decoded-content-length.
	Data, Decoded int64
}

// Error says it in a line.
func (e *ChunkError) Error() string {
	return fmt.Sprintf("signer: chunk %d: %s", e.Chunk, e.Problem)
}

// Unwrap is io.ErrUnexpectedEOF for ChunkCut.
func (e *ChunkError) Unwrap() error {
	if e.Problem == ChunkCut {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// ChunkReader reads the data out of a body of the kind [PayloadChunks] and
// judges the signature of each chunk. Bytes are handed on as they come, before
// the end of their chunk: nothing is good before io.EOF, which comes only after
// the last chunk's signature held and the decoded length was reached.
//
// An error is a [*ChunkError], or the body's own. It stays.
type ChunkReader struct {
	// Mismatch is asked about each chunk whose signature does not match; nil lets
	// the chunk pass. Without it the chunk is refused.
	Mismatch func(*ChunkError) error

	src  *bufio.Reader
	sum  hash.Hash
	key  aws4Key
	text []byte // room for StringToSign; its beginning is always the same
	head int    // length of that beginning

	previous, claimed [hexSumLen]byte
	digest            [sha256.Size]byte // room
	chunk             int
	left              int64 // of this chunk
	decoded           int64
	remaining         int64 // of the decoded length
	small             bool  // a chunk below MinChunk came
	err               error
}

// NewChunkReader reads body, whose request was signed as c says. The signature
// of c must have held: the chunks' are chained to it. The secret is that of
// [Verify].
func NewChunkReader(body io.Reader, c *Claim, secretKey string) (*ChunkReader, error) {
	if c.AWS == nil || !c.AWS.sound || c.AWS.Payload != PayloadChunks || len(c.Signature) != hexSumLen {
		return nil, errors.New("signer: the claim is not one of a body in signed chunks")
	}
	if c.AWS.DecodedLength < 0 {
		return nil, errors.New("signer: a body in signed chunks needs its x-amz-decoded-content-length")
	}
	r := &ChunkReader{
		src: bufio.NewReader(body), sum: sha256.New(), key: newAWS4Key(secretKey, &c.AWS.Scope),
		remaining: c.AWS.DecodedLength, decoded: c.AWS.DecodedLength, text: make([]byte, 0, 384),
	}
	copy(r.previous[:], c.Signature)
	r.text = append(r.text, AlgorithmAWS4+"-PAYLOAD\n"...)
	r.text = append(r.text, c.AWS.Date...)
	r.text = append(r.text, '\n')
	r.text = append(r.text, c.AWS.Scope.Raw...)
	r.text = append(r.text, '\n')
	r.head = len(r.text)
	return r, nil
}

// Read reads data, the framing left out.
func (r *ChunkReader) Read(p []byte) (int, error) {
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	if r.left == 0 {
		if r.err = r.next(); r.err != nil {
			return 0, r.err
		}
	}
	if int64(len(p)) > r.left {
		p = p[:r.left]
	}
	n, err := r.src.Read(p)
	r.sum.Write(p[:n])
	r.left -= int64(n)
	r.remaining -= int64(n)
	switch {
	case r.left == 0:
		if r.err = r.end(); r.err != nil {
			return 0, r.err // the rest of a chunk that does not hold
		}
	case err != nil:
		r.err = r.cut(err)
	}
	return n, r.err
}

// next reads the line before a chunk. It gives io.EOF after the last one.
func (r *ChunkReader) next() error {
	r.chunk++
	line, err := r.src.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return r.fail(ChunkFormat)
	case err != nil:
		return r.cut(err)
	}
	size, ok := r.parse(line)
	switch {
	case !ok:
		return r.fail(ChunkFormat)
	case size > r.remaining:
		e := r.fail(ChunkTooMuch)
		e.Data += size
		return e
	case size == 0 && r.remaining > 0:
		return r.fail(ChunkTooLittle)
	case size > 0 && r.small:
		return r.fail(ChunkTooSmall)
	}
	r.small = size < MinChunk
	r.left = size
	r.sum.Reset()
	if size > 0 {
		return nil
	}
	if err := r.end(); err != nil {
		return err
	}
	if _, err := r.src.ReadByte(); err != nil {
		return err // io.EOF, or what kept the body from ending
	}
	return r.fail(ChunkFormat)
}

// parse reads "<hex>;chunk-signature=<signature>\r\n".
func (r *ChunkReader) parse(line []byte) (size int64, ok bool) {
	line, ok = bytes.CutSuffix(line, []byte("\r\n"))
	i := bytes.IndexByte(line, ';')
	if !ok || len(line) > maxChunkLine || i < 1 || i > maxChunkDigits {
		return 0, false
	}
	for _, c := range line[:i] {
		digit := unhex(c)
		if digit == notHex {
			return 0, false
		}
		size = size<<4 | int64(digit)
	}
	signature, ok := bytes.CutPrefix(line[i:], []byte(chunkWords))
	return size, ok && copy(r.claimed[:], signature) == hexSumLen && len(signature) == hexSumLen
}

// end reads the line break after a chunk's data and judges its signature.
func (r *ChunkReader) end() error {
	for _, want := range [...]byte{'\r', '\n'} {
		switch c, err := r.src.ReadByte(); {
		case err != nil:
			return r.cut(err)
		case c != want:
			return r.fail(ChunkFormat)
		}
	}
	text := r.text[:r.head]
	text = append(text, r.previous[:]...)
	text = append(text, "\n"+emptySum+"\n"...)
	text = hex.AppendEncode(text, r.sum.Sum(r.digest[:0]))
	r.key.sign(&r.previous, text)
	if subtle.ConstantTimeCompare(r.previous[:], r.claimed[:]) != 1 {
		e := r.fail(ChunkSignature)
		e.StringToSign, e.Signature = string(text), string(r.claimed[:])
		if r.Mismatch != nil {
			return r.Mismatch(e)
		}
		return e
	}
	return nil
}

// emptySum is the SHA-256 of nothing.
const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func (r *ChunkReader) fail(p ChunkProblem) *ChunkError {
	return &ChunkError{Problem: p, Chunk: r.chunk, Data: r.decoded - r.remaining, Decoded: r.decoded}
}

// cut is the error for a body that failed, or ended, within the framing.
func (r *ChunkReader) cut(err error) error {
	if errors.Is(err, io.EOF) {
		return r.fail(ChunkCut)
	}
	return err
}
