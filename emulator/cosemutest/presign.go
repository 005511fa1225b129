package cosemutest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// Presign signs a URL for the server's bucket that any HTTP client on this
// machine can use: path style, at the emulator's port. key is the object's, as
// it is called, unescaped and without a slash in front. The URL is valid from
// the clock's time on for as long as expires says, a second at least.
//
// headers are names and values in turn, "Content-Type", "image/png". They are
// signed, so the request must bring them along, unchanged.
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

// PresignCloud is Presign with the bucket's host name in the cloud:
// https://<bucket>.cos.<region>.myqcloud.com/<key>. A client whose transport is
// [Server.Transport] can use it.
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

// Client is a COS client of the server's bucket and key pair. It also sends
// pre-signed URLs of any kind, Presign's and PresignCloud's alike.
func (s *Server) Client() *signer.Client {
	c := s.Credentials
	return &signer.Client{
		Addr: s.Addr, HTTP: &http.Client{Transport: s.run.transport},
		Credentials: &c, Bucket: s.Bucket, Region: s.Region, Now: s.Clock.Now,
	}
}

// pairs reads header names and values in turn.
func pairs(list []string) (http.Header, error) {
	if len(list)%2 != 0 {
		return nil, fmt.Errorf("headers are names and values in turn: %q has no value", list[len(list)-1])
	}
	h := make(http.Header, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		h.Add(list[i], list[i+1])
	}
	return h, nil
}
