package wire_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTunnelTimeout: a tunnel without a request or with an incomplete handshake is closed after a
// time.
func TestTunnelTimeout(t *testing.T) {
	s := startSecure(t, false, func(srv *http.Server) { srv.ReadHeaderTimeout = 50 * time.Millisecond })
	for _, sent := range []string{"", "\x16", "\x16\x03\x01", "GET / HT"} {
		c := s.tunnel(t, sent)
		_, err := io.Copy(io.Discard, c.r)
		require.NoError(t, err, "%q", sent)
	}
	c, err := s.shake(t, s.tunnel(t, ""), nil)
	if err == nil { // it was in time
		_, err = io.Copy(io.Discard, c.r)
		require.NoError(t, err)
	}
	require.Zero(t, s.served.Load())
}

// TestIdleTunnel: an idle tunnel is closed like other connections.
func TestIdleTunnel(t *testing.T) {
	s := startSecure(t, false, func(srv *http.Server) { srv.IdleTimeout = 50 * time.Millisecond })
	c, err := s.shake(t, s.tunnel(t, ""), nil)
	require.NoError(t, err)
	c.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	c.want(200, `https a.example.com GET / ""`)
	c.wantEnd()
}

// TestShutdownDrains: a shutdown completes requests in tunnels, closes idle tunnels and opens no
// new one.
func TestShutdownDrains(t *testing.T) {
	s := startSecure(t, false, nil)
	busy, err := s.shake(t, s.tunnel(t, ""), nil)
	require.NoError(t, err)
	idle, err := s.shake(t, s.tunnel(t, ""), nil)
	require.NoError(t, err)
	idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	idle.want(200, `https a.example.com GET / ""`)
	busy.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")
	<-s.held

	silent, begun := s.tunnel(t, ""), s.tunnel(t, "\x16\x03\x01")
	shaken, err := s.shake(t, s.tunnel(t, ""), nil)
	require.NoError(t, err)
	ended := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go func() { ended <- s.http.Shutdown(ctx) }()
	idle.wantEnd()
	for _, c := range []*client{silent, begun, shaken} { // at once, not seconds later
		require.NoError(t, c.SetDeadline(time.Now().Add(3*time.Second)))
		_, err := io.Copy(io.Discard, c.r)
		require.True(t, err == nil || strings.Contains(err.Error(), "reset"), "%v", err)
	}
	select {
	case err := <-ended:
		require.FailNow(t, "the request in flight was not waited for", "%v", err)
	default:
	}
	close(s.hold)
	busy.want(200, `https a.example.com GET /hold ""`)
	require.NoError(t, <-ended)
	require.ErrorIs(t, <-s.done, http.ErrServerClosed)
}

// TestCloseCuts: Close ends all tunnels at once: idle ones, new ones, and those with a handshake in
// progress.
func TestCloseCuts(t *testing.T) {
	s := startSecure(t, false, nil)
	var all []*client
	for _, sent := range []string{"", "\x16\x03\x01", "GET / HT"} {
		all = append(all, s.tunnel(t, sent))
	}
	secure, err := s.shake(t, s.tunnel(t, ""), nil)
	require.NoError(t, err)
	secure.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	secure.want(200, `https a.example.com GET / ""`)
	require.NoError(t, s.http.Close())
	require.ErrorIs(t, <-s.done, http.ErrServerClosed)
	for _, c := range append(all, secure) {
		_, err := io.Copy(io.Discard, c.r)
		require.True(t, err == nil || errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "reset"), "%v", err)
	}
}

// TestCloseRace: the server closes while tunnels are opened and used. Nothing blocks; run it with
// the race detector.
func TestCloseRace(t *testing.T) {
	for range 10 {
		s := startSecure(t, false, nil)
		var clients sync.WaitGroup
		served := make(chan struct{})
		over := make(chan struct{})
		for range 8 {
			clients.Go(func() {
				for s.tunnelOnce() == nil {
					select {
					case served <- struct{}{}:
					case <-over:
					}
				}
			})
		}
		for range 4 {
			<-served
		}
		close(over)
		require.NoError(t, s.http.Close())
		require.ErrorIs(t, <-s.done, http.ErrServerClosed)
		clients.Wait()
	}
}

// tunnelOnce opens a tunnel, makes a request in it and closes it.
func (s *secureServer) tunnelOnce() error {
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err = io.WriteString(c, "CONNECT a.example.com:443 HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		return err
	}
	if _, err = http.ReadResponse(bufio.NewReader(io.LimitReader(c, 39)), &http.Request{Method: http.MethodConnect}); err != nil {
		return err
	}
	t := tls.Client(c, &tls.Config{RootCAs: s.ca.Pool(), ServerName: "a.example.com"})
	if _, err = io.WriteString(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		return err
	}
	_, err = http.ReadResponse(bufio.NewReader(t), nil)
	return err
}
