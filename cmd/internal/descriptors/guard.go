// Package descriptors keeps a server working when the process has no file descriptors left: it
// closes idle connections and logs a warning.
package descriptors

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ShortFor is how long a server counts as short of descriptors after they ran out.
const ShortFor = 10 * time.Second

// Guard manages the connections of all listeners of a process. The zero value is ready to use. It
// is safe for concurrent use.
type Guard struct {
	// Log gets a warning at once, and further ones while the shortage lasts. Nil discards them.
	Log *slog.Logger
	// Now returns the time; nil means time.Now.
	Now func() time.Time
	// MaxConnections is how many connections may be open before idle ones are closed, so that
	// descriptors are left for files. 0 means no limit.
	MaxConnections int64

	conns sync.Map // net.Conn to *idleSince
	open  atomic.Int64

	mu     sync.Mutex
	last   time.Time // when descriptors ran out
	warned time.Time // when the last warning was logged
}

// idleSince is when a connection became idle, in Unix nanoseconds. It is 0 during a request.
type idleSince struct{ atomic.Int64 }

// ConnState is for http.Server.ConnState.
func (g *Guard) ConnState(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s := &idleSince{}
		s.Store(g.now().UnixNano())
		g.conns.Store(c, s)
		if n := g.open.Add(1); g.MaxConnections > 0 && n > g.MaxConnections {
			g.CloseIdle()
		}
	case http.StateActive, http.StateIdle:
		if s, ok := g.conns.Load(c); ok {
			since := int64(0)
			if state == http.StateIdle {
				since = g.now().UnixNano()
			}
			s.(*idleSince).Store(since) //nolint:forcetypeassert // nothing else is stored
		}
	case http.StateHijacked, http.StateClosed:
		g.drop(c)
	}
}

func (g *Guard) drop(c net.Conn) {
	if _, ok := g.conns.LoadAndDelete(c); ok {
		g.open.Add(-1)
	}
}

// Listener wraps l. When Accept finds no descriptor left, it closes idle connections and returns
// the error; net/http tries again after a moment.
func (g *Guard) Listener(l net.Listener) net.Listener { return &listener{l, g} }

type listener struct {
	net.Listener
	guard *Guard
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if missing(err) {
		l.guard.CloseIdle()
	}
	return c, err
}

// missing reports whether an error means that the process or the machine has no descriptor left.
func missing(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// CloseIdle records that descriptors ran out. It closes the connections that have been idle
// longest: a quarter of them, at least one. New connections without a request count as idle.
func (g *Guard) CloseIdle() {
	warn := g.note()
	closed := g.closeOldest()
	if warn && g.Log != nil {
		g.Log.Warn("file descriptors run out (see ulimit -n); idle connections are closed to make room",
			"connections", g.open.Load(), "closed", closed)
	}
}

// note records the time and reports whether to log a warning.
func (g *Guard) note() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = g.now()
	if !g.warned.IsZero() && g.last.Sub(g.warned) < ShortFor {
		return false
	}
	g.warned = g.last
	return true
}

// IsShort reports whether descriptors ran out within ShortFor.
func (g *Guard) IsShort() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.last.IsZero() && g.now().Sub(g.last) < ShortFor
}

func (g *Guard) closeOldest() (closed int) {
	type idle struct {
		conn  net.Conn
		since int64
	}
	var all []idle
	g.conns.Range(func(c, s any) bool {
		if since := s.(*idleSince).Load(); since != 0 { //nolint:forcetypeassert // as above
			all = append(all, idle{c.(net.Conn), since}) //nolint:forcetypeassert // as above
		}
		return true
	})
	slices.SortFunc(all, func(a, b idle) int { return int(min(1, max(-1, a.since-b.since))) })
	all = all[:min(len(all), max(1, len(all)/4))]
	for _, c := range all {
		g.drop(c.conn)
		_ = c.conn.Close() // its reader sees the end
	}
	return len(all)
}

func (g *Guard) now() time.Time {
	if g.Now != nil {
		return g.Now()
	}
	return time.Now()
}
