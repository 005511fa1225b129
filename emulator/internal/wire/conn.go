package wire

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// conn is a connection of net/http. One goroutine reads; another one may write.
type conn struct {
	net.Conn
	config  *Config
	scanner scanner
	in      []byte // received, but not passed on until more arrives
	out     []byte // to pass on next

	// fresh is true until the first byte of the answer to the current request is written. Only then
	// may net/http write its own refusal.
	fresh   atomic.Bool
	served  int // the number of answered requests
	refused atomic.Bool

	tunnels   *tunnels // where to send a connection after CONNECT; nil: nowhere
	tunnelled bool     // the connection is a tunnel
	onlyTLS   bool     // plain HTTP is refused
}

func newConn(nc net.Conn, config *Config) *conn {
	c := &conn{Conn: nc, config: config}
	c.fresh.Store(true)
	return c
}

// BodyArrived reports whether the whole body of a request is in memory: its last byte was read
// together with the headers. It is for handlers that have not read the body yet: until then nothing
// else reads from the connection. A body that waits for `100 Continue` has not arrived.
func BodyArrived(r *http.Request) bool {
	if r.ContentLength <= 0 || len(r.Header["Expect"]) > 0 {
		return false
	}
	c := connOf(r)
	return c != nil && c.scanner.phase == phaseStart && len(c.in) == 0 && len(c.out) == 0
}

// setState is called by net/http when the state of the connection changes.
func (c *conn) setState(state http.ConnState) {
	switch state {
	case http.StateIdle:
		c.fresh.Store(true)
		c.served++
	case http.StateHijacked:
		c.fresh.Store(false)
	}
}

// Read reads from the client and repairs targets that net/http would refuse. Where there is nothing
// to repair, it reads directly into p.
func (c *conn) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if len(c.out) > 0 {
			n := copy(p, c.out)
			c.out = c.out[n:]
			return n, nil
		}
		n, err := c.Conn.Read(p)
		if n == 0 {
			return c.readNothing(p, err)
		}
		if len(c.in) == 0 {
			passed := c.scanner.pass(p[:n])
			if passed == n {
				return n, err
			}
			c.in = append(c.in[:0], p[passed:n]...)
			c.repair()
			if passed > 0 {
				return passed, nil
			}
			continue
		}
		c.in = append(c.in, p[:n]...)
		c.repair()
	}
	return 0, nil
}

// readNothing is the result of Read when nothing arrived: err, or at the end of the stream first
// the bytes that wait. They keep waiting after a timeout, since net/http interrupts its reader by
// deadlines in the past.
func (c *conn) readNothing(p []byte, err error) (int, error) {
	if len(c.in) == 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, err
	}
	c.out, c.in = append(c.out[:0], c.in...), c.in[:0]
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// repair moves bytes from in to out, as far as they can be judged.
func (c *conn) repair() {
	c.out = c.out[:0]
	rest := c.in
	for len(rest) > 0 {
		n := c.scanner.pass(rest)
		c.out = append(c.out, rest[:n]...)
		rest = rest[n:]
		if len(rest) == 0 {
			break
		}
		c.out, n = c.scanner.repair(c.out, rest)
		c.scanner.kept.add(rest[:n])
		rest = rest[n:]
		if n == 0 {
			break
		}
	}
	c.in = c.in[:copy(c.in, rest)]
}

// Write sends an answer or a part of one.
func (c *conn) Write(p []byte) (int, error) {
	if c.fresh.Load() {
		c.fresh.Store(false)
		if status, reason, ok := ownRefusal(p); ok {
			c.refused.Store(true)
			// net/http may wait for a body before it closes.
			_ = c.SetReadDeadline(c.config.Clock.Real().Add(lingerTime)) // an error shows at the next read
			if _, err := c.Conn.Write(c.refusal(status, reason)); err != nil {
				return 0, err
			}
			return len(p), nil
		}
	}
	return c.Conn.Write(p)
}

// ReadFrom sends the content of src in the fastest way that the connection has. For a file the
// kernel does the copying.
func (c *conn) ReadFrom(src io.Reader) (int64, error) {
	c.fresh.Store(false)
	if rf, ok := c.Conn.(io.ReaderFrom); ok {
		return rf.ReadFrom(src)
	}
	return io.Copy(struct{ io.Writer }{c.Conn}, src)
}

// CloseWrite closes the writing side.
func (c *conn) CloseWrite() error { return closeWrite(c.Conn) }

// state returns the TLS state of the connection, or nil.
func (c *conn) state() *tls.ConnectionState {
	if s, ok := c.Conn.(*secureConn); ok {
		return s.state
	}
	return nil
}

const (
	// lingerTime and lingerBytes limit how much is read of a client that still sends after a
	// refusal. Closing at once would reset the connection, and the client would not see the answer.
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 256 << 10
)

// Close closes the connection. After a refusal it gives the client time to read the answer.
func (c *conn) Close() error {
	if c.refused.Swap(false) && c.CloseWrite() == nil &&
		c.SetReadDeadline(c.config.Clock.Real().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes) // an error does not matter
	}
	return c.Conn.Close()
}
