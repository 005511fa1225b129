package api

import (
	"crypto/tls"
	"fmt"
	"sync"

	"github.com/cosemu/cosemu/emulator/internal/ca"
	"github.com/cosemu/cosemu/emulator/internal/wire"
)

// CA is the authority that signs the certificates of tunnels and TLS ports:
// Config.CA, else one in memory that is made the first time it is needed.
func (e *Emulator) CA() (*ca.Authority, error) { return e.authority() }

// TLSConfig is for a port that speaks TLS (see wire.Config.ServeTLS), with
// certificates of the emulator's CA. It must not be changed.
func (e *Emulator) TLSConfig() *tls.Config { return e.tls }

// authorityOf returns where the authority comes from.
func authorityOf(cfg *Config) func() (*ca.Authority, error) {
	if cfg.CA != nil {
		given := cfg.CA
		return func() (*ca.Authority, error) { return given, nil }
	}
	return sync.OnceValues(ca.New)
}

// newTLS says how the emulator speaks TLS. It accepts versions before TLS 1.2, so that
// tests can see a policy on cos:tls-version refuse them (choice 242). It speaks
// HTTP/1.1 alone, as COS's hosts do: with HTTP/2 neither the request line nor the
// bytes of an answer could be as on COS (choice 243).
func newTLS(authority func() (*ca.Authority, error), own *tls.Certificate, serves func(host string) bool) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS10,
		NextProtos:     []string{"http/1.1"},
		GetCertificate: certificates(authority, own, serves),
		// Records of 16 KiB from the start: there is no slow link to be kind to.
		DynamicRecordSizingDisabled: true,
	}
}

// certificates returns the function that chooses the certificate of a handshake: for
// the name that the client gives, else for the host that its tunnel leads to. In a
// tunnel both must be hosts of the emulator. A TLS port has a certificate for every
// name, as the plain port takes every Host (choice 65). A client that gives no name
// has called an IP address.
func certificates(of func() (*ca.Authority, error), own *tls.Certificate, serves func(host string) bool) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		authority, err := of()
		if err != nil {
			return nil, err
		}
		host, local := wire.RequestedHost(hello)
		switch {
		case holdsFor(own, host):
			return own, nil
		case host == "":
			return authority.ForAddress(local)
		case wire.InTunnel(hello) && !serves(host):
			return nil, fmt.Errorf("%.300q is none of cosemu's hosts, so it has no certificate here", host)
		}
		return authority.Certificate(host)
	}
}

// holdsFor reports whether a certificate is for the name that a client gives. A client
// that gives none has called an IP address. Behind a mapped port that address is not
// known, so any IP address in the certificate will do.
func holdsFor(c *tls.Certificate, host string) bool {
	if c == nil {
		return false
	}
	if host == "" {
		return len(c.Leaf.IPAddresses) > 0
	}
	return c.Leaf.VerifyHostname(host) == nil
}
