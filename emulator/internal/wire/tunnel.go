package wire

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Why a connection cannot become a tunnel.
var (
	// ErrNoTunnel means that the request did not come by way of this package.
	ErrNoTunnel = errors.New("wire: the connection is none that can be tunnelled")
	// ErrNested means that it came out of a tunnel already.
	ErrNested = errors.New("wire: a tunnel inside a tunnel")
)

// tunnelWrite bounds how long a client may take to read that it has a tunnel.
const tunnelWrite = 10 * time.Second

// Tunnel answers a CONNECT with 200 and hands its connection back to the
// server, which serves it like one that it has just accepted: with its limits,
// its handler and its end. The client may speak TLS in it, for which t is, or
// plain HTTP. target is the host:port that it asked for; nothing is dialled.
//
// With ErrNoTunnel and ErrNested nothing was answered yet; with any other error
// the connection is gone.
func Tunnel(w http.ResponseWriter, r *http.Request, target string, t *tls.Config) error {
	c := connOf(r)
	switch {
	case c == nil || c.tunnels == nil:
		return ErrNoTunnel
	case c.tunnelled:
		return ErrNested
	}
	_, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return ErrNoTunnel
	}
	err = errors.Join(
		c.SetWriteDeadline(c.config.Clock.Real().Add(tunnelWrite)),
		c.established(),
		c.SetWriteDeadline(time.Time{}),
	)
	if err != nil {
		return errors.Join(err, c.Conn.Close())
	}
	raw := &rawConn{Conn: c.Conn, prefix: c.unread(rw.Reader), target: target}
	inner := newConn(newSecureConn(raw, t, c.config.HandshakeFailed, c.tunnels.quiet), c.config)
	inner.tunnels, inner.tunnelled = c.tunnels, true
	if !c.tunnels.add(inner) {
		return errors.Join(http.ErrServerClosed, inner.Close())
	}
	return nil
}

func (c *conn) established() error {
	_, err := c.Conn.Write([]byte("HTTP/1.1 200 Connection Established\r\n\r\n"))
	return err
}

// unread is what was read of the connection beyond the CONNECT, in a copy.
func (c *conn) unread(r *bufio.Reader) []byte {
	sent, _ := r.Peek(r.Buffered()) // as much as there is
	all := append([]byte(nil), sent...)
	all = append(all, c.out...)
	return append(all, c.in...)
}

// tunnels is the listener by which tunnels come back to their server.
type tunnels struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	addr   net.Addr
	quiet  *quiet
}

func newTunnels(addr net.Addr) *tunnels {
	return &tunnels{conns: make(chan net.Conn), closed: make(chan struct{}), addr: addr, quiet: newQuiet()}
}

// add hands a connection over, and tells whether somebody took it.
func (t *tunnels) add(nc net.Conn) bool {
	select {
	case t.conns <- nc:
		return true
	case <-t.closed:
		return false
	}
}

// Accept waits for the next tunnel.
func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case nc := <-t.conns:
		return nc, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

// Close lets no further tunnel in.
func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.closed) })
	return nil
}

// Addr is the address of the port that they came by.
func (t *tunnels) Addr() net.Addr { return t.addr }

// place is a connection's own address. net/http shows it to handlers, and so
// it leads them back to the connection.
type place struct {
	net.Addr
	conn *conn
}

// LocalAddr is the connection's own address.
func (c *conn) LocalAddr() net.Addr { return &place{Addr: c.Conn.LocalAddr(), conn: c} }

// connOf is the connection that a request came by; nil when it is none of ours.
func connOf(r *http.Request) *conn {
	if p, ok := r.Context().Value(http.LocalAddrContextKey).(*place); ok {
		return p.conn
	}
	return nil
}
