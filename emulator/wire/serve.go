package wire

import (
	"net"
	"net/http"

	"github.com/cosemu/cosemu/emulator/clock"
	"github.com/cosemu/cosemu/emulator/reqid"
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
}

// Serve is [Config.Serve] with the zero Config.
func Serve(srv *http.Server, l net.Listener) error { return Config{}.Serve(srv, l) }

// Serve accepts connections on l, which must not be a TLS listener, and serves
// them with srv like [http.Server.Serve]. It sets srv.ConnState, calling the
// one that was there too, and srv.DisableGeneralOptionsHandler, so that
// `OPTIONS *` reaches the handler as everything else does; so it must come
// before anything else that serves with srv, and once.
func (c Config) Serve(srv *http.Server, l net.Listener) error {
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
	srv.DisableGeneralOptionsHandler = true
	return srv.Serve(&listener{Listener: l, config: &c})
}

// listener wraps the connections that it accepts.
type listener struct {
	net.Listener
	config *Config
}

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return newConn(nc, l.config), nil
}
