package fault

import (
	"errors"
	"io"

	"github.com/cosemu/cosemu/emulator/internal/call"
)

// Body is the body of a request on its way in.
type Body struct {
	src    io.ReadCloser
	length int64    // -1: unknown
	m      *Meeting // nil: no fault waits for the request
	read   int64
	pace   *call.Traffic
}

// Read implements io.Reader.
func (b *Body) Read(p []byte) (int, error) {
	if b.m == nil || b.m.fault == nil {
		return b.pass(p)
	}
	f := b.m.fault
	switch {
	case f.Word == Stall && f.Of == OfRequest && !b.m.paused:
		return b.stall(p)
	case f.Word == Throttle:
		return b.throttled(p)
	}
	return b.pass(p)
}

func (b *Body) pass(p []byte) (int, error) {
	n, err := b.src.Read(p)
	b.read += int64(n)
	return n, err
}

// stall reads up to where the pause is. A body that ends before pauses at its end.
func (b *Body) stall(p []byte) (int, error) {
	left := b.m.fault.AfterBytes - b.read
	if left <= 0 {
		if err := b.m.wait(); err != nil {
			return 0, err
		}
		return b.pass(p)
	}
	n, err := b.pass(p[:min(int64(len(p)), left)])
	if errors.Is(err, io.EOF) || b.read == b.length {
		if gone := b.m.wait(); gone != nil {
			return 0, gone
		}
	}
	return n, err
}

func (b *Body) throttled(p []byte) (int, error) {
	if b.pace == nil {
		b.pace = b.m.throttle()
	}
	n, err := b.pass(p[:min(len(p), b.pace.Piece)])
	if n > 0 && (err == nil || errors.Is(err, io.EOF)) {
		if gone := b.pace.Pass(n); gone != nil {
			return 0, b.m.errCut()
		}
	}
	return n, err
}

// Close implements io.Closer.
func (b *Body) Close() error { return b.src.Close() }
