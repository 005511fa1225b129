// Package room keeps a server working when the process has no file descriptors left: it closes idle
// connections and logs a warning.
package room

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

// Keeper manages the connections of all listeners of a process. The zero value is ready to use. It
// is safe for concurrent use.
type Keeper struct {
	// Log gets a warning at once, and further ones while the shortage lasts. Nil discards them.
	Log *slog.Logger
	// Now returns the time; nil means time.Now.
	Now func() time.Time
	// Most is how many connections may be open before idle ones are closed, so that descriptors are
	// left for files. 0 means no limit.
	Most int64

	conns sync.Map // net.Conn to *idleSince
	open  atomic.Int64

	mu   sync.Mutex
	last time.Time // when descriptors ran out
	said time.Time // when the last warning was logged
}

// idleSince is when a connection became idle, in Unix nanoseconds. It is 0 during a request.
type idleSince struct{ atomic.Int64 }

// ConnState is for http.Server.ConnState.
func (k *Keeper) ConnState(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s := &idleSince{}
		s.Store(k.now().UnixNano())
		k.conns.Store(c, s)
		if n := k.open.Add(1); k.Most > 0 && n > k.Most {
			k.Make()
		}
	case http.StateActive, http.StateIdle:
		if s, ok := k.conns.Load(c); ok {
			since := int64(0)
			if state == http.StateIdle {
				since = k.now().UnixNano()
			}
			s.(*idleSince).Store(since) //nolint:forcetypeassert // nothing else is stored
		}
	case http.StateHijacked, http.StateClosed:
		k.drop(c)
	}
}

func (k *Keeper) drop(c net.Conn) {
	if _, ok := k.conns.LoadAndDelete(c); ok {
		k.open.Add(-1)
	}
}

// Listener wraps l. When Accept finds no descriptor left, it closes idle connections and returns
// the error; net/http tries again after a moment.
func (k *Keeper) Listener(l net.Listener) net.Listener { return &listener{l, k} }

type listener struct {
	net.Listener
	keeper *Keeper
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if missing(err) {
		l.keeper.Make()
	}
	return c, err
}

// missing reports whether an error means that the process or the machine has no descriptor left.
func missing(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// Make records that descriptors ran out. It closes the connections that have been idle longest: a
// quarter of them, at least one. New connections without a request count as idle.
func (k *Keeper) Make() {
	tell := k.note()
	closed := k.closeOldest()
	if tell && k.Log != nil {
		k.Log.Warn("file descriptors run out (see ulimit -n); idle connections are closed to make room",
			"connections", k.open.Load(), "closed", closed)
	}
}

// note records the time and reports whether to log a warning.
func (k *Keeper) note() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = k.now()
	if !k.said.IsZero() && k.last.Sub(k.said) < ShortFor {
		return false
	}
	k.said = k.last
	return true
}

// Short reports whether descriptors ran out within ShortFor.
func (k *Keeper) Short() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return !k.last.IsZero() && k.now().Sub(k.last) < ShortFor
}

func (k *Keeper) closeOldest() (closed int) {
	type idle struct {
		conn  net.Conn
		since int64
	}
	var all []idle
	k.conns.Range(func(c, s any) bool {
		if since := s.(*idleSince).Load(); since != 0 { //nolint:forcetypeassert // as above
			all = append(all, idle{c.(net.Conn), since}) //nolint:forcetypeassert // as above
		}
		return true
	})
	slices.SortFunc(all, func(a, b idle) int { return int(min(1, max(-1, a.since-b.since))) })
	all = all[:min(len(all), max(1, len(all)/4))]
	for _, c := range all {
		k.drop(c.conn)
		_ = c.conn.Close() // its reader sees the end
	}
	return len(all)
}

func (k *Keeper) now() time.Time {
	if k.Now != nil {
		return k.Now()
	}
	return time.Now()
}
