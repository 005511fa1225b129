package cosemutest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// Presign signs a URL of an object in the bucket. Any HTTP client on this machine can use it: it is
// a path-style URL at the emulator's port. key is the object key, not encoded and without a leading
// slash. The URL is valid from the emulator's time on, for at least a second.
//
// headers are pairs of name and value, such as "Content-Type", "image/png". They are signed, so the
// request must send them unchanged.
func (s *Server) Presign(method, key string, expires time.Duration, headers ...string) string {
	s.tb.Helper()
	p, err := s.presign(signer.PresignInput{
		Method: method, Scheme: "http", Host: s.Addr, PathStyle: true, Key: key, Expires: expires,
	}, headers)
	if err != nil {
		s.fail("Presign %s %q: %v", method, key, err)
	}
	return p
}

// PresignCloud is [Server.Presign] with the bucket's host name on COS:
// https://<bucket>.cos.<region>.myqcloud.com/<key>. A client needs [Server.Transport] or
// [Server.ProxyURL] to reach the emulator with it.
func (s *Server) PresignCloud(method, key string, expires time.Duration, headers ...string) string {
	s.tb.Helper()
	p, err := s.presign(signer.PresignInput{Method: method, Region: s.Region, Key: key, Expires: expires}, headers)
	if err != nil {
		s.fail("PresignCloud %s %q: %v", method, key, err)
	}
	return p
}

func (s *Server) presign(in signer.PresignInput, headers []string) (string, error) {
	h, err := pairs(headers)
	if err != nil {
		return "", err
	}
	in.Credentials, in.Bucket, in.Header, in.Start = s.Credentials, s.Bucket, h, s.Clock.Now()
	p, err := signer.Presign(in)
	if err != nil {
		return "", err
	}
	return p.URL, nil
}

// Client returns a COS client for the bucket, with the key pair in Credentials. It can also use the
// URLs of [Server.Presign] and [Server.PresignCloud].
func (s *Server) Client() *signer.Client {
	c := s.Credentials
	return &signer.Client{
		Addr: s.Addr, HTTP: &http.Client{Transport: s.run.transport},
		Credentials: &c, Bucket: s.Bucket, Region: s.Region, Now: s.Clock.Now,
	}
}

// pairs reads pairs of header name and value.
func pairs(list []string) (http.Header, error) {
	if len(list)%2 != 0 {
		return nil, fmt.Errorf("headers are pairs of name and value: %q has no value", list[len(list)-1])
	}
	h := make(http.Header, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		h.Add(list[i], list[i+1])
	}
	return h, nil
}
