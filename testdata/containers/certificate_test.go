package containers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// certificate writes a certificate for loopback and its key into a folder.
func certificate(t *testing.T) (folder string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	folder, pool = t.TempDir(), x509.NewCertPool()
	require.NoError(t, os.Chmod(folder, 0o755))
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o644)) // the image's user reads it
	}
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool.AddCert(cert)
	return folder, pool
}

// TestCertificateAndToken: with an own certificate and a control token in its variables, a container
// is healthy, and its control listener speaks https and asks for the token.
func TestCertificateAndToken(t *testing.T) {
	t.Parallel()
	folder, pool := certificate(t)
	const token = "token-of-the-suite"
	c := start(t, "--volume", folder+":/tls:ro", "--env", "COSEMU_TLS_CERT=/tls/cert.pem", "--env", "COSEMU_TLS_KEY=/tls/key.pem",
		"--env", "COSEMU_TLS_LISTEN=0.0.0.0:9443", "--publish", "127.0.0.1::9443", "--env", "COSEMU_CONTROL_TOKEN="+token)
	client := &http.Client{Timeout: most, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	ask := func(url, token string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		require.NoError(t, err)
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := client.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(body)
	}
	status, body := ask("https://"+c.console+"/api/v1/clock", token)
	require.Equal(t, http.StatusOK, status, body)
	status, _ = ask("https://"+c.console+"/api/v1/clock", "")
	require.Equal(t, http.StatusUnauthorized, status)
	status, body = ask("https://"+c.console+"/healthz", "")
	require.Equal(t, http.StatusOK, status, body)
	status, body = ask("http://"+c.console+"/api/v1/clock", token)
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, body, "use https")
	status, body = ask("https://"+c.port(t, "9443")+"/", "")
	require.Equal(t, http.StatusForbidden, status, "the COS API, which asks for a signature")
	require.Contains(t, body, "AccessDenied")

	require.Contains(t, engine(t, "exec", c.id, "/cosemu", "account", "new"), `"appid"`, "a command inside has the same variables")
	out, problems, err := try(t, "logs", c.id)
	require.NoError(t, err)
	require.NotContains(t, out+problems, token)
}
