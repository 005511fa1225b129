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

// Transport sends requests to the emulator that are meant for the cloud. Give
// it to the code under test as the transport of its HTTP client, below whatever
// signs: an SDK's authorization transport, for one.
//
// A request for one of the cloud's host names, or for a domain or alias of the
// configuration, goes to the emulator whatever its port; its Host header and
// path stay byte for byte what they were, since they are signed. One for https
// goes over plain http, as no signature covers the scheme. Requests for other
// addresses of this machine, such as an httptest.Server, go where they say.
// All others fail: a test reaches nothing beyond this machine (choice 121).
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
			// The emulator always says whether it wants a body.
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
	case local(addr.HostName(req.URL.Host)):
		return t.out.RoundTrip(req)
	default:
		if req.Body != nil {
			_ = req.Body.Close() // a RoundTripper must, and nothing was read
		}
		return nil, fmt.Errorf("cosemutest: %q is neither a host of COS nor this machine: nothing is sent there", req.URL.Host)
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

// CloseIdleConnections is what http.Client's method of that name calls.
func (t *transport) CloseIdleConnections() { t.out.CloseIdleConnections() }

// serves tells whether the emulator answers for a host.
func (t *transport) serves(hostport string) bool {
	name := addr.HostName(hostport)
	_, port, _ := net.SplitHostPort(hostport)
	switch {
	case port != "" && t.aliases[aliasName(hostport)]:
		return true
	case local(name):
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

// aliasName is an alias as it is compared: a host without its case and final
// dot, and its port if it has one.
func aliasName(host string) string {
	name := addr.HostName(host)
	if _, port, err := net.SplitHostPort(host); err == nil && port != "" {
		return net.JoinHostPort(name, port)
	}
	return name
}

// local tells whether a host name is this machine's whatever a name server
// says (RFC 6761, 6.3).
func local(name string) bool {
	if ip := net.ParseIP(name); ip != nil {
		return ip.IsLoopback()
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
