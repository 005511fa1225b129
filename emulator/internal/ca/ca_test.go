package ca_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/ca"
)

func newCA(t *testing.T) *ca.Authority {
	t.Helper()
	a, err := ca.New()
	require.NoError(t, err)
	return a
}

func verify(cert *tls.Certificate, pool *x509.CertPool, name string, at time.Time) error {
	_, err := cert.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: pool, CurrentTime: at})
	return err
}

// TestCertificate: the certificate of a host is valid for this host only.
func TestCertificate(t *testing.T) {
	a := newCA(t)
	long := strings.Repeat("a", 63) + "." + strings.Repeat("b", 63) + ".example.com"
	for _, host := range []string{
		"examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com", "localhost", "under_score.example.com", "127.0.0.1", "::1", "10.1.2.3", long,
	} {
		c, err := a.Certificate(host)
		require.NoError(t, err, host)
		require.NoError(t, verify(c, a.Pool(), host, time.Time{}), host)
		require.Error(t, verify(c, a.Pool(), "other.example.com", time.Time{}), host)
		require.Error(t, verify(c, newCA(t).Pool(), host, time.Time{}), "%s: an authority that is not trusted", host)
		require.Less(t, c.Leaf.NotAfter.Sub(c.Leaf.NotBefore), 398*24*time.Hour)
		for _, off := range []time.Duration{-60 * 24 * time.Hour, 240 * 24 * time.Hour} {
			require.NoError(t, verify(c, a.Pool(), host, time.Now().Add(off)), "a client whose clock is off by %s", off)
		}
		require.Error(t, verify(c, a.Pool(), host, time.Now().Add(400*24*time.Hour)))
		require.NotEmpty(t, c.Leaf.AuthorityKeyId, "strict clients ask for it")
	}
	again, err := a.Certificate("LOCALHOST.")
	require.NoError(t, err)
	first, err := a.Certificate("localhost")
	require.NoError(t, err)
	require.Same(t, first, again, "one host, one certificate")
}

func TestLocal(t *testing.T) {
	a := newCA(t)
	c, err := a.ForAddress("172.17.0.2")
	require.NoError(t, err)
	for _, host := range []string{"172.17.0.2", "127.0.0.1", "::1", "localhost"} {
		require.NoError(t, verify(c, a.Pool(), host, time.Time{}), host)
	}
	require.Error(t, verify(c, a.Pool(), "example.com", time.Time{}))
}

// TestHostileNames: Certificate refuses everything but host names and IP addresses.
func TestHostileNames(t *testing.T) {
	a := newCA(t)
	for _, host := range []string{
		"", ".", "a..b", "*.example.com", "a b", "a/b", "a\x00b", "a:80", "-\n", "ü.example.com", "user@host",
		strings.Repeat("a", 64) + ".example.com", strings.Repeat("a.", 127) + "com", strings.Repeat("x", 1<<20),
	} {
		_, err := a.Certificate(host)
		require.Error(t, err, "%.40q", host)
		require.Less(t, len(err.Error()), 700)
	}
}

// TestManyNames: certificates that were not used for long are dropped, and made again when they are
// needed.
func TestManyNames(t *testing.T) {
	a := newCA(t)
	first, err := a.Certificate("first.example.com")
	require.NoError(t, err)
	same, err := a.Certificate("first.example.com")
	require.NoError(t, err)
	require.Same(t, first, same)
	for i := range 1100 {
		_, err := a.Certificate(fmt.Sprintf("n%d.example.com", i))
		require.NoError(t, err)
	}
	other, err := a.Certificate("first.example.com")
	require.NoError(t, err)
	require.NotSame(t, first, other)
}

// TestAtOnce: concurrent callers get the same certificate.
func TestAtOnce(t *testing.T) {
	a := newCA(t)
	var wg sync.WaitGroup
	got := make([]*tls.Certificate, 32)
	for i := range got {
		wg.Go(func() { got[i], _ = a.Certificate("example.com") })
	}
	wg.Wait()
	for _, c := range got {
		require.NotNil(t, c)
		require.Same(t, got[0], c)
	}
}

func TestOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	a, err := ca.Open(dir)
	require.NoError(t, err)
	b, err := ca.Open(dir)
	require.NoError(t, err)
	require.Equal(t, string(a.PEM()), string(b.PEM()), "kept")
	c, err := b.Certificate("example.com")
	require.NoError(t, err)
	require.NoError(t, verify(c, a.Pool(), "example.com", time.Time{}), "signed by the same authority")

	info, err := os.Stat(filepath.Join(dir, ca.KeyFile))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	onDisk, err := os.ReadFile(filepath.Join(dir, ca.CertFile))
	require.NoError(t, err)
	require.Equal(t, string(a.PEM()), string(onDisk))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 2, "nothing is left behind")
}

// TestOpenAtOnce: many concurrent calls of Open in one folder make one authority.
func TestOpenAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	got := make([]*ca.Authority, 8)
	for i := range got {
		wg.Go(func() { got[i], _ = ca.Open(dir) })
	}
	wg.Wait()
	kept, err := ca.Open(dir)
	require.NoError(t, err)
	opened := 0
	for _, a := range got {
		if a != nil { // it found an incomplete pair and reported that
			opened++
			require.Equal(t, string(kept.PEM()), string(a.PEM()))
		}
	}
	require.NotZero(t, opened)
}

// TestDamaged: Open reports a damaged pair and does not replace it. Its error does not quote the
// key.
func TestDamaged(t *testing.T) {
	good := t.TempDir()
	_, err := ca.Open(good)
	require.NoError(t, err)
	certPEM, err := os.ReadFile(filepath.Join(good, ca.CertFile))
	require.NoError(t, err)
	keyPEM, err := os.ReadFile(filepath.Join(good, ca.KeyFile))
	require.NoError(t, err)
	other := t.TempDir()
	_, err = ca.Open(other)
	require.NoError(t, err)
	otherKey, err := os.ReadFile(filepath.Join(other, ca.KeyFile))
	require.NoError(t, err)
	block, _ := pem.Decode(keyPEM)
	notKey := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: block.Bytes[:20]})

	for _, c := range []struct {
		name      string
		cert, key []byte // nil: the file does not exist
		says      string
	}{
		{"no key", certPEM, nil, "ca-key.pem is missing"},
		{"no certificate", nil, keyPEM, "ca.pem is missing"},
		{"empty certificate", []byte{}, keyPEM, "ca.pem is not exactly one PEM certificate"},
		{"cut certificate", certPEM[:len(certPEM)/2], keyPEM, "ca.pem is not exactly one PEM certificate"},
		{"certificate of nothing", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), keyPEM, "ca.pem is damaged"},
		{"empty key", certPEM, []byte{}, "ca-key.pem is not a PEM private key"},
		{"cut key", certPEM, keyPEM[:len(keyPEM)/2], "ca-key.pem is not a PEM private key"},
		{"damaged key", certPEM, notKey, "ca-key.pem is damaged"},
		{"another's key", certPEM, otherKey, "do not belong together"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, data := range map[string][]byte{ca.CertFile: c.cert, ca.KeyFile: c.key} {
				if data != nil {
					require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
				}
			}
			_, err := ca.Open(dir)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, dir, "where to look")
			require.NotContains(t, err.Error(), "MIG", "no key in an error")
			for name, data := range map[string][]byte{ca.CertFile: c.cert, ca.KeyFile: c.key} {
				got, err := os.ReadFile(filepath.Join(dir, name))
				if data == nil {
					require.ErrorIs(t, err, fs.ErrNotExist)
				} else {
					require.Equal(t, string(data), string(got))
				}
			}
		})
	}
}

func BenchmarkCertificate(b *testing.B) {
	a, err := ca.New()
	require.NoError(b, err)
	b.Run("new", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			_, _ = a.Certificate(fmt.Sprintf("n%d.example.com", i))
		}
	})
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			_, _ = a.Certificate("example.com")
		}
	})
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		_, _ = ca.New()
	}
}
