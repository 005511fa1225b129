// Package room keeps a server answering when the process has no file descriptor
// left: it closes connections that idle, and says so.
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

// ShortFor is for how long a server counts as short of descriptors after they ran
// out.
const ShortFor = 10 * time.Second

// Keeper knows the connections of all listeners of a process. The zero value is
// ready; it is safe for concurrent use.
type Keeper struct {
	// Log gets a warning at once, and again while it lasts; nil discards it.
	Log *slog.Logger
	// Now is the time; nil means time.Now.
	Now func() time.Time
	// Most is how many connections may be open before idle ones are closed, so that
	// descriptors are left for files; 0: as many as there are descriptors.
	Most int64

	conns sync.Map // net.Conn to *idleSince
	open  atomic.Int64

	mu   sync.Mutex
	last time.Time // when descriptors ran out
	said time.Time // when the log was told
}

// idleSince is since when nothing was asked on a connection, in Unix
// nanoseconds; 0 while a request is being served.
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

// Listener is l, whose Accept makes room when there is no descriptor left. It
// returns the error all the same: net/http waits a moment and tries again.
func (k *Keeper) Listener(l net.Listener) net.Listener { return &listener{l, k} }

type listener struct {
	net.Listener
	keeper *Keeper
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if Missing(err) {
		l.keeper.Make()
	}
	return c, err
}

// Missing tells whether an error is that of a process, or a machine, without a
// descriptor left.
func Missing(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// Make notes that descriptors run out, and closes the connections that have
// idled longest, a quarter of them and at least one. New ones on which nothing
// was asked yet count as idle.
func (k *Keeper) Make() {
	tell := k.note()
	closed := k.closeOldest()
	if tell && k.Log != nil {
		k.Log.Warn("file descriptors run out (see ulimit -n); idle connections are closed to make room",
			"connections", k.open.Load(), "closed", closed)
	}
}

// note notes the time, and tells whether the log is to be told.
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

// Short tells whether descriptors ran out in the last ten seconds.
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
