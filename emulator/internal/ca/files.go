package ca

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
)

// The files of an authority.
const (
	CertFile = "ca.pem"     // the certificate
	KeyFile  = "ca-key.pem" // the private key, readable by its owner only
)

const (
	blockCertificate = "CERTIFICATE"
	blockKey         = "PRIVATE KEY"
)

// Open returns the authority in the folder dir. Where the folder has none, Open makes the folder
// and a new authority. It returns an error where a file of the pair is missing, unreadable, damaged
// or expired, or where the two do not match. It never replaces a file, since clients may trust the
// certificate.
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
		return nil, bilingual.Errorf("ca: %w", "ca：%w", err)
	}
	return a, nil
}

// load reads the pair. It returns fs.ErrNotExist where both files are missing.
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
		return nil, bilingual.Errorf("ca: %s exists, but %s is missing: put it back, or remove the other one to get a new authority",
			"ca：有 %s，却没有 %s：请放回它，或者删除前者以生成新的 CA", have, miss)
	case certErr != nil || keyErr != nil:
		return nil, bilingual.Errorf("ca: %w", "ca：%w", errors.Join(certErr, keyErr))
	}
	a, err := parse(certPEM, keyPEM)
	if err != nil {
		return nil, bilingual.Errorf("ca: %w; remove both %s and %s to get a new authority", "ca：%w；删除 %s 和 %s 可生成新的 CA", err, certName, keyName)
	}
	return a, nil
}

// parse makes an authority from the two files. Its errors do not quote them.
func parse(certPEM, keyPEM []byte) (*Authority, error) {
	block, rest := pem.Decode(certPEM)
	if block == nil || block.Type != blockCertificate || len(bytes.TrimSpace(rest)) > 0 {
		return nil, bilingual.Errorf("%s is not exactly one PEM certificate", "%s 不是单独一张 PEM 证书", CertFile)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, bilingual.Errorf("%s is damaged", "%s 已损坏", CertFile)
	}
	keyBlock, _ := pem.Decode(keyPEM)
	if keyBlock == nil || keyBlock.Type != blockKey {
		return nil, bilingual.Errorf("%s is not a PEM private key", "%s 不是 PEM 私钥", KeyFile)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, bilingual.Errorf("%s is damaged", "%s 已损坏", KeyFile)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, bilingual.Errorf("%s is not an ECDSA P-256 key", "%s 不是 ECDSA P-256 私钥", KeyFile)
	}
	switch {
	case !key.PublicKey.Equal(cert.PublicKey):
		return nil, bilingual.Errorf("%s and %s do not belong together", "%s 与 %s 不是一对", CertFile, KeyFile)
	case !cert.IsCA:
		return nil, bilingual.Errorf("%s is not the certificate of an authority", "%s 不是 CA 证书", CertFile)
	}
	a, err := newAuthority(block.Bytes, key)
	if err == nil && a.clock.Real().After(cert.NotAfter) {
		return nil, bilingual.Errorf("%s expired on %s", "%s 已于 %s 过期", CertFile, cert.NotAfter.Format("2006-01-02"))
	}
	return a, err
}

// save writes the pair, the key first, each file completely or not at all. It returns fs.ErrExist
// where the key exists.
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

// stage writes a synced file with a temporary name.
func stage(dir, name string, data []byte, mode fs.FileMode) (string, error) {
	f, err := os.CreateTemp(dir, name+".new-*") // its mode is 0600
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

// place renames a staged file and never replaces an existing one. It links where the file system
// can; else it renames, and does not detect another process.
func place(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(from, to)
}
