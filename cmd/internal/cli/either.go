package cli

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// either is a listener whose connections speak TLS or plain HTTP, as their first byte says: with a
// certificate of its own the control listener speaks TLS, and plain HTTP with the commands on the
// same machine.
type either struct {
	net.Listener
	tls *tls.Config
}

// serveEither is the loop of a server on such a listener.
func serveEither(cert *tls.Certificate) func(*http.Server, net.Listener) error {
	return func(s *http.Server, l net.Listener) error {
		next := s.Handler
		s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, eitherKey{}, c) //nolint:forbidigo // net/http has no other way from a connection to its requests
		}
		s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c, _ := r.Context().Value(eitherKey{}).(*eitherConn); c != nil {
				if secure := c.secure.Load(); secure != nil {
					state := secure.ConnectionState()
					r.TLS = &state
				}
			}
			next.ServeHTTP(w, r)
		})
		return s.Serve(&either{l, &tls.Config{
			MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, Certificates: []tls.Certificate{*cert},
		}})
	}
}

// eitherKey is where a request's context has its connection.
type eitherKey struct{}

// Accept implements net.Listener.
func (l *either) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &eitherConn{Conn: c, config: l.tls}, nil
}

// eitherConn finds out with its first read what it speaks.
type eitherConn struct {
	net.Conn
	config *tls.Config
	once   sync.Once
	first  error // of that read
	plain  net.Conn
	secure atomic.Pointer[tls.Conn] // nil: plain HTTP
}

// recordHandshake is the first byte of TLS.
const recordHandshake = 0x16

func (c *eitherConn) sniff() {
	b := make([]byte, 1)
	var n int
	if n, c.first = c.Conn.Read(b); n == 0 {
		return
	}
	c.first = nil
	c.plain = &unreadConn{Conn: c.Conn, unread: b}
	if b[0] == recordHandshake {
		c.secure.Store(tls.Server(c.plain, c.config))
	}
}

// Read implements net.Conn.
func (c *eitherConn) Read(p []byte) (int, error) {
	c.once.Do(c.sniff)
	if c.first != nil {
		return 0, c.first
	}
	if secure := c.secure.Load(); secure != nil {
		return secure.Read(p)
	}
	return c.plain.Read(p)
}

// Write implements net.Conn.
func (c *eitherConn) Write(p []byte) (int, error) {
	if secure := c.secure.Load(); secure != nil {
		return secure.Write(p)
	}
	return c.Conn.Write(p)
}

// CloseWrite ends the answer while the client may still send.
func (c *eitherConn) CloseWrite() error {
	if secure := c.secure.Load(); secure != nil {
		return secure.CloseWrite()
	}
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close implements net.Conn.
func (c *eitherConn) Close() error {
	if secure := c.secure.Load(); secure != nil {
		return secure.Close()
	}
	return c.Conn.Close()
}

// unreadConn reads some bytes once more.
type unreadConn struct {
	net.Conn
	unread []byte
}

// Read implements net.Conn.
func (c *unreadConn) Read(p []byte) (int, error) {
	if len(c.unread) > 0 {
		n := copy(p, c.unread)
		c.unread = c.unread[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}
