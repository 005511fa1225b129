package cosemutest

import (
	"crypto/x509"
	"net/url"

	"github.com/cosemu/cosemu/emulator/internal/ca"
)

// ProxyURL is the URL of the server as an HTTP proxy. It is for programs that must stay unchanged
// and use https with COS host names. Such a program must also trust the server's certificates: see
// [Server.CAPool] and [Server.CAPEM].
//
//	client := &http.Client{Transport: &http.Transport{
//		Proxy:           http.ProxyURL(cos.ProxyURL()),
//		TLSClientConfig: &tls.Config{RootCAs: cos.CAPool()},
//	}}
//
// Another process gets the URL in HTTPS_PROXY and HTTP_PROXY, and the certificate in a file.
// Requests for other hosts than COS hosts fail, since the proxy forwards nothing. [Server.Transport]
// is simpler where the code under test takes a transport.
func (s *Server) ProxyURL() *url.URL { return &url.URL{Scheme: "http", Host: s.Addr} }

// CAPool returns a pool that trusts the certificates of the server for https, through the proxy and
// at the port of [WithTLS]. It trusts no others.
func (s *Server) CAPool() *x509.CertPool {
	s.tb.Helper()
	return s.authority().Pool()
}

// CAPEM returns the certificate authority of [Server.CAPool] in PEM. Write it to a file for
// SSL_CERT_FILE, NODE_EXTRA_CA_CERTS or REQUESTS_CA_BUNDLE.
func (s *Server) CAPEM() []byte {
	s.tb.Helper()
	return s.authority().PEM()
}

func (s *Server) authority() *ca.Authority {
	s.tb.Helper()
	authority, err := s.run.emulator.CA()
	if err != nil {
		s.fail("make the certificate authority: %v", err)
	}
	return authority
}
