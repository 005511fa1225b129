// Package ca is a certificate authority of cosemu's own. It vouches for the
// cloud's host names on this machine alone: a program that is told to trust its
// certificate speaks https to the emulator without a change.
//
// Validity counts from the real time, not from the emulator's clock: a client
// checks certificates by its own clock, and one that is frozen in the past for
// the sake of a signature must not break its connections (choice 240).
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
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/cosemu/cosemu/emulator/internal/clock"
)

const (
	// rootAge and rootLife are how long before its making an authority is valid,
	// and how long after.
	rootAge  = 365 * 24 * time.Hour
	rootLife = 10 * 365 * 24 * time.Hour
	// leafAge and leafLife are the same for a host's certificate. They reach
	// back for clients whose clock is off, and stay together under the 398 days
	// past which browsers refuse.
	leafAge  = 90 * 24 * time.Hour
	leafLife = 300 * 24 * time.Hour
	// leafRenew is how long before its end a certificate is made anew.
	leafRenew = 30 * 24 * time.Hour
	// maxLeaves bounds the certificates that are kept, about 2 KiB each.
	maxLeaves = 1024
)

// Authority signs certificates for hosts. It is safe for concurrent use.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte

	clock clock.Clock // the real time
	// leafKey is the key of all certificates that it signs: whoever has one has
	// them all, and a new host costs a signature only.
	leafKey *ecdsa.PrivateKey
	leaves  *lru.Cache[string, *leaf]
}

// New returns a new authority, kept in memory.
func New() (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	// Several of these may be trusted at once, so each has a name of its own.
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
		MaxPathLenZero:        true, // it signs hosts, not authorities
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	return newAuthority(der, key)
}

func newAuthority(der []byte, key *ecdsa.PrivateKey) (*Authority, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	leaves, err := lru.New[string, *leaf](maxLeaves)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	return &Authority{
		cert: cert, key: key, leafKey: leafKey, leaves: leaves,
		pem: pem.EncodeToMemory(&pem.Block{Type: blockCertificate, Bytes: der}),
	}, nil
}

// PEM is the authority's certificate, for clients to trust.
func (a *Authority) PEM() []byte { return append([]byte(nil), a.pem...) }

// Pool is a pool that trusts this authority and no other.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// Certificate is a certificate for a host: a name, or an IP address, without
// port. It is made the first time it is asked for, by one caller whoever else
// waits for it.
func (a *Authority) Certificate(host string) (*tls.Certificate, error) {
	name, err := normal(host)
	if err != nil {
		return nil, err
	}
	return a.leaf(name, []string{name})
}

// Local is a certificate for a client that names no host: for the address at
// which it called, and for the loopback ones and localhost, which a mapped port
// may have been called by.
func (a *Authority) Local(ip string) (*tls.Certificate, error) {
	name, err := normal(ip)
	if err != nil {
		return nil, err
	}
	return a.leaf("local "+name, []string{name, "127.0.0.1", "::1", "localhost"})
}
