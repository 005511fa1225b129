package wire

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
)

// secureConn is a connection that may or may not be TLS, depending on its first byte. Nothing is
// read before the server reads, on the goroutine of the connection and under its deadline.
type secureConn struct {
	net.Conn // the lower connection: raw
	raw      *rawConn
	config   *tls.Config
	failed   func(HandshakeFailure)
	quiet    *quiet // has this connection up to the first byte of a request

	// For the reader only, up to the first request.
	begun      bool // the first byte arrived and the handshake is over
	gotRequest bool // a byte of a request arrived
	err        error
	state      *tls.ConnectionState // nil: no TLS

	// tls is set for a TLS connection. Other goroutines write and close.
	tls atomic.Pointer[tls.Conn]
}

// newSecureConn wraps a connection.
func newSecureConn(raw *rawConn, t *tls.Config, failed func(HandshakeFailure), q *quiet) *secureConn {
	s := &secureConn{Conn: raw, raw: raw, config: t, failed: failed, quiet: q}
	q.add(s)
	return s
}

// handshakeByte is the first byte of each TLS connection: the record type of a handshake. No HTTP
// method begins with it.
const handshakeByte = 0x16

// begin reads the first byte, and makes the TLS handshake for a TLS client.
func (s *secureConn) begin() error {
	first, err := s.raw.peek()
	if err != nil {
		return err
	}
	s.begun = true
	if first != handshakeByte {
		return nil
	}
	t := tls.Server(s.raw, s.config)
	s.tls.Store(t)
	err = t.Handshake() // the deadline of the connection applies
	state := t.ConnectionState()
	if err == nil {
		s.state = &state
		return nil
	}
	if s.failed != nil {
		s.failed(HandshakeFailure{RemoteAddr: s.RemoteAddr().String(), Name: state.ServerName, Target: s.raw.target, Err: err})
	}
	s.err = io.EOF // such a client can only read the alert, if there is one
	return s.err
}

// top returns the connection for HTTP.
func (s *secureConn) top() net.Conn {
	if t := s.tls.Load(); t != nil {
		return t
	}
	return s.raw
}

// Read reads and decrypts.
func (s *secureConn) Read(p []byte) (int, error) {
	if !s.begun {
		if err := s.begin(); err != nil {
			return 0, err
		}
	}
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.top().Read(p)
	if n > 0 && !s.gotRequest {
		s.gotRequest = true
		s.quiet.remove(s)
	}
	return n, err
}

// Write sends an answer. There is none before the first request.
func (s *secureConn) Write(p []byte) (int, error) { return s.top().Write(p) }

// Close closes the connection, for TLS with a closing alert.
func (s *secureConn) Close() error {
	s.quiet.remove(s)
	return s.top().Close()
}

// CloseWrite closes the writing side.
func (s *secureConn) CloseWrite() error {
	if t := s.tls.Load(); t != nil {
		return t.CloseWrite()
	}
	return closeWrite(s.raw.Conn)
}

func closeWrite(nc net.Conn) error {
	if cw, ok := nc.(interface{ CloseWrite() error }); ok {
		return cw.CloseWrite()
	}
	return nil
}

// rawConn is a connection that can return bytes that were read too early.
type rawConn struct {
	net.Conn
	prefix []byte
	target string // host:port of the CONNECT request; else empty
}

// peek returns the next byte without consuming it.
func (r *rawConn) peek() (byte, error) {
	if len(r.prefix) == 0 {
		var one [1]byte
		n, err := r.Conn.Read(one[:])
		if n == 0 && err == nil {
			err = os.ErrDeadlineExceeded // nothing arrived; no connection behaves so
		}
		if n == 0 {
			return 0, err
		}
		r.prefix = one[:]
	}
	return r.prefix[0], nil
}

// Read reads on.
func (r *rawConn) Read(p []byte) (int, error) {
	if len(r.prefix) > 0 {
		n := copy(p, r.prefix)
		r.prefix = r.prefix[n:]
		return n, nil
	}
	return r.Conn.Read(p)
}

// RequestedHost returns the host of a handshake: the name that the client sends, or else the host of the
// CONNECT request. Where both are missing, host is empty and local is the IP address that the
// client connected to.
func RequestedHost(hello *tls.ClientHelloInfo) (host, local string) {
	if hello.ServerName != "" {
		return hello.ServerName, ""
	}
	if raw, ok := hello.Conn.(*rawConn); ok && raw.target != "" {
		host, _, err := net.SplitHostPort(raw.target)
		if err == nil {
			return host, ""
		}
	}
	if a, ok := hello.Conn.LocalAddr().(*net.TCPAddr); ok {
		return "", a.IP.String()
	}
	return "", "127.0.0.1"
}

// InTunnel reports whether a handshake is in a tunnel.
func InTunnel(hello *tls.ClientHelloInfo) bool {
	raw, ok := hello.Conn.(*rawConn)
	return ok && raw.target != ""
}

// HandshakeFailure describes a TLS client that did not get to send a request.
type HandshakeFailure struct {
	// RemoteAddr is the address of the client.
	RemoteAddr string
	// Name is the host name that the client sent in the handshake, or empty.
	Name string
	// Target is the host:port of its CONNECT request. It is empty outside of tunnels.
	Target string
	// Err is the error of crypto/tls.
	Err error
}

// Distrusted reports whether the client stopped because it does not trust the certificate
// authority, if the client sent that as the reason. crypto/tls has no error type for it, only a
// text. OpenSSL sends its alert in plain text after the change of keys, which looks like a modified
// record.
func (f *HandshakeFailure) Distrusted() bool {
	var op *net.OpError
	if !errors.As(f.Err, &op) {
		return false
	}
	switch op.Error() {
	case "remote error: tls: bad certificate", "remote error: tls: unknown certificate",
		"remote error: tls: unknown certificate authority", "local error: tls: bad record MAC":
		return true
	}
	return false
}
