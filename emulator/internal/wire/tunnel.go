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

// Errors of Tunnel.
var (
	// ErrNoTunnel means that the connection of the request is not from this package.
	ErrNoTunnel = errors.New("wire: the connection cannot become a tunnel")
	// ErrNested means that the request came through a tunnel.
	ErrNested = errors.New("wire: a tunnel inside a tunnel")
)

// tunnelWrite is how long a client may take to read the answer to its CONNECT.
const tunnelWrite = 10 * time.Second

// Tunnel answers a CONNECT request with 200 and gives its connection back to the server. The server
// handles it like a new connection, with its limits, its handler and its shutdown. The client may
// use TLS, configured by t, or plain HTTP. target is the host:port of the request; Tunnel does not
// connect to it.
//
// After ErrNoTunnel and ErrNested the request has no answer yet. After any other error the
// connection is closed.
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

// unread returns a copy of the bytes that were read after the CONNECT request.
func (c *conn) unread(r *bufio.Reader) []byte {
	sent, _ := r.Peek(r.Buffered()) // everything that is buffered
	all := append([]byte(nil), sent...)
	all = append(all, c.out...)
	return append(all, c.in...)
}

// tunnels is a listener that accepts tunnels.
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

// add passes a connection to Accept and reports whether it was accepted.
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

// Close refuses further tunnels.
func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.closed) })
	return nil
}

// Addr returns the address of the port of the tunnels.
func (t *tunnels) Addr() net.Addr { return t.addr }

// connAddr is the address of a connection. net/http passes it to handlers, which can find the
// connection with it.
type connAddr struct {
	net.Addr
	conn *conn
}

// LocalAddr returns the address of the connection.
func (c *conn) LocalAddr() net.Addr { return &connAddr{Addr: c.Conn.LocalAddr(), conn: c} }

// connOf returns the connection of a request, or nil where it is not from this package.
func connOf(r *http.Request) *conn {
	if p, ok := r.Context().Value(http.LocalAddrContextKey).(*connAddr); ok {
		return p.conn
	}
	return nil
}
