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

// conn is a connection as net/http sees it. Read is called by one goroutine at
// a time, Write by another perhaps.
type conn struct {
	net.Conn
	config  *Config
	scanner scanner
	in      []byte // came, but does not pass before more comes
	out     []byte // passes next

	// fresh is set while no byte of an answer was written to the request that
	// is being read or served. Only then may net/http write its own refusal.
	fresh   atomic.Bool
	served  int // requests that were answered
	refused atomic.Bool

	tunnels   *tunnels // where a CONNECT's connection goes; nil: nowhere
	tunnelled bool     // it came from there
	onlyTLS   bool     // plain HTTP is refused
}

func newConn(nc net.Conn, config *Config) *conn {
	c := &conn{Conn: nc, config: config}
	c.fresh.Store(true)
	return c
}

// setState is net/http's word on what it does with the connection.
func (c *conn) setState(state http.ConnState) {
	switch state {
	case http.StateIdle:
		c.fresh.Store(true)
		c.served++
	case http.StateHijacked:
		c.fresh.Store(false)
	}
}

// Read reads what the client sent, targets in a form that net/http takes. As
// long as there is nothing to repair, the bytes go from the connection into p
// and are looked at there.
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

// readNothing is what Read answers when nothing came: err, but at the end of
// the stream first what still waits. After a timeout the waiting goes on:
// net/http sets deadlines in the past to get its reader back.
func (c *conn) readNothing(p []byte, err error) (int, error) {
	if len(c.in) == 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, err
	}
	c.out, c.in = append(c.out[:0], c.in...), c.in[:0]
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// repair moves bytes from in to out as far as they can be judged.
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

// Write sends an answer, or a part of one.
func (c *conn) Write(p []byte) (int, error) {
	if c.fresh.Load() {
		c.fresh.Store(false)
		if status, reason, ok := ownRefusal(p); ok {
			c.refused.Store(true)
			// net/http may wait for a body before it closes.
			_ = c.SetReadDeadline(c.config.Clock.Real().Add(lingerTime)) // fails where the read fails
			if _, err := c.Conn.Write(c.refusal(status, reason)); err != nil {
				return 0, err
			}
			return len(p), nil
		}
	}
	return c.Conn.Write(p)
}

// ReadFrom sends what src has by the shortest way that the connection knows,
// from a file inside the kernel.
func (c *conn) ReadFrom(src io.Reader) (int64, error) {
	c.fresh.Store(false)
	if rf, ok := c.Conn.(io.ReaderFrom); ok {
		return rf.ReadFrom(src)
	}
	return io.Copy(struct{ io.Writer }{c.Conn}, src)
}

// CloseWrite tells the client that no more will come.
func (c *conn) CloseWrite() error { return closeWrite(c.Conn) }

// state is the connection's TLS, as far as it has one.
func (c *conn) state() *tls.ConnectionState {
	if s, ok := c.Conn.(*secureConn); ok {
		return s.state
	}
	return nil
}

const (
	// lingerTime and lingerBytes bound what is read of a client that still
	// sends when it was refused. Closing at once would reset the connection,
	// and the answer with it.
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 256 << 10
)

// Close ends the connection; after a refusal it lets the client read it first.
func (c *conn) Close() error {
	if c.refused.Swap(false) && c.CloseWrite() == nil &&
		c.SetReadDeadline(c.config.Clock.Real().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes) // whatever comes
	}
	return c.Conn.Close()
}
