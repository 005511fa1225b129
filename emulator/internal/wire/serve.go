package wire

import (
	"crypto/tls"
	"net"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/early"
	"github.com/cosemu/cosemu/emulator/internal/reqid"
)

// Config says how a server's own refusals are written. The zero value is
// usable.
type Config struct {
	// Clock is the time in their Date header; nil means the real one.
	Clock *clock.Clock
	// IDs gives them their request ids; nil means a source of its own.
	IDs *reqid.Source
	// Refused, when set, is told of each request that was refused before it
	// reached the handler. It is called on the connection's goroutine.
	Refused func(Refusal)
	// HandshakeFailed, when set, is told of each client that spoke TLS and did
	// not get as far as a request. It is called like Refused.
	HandshakeFailed func(HandshakeFailure)

	early early.Server
}

// Refusal is a request that the server refused by itself.
type Refusal struct {
	// RequestID is the answer's x-cos-request-id.
	RequestID string
	// RemoteAddr is the client.
	RemoteAddr string
	// Status and Code are what was answered.
	Status int
	Code   string
	// Reason is what net/http says of it, such as "missing required Host
	// header"; often it says nothing.
	Reason string
	// Head is the request line and the headers as they came, 8 KiB of them at
	// most; Cut tells that there was more. It is empty where it is not known
	// which bytes were refused.
	Head []byte
	Cut  bool
	// TLS tells that the request came by TLS.
	TLS bool
	// Message, Header and Document are the rest of the answer. Document is empty
	// for HEAD.
	Message  string
	Header   http.Header
	Document []byte
}

// Serve is [Config.Serve] with the zero Config.
func Serve(srv *http.Server, l net.Listener) error { return Config{}.Serve(srv, l) }

// Serve accepts connections on l, which must not be a TLS listener, and serves
// them with srv like [http.Server.Serve], and with them the tunnels that
// [Tunnel] makes of them. It sets srv.ConnState, calling the one that was there
// too, wraps srv.Handler, and sets srv.DisableGeneralOptionsHandler, so that
// `OPTIONS *` reaches the handler as everything else does; so it must come
// before anything else that serves with srv, and once.
func (c Config) Serve(srv *http.Server, l net.Listener) error { return c.serve(srv, l, nil) }

// ServeTLS is Serve for a port that speaks TLS. A plain HTTP request there is
// answered with 400. Only HTTP/1.1 is served: t must offer nothing else.
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
		_ = srv.Serve(back) // it says what the other one says
	}()
	err := srv.Serve(&listener{Listener: l, config: &c, tls: t, tunnels: back})
	_ = back.Close() // always nil
	<-ended
	return err
}

// withTLS tells the handler of the TLS that a request came by, which net/http
// looks for at connections of another type.
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
