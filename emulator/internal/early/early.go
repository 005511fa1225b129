// Package early lets an answer leave although the body of its request has not
// come.
//
// By itself net/http reads up to 256 KiB of an unread body before it writes the
// answer. A client that sends no body, or waits for the answer first, would
// never get one.
package early

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

const (
	// idleTime is how long a client may send nothing of a body that is wanted
	// (choice 340).
	idleTime = time.Minute
	// lingerBytes and lingerTime bound what is read of a body that nobody wants,
	// so that its client sees the answer and not a broken pipe (choice 55).
	lingerBytes = 4 << 20
	lingerTime  = 10 * time.Second
	// closeTime and closeBytes bound how long a connection stays open once its
	// writing side is closed. Closing at once could reset it before the client
	// read the answer.
	closeTime  = 500 * time.Millisecond
	closeBytes = 64 << 10
)

// Server serves requests whose answers may be early. The zero value is ready.
type Server struct {
	// Now is the real time; nil means time.Now.
	Now func() time.Time
	// Idle is how long a client may send nothing of a body; 0 means a minute.
	Idle time.Duration
}

// Serve runs next. Its answer leaves as soon as next returns, whether the body
// has come or not. What next did not read of the body is then read within
// bounds; if that is not all of it, the connection ends: first its writing side,
// and a little later the rest.
//
// A read of the body fails with RequestTimeout where the client sends nothing
// for Idle. The answer needs a Content-Length.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	b := s.incoming(w, r)
	if b == nil {
		next(w, r)
		return
	}
	if b.idle = s.Idle; b.idle == 0 {
		b.idle = idleTime
	}
	if r.ContentLength > lingerBytes { // unless it is read after all
		b.announceClose()
	}
	next(w, &b.request)
	b.finish()
}

// ServeClosing is Serve for answers of unknown length: where the body was not
// read to its end when the answer began, the answer says `Connection: close`.
// How long a read may take is for next to say.
func (s *Server) ServeClosing(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	b := s.incoming(w, r)
	if b == nil {
		next(w, r)
		return
	}
	b.announceClose()
	next(w, &b.request)
	if !b.ended {
		b.waitFor(lingerTime) // net/http reads 256 KiB more, and waits for them
	}
}

// incoming is a body on its way, and the request that it belongs to.
type incoming struct {
	request http.Request // a copy, so that net/http finds its own body in its own
	body    io.ReadCloser
	rc      *http.ResponseController
	header  http.Header // of the answer
	now     func() time.Time
	idle    time.Duration // 0: reads have no deadline of ours

	due       time.Time // the read deadline in force
	asked     bool      // some of the body was asked for
	ended     bool      // all of it came
	stalled   bool      // nothing came for too long
	announced bool      // the header says that the connection closes
}

// incoming is nil where no body comes, and where no server of net/http's reads.
func (s *Server) incoming(w http.ResponseWriter, r *http.Request) *incoming {
	if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	b := &incoming{
		request: *r, body: r.Body, rc: http.NewResponseController(w), header: w.Header(), now: s.Now,
	}
	if b.rc.EnableFullDuplex() != nil {
		return nil
	}
	if b.now == nil {
		b.now = time.Now
	}
	b.request.Body = b
	return b
}

func (b *incoming) announceClose() {
	b.announced = true
	b.header["Connection"] = []string{"close"}
}

// Read implements io.Reader.
func (b *incoming) Read(p []byte) (int, error) {
	b.asked = true
	if b.idle > 0 {
		b.waitFor(b.idle)
	}
	n, err := b.body.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		b.end()
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.stalled = true
		err = coserr.New(coserr.RequestTimeout).WithCause(err)
	}
	return n, err
}

// Close implements io.Closer.
func (b *incoming) Close() error { return b.body.Close() }

// waitFor lets reads wait for d from now, give or take a second: a deadline for
// every piece of a large body would be one too many.
func (b *incoming) waitFor(d time.Duration) {
	due := b.now().Add(d)
	if late := due.Sub(b.due); late < 0 || late > min(time.Second, d/2) {
		b.due = due
		_ = b.rc.SetReadDeadline(due) // it fails where the read fails too
	}
}

// end notes that all of the body came.
func (b *incoming) end() {
	if b.ended {
		return
	}
	b.ended = true
	_ = b.rc.SetReadDeadline(time.Time{})
	if b.announced {
		delete(b.header, "Connection")
	}
}

// finish sends the answer off, and reads what is left of the body.
func (b *incoming) finish() {
	if b.ended || b.rc.Flush() != nil {
		return
	}
	b.waitFor(lingerTime)
	switch {
	case b.waitsForContinue(), // and must not be told to
		!b.announced && b.header.Get("Connection") == "close": // for another reason
		b.hangUp(lingerBytes)
		return
	case !b.stalled:
		if _, err := io.CopyN(io.Discard, b.body, lingerBytes+1); errors.Is(err, io.EOF) {
			b.end()
			return
		}
	}
	b.hangUp(closeBytes)
}

func (b *incoming) waitsForContinue() bool {
	return !b.asked && b.request.Header.Get("Expect") != ""
}

// hangUp ends the connection so that the client can still read the answer. Up to
// most bytes are read before.
func (b *incoming) hangUp(most int64) {
	conn, _, err := b.rc.Hijack()
	if err != nil {
		return
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = conn.SetReadDeadline(b.now().Add(closeTime)) // it fails where the read fails too
		if n, _ := io.CopyN(io.Discard, conn, most); n == most {
			<-time.After(closeTime) // it still sends
		}
	}
	_ = conn.Close() // the answer is out
}
