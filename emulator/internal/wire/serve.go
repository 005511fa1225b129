package wire

import (
	"crypto/tls"
	"net"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/early"
	"github.com/cosemu/cosemu/emulator/internal/reqid"
)

// Config configures how a server writes its own refusals. The zero value is ready to use.
type Config struct {
	// Clock is the time of their Date header; nil means the real time.
	Clock *clock.Clock
	// IDs makes their request ids; nil means a new source.
	IDs *reqid.Source
	// Refused is called for each request that was refused before the handler, on the goroutine of
	// the connection. It may be nil.
	Refused func(Refusal)
	// HandshakeFailed is called for each TLS client that did not get to send a request, on the
	// goroutine of the connection. It may be nil.
	HandshakeFailed func(HandshakeFailure)

	early early.Server
}

// Refusal is a request that the server refused before the handler.
type Refusal struct {
	// RequestID is the x-cos-request-id of the answer.
	RequestID string
	// RemoteAddr is the address of the client.
	RemoteAddr string
	// Status and Code are those of the answer.
	Status int
	Code   string
	// Reason is that of net/http, such as "missing required Host header". It is often empty.
	Reason string
	// Head is the unchanged request line and headers, at most 8 KiB. Cut reports whether there was
	// more. Head is empty where it is not known which bytes were refused.
	Head []byte
	Cut  bool
	// TLS reports whether the request came over TLS.
	TLS bool
	// Message, Header and Document are the rest of the answer. Document is empty for HEAD.
	Message  string
	Header   http.Header
	Document []byte
}

// Serve is [Config.Serve] with the zero Config.
func Serve(srv *http.Server, l net.Listener) error { return Config{}.Serve(srv, l) }

// Serve serves connections of l, which must not be a TLS listener, like [http.Server.Serve], and
// the tunnels that [Tunnel] makes. Call it once, before anything else serves with srv, since it
// changes srv: it sets ConnState and calls the earlier one, wraps Handler, and sets
// DisableGeneralOptionsHandler so that `OPTIONS *` reaches the handler.
func (c Config) Serve(srv *http.Server, l net.Listener) error { return c.serve(srv, l, nil) }

// ServeTLS is Serve for a TLS port. It answers a plain HTTP request with 400. It serves HTTP/1.1
// only, and t must offer nothing else.
func (c Config) ServeTLS(srv *http.Server, l net.Listener, t *tls.Config) error {
	return c.serve(srv, l, t)
}

func (c Config) serve(srv *http.Server, l net.Listener, t *tls.Config) error {
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	if c.IDs == nil {
		c.IDs = reqid.NewSource()
	}
	next := srv.ConnState
	srv.ConnState = func(nc net.Conn, state http.ConnState) {
		if wc, ok := nc.(*conn); ok {
			wc.setState(state)
		}
		if next != nil {
			next(nc, state)
		}
	}
	srv.Handler = c.withTLS(srv.Handler)
	srv.DisableGeneralOptionsHandler = true
	back := newTunnels(l.Addr())
	srv.RegisterOnShutdown(back.quiet.end)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = srv.Serve(back) // it returns the same error as the other one
	}()
	err := srv.Serve(&listener{Listener: l, config: &c, tls: t, tunnels: back})
	_ = back.Close() // always nil
	<-ended
	return err
}

// withTLS sets the TLS state of a request. net/http sets it for connections of crypto/tls only.
func (c *Config) withTLS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wc := connOf(r)
		if wc == nil {
			next.ServeHTTP(w, r)
			return
		}
		if r.TLS = wc.state(); r.TLS == nil && wc.onlyTLS {
			c.early.Serve(w, r, wc.refusePlain)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// listener wraps the connections that it accepts.
type listener struct {
	net.Listener
	config  *Config
	tls     *tls.Config // nil: plain HTTP
	tunnels *tunnels
}

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if l.tls != nil {
		nc = newSecureConn(&rawConn{Conn: nc}, l.tls, l.config.HandshakeFailed, l.tunnels.quiet)
	}
	c := newConn(nc, l.config)
	c.tunnels, c.onlyTLS = l.tunnels, l.tls != nil
	return c, nil
}
