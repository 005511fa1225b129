// Package early sends an answer although the body of its request has not arrived.
//
// By itself net/http reads up to 256 KiB of an unread body before it writes the answer. A client
// that sends no body, or that waits for the answer first, would wait for ever.
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
	// idleTime is how long a client may pause within a body that is being read (choice 340).
	idleTime = time.Minute
	// lingerBytes and lingerTime limit how much of an unread body is read after the answer, so that
	// the client sees the answer and not a broken pipe (choice 55).
	lingerBytes = 4 << 20
	lingerTime  = 10 * time.Second
	// closeTime and closeBytes limit how long a connection stays open after its writing side is
	// closed. Closing it at once could reset it before the client has read the answer.
	closeTime  = 500 * time.Millisecond
	closeBytes = 64 << 10
)

// Server serves requests whose answers may be early. The zero value is ready to use.
type Server struct {
	// Now returns the real time; nil means time.Now.
	Now func() time.Time
	// Idle is how long a client may pause within a body; 0 means a minute.
	Idle time.Duration
	// Arrived reports whether the whole body of a request is in memory, so that there is nothing to
	// wait for. Nil: that is not known.
	Arrived func(*http.Request) bool
}

// Serve runs next and sends its answer as soon as next returns, whether the body has arrived or
// not. Then it reads the rest of the body within limits. If there is more, it closes the
// connection: first the writing side, a little later the rest.
//
// A read of the body fails with RequestTimeout where the client pauses for Idle. The answer needs a
// Content-Length.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	b := s.incoming(w, r)
	if b == nil {
		next(w, r)
		return
	}
	if b.idle = s.Idle; b.idle == 0 {
		b.idle = idleTime
	}
	if r.ContentLength > lingerBytes { // finish may read it and remove the header again
		b.announceClose()
	}
	next(w, &b.request)
	b.finish()
}

// ServeClosing is Serve for answers of unknown length. An answer that begins before the end of the
// body has the header `Connection: close`. The time limit for reads is up to next.
func (s *Server) ServeClosing(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	b := s.incoming(w, r)
	if b == nil {
		next(w, r)
		return
	}
	b.announceClose()
	next(w, &b.request)
	if !b.ended {
		b.waitFor(lingerTime) // net/http waits for 256 KiB more
	}
}

// incoming is a body that is arriving, and its request.
type incoming struct {
	request http.Request // a copy, since net/http needs the original body
	body    io.ReadCloser
	rc      http.ResponseController
	header  http.Header // the headers of the answer
	now     func() time.Time
	idle    time.Duration // 0: no deadline for reads

	due       time.Time // the current read deadline
	asked     bool      // a read of the body began
	ended     bool      // the whole body arrived
	stalled   bool      // a read reached its deadline
	announced bool      // the answer has Connection: close
}

// incoming returns nil for a request without a body or with one that has arrived, and for a writer
// that is not from a server of net/http.
func (s *Server) incoming(w http.ResponseWriter, r *http.Request) *incoming {
	if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody || s.Arrived != nil && s.Arrived(r) {
		return nil
	}
	b := &incoming{
		request: *r, body: r.Body, rc: *http.NewResponseController(w), header: w.Header(), now: s.Now,
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

// waitFor sets the read deadline to d from now, accurate to a second. Setting it for each piece of
// a large body would be slow.
func (b *incoming) waitFor(d time.Duration) {
	due := b.now().Add(d)
	if late := due.Sub(b.due); late < 0 || late > min(time.Second, d/2) {
		b.due = due
		_ = b.rc.SetReadDeadline(due) // an error shows at the next read
	}
}

// end records that the whole body arrived.
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

// finish sends the answer and reads the rest of the body.
func (b *incoming) finish() {
	if b.ended || b.rc.Flush() != nil {
		return
	}
	b.waitFor(lingerTime)
	switch {
	case b.waitsForContinue(), // the client must not be asked for the body now
		!b.announced && b.header.Get("Connection") == "close": // another reason to close
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

// hangUp closes the connection so that the client can still read the answer. It reads up to most
// bytes before.
func (b *incoming) hangUp(most int64) {
	conn, _, err := b.rc.Hijack()
	if err != nil {
		return
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = conn.SetReadDeadline(b.now().Add(closeTime)) // an error shows at the next read
		if n, _ := io.CopyN(io.Discard, conn, most); n == most {
			<-time.After(closeTime) // the client is still sending
		}
	}
	_ = conn.Close() // the answer is sent
}
