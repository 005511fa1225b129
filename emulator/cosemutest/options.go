package cosemutest

import (
	"log/slog"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
)

// defaultWaitLimit is long enough for a machine that runs many tests, and short enough for a person
// who watches one fail.
const defaultWaitLimit = 5 * time.Second

// Option configures a server at its start.
type Option func(*settings)

type settings struct {
	config    Config
	disk      string // empty: in memory
	tls       bool
	waitLimit time.Duration
}

func newSettings(options []Option) *settings {
	s := &settings{waitLimit: defaultWaitLimit}
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

// WithBucket creates this bucket in place of the default one. Each further WithBucket adds a bucket.
// The first one is the Bucket of [Server].
func WithBucket(b BucketConfig) Option {
	return func(s *settings) { s.config.Buckets = append(s.config.Buckets, b) }
}

// WithKey adds this key pair in place of the default one. Each further WithKey adds a key pair. The
// first one is the Credentials of [Server]. A key pair without AppID belongs to the owner of the
// first bucket.
func WithKey(k Key) Option {
	return func(s *settings) { s.config.Keys = append(s.config.Keys, k) }
}

// WithClock freezes the clock at t, so that times and signatures are the same in each run of the
// test. Server.Clock.Set makes it run.
func WithClock(t time.Time) Option {
	return func(s *settings) {
		s.config.Clock = clock.New()
		s.config.Clock.Freeze(t)
	}
}

// WithVerifyReport serves requests that COS would refuse for their signature, time or rights. The
// header x-cosemu-verdict of the answer has the refusal. The verdict in the journal is [Reported].
func WithVerifyReport() Option {
	return func(s *settings) { s.config.Verify = api.VerifyReport }
}

// WithPermissiveCORS allows pages of each origin all methods and headers in buckets without a CORS
// configuration, in later ones too. BucketConfig.CORS sets this for one bucket.
func WithPermissiveCORS() Option {
	return func(s *settings) { s.config.DefaultCORS = api.CORSPermissive }
}

// WithDisk stores the objects in a folder, such as t.TempDir(). A later server with the same folder
// has them again. A folder can be used by one server at a time.
func WithDisk(dir string) Option { return func(s *settings) { s.disk = dir } }

// WithTLS opens a second port for https, the TLSURL of [Server]. [Server.CAPool] trusts its
// certificates. A client of [Server.ProxyURL] does not need this port.
func WithTLS() Option { return func(s *settings) { s.tls = true } }

// WithLog writes a line for each request to the log of tb. tb must not end before the server is
// closed.
func WithLog(tb testing.TB) Option {
	return func(s *settings) {
		s.config.Log = slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{
			ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
				if len(groups) == 0 && a.Key == slog.TimeKey {
					return slog.Attr{} // the log of a test is in order
				}
				return a
			},
		}))
	}
}

// WithWaitLimit sets how long [Server.WaitFor] waits, by the real clock. Default: 5 seconds.
func WithWaitLimit(d time.Duration) Option { return func(s *settings) { s.waitLimit = d } }

// WithConfig changes any part of the emulator's configuration. It sees the changes of the options
// before it.
func WithConfig(change func(*Config)) Option {
	return func(s *settings) { change(&s.config) }
}
