package cosemutest

import (
	"errors"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/storage"
)

// Object is a stored object.
type Object struct {
	Bucket, Key string
	Body        []byte
	// Header has the stored headers, which a download returns: Content-Type, x-cos-meta-* and so on.
	Header http.Header
	// ETag has no quotes.
	ETag string
	// CRC64 is the CRC-64/ECMA-182 of the body, as in x-cos-hash-crc64ecma.
	CRC64        uint64
	Modified     time.Time // by the emulator's clock
	StorageClass string
	ACL          string // the object's own ACL; empty where it has that of the bucket
}

// Object reads an object of the bucket from the store. This is no request: it needs no signature
// and does not enter the journal. It returns false where the object does not exist.
func (s *Server) Object(key string) (Object, bool) {
	s.tb.Helper()
	o, err := s.run.read(s.Bucket, key)
	switch {
	case err == nil:
		return o, true
	case !errors.Is(err, storage.ErrNoObject):
		s.fail("Object %q of %s: %v", key, s.Bucket, err)
	}
	return Object{}, false
}

// Objects returns all objects of the bucket, sorted by key. Like [Server.Object] it makes no request.
func (s *Server) Objects() []Object {
	s.tb.Helper()
	keys, err := s.run.keys(s.Bucket, "*")
	if err != nil {
		s.fail("Objects of %s: %v", s.Bucket, err)
	}
	objects := make([]Object, 0, len(keys))
	for _, key := range keys {
		switch o, err := s.run.read(s.Bucket, key); {
		case err == nil:
			objects = append(objects, o)
		case !errors.Is(err, storage.ErrNoObject): // a request may have deleted it meanwhile
			s.fail("Objects of %s: %q: %v", s.Bucket, key, err)
		}
	}
	return objects
}

// Put stores an object without a request, and replaces an existing one. headers are pairs of name
// and value. The names may be Content-Type, Cache-Control, Content-Disposition, Content-Encoding,
// Content-Language, Expires, x-cos-meta-*, x-cos-storage-class and x-cos-acl.
func (s *Server) Put(key, body string, headers ...string) Object {
	s.tb.Helper()
	o, err := s.run.put(s.Bucket, key, body, headers)
	if err != nil {
		s.fail("Put %q into %s: %v", key, s.Bucket, err)
	}
	return o
}

// ExpectStored returns the object with this key. It fails the test if the object does not exist or
// has another body. The failure lists the requests for the key and why they were refused.
func (s *Server) ExpectStored(key, body string) Object {
	s.tb.Helper()
	o, err := s.run.read(s.Bucket, key)
	switch {
	case errors.Is(err, storage.ErrNoObject):
		s.fail("%q wanted in %s, but nothing is stored there%s", key, s.Bucket, s.run.history(s.Bucket, key))
	case err != nil:
		s.fail("ExpectStored %q in %s: %v", key, s.Bucket, err)
	case string(o.Body) != body:
		s.fail("%q in %s holds other bytes than wanted%s", key, s.Bucket, difference(body, string(o.Body)))
	}
	return o
}

// ExpectNoObject fails the test if an object with this key exists. A key that ends in `*` is a
// prefix (choice 122): "*" expects an empty bucket.
func (s *Server) ExpectNoObject(key string) {
	s.tb.Helper()
	keys, err := s.run.keys(s.Bucket, key)
	switch {
	case err != nil:
		s.fail("ExpectNoObject %q in %s: %v", key, s.Bucket, err)
	case len(keys) > 0:
		s.fail("nothing wanted at %q in %s, but %q is stored%s", key, s.Bucket, keys, s.run.history(s.Bucket, key))
	}
}
