package cosemutest

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
)

// Transport returns a transport that sends requests for COS to the emulator. Give it to the HTTP
// client of the code under test, below a transport that signs, such as that of an SDK.
//
//   - A request for a COS host name, or for a domain or alias of the configuration, goes to the
//     emulator. Host header and path stay the same to the byte, since they are signed. A request
//     for https uses plain http, since no signature covers the scheme.
//   - A request for another loopback address, such as an httptest.Server, goes there.
//   - All other requests fail, so that a test reaches only this machine (choice 121).
func (s *Server) Transport() http.RoundTripper { return s.run.transport }

type transport struct {
	addr    string
	port    string
	domains []string
	aliases map[string]bool
	out     *http.Transport
}

func newTransport(address string, cfg *api.Config) *transport {
	t := &transport{
		addr: address, aliases: make(map[string]bool, len(cfg.Aliases)),
		out: &http.Transport{
			DialContext: (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
			// The emulator always answers Expect: 100-continue.
			ExpectContinueTimeout: time.Minute,
			MaxIdleConnsPerHost:   16,
		},
	}
	_, t.port, _ = net.SplitHostPort(address)
	for _, d := range cfg.Domains {
		t.domains = append(t.domains, addr.HostName(d))
	}
	for host := range cfg.Aliases {
		t.aliases[aliasName(host)] = true
	}
	return t
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	switch {
	case t.serves(req.URL.Host) || req.Host != "" && t.serves(req.Host):
	case isLocal(addr.HostName(req.URL.Host)):
		return t.out.RoundTrip(req)
	default:
		if req.Body != nil {
			_ = req.Body.Close() // a RoundTripper must close it
		}
		return nil, fmt.Errorf("cosemutest: %q is neither a host of COS nor this machine; the request was not sent", req.URL.Host)
	}
	sent := req.Clone(req.Context())
	if sent.Host == "" {
		sent.Host = req.URL.Host
	}
	sent.URL.Scheme, sent.URL.Host = "http", t.addr
	resp, err := t.out.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	resp.Request = req
	return resp, nil
}

// CloseIdleConnections implements the method that http.Client.CloseIdleConnections calls.
func (t *transport) CloseIdleConnections() { t.out.CloseIdleConnections() }

// serves reports whether the emulator serves a host.
func (t *transport) serves(hostport string) bool {
	name := addr.HostName(hostport)
	_, port, _ := net.SplitHostPort(hostport)
	switch {
	case port != "" && t.aliases[aliasName(hostport)]:
		return true
	case isLocal(name):
		return port == t.port
	}
	if addr.IsCloudHost(hostport) || t.aliases[name] {
		return true
	}
	for _, d := range t.domains {
		if name == d || strings.HasSuffix(name, "."+d) {
			return true
		}
	}
	return false
}

// aliasName returns an alias in the form for comparison: the host in lower case without a final
// dot, and the port if there is one.
func aliasName(host string) string {
	name := addr.HostName(host)
	if _, port, err := net.SplitHostPort(host); err == nil && port != "" {
		return net.JoinHostPort(name, port)
	}
	return name
}

// isLocal reports whether a host name always means this machine (RFC 6761, 6.3).
func isLocal(name string) bool {
	if ip := net.ParseIP(name); ip != nil {
		return ip.IsLoopback()
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
