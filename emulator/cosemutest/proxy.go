package cosemutest

import (
	"crypto/x509"
	"net/url"

	"github.com/cosemu/cosemu/emulator/internal/ca"
)

// ProxyURL is the server as the proxy of a program that must stay as it is: one
// that speaks https to the cloud's own host names, SDK and all. It also has to
// trust the server's certificates, by [Server.CAPool] or [Server.CAPEM]:
//
//	client := &http.Client{Transport: &http.Transport{
//		Proxy:           http.ProxyURL(cos.ProxyURL()),
//		TLSClientConfig: &tls.Config{RootCAs: cos.CAPool()},
//	}}
//
// A program in a process of its own takes HTTPS_PROXY and HTTP_PROXY, and a
// file with the certificate. Requests for hosts that are not COS's fail: nothing
// is forwarded. Where nothing but the transport can be changed anyway,
// [Server.Transport] is simpler.
func (s *Server) ProxyURL() *url.URL { return &url.URL{Scheme: "http", Host: s.Addr} }

// CAPool trusts the certificates that the server shows for https, in a tunnel of
// the proxy or at the port of [WithTLS], and no others.
func (s *Server) CAPool() *x509.CertPool {
	s.tb.Helper()
	return s.authority().Pool()
}

// CAPEM is the certificate of CAPool's authority in PEM, for a file that
// SSL_CERT_FILE, NODE_EXTRA_CA_CERTS or REQUESTS_CA_BUNDLE names.
func (s *Server) CAPEM() []byte {
	s.tb.Helper()
	return s.authority().PEM()
}

func (s *Server) authority() *ca.Authority {
	s.tb.Helper()
	authority, err := s.run.emulator.CA()
	if err != nil {
		s.fail("the CA: %v", err)
	}
	return authority
}
