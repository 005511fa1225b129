package cosemutest

import (
	"log/slog"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
)

// defaultPatience is how long a wait may last: long for a machine that is busy
// with many tests, short for somebody who watches one fail.
const defaultPatience = 5 * time.Second

// Option changes what a server starts with.
type Option func(*settings)

type settings struct {
	config   api.Config
	disk     string // "": in memory
	tls      bool
	patience time.Duration
}

func newSettings(options []Option) *settings {
	s := &settings{patience: defaultPatience}
	s.config.Domains = []string{"localhost"}
	for _, o := range options {
		o(s)
	}
	if len(s.config.Buckets) == 0 {
		s.config.Buckets = []BucketConfig{{Name: api.DefaultBucket}}
	}
	if len(s.config.Keys) == 0 {
		s.config.Keys = []Key{{SecretID: api.DefaultSecretID, SecretKey: api.DefaultSecretKey}}
	}
	for i := range s.config.Keys {
		if k := &s.config.Keys[i]; k.AppID == "" {
			k.AppID = addr.AppID(s.config.Buckets[0].Name)
		}
	}
	return s
}

// WithBucket starts with this bucket in place of the default one. Given again,
// it adds further ones; the first is the Server's.
func WithBucket(b BucketConfig) Option {
	return func(s *settings) { s.config.Buckets = append(s.config.Buckets, b) }
}

// WithKey starts with this key pair in place of the default one. Given again,
// it adds further ones; the first is the Server's. Without an AppID it belongs
// to the owner of the first bucket.
func WithKey(k Key) Option {
	return func(s *settings) { s.config.Keys = append(s.config.Keys, k) }
}

// WithClock starts with the clock standing still at t, so that a test's times
// and signatures are the same in every run. Server.Clock.Set lets it go on.
func WithClock(t time.Time) Option {
	return func(s *settings) {
		s.config.Clock = clock.New()
		s.config.Clock.Freeze(t)
	}
}

// WithVerifyReport serves requests that the cloud would refuse for their
// signature, time or rights. The answer says so in its header
// x-cosemu-verdict, and the journal in the verdict "reported".
func WithVerifyReport() Option {
	return func(s *settings) { s.config.Verify = api.VerifyReport }
}

// WithPermissiveCORS lets pages of every origin do everything in buckets that
// have no CORS configuration of their own, those included that a test creates
// later. BucketConfig.CORS says it of one bucket.
func WithPermissiveCORS() Option {
	return func(s *settings) { s.config.DefaultCORS = api.CORSPermissive }
}

// WithDisk keeps the objects in a folder, such as t.TempDir(), where a later
// server finds them again.
func WithDisk(dir string) Option { return func(s *settings) { s.disk = dir } }

// WithTLS opens a second port that speaks TLS, see [Server.TLSURL], with
// certificates that [Server.CAPool] trusts. https by the proxy needs none.
func WithTLS() Option { return func(s *settings) { s.tls = true } }

// WithLog writes a line for each request into the test's log. tb must be the
// test that the server is started for, or one that outlives it.
func WithLog(tb testing.TB) Option {
	return func(s *settings) {
		s.config.Log = slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{
			ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
				if len(groups) == 0 && a.Key == slog.TimeKey {
					return slog.Attr{} // the test's log is in order anyway
				}
				return a
			},
		}))
	}
}

// WithPatience is how long WaitFor waits, by the real time: 5 s when not given.
func WithPatience(d time.Duration) Option { return func(s *settings) { s.patience = d } }

// WithConfig changes anything else of the emulator's configuration, on top of
// the options that stand before it.
func WithConfig(change func(*api.Config)) Option {
	return func(s *settings) { change(&s.config) }
}
