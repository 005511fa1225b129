package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const (
	keyMark  = "{key}"
	peerHelp = "also measure the 1 KiB PUT of another server on this machine, which runs already: " +
		"the `URL` of a new object, with " + keyMark + " for its key"
)

// peerForm is how an upload to another server looks.
type peerForm struct {
	addr   string // host and port
	target string // of the request line, with {key} where the key goes
	header http.Header
}

// peerHeaders are the headers for a peer, as flags.
type peerHeaders http.Header

func (peerHeaders) String() string { return "" }

// Set implements flag.Value.
func (h peerHeaders) Set(line string) error {
	name, value, ok := strings.Cut(line, ":")
	if !ok || name == "" || strings.ContainsAny(line, "\r\n") {
		return errors.New("want Name: value in one line")
	}
	http.Header(h).Add(name, strings.TrimSpace(value))
	return nil
}

// setPeer sets the server to compare with; an empty URL means none.
func (b *bench) setPeer(rawURL string, headers peerHeaders, pid int) (err error) {
	if rawURL == "" {
		return nil
	}
	b.peer, err = newPeerForm(rawURL, headers)
	b.peerID = pid
	return err
}

// newPeerForm reads the URL of a peer. Without {key} the key is appended. The peer is on this
// machine: what it takes over a network says nothing about a server, and thousands of uploads are
// nothing to send to somebody else's.
func newPeerForm(rawURL string, header peerHeaders) (*peerForm, error) {
	const stand = "cosemu-bench-key"
	if !strings.Contains(rawURL, keyMark) {
		rawURL = strings.TrimSuffix(rawURL, "/") + "/" + keyMark
	}
	u, err := url.Parse(strings.ReplaceAll(rawURL, keyMark, stand))
	switch {
	case err != nil:
		return nil, err
	case u.Scheme != "http" || u.User != nil:
		return nil, errors.New("want http://HOST:PORT/..., without a user")
	case !loopback(u.Hostname()):
		return nil, fmt.Errorf("%q is not on this machine: want localhost or a loopback address", u.Hostname())
	}
	f := &peerForm{addr: u.Host, target: strings.ReplaceAll(u.RequestURI(), stand, keyMark), header: http.Header(header)}
	if u.Port() == "" {
		f.addr = net.JoinHostPort(u.Hostname(), "80")
	}
	for name, value := range map[string]string{
		"Host": u.Host, "User-Agent": "cosemu-bench", "Accept": "*/*", "Content-Type": "application/octet-stream",
	} {
		if f.header.Get(name) == "" {
			f.header.Set(name, value)
		}
	}
	return f, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// uploads returns n uploads of body with new keys.
func (f *peerForm) uploads(prefix string, n int, body []byte) [][]byte {
	var head strings.Builder
	head.WriteString("PUT " + f.target + " HTTP/1.1\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n")
	_ = f.header.Write(&head) // a builder returns no error
	head.WriteString("\r\n")
	all := make([][]byte, n)
	for i := range all {
		all[i] = append([]byte(strings.ReplaceAll(head.String(), keyMark, fmt.Sprintf("%s%07d", prefix, i))), body...)
	}
	return all
}

// measurePeer compares the rate of 1 KiB uploads with that of another server, and both with the
// bare one.
func (b *bench) measurePeer(ctx context.Context) error {
	bare, err := b.startBare(ctx)
	if err != nil {
		return err
	}
	own, err := b.startCosemu(ctx)
	if err != nil {
		return err
	}
	form := func(prefix string, n int, body []byte) ([][]byte, error) { return b.peer.uploads(prefix, n, body), nil }
	peer := load{server: &server{addr: b.peer.addr, pid: b.peerID}, form: form}
	pairs := []struct {
		what, base string
		*pair
	}{
		{"in memory", "the peer", &pair{base: peer, other: load{server: own}, send: raw}},
		{"in memory", "bare", &pair{base: load{server: bare}, other: load{server: own}, send: raw}},
		{"the peer", "bare", &pair{base: load{server: bare}, other: peer, send: raw}},
	}
	for round := range b.Rounds + 1 {
		for i, p := range pairs {
			if err := p.turn(ctx, b.signer, fmt.Sprintf("p%d/%d/", i, round), b.Small, round > 0); err != nil {
				return fmt.Errorf("%s: %w", p.what, err)
			}
		}
	}
	for _, p := range pairs {
		b.add(p.row(fmt.Sprintf("1 KiB PUT, %d connections, %s", connections, p.what), p.base, 0))
	}
	return nil
}
