package ca

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of an authority in its folder.
const (
	CertFile = "ca.pem"     // its certificate
	KeyFile  = "ca-key.pem" // its private key, for the owner's eyes
)

const (
	blockCertificate = "CERTIFICATE"
	blockKey         = "PRIVATE KEY"
)

// Open returns the authority that the folder dir holds, and makes one there
// when it holds none; the folder is made too. A pair of which a half is missing,
// unreadable, expired or not of the other is an error that says so, and nothing
// is replaced: somebody may trust it.
func Open(dir string) (*Authority, error) {
	a, err := load(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	if a, err = New(); err != nil {
		return nil, err
	}
	if err = a.save(dir); errors.Is(err, fs.ErrExist) {
		return load(dir) // another process was faster
	} else if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	return a, nil
}

// load reads the pair. Its error is fs.ErrNotExist when neither file is there.
func load(dir string) (*Authority, error) {
	certName, keyName := filepath.Join(dir, CertFile), filepath.Join(dir, KeyFile)
	certPEM, certErr := os.ReadFile(certName)
	keyPEM, keyErr := os.ReadFile(keyName)
	noCert, noKey := errors.Is(certErr, fs.ErrNotExist), errors.Is(keyErr, fs.ErrNotExist)
	switch {
	case noCert && noKey:
		return nil, fs.ErrNotExist
	case noCert || noKey:
		have, miss := certName, keyName
		if noCert {
			have, miss = keyName, certName
		}
		return nil, fmt.Errorf("ca: %s is there and %s is not: put it back, or remove the one that is left to have a new authority made", have, miss)
	case certErr != nil || keyErr != nil:
		return nil, fmt.Errorf("ca: %w", errors.Join(certErr, keyErr))
	}
	a, err := parse(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("ca: %w; remove both %s and %s to have a new authority made", err, certName, keyName)
	}
	return a, nil
}

// parse makes an authority of the two files. Its errors quote neither.
func parse(certPEM, keyPEM []byte) (*Authority, error) {
	block, rest := pem.Decode(certPEM)
	if block == nil || block.Type != blockCertificate || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New(CertFile + " is no PEM certificate, or not one alone")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errors.New(CertFile + " is damaged")
	}
	keyBlock, _ := pem.Decode(keyPEM)
	if keyBlock == nil || keyBlock.Type != blockKey {
		return nil, errors.New(KeyFile + " is no PEM private key")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, errors.New(KeyFile + " is damaged")
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New(KeyFile + " holds no ECDSA P-256 key")
	}
	switch {
	case !key.PublicKey.Equal(cert.PublicKey):
		return nil, fmt.Errorf("%s and %s do not belong together", CertFile, KeyFile)
	case !cert.IsCA:
		return nil, errors.New(CertFile + " is no authority's certificate")
	}
	a, err := newAuthority(block.Bytes, key)
	if err == nil && a.clock.Real().After(cert.NotAfter) {
		return nil, fmt.Errorf("%s expired on %s", CertFile, cert.NotAfter.Format("2006-01-02"))
	}
	return a, err
}

// save writes the pair, each file whole or not at all and the key first. Its
// error is fs.ErrExist when there is a key already.
func (a *Authority) save(dir string) error {
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // as the data folder is
		return err
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: blockKey, Bytes: der})
	keyTmp, err := stage(dir, KeyFile, keyPEM, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(keyTmp)
	certTmp, err := stage(dir, CertFile, a.pem, 0o644)
	if err != nil {
		return err
	}
	defer os.Remove(certTmp)
	if err := place(keyTmp, filepath.Join(dir, KeyFile)); err != nil {
		return err
	}
	return place(certTmp, filepath.Join(dir, CertFile))
}

// stage writes a file under a name of its own, synced.
func stage(dir, name string, data []byte, mode fs.FileMode) (string, error) {
	f, err := os.CreateTemp(dir, name+".new-*") // of mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), err
}

// place gives a staged file its name, and never replaces one. Where a file
// system knows no links, that is not held against another process.
func place(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(from, to)
}
