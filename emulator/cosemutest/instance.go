package cosemutest

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/emulator/internal/wire"
	"github.com/cosemu/cosemu/storage"
)

// instance is the running emulator that all views of a server share.
type instance struct {
	addr      string
	tlsAddr   string // empty: no port for TLS
	emulator  *api.Emulator
	store     *storage.Store
	servers   []*http.Server // one for each port
	transport *transport
	bodies    body.Reader
	waitLimit time.Duration

	ended chan error // the error that ended each of servers
	// serving is read-locked by each request. close locks it for ever.
	serving sync.RWMutex
	closing sync.Once
	closed  error // the error of close
}

// start starts a server. Its ports answer as soon as start returns.
func start(set *settings) (_ *instance, err error) {
	l, secure, err := listenAll(set.tls)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
			if secure != nil {
				err = errors.Join(err, secure.Close())
			}
		}
	}()
	st, err := openStore(set)
	if err != nil {
		return nil, err
	}
	set.config.Endpoint = l.Addr().String()
	e, err := api.New(set.config, st)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	run := &instance{
		addr: set.config.Endpoint, emulator: e, store: st, waitLimit: set.waitLimit,
		transport: newTransport(set.config.Endpoint, &set.config), ended: make(chan error, 2),
	}
	conns := wire.Config{Clock: e.Clock(), Refused: e.NoteRefusal}
	run.serveOn(func(s *http.Server) error { return conns.Serve(s, l) })
	if secure != nil {
		run.tlsAddr = secure.Addr().String()
		run.serveOn(func(s *http.Server) error { return conns.ServeTLS(s, secure, e.TLSConfig()) })
	}
	return run, nil
}

// serveOn starts a server. loop accepts its connections.
func (run *instance) serveOn(loop func(*http.Server) error) {
	s := &http.Server{
		Handler:           http.HandlerFunc(run.serve),
		ReadHeaderTimeout: time.Minute,
		MaxHeaderBytes:    64 << 10, // a URL with a long key and a token has 8 KiB
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	run.servers = append(run.servers, s)
	go func() { run.ended <- loop(s) }()
}

// listenAll opens a port, and a second one for TLS where secure is true.
func listenAll(secure bool) (plain, tls net.Listener, err error) {
	if plain, err = listen(); err != nil || !secure {
		return plain, nil, err
	}
	if tls, err = listen(); err != nil {
		return nil, nil, errors.Join(err, plain.Close())
	}
	return plain, tls, nil
}

// listen opens a free loopback port.
func listen() (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		return l, nil
	}
	l, err6 := net.Listen("tcp", "[::1]:0")
	if err6 == nil {
		return l, nil
	}
	return nil, fmt.Errorf("no free loopback port: %w", errors.Join(err, err6))
}

func openStore(set *settings) (*storage.Store, error) {
	o := storage.Options{Log: set.config.Log}
	if set.disk == "" {
		return storage.OpenMemory(o)
	}
	st, err := storage.OpenDisk(set.disk, o)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", set.disk, err)
	}
	return st, nil
}

func (run *instance) serve(w http.ResponseWriter, r *http.Request) {
	if !run.serving.TryRLock() { // the server was closed meanwhile
		panic(http.ErrAbortHandler)
	}
	defer run.serving.RUnlock()
	run.emulator.ServeHTTP(w, r)
}

// close stops the server and waits for its requests, so that none of them uses the closed store or
// writes to the log of a finished test.
func (run *instance) close() error {
	run.closing.Do(func() {
		run.emulator.Stop()
		run.transport.CloseIdleConnections()
		var err error
		for _, s := range run.servers {
			err = errors.Join(err, s.Close())
		}
		for range run.servers {
			if e := <-run.ended; !errors.Is(e, http.ErrServerClosed) {
				err = errors.Join(err, e)
			}
		}
		run.serving.Lock()
		run.closed = errors.Join(err, run.store.Close())
	})
	return run.closed
}
