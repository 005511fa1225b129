package cli

import (
	"bytes"
	"context"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/descriptors"
)

// A listener is one of the two ports, and the server behind it.
type listener struct {
	net.Listener
	log    *slog.Logger
	guard  *descriptors.Guard
	server *http.Server
	// serving is locked for reading by each request, and for writing, forever,
	// by close.
	serving sync.RWMutex
}

// listen takes a port; setting is the name of the setting that says which.
func listen(setting, addr string, log *slog.Logger, guard *descriptors.Guard) (*listener, error) {
	flag := strings.ReplaceAll(setting, "_", "-")
	l, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, lang.Errorf("%s: %s is in use by another program, perhaps another cosemu; "+
			"stop it, or choose another address with --%s (port 0 takes a free one)",
			"%s：%s 已被另一个程序占用，可能是另一个 cosemu；请停止它，或用 --%s 换一个地址（端口 0 表示任选空闲端口）", setting, addr, flag)
	case err != nil:
		return nil, lang.Errorf("%s: %v", "%s：%v", setting, err)
	}
	return &listener{Listener: guard.Listener(l), log: log, guard: guard}, nil
}

// callable is host:port by which this machine reaches the listener.
func (l *listener) callable() string { return callable(l.Addr().String()) }

// loopback reports whether only this machine reaches the listener.
func (l *listener) loopback() bool {
	a, ok := l.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// callable turns a listen address into one to connect to: 0.0.0.0 becomes
// 127.0.0.1.
func callable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || (err == nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// serve runs loop until close. If loop ends by itself, its error goes to failed.
func (l *listener) serve(s *http.Server, loop func(*http.Server, net.Listener) error, failed chan<- error) {
	s.ErrorLog = log.New(serverErrors{l.log}, "", 0)
	next := s.Handler
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !l.serving.TryRLock() { // closed between the connection and here
			panic(http.ErrAbortHandler)
		}
		defer l.serving.RUnlock()
		next.ServeHTTP(w, r)
	})
	s.ConnState = l.guard.ConnState
	l.server = s
	go func() {
		if err := loop(s, l.Listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
}

// shutdown lets requests in flight finish until ctx ends, and reports whether
// some were cut off.
func (l *listener) shutdown(ctx context.Context) (cut bool) {
	return l.server.Shutdown(ctx) != nil
}

// close closes the port and its connections, and waits for the last handler, so
// that none uses the store that is closed next.
func (l *listener) close() {
	if l.server == nil {
		_ = l.Close() // nothing was accepted
		return
	}
	_ = l.server.Close() // the connections are gone either way
	l.serving.Lock()
}

// apiServer is the server of the COS port. Bodies may take any time, as on COS;
// headers and idle connections may not.
func apiServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10, // a URL with a long key and a token takes 8 KiB
	}
}

// serverErrors logs the messages of net/http: a panic of a handler as an error,
// all else, such as a broken connection, as debug.
type serverErrors struct{ log *slog.Logger }

// Write takes one message.
func (e serverErrors) Write(p []byte) (int, error) {
	level := slog.LevelDebug
	if bytes.HasPrefix(p, []byte("http: panic ")) {
		level = slog.LevelError
	}
	e.log.Log(context.Background(), level, "net/http", "message", strings.TrimSpace(string(p)))
	return len(p), nil
}
