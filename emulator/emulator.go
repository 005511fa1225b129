package emulator

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/control"
	"github.com/cosemu/cosemu/emulator/internal/wire"
	"github.com/cosemu/cosemu/storage"
)

// Emulator serves the COS API over one store. It is safe for concurrent use.
type Emulator struct{ api *api.Emulator }

// New makes an emulator over st, which it does not close. The configured
// buckets are created where they do not exist yet. Its errors name the part of
// the configuration that is wrong.
func New(cfg Config, st *storage.Store) (*Emulator, error) {
	e, err := api.New(cfg, st)
	if err != nil {
		return nil, err
	}
	return &Emulator{e}, nil
}

// ServeHTTP answers one request of the COS API. A server that is reached through
// Serve or ServeTLS answers some malformed requests as well that net/http
// refuses by itself. A planned fault that closes the connection panics with
// [http.ErrAbortHandler].
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.api.ServeHTTP(w, r) }

// Loopback is the handler for a port that only this machine reaches. It answers
// to its own names alone, and a page of another site may send it POST Object and
// nothing else, since every page that a developer opens can reach such a port
// (choices 341 and 342).
func (e *Emulator) Loopback() http.Handler { return e.api.Loopback() }

// Serve accepts plain connections on l, and the tunnels that CONNECT opens on
// them. Like [http.Server.Serve] it returns a non-nil error, and
// http.ErrServerClosed after a shutdown. failed, when not nil, is called for each
// client whose TLS handshake in a tunnel failed.
func (e *Emulator) Serve(s *http.Server, l net.Listener, failed func(HandshakeFailure)) error {
	return e.wire(failed).Serve(s, l)
}

// ServeTLS is Serve for connections that begin with TLS, for which the
// emulator's CA signs certificates.
func (e *Emulator) ServeTLS(s *http.Server, l net.Listener, failed func(HandshakeFailure)) error {
	return e.wire(failed).ServeTLS(s, l, e.TLSConfig())
}

func (e *Emulator) wire(failed func(HandshakeFailure)) wire.Config {
	return wire.Config{Clock: e.api.Clock(), Refused: e.api.NoteRefusal, HandshakeFailed: failed}
}

// TLSConfig gives a certificate of the emulator's CA for each host that it serves.
func (e *Emulator) TLSConfig() *tls.Config { return e.api.TLSConfig() }

// ServeControl serves the control listener. With a certificate a connection may speak TLS or plain
// HTTP; without one, plain HTTP alone. It returns as [http.Server.Serve] does.
func ServeControl(s *http.Server, l net.Listener, own *tls.Certificate) error {
	if own == nil {
		return s.Serve(l)
	}
	return wire.ServeEither(s, l, &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, Certificates: []tls.Certificate{*own},
	})
}

// NewControl makes the handler of the control listener: the JSON API under
// /api/v1 and the console. It is not ready before SetReady says so.
func (e *Emulator) NewControl(o ControlOptions) *Control { return control.New(e.api, o) }

// Presign signs a URL that works on this emulator as it is: a path-style one at
// Config.Endpoint, or one at a name of the bucket under Strict.PathStyle. Its
// error wraps ErrNoKey or storage.ErrNoBucket, or says what is wrong with the
// request.
func (e *Emulator) Presign(in PresignRequest) (PresignReply, error) { return e.api.Presign(in) }

// Now is the time by which the emulator judges.
func (e *Emulator) Now() time.Time { return e.api.Clock().Now() }

// Redact replaces the secrets of the known key pairs in a text.
func (e *Emulator) Redact(text string) string { return e.api.Keys().Redact(text) }

// Stop ends what requests wait for by planned faults: call it when the server is to
// stop. Such requests lose their connection.
func (e *Emulator) Stop() { e.api.Stop() }

// Reset returns to the start: the configured buckets, keys and seed and nothing
// else, the clock as configured, the journal empty.
func (e *Emulator) Reset() error { return e.api.Reset() }
