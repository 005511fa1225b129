package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// certified writes a certificate that signs itself, and its key.
func certified(t *testing.T, from, until time.Time, names ...string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "own"}, NotBefore: from, NotAfter: until, DNSNames: names,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return writeFile(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))),
		writeFile(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

// TestOwnCertificateIsRefused: what is wrong is said in both languages, and nothing of the key.
func TestOwnCertificateIsRefused(t *testing.T) {
	hour, now := time.Hour, time.Now()
	cert, key := certified(t, now.Add(-hour), now.Add(hour), "cosemu.test")
	_, otherKey := certified(t, now.Add(-hour), now.Add(hour), "cosemu.test")
	expired, expiredKey := certified(t, now.Add(-2*hour), now.Add(-hour), "cosemu.test")
	early, earlyKey := certified(t, now.Add(hour), now.Add(2*hour), "cosemu.test")
	secret, err := os.ReadFile(key)
	require.NoError(t, err)
	encrypted := writeFile(t, "encrypted.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGHAgEA\n-----END ENCRYPTED PRIVATE KEY-----\n")
	cut := writeFile(t, "cut.pem", string(secret[:40])+"\n-----END PRIVATE KEY-----\n")
	noFile := filepath.Join(t.TempDir(), "none.pem")
	garbled := writeFile(t, "garbled.pem", strings.Replace(string(secret), "MIGH", "AAAA", 1))
	for _, c := range []struct{ cert, key, en, zh string }{
		{cert, "", "tls_cert: the private key of the certificate is missing", "缺少证书的私钥"},
		{"", key, "tls_key: the certificate of the key is missing", "缺少私钥对应的证书"},
		{noFile, key, "tls_cert: there is no file", "不存在"},
		{cert, noFile, "tls_key: there is no file", "不存在"},
		{t.TempDir(), key, "is no PEM file", "不是 PEM 文件"},
		{key, key, "holds no certificate in PEM", "没有 PEM 格式的证书"},
		{cert, cert, "holds no private key in PEM", "没有 PEM 格式的私钥"},
		{cert, cut, "cannot be read", "无法读取"},
		{cert, garbled, "cannot be read", "无法读取"},
		{cert, encrypted, "is encrypted", "已加密"},
		{cert, otherKey, "is not that of the certificate", "不匹配"},
		{expired, expiredKey, "expired on " + now.Add(-hour).UTC().Format("2006-01-02 15:04"), "过期"},
		{early, earlyKey, "is not valid before", "之后才有效"},
	} {
		args := []string{"--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--tls-cert=" + c.cert, "--tls-key=" + c.key}
		o := command(nil, args...)
		require.Equal(t, exitFailed, o.code, c)
		require.Contains(t, o.stderr, c.en)
		require.Contains(t, command([]string{"LANG=zh_CN.UTF-8"}, args...).stderr, c.zh)
		for line := range strings.Lines(string(secret)) {
			require.NotContains(t, o.stderr, strings.TrimSpace(line))
		}
	}
	o := command(nil, "--listen=127.0.0.1:0", "--console=https://127.0.0.1:0")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "with --tls-cert it speaks https")
}

// TestOwnCertificate: it is shown for its names, on the TLS port and on the control listener; other
// names have one of the CA; this machine may still speak plain HTTP with the control listener.
func TestOwnCertificate(t *testing.T) {
	cert, key := certified(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "cosemu.test", "*.cosemu.test")
	const token = "token-of-this-test"
	s := serveHere(t, []string{"COSEMU_CONTROL_TOKEN=" + token, "COSEMU_TLS_KEY=" + key}, "--tls-cert="+cert, "--tls-listen=127.0.0.1:0",
		"--domains=localhost,cosemu.test")
	own := x509.NewCertPool()
	data, err := os.ReadFile(cert)
	require.NoError(t, err)
	require.True(t, own.AppendCertsFromPEM(data))
	ask := func(pool *x509.CertPool, address, method, host, path string) (int, string, error) {
		client := &http.Client{Timeout: patience, Transport: &http.Transport{
			DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: host},
		}}
		req, err := http.NewRequest(method, "https://"+address+path, strings.NewReader("x"))
		require.NoError(t, err)
		req.Host = host
		req.Header.Set("Authorization", "Bearer "+token)
		if method == http.MethodGet {
			req.Body, req.ContentLength = http.NoBody, 0
		} else {
			req.Header.Del("Authorization")
		}
		res, err := client.Do(req)
		if err != nil {
			return 0, "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res.StatusCode, string(body), err
	}
	for _, name := range []string{"cosemu.test", "a.cosemu.test"} {
		status, body, err := ask(own, s.ready.Console, http.MethodGet, name, "/api/v1/clock")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status, body)
	}
	_, _, err = ask(own, s.ready.Console, http.MethodGet, "b.a.cosemu.test", "/api/v1/clock")
	require.ErrorContains(t, err, "certificate")
	status, _ := send(t, http.MethodGet, "http://"+s.ready.Console+"/api/v1/clock", "", "Authorization", "Bearer "+token)
	require.Equal(t, http.StatusOK, status, "plain HTTP of this machine")
	status, _ = send(t, http.MethodGet, "http://"+s.ready.Console+"/api/v1/clock", "")
	require.Equal(t, http.StatusUnauthorized, status)

	target := strings.TrimPrefix(s.presign(nil, "--key=a"), "http://"+s.ready.Listen)
	status, body, err := ask(own, s.ready.TLSListen, http.MethodPut, "cosemu.test", target)
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, status, "signed for another host")
	require.Contains(t, body, "SignatureDoesNotMatch")
	_, _, err = ask(own, s.ready.TLSListen, http.MethodPut, realHost, target)
	require.ErrorContains(t, err, "certificate")
	_, _, err = ask(s.pool(), s.ready.TLSListen, http.MethodPut, realHost, target)
	require.NoError(t, err, "the CA signs for all other names")

	// The commands: plain on this machine, over TLS with a name of the certificate.
	_, port, err := net.SplitHostPort(s.ready.Console)
	require.NoError(t, err)
	env := []string{"COSEMU_CONTROL_TOKEN=" + token}
	require.Equal(t, exitOK, command(env, "account", "new", "--console="+s.ready.Console).code)
	require.Equal(t, exitOK, command(nil, "healthcheck", "--console="+s.ready.Console).code)
	o := command(env, "account", "new", "--console=https://localhost:"+port, "--tls-cert="+cert)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "not localhost", "the name counts")
	local, localKey := certified(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "localhost")
	second := serveHere(t, nil, "--tls-cert="+local, "--tls-key="+localKey)
	_, port, err = net.SplitHostPort(second.ready.Console)
	require.NoError(t, err)
	for _, args := range [][]string{{"account", "new"}, {"healthcheck"}} {
		o = command(nil, append(args, "--console=https://localhost:"+port, "--tls-cert="+local)...)
		require.Equal(t, exitOK, o.code, o.stderr)
	}
	o = command(nil, "account", "new", "--console=https://localhost:"+port)
	require.Equal(t, exitFailed, o.code, "nobody trusts it by itself")
	require.Contains(t, second.stdout.String(), "https from elsewhere")
}

// TestEitherSilence: connections that say nothing, or half of something, keep nobody else waiting.
func TestEitherSilence(t *testing.T) {
	cert, key := certified(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "cosemu.test")
	s := serveHere(t, nil, "--tls-cert="+cert, "--tls-key="+key)
	for _, text := range []string{"", "\x16", "\x16\x03\x01\xff\xff", "G", "\x00\x00", "GET / HT"} {
		c, err := net.Dial("tcp", s.ready.Console)
		require.NoError(t, err)
		defer c.Close()
		_, err = io.WriteString(c, text)
		require.NoError(t, err)
	}
	require.Equal(t, exitOK, command(nil, "healthcheck", "--console="+s.ready.Console).code)
	s.signal(os.Interrupt)
	require.Zero(t, s.end())
}
