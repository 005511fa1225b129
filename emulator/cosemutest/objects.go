package cosemutest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/body"
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
	o, err := s.read(key)
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
	keys, err := s.keys("*")
	if err != nil {
		s.fail("Objects of %s: %v", s.Bucket, err)
	}
	objects := make([]Object, 0, len(keys))
	for _, key := range keys {
		switch o, err := s.read(key); {
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
	o, err := s.put(key, body, headers)
	if err != nil {
		s.fail("Put %q into %s: %v", key, s.Bucket, err)
	}
	return o
}

// ExpectStored returns the object with this key. It fails the test if the object does not exist or
// has another body. The failure lists the requests for the key and why they were refused.
func (s *Server) ExpectStored(key, body string) Object {
	s.tb.Helper()
	o, err := s.read(key)
	switch {
	case errors.Is(err, storage.ErrNoObject):
		s.fail("%q wanted in %s, but nothing is stored there%s", key, s.Bucket, s.history(key))
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
	keys, err := s.keys(key)
	switch {
	case err != nil:
		s.fail("ExpectNoObject %q in %s: %v", key, s.Bucket, err)
	case len(keys) > 0:
		s.fail("nothing wanted at %q in %s, but %q is stored%s", key, s.Bucket, keys, s.history(key))
	}
}

// history lists the requests for a key of the bucket.
func (s *Server) history(key string) string {
	found := s.run.emulator.Journal().Select(Filter{Bucket: s.Bucket, Key: key})
	if len(found) == 0 {
		return "; no request named it"
	}
	return list(found, Filter{})
}

func (s *Server) read(key string) (Object, error) {
	r, err := s.run.store.Open(s.Bucket, key)
	if err != nil {
		return Object{}, err
	}
	o := Object{
		Bucket: s.Bucket, Key: key, Body: make([]byte, r.Size), Header: make(http.Header, len(r.Header)),
		ETag: r.ETag, CRC64: r.CRC64, Modified: r.Modified, StorageClass: r.StorageClass, ACL: r.ACL,
	}
	for _, f := range r.Header {
		o.Header.Add(f.Name, f.Value)
	}
	_, err = io.ReadFull(r, o.Body)
	return o, errors.Join(err, r.Close())
}

// keys returns the keys of the bucket that match a pattern, as in Filter.Key.
func (s *Server) keys(pattern string) ([]string, error) {
	prefix, isPrefix := strings.CutSuffix(pattern, "*")
	if !isPrefix {
		_, err := s.run.store.Stat(s.Bucket, pattern)
		if errors.Is(err, storage.ErrNoObject) {
			return nil, nil
		}
		return []string{pattern}, err
	}
	var keys []string
	o := storage.ListOptions{Prefix: prefix, Max: 1000}
	for {
		page, err := s.run.store.List(s.Bucket, o)
		if err != nil {
			return nil, err
		}
		for i := range page.Objects {
			keys = append(keys, page.Objects[i].Key)
		}
		if !page.Truncated {
			return keys, nil
		}
		o.Marker = page.NextMarker
	}
}

func (s *Server) put(key, content string, headers []string) (Object, error) {
	o := storage.Object{Key: key, StorageClass: "STANDARD", Modified: s.Clock.Now().UTC()}
	if err := setHeaders(&o, headers); err != nil {
		return Object{}, err
	}
	size := int64(len(content))
	staged, err := s.run.store.Stage(size)
	if err != nil {
		return Object{}, err
	}
	defer staged.Abort() //nolint:errcheck // after the commit it does nothing
	digest, err := s.run.bodies.Copy(staged, strings.NewReader(content), body.Spec{Length: size, Limit: size})
	if err != nil {
		return Object{}, err
	}
	o.ETag, o.CRC64 = hex.EncodeToString(digest.MD5[:]), digest.CRC64
	if _, err := staged.Commit(s.Bucket, o, storage.CommitOptions{}); err != nil {
		return Object{}, err
	}
	return s.read(key)
}

// setHeaders sets storage class, ACL and stored headers of o.
func setHeaders(o *storage.Object, headers []string) error {
	h, err := pairs(headers)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := strings.Join(h[name], ",")
		switch {
		case name == "X-Cos-Storage-Class":
			o.StorageClass = value
		case name == "X-Cos-Acl":
			o.ACL = value
		case strings.HasPrefix(name, "X-Cos-Meta-"):
			o.Header = append(o.Header, storage.Field{Name: strings.ToLower(name), Value: value})
		case isStoredHeader(name):
			o.Header = append(o.Header, storage.Field{Name: name, Value: value})
		default:
			return fmt.Errorf("the header %s is not stored with an object", name)
		}
	}
	return nil
}

// isStoredHeader reports whether COS stores a standard header with the object (COS docs: PUT Object).
func isStoredHeader(name string) bool {
	switch name {
	case "Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires":
		return true
	}
	return false
}

// excerptBytes is how many bytes of a body a message shows.
const excerptBytes = 64

// difference shows two bodies from a little before their first difference.
func difference(want, got string) string {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	from := max(0, at-excerptBytes/4)
	return fmt.Sprintf(", from byte %d on:\n  wanted %d bytes: %s\n  stored %d bytes: %s",
		at, len(want), excerpt(want, from), len(got), excerpt(got, from))
}

func excerpt(s string, from int) string {
	part := s[min(from, len(s)):]
	text := fmt.Sprintf("%q", part[:min(excerptBytes, len(part))])
	if from > 0 {
		text = "…" + text
	}
	if len(part) > excerptBytes {
		text += "…"
	}
	return text
}
