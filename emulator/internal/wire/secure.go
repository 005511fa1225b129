package wire

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
)

// secureConn is a connection whose client may speak TLS: its first byte tells.
// Nothing is read before the server reads, on the goroutine that serves the
// connection and under its deadline.
type secureConn struct {
	net.Conn // what lies below: raw
	raw      *rawConn
	config   *tls.Config
	failed   func(HandshakeFailure)
	quiet    *quiet // holds it up to the first byte of a request

	// Of the reader alone, up to the first request.
	begun bool // the first byte came, and the handshake is over
	heard bool // of a request
	err   error
	state *tls.ConnectionState // nil: no TLS

	// tls is set once the client turned out to speak it. Who writes, and who
	// closes, comes from other goroutines.
	tls atomic.Pointer[tls.Conn]
}

// newSecureConn wraps a connection.
func newSecureConn(raw *rawConn, t *tls.Config, failed func(HandshakeFailure), q *quiet) *secureConn {
	s := &secureConn{Conn: raw, raw: raw, config: t, failed: failed, quiet: q}
	q.add(s)
	return s
}

// handshakeByte opens every connection that speaks TLS: the type of the record
// that holds a handshake. No method of HTTP begins with it.
const handshakeByte = 0x16

// begin looks at the first byte, and shakes hands if that is what it asks for.
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
	err = t.Handshake() // the connection's deadline bounds it
	state := t.ConnectionState()
	if err == nil {
		s.state = &state
		return nil
	}
	if s.failed != nil {
		s.failed(HandshakeFailure{RemoteAddr: s.RemoteAddr().String(), Name: state.ServerName, Target: s.raw.target, Err: err})
	}
	s.err = io.EOF // the alert, if any, is all that this client can read
	return s.err
}

// top is what the client's HTTP goes by.
func (s *secureConn) top() net.Conn {
	if t := s.tls.Load(); t != nil {
		return t
	}
	return s.raw
}

// Read reads what the client sent, deciphered.
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
	if n > 0 && !s.heard {
		s.heard = true
		s.quiet.remove(s)
	}
	return n, err
}

// Write sends an answer. Nobody answers before a request came.
func (s *secureConn) Write(p []byte) (int, error) { return s.top().Write(p) }

// Close ends the connection, in TLS by saying so.
func (s *secureConn) Close() error {
	s.quiet.remove(s)
	return s.top().Close()
}

// CloseWrite tells the client that no more will come.
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

// rawConn is a connection that gives back what was read of it too early.
type rawConn struct {
	net.Conn
	prefix []byte
	target string // host:port that a tunnel was asked for; else empty
}

// peek returns the next byte and leaves it there.
func (r *rawConn) peek() (byte, error) {
	if len(r.prefix) == 0 {
		var one [1]byte
		n, err := r.Conn.Read(one[:])
		if n == 0 && err == nil {
			err = os.ErrDeadlineExceeded // nothing came; nobody has such a connection
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

// Asked is the host that a handshake is for: the name that the client gives,
// else the host that the tunnel was asked for. It is empty where neither is
// known; local is then the IP address that was called.
func Asked(hello *tls.ClientHelloInfo) (host, local string) {
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

// InTunnel tells whether a handshake takes place inside a tunnel.
func InTunnel(hello *tls.ClientHelloInfo) bool {
	raw, ok := hello.Conn.(*rawConn)
	return ok && raw.target != ""
}

// HandshakeFailure is a client that spoke TLS and did not come to send a
// request.
type HandshakeFailure struct {
	// RemoteAddr is the client.
	RemoteAddr string
	// Name is the host that it gave in the handshake, if it gave one.
	Name string
	// Target is the host:port of its CONNECT; empty outside of tunnels.
	Target string
	// Err is what crypto/tls says.
	Err error
}

// Distrusted tells whether the client broke off because it does not trust the
// certificate's authority, as far as it said why. crypto/tls has no type for
// that, only words. OpenSSL sends its alert in plain after the keys have
// changed, which cannot be told from a record that was tampered with.
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
