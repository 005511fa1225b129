package cosemutest

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
)

// Server is a view of a running emulator: one bucket, one key pair, one test. [Server.In],
// [Server.As] and [Server.For] return other views of the same emulator. A Server is safe for
// concurrent use, unless its fields are changed.
//
// A failed call ends the test, as testing.T.Fatal does. So call methods on the goroutine of the
// test. A Server without a test, from [Start], panics instead (choice 123).
type Server struct {
	// URL is http://Addr, without a slash at the end. Path-style URLs start with it:
	// URL/<bucket>/<key>.
	URL string
	// Addr is the address that the emulator listens on, as in 127.0.0.1:41234.
	Addr string
	// TLSURL is the URL of the port for https, as in https://127.0.0.1:41235. It is empty without
	// [WithTLS].
	TLSURL string
	// AppID is the account that owns the bucket and the key pair.
	AppID string
	// Bucket is the full name of the bucket, with the APPID.
	Bucket string
	// Region is the region of the bucket.
	Region string
	// Credentials are the key pair that signs. At first it may do everything in the bucket.
	Credentials signer.Credentials
	// Clock is the emulator's clock, by which requests are judged. Advance, Set, Freeze, Shift and
	// Reset change it for all views. A view of an account has the account's clock, which follows the
	// emulator's until it is changed.
	Clock *Clock

	run     *instance
	tb      testing.TB
	account string // the APPID that Account made; empty: none
}

// Clock is the clock of an emulator. It follows the real time until a method changes it: Freeze(t)
// stops it at t, Set(t) makes it run from t, Shift(d) makes it run at the distance d from the real
// time, Advance(d) moves it, and Reset returns it to its start. Now returns its time.
type Clock = clock.Clock

// Config is the configuration of an emulator, for [WithConfig]. Its fields correspond to the
// settings of the command cosemu.
type Config = api.Config

// Key is a key pair for [WithKey] and [Server.AddKey]. Fields are SecretID, SecretKey, AppID (the
// account), Token and Expires (of a temporary key), UIN and Rights (of a sub-account).
type Key = keyring.Key

// BucketConfig is a bucket for [WithBucket] and [Server.CreateBucket]. Fields are Name (with the
// APPID), Region, ACL (a canned ACL such as "public-read"), CORS and MAZ (whether it has several
// availability zones). Only Name is required.
type BucketConfig = api.BucketConfig

// New starts a server for a test or benchmark, and closes it at the end of the test. By default it
// stores objects in memory and has one private bucket, one key pair and the real time. It fails the
// test if the server cannot start.
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

// Start starts a server without a test: for an example, for TestMain or for a program. Call
// [Server.Close] at the end.
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

// Close stops the server and all its views. It interrupts running uploads and returns when all
// goroutines of the server have ended. Further calls do nothing.
func (s *Server) Close() error {
	if err := s.run.close(); err != nil {
		return fmt.Errorf("cosemutest: %w", err)
	}
	return nil
}

// For returns a view whose failures fail tb: for a subtest, or for a server that many tests share.
// The end of tb does not close the server.
func (s *Server) For(tb testing.TB) *Server {
	view := *s
	view.tb = tb
	return &view
}

// In returns a view of another bucket, which its methods sign for, read and change. The bucket need
// not exist.
func (s *Server) In(bucket string) *Server {
	view := *s
	view.Bucket, view.AppID = bucket, addr.AppID(bucket)
	if b, err := s.run.store.Bucket(bucket); err == nil {
		view.Region = b.Region
	}
	return &view
}

// As returns a view that signs with another key pair. The emulator need not know the key pair.
func (s *Server) As(c signer.Credentials) *Server {
	view := *s
	view.Credentials = c
	return &view
}

// AddKey adds a key pair, replaces one with the same SecretID, and returns a view that signs with
// it. Empty fields get values: SecretID, SecretKey, AppID (the account of the bucket), and Token if
// Expires is set (choice 124). A key pair without Token and Expires is permanent.
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

// CreateBucket creates a bucket and returns a view of it. The default region is that of the
// configuration.
func (s *Server) CreateBucket(b BucketConfig) *Server {
	s.tb.Helper()
	if err := s.run.emulator.CreateBucket(b); err != nil {
		s.fail("CreateBucket %q: %v", b.Name, err)
	}
	return s.In(b.Name)
}

// Reset returns the emulator to its state at the start: no objects, an empty journal, and the
// buckets, key pairs and clock of the options. The accounts of [Server.Account] are removed, and
// the faults.
//
// A view of such an account resets the account alone: its objects, its part of the journal, its
// faults, its clock. Its buckets and key pairs stay.
func (s *Server) Reset() {
	s.tb.Helper()
	reset := s.run.emulator.Reset
	if s.account != "" {
		reset = func() error { return s.run.emulator.Accounts().Reset(s.account) }
	}
	if err := reset(); err != nil {
		s.fail("Reset: %v", err)
	}
}

// Emulator returns the emulator itself, for everything that Server has no method for.
func (s *Server) Emulator() *api.Emulator { return s.run.emulator }

func credentials(k *Key) signer.Credentials {
	return signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token}
}

// fail ends the test.
func (s *Server) fail(format string, args ...any) {
	s.tb.Helper()
	// A request may contain a secret in the wrong place, and logs of tests are stored.
	s.tb.Fatal("cosemutest: " + s.run.emulator.Keys().Redact(fmt.Sprintf(format, args...)))
}

// noTest is the testing.TB of a server without a test.
type noTest struct{ testing.TB }

func (noTest) Helper() {}

func (noTest) Cleanup(func()) {} // the server ends with the program

func (noTest) Fatal(args ...any) { panic(fmt.Sprint(args...)) }
