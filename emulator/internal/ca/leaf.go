package ca

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// leaf is a certificate that is ready or being made.
type leaf struct {
	once  sync.Once
	cert  *tls.Certificate
	err   error
	until time.Time // when to replace it
}

// leaf returns the certificate for hosts. It is stored by name.
func (a *Authority) leaf(name string, hosts []string) (*tls.Certificate, error) {
	now := a.clock.Real()
	l, ok := a.leaves.Get(name)
	if ok && !l.until.IsZero() && now.After(l.until) {
		a.leaves.Remove(name)
		ok = false
	}
	if !ok {
		fresh := &leaf{until: now.Add(leafLife - leafRenew)}
		l = fresh
		if other, there, _ := a.leaves.PeekOrAdd(name, fresh); there {
			l = other
		}
	}
	l.once.Do(func() { l.cert, l.err = a.issue(hosts, now) })
	return l.cert, l.err
}

// issue signs a certificate. The chain includes the authority's own, since some clients show it.
func (a *Authority) issue(hosts []string, now time.Time) (*tls.Certificate, error) {
	template := &x509.Certificate{
		Subject:     pkix.Name{Organization: []string{"cosemu"}},
		NotBefore:   now.Add(-leafAge),
		NotAfter:    now.Add(leafLife),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if len(hosts[0]) <= maxCommonName {
		template.Subject.CommonName = hosts[0] // tools show it as the subject
	}
	for _, h := range hosts {
		if ip, err := netip.ParseAddr(h); err == nil {
			template.IPAddresses = append(template.IPAddresses, ip.AsSlice())
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &a.leafKey.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("ca: certificate for %q: %w", hosts[0], err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("ca: certificate for %q: %w", hosts[0], err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: a.leafKey, Leaf: parsed}, nil
}

const (
	// maxCommonName is the longest common name of X.520.
	maxCommonName = 64
	// maxName is the longest name of DNS.
	maxName = 253
)

// normal returns a host in its standard form. A handshake may contain any text, so only names and
// addresses are valid.
func normal(host string) (string, error) {
	h := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(host, "]"), "["), ".")
	if ip, err := netip.ParseAddr(h); err == nil {
		return ip.Unmap().WithZone("").String(), nil
	}
	h = strings.ToLower(h)
	if len(h) > maxName {
		return "", fmt.Errorf("ca: a host name of %d bytes is too long", len(h))
	}
	for label := range strings.SplitSeq(h, ".") {
		if !isLabel(label) {
			return "", fmt.Errorf("ca: %q is not a host name", h)
		}
	}
	return h, nil
}

func isLabel(label string) bool {
	if label == "" || len(label) > 63 {
		return false
	}
	return strings.IndexFunc(label, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	}) < 0
}
