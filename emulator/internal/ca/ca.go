// Package ca is a certificate authority for the host names of COS on this machine. A program that
// trusts its certificate can use https with the emulator and stays unchanged.
//
// Validity follows the real time and not the emulator's clock. Clients check certificates by their
// own clock, and a clock that is frozen in the past must not break their connections (choice 240).
package ca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/clock"
)

const (
	// rootAge and rootLife are how long before and after its creation an authority is valid.
	rootAge  = 365 * 24 * time.Hour
	rootLife = 10 * 365 * 24 * time.Hour
	// leafAge and leafLife are how long before and after its creation a certificate of a host is
	// valid. They allow for clients whose clock is wrong. Together they are less than 398 days, the
	// most that browsers accept.
	leafAge  = 90 * 24 * time.Hour
	leafLife = 300 * 24 * time.Hour
	// leafRenew is how long before its end a certificate is replaced.
	leafRenew = 30 * 24 * time.Hour
	// maxLeaves is the most certificates in memory, at about 2 KiB each.
	maxLeaves = 1024
)

// Authority signs certificates for hosts. It is safe for concurrent use.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte

	clock clock.Clock // for the real time
	// leafKey is the key of all certificates, so that a new host costs one signature only.
	leafKey *ecdsa.PrivateKey
	leaves  *lru.Cache[string, *leaf]
}

// New returns a new authority in memory.
func New() (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, bilingual.Errorf("ca: %w", "ca：%w", err)
	}
	// A client may trust several authorities, so each one has its own name.
	id := make([]byte, 4)
	_, _ = rand.Read(id) // never fails
	now := new(clock.Clock).Real()
	template := &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"cosemu"}, CommonName: "cosemu local CA " + hex.EncodeToString(id)},
		NotBefore:             now.Add(-rootAge),
		NotAfter:              now.Add(rootLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true, // it signs hosts, no authorities
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, bilingual.Errorf("ca: %w", "ca：%w", err)
	}
	return newAuthority(der, key)
}

func newAuthority(der []byte, key *ecdsa.PrivateKey) (*Authority, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, bilingual.Errorf("ca: %w", "ca：%w", err)
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, bilingual.Errorf("ca: %w", "ca：%w", err)
	}
	leaves, err := lru.New[string, *leaf](maxLeaves)
	if err != nil {
		return nil, bilingual.Errorf("ca: %w", "ca：%w", err)
	}
	return &Authority{
		cert: cert, key: key, leafKey: leafKey, leaves: leaves,
		pem: pem.EncodeToMemory(&pem.Block{Type: blockCertificate, Bytes: der}),
	}, nil
}

// PEM returns the authority's certificate, which clients must trust.
func (a *Authority) PEM() []byte { return append([]byte(nil), a.pem...) }

// Pool returns a pool that trusts only this authority.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// Certificate returns the certificate for a host name or IP address, without port. It makes one on
// the first call. Concurrent callers wait and get the same certificate.
func (a *Authority) Certificate(host string) (*tls.Certificate, error) {
	name, err := normal(host)
	if err != nil {
		return nil, err
	}
	return a.leaf(name, []string{name})
}

// ForAddress returns a certificate for a client that sends no host name. It is valid for the IP address
// that the client connected to, for the loopback addresses and for localhost, since the address may
// be that of a mapped port.
func (a *Authority) ForAddress(ip string) (*tls.Certificate, error) {
	name, err := normal(ip)
	if err != nil {
		return nil, err
	}
	return a.leaf("local "+name, []string{name, "127.0.0.1", "::1", "localhost"})
}
