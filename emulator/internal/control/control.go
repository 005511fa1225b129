// Package control is the control listener, the second one of cosemu. It serves
//
//   - the control API as JSON under /api/v1: clock, key pairs, faults, buckets and their objects, the
//     journal of requests and why they were refused, pre-signed URLs, the reset, and
//     signed requests to the COS API for those who cannot sign;
//   - its OpenAPI document at /api/v1/openapi.json, and a page that shows it at /api/docs;
//   - /healthz, and /metrics for Prometheus;
//   - the certificate that clients need for TLS at /ca.pem;
//   - the web console at /.
//
// The listener has a port of its own, so that no control path hides an object key and the COS port
// can be exposed alone. It answers to its own host names only and refuses writes from foreign
// pages. No answer contains a secret, apart from the two that issue a temporary key (choice 281) or make an
// account.
//
// Each family of calls is a struct in its own file: clockCalls in clock.go, bucketCalls in
// buckets.go and so on. What all families need is in type shared.
package control

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/account"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/explain"
	"github.com/cosemu/cosemu/emulator/internal/fault"
	"github.com/cosemu/cosemu/emulator/internal/identity"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/metrics"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Emulator is what the control API controls. *api.Emulator is one.
type Emulator interface {
	http.Handler                                 // the COS API
	Look(w http.ResponseWriter, r *http.Request) // the same, for reads that the journal leaves out
	Clock() *clock.Clock
	Accounts() *account.Registry
	Keys() *keyring.Ring
	Resolver() *addr.Resolver
	Buckets() ([]storage.Bucket, error)
	CreateBucket(api.BucketConfig) error
	DeleteBucket(name string) error
	DefaultCORS(*storage.Bucket) (api.CORSMode, error)
	Presign(api.PresignRequest) (api.PresignReply, error)
	Journal() *journal.Journal
	Requests() *metrics.Requests
	Explain(explain.Question) (*explain.Explanation, error)
	Store() *storage.Store
	TemporaryKey(identity.TemporaryKeyRequest) (keyring.Key, error)
	Faults() *fault.Plan
	Reset() error
}

// Options configure a Handler. The zero value is valid.
type Options struct {
	// Listen is the configured host:port of the listener. The listener answers to its host.
	Listen string
	// API is the host:port of the COS API, for command lines in answers. Empty means the host of
	// the request that a command line repeats.
	API string
	// Hosts are further host names, without port, that the listener answers to.
	Hosts []string
	// Token is what clients must send as Authorization: Bearer, in all calls but the health and the
	// CA's certificate. Empty means that everybody who reaches the listener may use it.
	Token string
	// TLS reports that the listener speaks TLS. It then speaks plain HTTP with this machine only.
	TLS bool
	// AppID is the account of key pairs that are added without one. Empty means that adding one
	// without an account is refused.
	AppID string
	// CA is the certificate, in PEM, of the authority that signs the API's TLS certificates. It is
	// served at /ca.pem. Empty means that there is none.
	CA []byte
	// Version is the version in the OpenAPI document; empty means "devel".
	Version string
	// Problem returns what keeps the process from working, in a sentence for /healthz, or "". Nil
	// means that there is never a problem.
	Problem func() string
	// Log receives internal errors; nil discards them.
	Log *slog.Logger

	bodyTimeout time.Duration // for the body of a request; tests shorten it
	heartbeat   time.Duration // between two signs of life of an idle stream; tests shorten it
}

// Handler serves the control listener. It is safe for concurrent use.
type Handler struct {
	shared  *shared
	health  *healthCalls
	guarded http.Handler
	calls   func() http.Handler // all calls and the console, made once
}

// New returns the handler for e. /healthz answers "starting" until SetReady is called.
func New(e Emulator, o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.bodyTimeout == 0 {
		o.bodyTimeout = 10 * time.Second
	}
	if o.heartbeat == 0 {
		o.heartbeat = 15 * time.Second
	}
	s := newShared(e, o)
	h := &Handler{shared: s, health: newHealthCalls(s)}
	h.calls = sync.OnceValue(h.newCalls)
	e.Keys().Hide(o.Token)
	h.guarded = newGuard(o, &s.admission, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.calls().ServeHTTP(w, r) }))
	return h
}

// newCalls makes all calls and the console. That takes some milliseconds, so it happens after the
// start, and never for a command that only explains a request.
func (h *Handler) newCalls() http.Handler {
	mux := http.NewServeMux()
	s, humaAPI := h.shared, humago.New(mux, apiConfig(h.shared.options.Version))
	for _, calls := range []interface{ register(api huma.API) }{
		h.health, &accountCalls{s}, &clockCalls{s}, &credentialCalls{s}, &temporaryCalls{s}, &bucketCalls{s}, &objectCalls{s}, &cosCalls{s},
		&presignCalls{s}, &resetCalls{s}, &requestCalls{s}, &streamCalls{s}, &explainCalls{s}, &caCalls{s}, &tokenCalls{s},
		&reportCalls{s}, &snapshotCalls{s, &sync.Mutex{}}, newMetricsCalls(s), &connectCalls{s}, &faultCalls{s}, &aliasCalls{s}, newFixCalls(s), &indexCalls{s}, &findingCalls{s},
	} {
		calls.register(humaAPI)
	}
	consolePage, err := newPage(consoleFiles)
	if err != nil {
		panic("control: " + err.Error()) // the files are part of the program
	}
	consolePage.register(mux)
	registerDocs(mux)
	mux.Handle("/", notFound(mux))
	return mux
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.guarded.ServeHTTP(w, r) }

// Server returns an HTTP server for the handler. Its limits keep slow clients from occupying it.
func (h *Handler) Server() *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(h.shared.log.Handler(), slog.LevelDebug),
	}
}

// SetReady makes /healthz answer that the COS port accepts requests.
func (h *Handler) SetReady() {
	h.health.state.Store(healthReady)
	go h.calls() // so that the first call need not wait for newCalls
}

// SetStopping makes /healthz answer that the COS port no longer accepts requests.
func (h *Handler) SetStopping() { h.health.state.Store(healthStopping) }

// Explain answers a question as POST /api/v1/explain does. The answer has no secrets. An error
// describes the part of the question that cannot be read.
func (h *Handler) Explain(q explain.Question) (*Explanation, error) { return h.shared.explanation(q) }
