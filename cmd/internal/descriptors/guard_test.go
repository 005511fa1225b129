package descriptors_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/cmd/internal/descriptors"
)

// conn is a connection that records Close.
type conn struct {
	net.Conn
	closed bool
}

func (c *conn) Close() error {
	c.closed = true
	return nil
}

// failing is a listener whose Accept fails.
type failing struct {
	net.Listener
	err error
}

func (f *failing) Accept() (net.Conn, error) { return nil, f.err }

func TestMakesRoom(t *testing.T) {
	now := time.Unix(1_000_000_000, 0)
	var log bytes.Buffer
	g := &descriptors.Guard{Log: slog.New(slog.NewTextHandler(&log, nil)), Now: func() time.Time { return now }}
	var all [12]*conn
	for i := range all {
		now = now.Add(time.Second)
		all[i] = &conn{}
		g.ConnState(all[i], http.StateNew)
		g.ConnState(all[i], http.StateActive)
		if i >= 2 { // the oldest two are serving a request
			g.ConnState(all[i], http.StateIdle)
		}
	}
	g.ConnState(all[2], http.StateClosed)
	g.ConnState(all[3], http.StateHijacked)
	closed := func() (n int) {
		for _, c := range all {
			if c.closed {
				n++
			}
		}
		return n
	}
	l := &failing{err: errors.New("another")}
	_, err := g.Listener(l).Accept()
	require.Equal(t, l.err, err)
	require.False(t, g.IsShort())
	require.Zero(t, closed())

	l.err = &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	_, err = g.Listener(l).Accept()
	require.Equal(t, l.err, err)
	require.True(t, g.IsShort())
	require.Equal(t, 2, closed(), "a quarter of the eight that idle")
	require.True(t, all[4].closed && all[5].closed, "those that idle longest")
	require.Contains(t, log.String(), "level=WARN")
	require.Contains(t, log.String(), "closed=2")

	log.Reset()
	for range 20 {
		_, _ = g.Listener(l).Accept() // fails, as above
	}
	require.Equal(t, 8, closed(), "all that idle, and no other")
	require.Empty(t, log.String(), "once for a shortage")
	now = now.Add(descriptors.ShortFor)
	require.False(t, g.IsShort())
	_, _ = g.Listener(l).Accept() // fails, as above
	require.Contains(t, log.String(), "level=WARN")
}

func TestRoomForFiles(t *testing.T) {
	g := &descriptors.Guard{MaxConnections: 2}
	a, b, c := &conn{}, &conn{}, &conn{}
	g.ConnState(a, http.StateNew)
	g.ConnState(b, http.StateNew)
	require.False(t, g.IsShort())
	g.ConnState(a, http.StateActive)
	g.ConnState(c, http.StateNew)
	require.True(t, g.IsShort())
	require.True(t, b.closed)
	require.False(t, a.closed || c.closed)
}
