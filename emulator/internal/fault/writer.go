package fault

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/call"
)

// writer is the body of an answer on its way out. The headers are those of the whole
// answer.
type writer struct {
	http.ResponseWriter
	m       *Meeting
	sent    int64
	limited bool  // the connection ends after limit bytes
	limit   int64 // of close and stall
	target  int64 // the byte to change; -1: none
	pace    *call.Traffic
	gone    bool // the client or the process went during a pause
}

// errLimit ends an answer where its connection is closed.
var errLimit = errors.New("a planned fault closed the connection")

// writer returns what the fault needs; nil: nothing.
func (m *Meeting) writer(w http.ResponseWriter) *writer {
	out := &writer{ResponseWriter: w, m: m, target: -1}
	switch f := m.fault; {
	case f.Word == Close && f.Of == OfResponse:
		out.limited, out.limit = true, f.AfterBytes
	case f.Word == Stall && f.Of == OfResponse:
		out.limit = f.AfterBytes
	case f.Word == Throttle:
		out.pace = m.throttle()
	case f.Word == Corrupt:
	default:
		return nil
	}
	return out
}

// WriteHeader implements http.ResponseWriter.
func (w *writer) WriteHeader(status int) {
	switch size := w.size(); w.m.fault.Word {
	case Stall: // a shorter body pauses before its last byte
		if w.limit = min(w.limit, max(size-1, 0)); w.limit == 0 && w.pause() != nil {
			return
		}
	case Corrupt: // the byte in the middle (choice 766)
		if size > 0 {
			w.target = size / 2
		}
	case Answer, Close, Delay, Throttle, WrongCRC64, WrongETag, Stale:
	}
	w.ResponseWriter.WriteHeader(status)
}

// size is how long the body will be.
func (w *writer) size() int64 {
	v := w.Header()["Content-Length"]
	if len(v) == 0 || w.m.c.HTTP.Method == http.MethodHead {
		return 0
	}
	size, err := strconv.ParseInt(v[0], 10, 64)
	if err != nil {
		return 0
	}
	return size
}

// Write implements io.Writer.
func (w *writer) Write(p []byte) (written int, err error) {
	for len(p) > 0 && err == nil {
		var n int
		n, err = w.piece(p)
		written += n
		p = p[n:]
	}
	return written, err
}

// piece writes the next bytes that go out in one.
func (w *writer) piece(p []byte) (int, error) {
	switch w.m.fault.Word {
	case Close:
		if p = p[:min(int64(len(p)), w.limit-w.sent)]; len(p) == 0 {
			return 0, errLimit
		}
	case Stall:
		if left := w.limit - w.sent; left > 0 {
			p = p[:min(int64(len(p)), left)]
		} else if err := w.pause(); err != nil {
			return 0, err
		}
	case Throttle:
		p = p[:min(len(p), w.pace.Piece)]
		if err := w.pace.Pass(len(p)); err != nil {
			w.gone = true
			return 0, err
		}
	case Corrupt:
		p = w.corrupted(p)
	case Answer, Delay, WrongCRC64, WrongETag, Stale:
	}
	n, err := w.ResponseWriter.Write(p)
	w.sent += int64(n)
	if err == nil && w.pace != nil {
		err = http.NewResponseController(w.ResponseWriter).Flush()
	}
	return n, err
}

// pause waits once, when all before it has gone out.
func (w *writer) pause() error {
	if w.m.paused {
		return nil
	}
	if w.sent > 0 {
		if err := http.NewResponseController(w.ResponseWriter).Flush(); err != nil {
			return err
		}
	}
	err := w.m.wait()
	w.gone = err != nil
	return err
}

// corrupted is p with the byte changed that is to be, if it is in there.
func (w *writer) corrupted(p []byte) []byte {
	at := w.target - w.sent
	if at < 0 || at >= int64(len(p)) {
		return p
	}
	p = append([]byte(nil), p...)
	p[at] ^= 1
	return p
}
