package wire

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
)

// ServeEither serves connections of l that speak TLS or plain HTTP, as the first byte of each says.
// It leaves malformed requests to net/http. Call it once, since it changes srv: it wraps Handler and
// sets ConnContext. It serves HTTP/1.1 only, and t must offer nothing else.
func ServeEither(srv *http.Server, l net.Listener, t *tls.Config) error {
	next := srv.Handler
	srv.ConnContext = func(ctx context.Context, nc net.Conn) context.Context {
		return context.WithValue(ctx, eitherKey{}, nc) //nolint:forbidigo // net/http has no other way from a connection to its requests
	}
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s, _ := r.Context().Value(eitherKey{}).(*secureConn); s != nil {
			r.TLS = s.state
		}
		next.ServeHTTP(w, r)
	})
	e := &either{Listener: l, tls: t, quiet: newQuiet()}
	srv.RegisterOnShutdown(e.quiet.end)
	return srv.Serve(e)
}

// eitherKey is where a request's context has its connection.
type eitherKey struct{}

// either wraps the connections that it accepts.
type either struct {
	net.Listener
	tls   *tls.Config
	quiet *quiet
}

// Accept waits for the next connection.
func (l *either) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return newSecureConn(&rawConn{Conn: nc}, l.tls, nil, l.quiet), nil
}
