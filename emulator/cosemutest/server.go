package cosemutest

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/keyring"
	"github.com/cosemu/cosemu/signer"
)

// Server is a running emulator, seen from one bucket and with one key pair.
// [Server.In], [Server.As] and [Server.For] give other views of the same one.
// It is safe for concurrent use as long as its fields are only read.
//
// An expectation that fails ends the test, as testing.T.Fatal does, and must
// therefore be called from the test's own goroutine. A Server that belongs to
// no test panics instead (choice 123).
type Server struct {
	// URL is http://Addr, without a slash at the end. The emulator answers
	// there on path style: URL/<bucket>/<key>.
	URL string
	// Addr is the address it listens on, 127.0.0.1:port.
	Addr string
	// TLSURL is https://127.0.0.1:port, where it answers by TLS; empty without
	// [WithTLS].
	TLSURL string
	// AppID is the account that owns the bucket, and the key pair.
	AppID string
	// Bucket is the bucket's full name, APPID included.
	Bucket string
	// Region is where the bucket is.
	Region string
	// Credentials are a key pair that may do everything in the bucket.
	Credentials signer.Credentials
	// Clock is the time by which requests are judged.
	Clock *clock.Clock

	run *instance
	tb  testing.TB
}

// Key is a key pair, see [Server.AddKey].
type Key = keyring.Key

// BucketConfig is a bucket to be created.
type BucketConfig = api.BucketConfig

// New starts a server for a test, or a benchmark, which closes it at its end.
// Without an option it keeps its objects in memory and has one private bucket,
// one key pair and the real time. That it cannot start fails the test.
func New(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	s, err := Start(options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s.For(tb)
}

// Start starts a server that belongs to no test: for an example, a TestMain, or
// a program. It must be closed.
func Start(options ...Option) (*Server, error) {
	set := newSettings(options)
	run, err := start(set)
	if err != nil {
		return nil, fmt.Errorf("cosemutest: %w", err)
	}
	bucket, key := set.config.Buckets[0], set.config.Keys[0]
	s := &Server{
		URL: "http://" + run.addr, Addr: run.addr,
		Credentials: credentials(&key),
		Clock:       run.emulator.Clock(), run: run, tb: noTest{},
	}
	if run.tlsAddr != "" {
		s.TLSURL = "https://" + run.tlsAddr
	}
	return s.In(bucket.Name), nil
}

// Close stops the server and returns when nothing of it is running any more;
// uploads in flight are cut off. Further calls do nothing.
func (s *Server) Close() error {
	if err := s.run.close(); err != nil {
		return fmt.Errorf("cosemutest: %w", err)
	}
	return nil
}

// For is the same server in the hands of another test, whose failures are
// reported there: for a subtest, or for a server that many tests share.
func (s *Server) For(tb testing.TB) *Server {
	view := *s
	view.tb = tb
	return &view
}

// In is the same server seen from another bucket: what it signs, sends, reads
// and stores is about that one. The bucket need not exist.
func (s *Server) In(bucket string) *Server {
	view := *s
	view.Bucket, view.AppID = bucket, addr.AppID(bucket)
	if b, err := s.run.store.Bucket(bucket); err == nil {
		view.Region = b.Region
	}
	return &view
}

// As is the same server seen by the owner of another key pair, who need not be
// known: what it signs is signed with that pair.
func (s *Server) As(c signer.Credentials) *Server {
	view := *s
	view.Credentials = c
	return &view
}

// AddKey makes a key pair known, in place of one with the same id, and returns
// the server as seen by its owner, with the pair in Credentials. What k leaves
// empty is made up: an id, a secret, the account of the bucket and, if it
// expires, a token (choice 124). A pair without token and expiry is a permanent
// one.
func (s *Server) AddKey(k Key) *Server {
	s.tb.Helper()
	if k.SecretID == "" {
		k.SecretID = "AKID" + rand.Text()
	}
	if k.SecretKey == "" {
		k.SecretKey = rand.Text()
	}
	if k.AppID == "" {
		k.AppID = s.AppID
	}
	if k.Token == "" && !k.Expires.IsZero() {
		k.Token = rand.Text() + rand.Text()
	}
	if err := s.run.emulator.Keys().Add(k); err != nil {
		s.fail("AddKey: %v", err)
	}
	return s.As(credentials(&k))
}

// CreateBucket makes a bucket, in the server's first region unless b names one,
// and returns the server as seen from it.
func (s *Server) CreateBucket(b BucketConfig) *Server {
	s.tb.Helper()
	if err := s.run.emulator.CreateBucket(b); err != nil {
		s.fail("CreateBucket %q: %v", b.Name, err)
	}
	return s.In(b.Name)
}

// Reset returns to the state at the start: no objects, no requests in the
// journal, the buckets, keys and the clock as the options had them.
func (s *Server) Reset() {
	s.tb.Helper()
	if err := s.run.emulator.Reset(); err != nil {
		s.fail("Reset: %v", err)
	}
}

// Emulator is the emulator itself, for all that has no shortcut here.
func (s *Server) Emulator() *api.Emulator { return s.run.emulator }

func credentials(k *Key) signer.Credentials {
	return signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token}
}

// fail ends the test.
func (s *Server) fail(format string, args ...any) {
	s.tb.Helper()
	// What a test sent may hold a secret in the wrong place; its log is kept.
	s.tb.Fatal("cosemutest: " + s.run.emulator.Keys().Redact(fmt.Sprintf(format, args...)))
}

// noTest stands for the test where a server belongs to none.
type noTest struct{ testing.TB }

func (noTest) Helper() {}

func (noTest) Fatal(args ...any) { panic(fmt.Sprint(args...)) }
