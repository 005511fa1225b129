package cli

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
)

// ownCertificate reads the configured certificate and its key; nil: there is none. It has to be
// valid now, by the real time, by which clients judge it. No error quotes a file.
func ownCertificate(s config.Settings, now time.Time) (*tls.Certificate, error) {
	switch {
	case s.TLSCert == "" && s.TLSKey == "":
		return nil, nil //nolint:nilnil // there need not be one
	case s.TLSKey == "":
		return nil, lang.Errorf("tls_cert: the private key of the certificate is missing: give --tls-key too", "tls_cert：缺少证书的私钥：请同时给出 --tls-key")
	case s.TLSCert == "":
		return nil, lang.Errorf("tls_key: the certificate of the key is missing: give --tls-cert too", "tls_key：缺少私钥对应的证书：请同时给出 --tls-cert")
	}
	certPEM, err := readPEM("tls_cert", s.TLSCert)
	if err != nil {
		return nil, err
	}
	keyPEM, err := readPEM("tls_key", s.TLSKey)
	if err != nil {
		return nil, err
	}
	leaf, err := firstCertificate(certPEM)
	if err != nil {
		return nil, lang.Errorf("tls_cert: %s holds no certificate in PEM", "tls_cert：%s 中没有 PEM 格式的证书", s.TLSCert)
	}
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, keyFault(s, keyPEM, err)
	}
	cert.Leaf = leaf
	const layout = "2006-01-02 15:04 UTC"
	switch {
	case now.After(leaf.NotAfter):
		return nil, lang.Errorf("tls_cert: the certificate in %s expired on %s", "tls_cert：%s 中的证书已于 %s 过期",
			s.TLSCert, leaf.NotAfter.UTC().Format(layout))
	case now.Before(leaf.NotBefore):
		return nil, lang.Errorf("tls_cert: the certificate in %s is not valid before %s", "tls_cert：%s 中的证书在 %s 之后才有效",
			s.TLSCert, leaf.NotBefore.UTC().Format(layout))
	}
	return &cert, nil
}

// maxPEM is more than any chain takes.
const maxPEM = 1 << 20

func readPEM(setting, name string) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && (info.IsDir() || info.Size() > maxPEM) {
		return nil, lang.Errorf("%s: %s is no PEM file", "%s：%s 不是 PEM 文件", setting, name)
	}
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, lang.Errorf("%s: there is no file %s", "%s：文件 %s 不存在", setting, name)
	case err != nil:
		return nil, lang.Errorf("%s: %s cannot be read: %v", "%s：无法读取 %s：%v", setting, name, errors.Unwrap(err))
	}
	return data, nil
}

func firstCertificate(data []byte) (*x509.Certificate, error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return nil, errors.New("no certificate")
}

// keyFault says why a key does not go with its certificate.
func keyFault(s config.Settings, keyPEM []byte, err error) error {
	var types []string
	for block, rest := pem.Decode(keyPEM); block != nil; block, rest = pem.Decode(rest) {
		types = append(types, block.Type)
		if strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "" {
			return lang.Errorf("tls_key: the private key in %s is encrypted; give one without a password", "tls_key：%s 中的私钥已加密；请给出没有密码的私钥", s.TLSKey)
		}
	}
	switch {
	case strings.Contains(err.Error(), "does not match"):
		return lang.Errorf("tls_key: the private key in %s is not that of the certificate in %s", "tls_key：%s 中的私钥与 %s 中的证书不匹配", s.TLSKey, s.TLSCert)
	case !strings.Contains(strings.Join(types, " "), "PRIVATE KEY"):
		return lang.Errorf("tls_key: %s holds no private key in PEM", "tls_key：%s 中没有 PEM 格式的私钥", s.TLSKey)
	}
	return lang.Errorf("tls_key: the private key in %s cannot be read", "tls_key：无法读取 %s 中的私钥", s.TLSKey)
}
