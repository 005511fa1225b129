// Package control is cosemu's second listener: health, the clock, key pairs,
// buckets and their objects, the journal of requests and why they were
// refused, ready-made URLs and the reset, as JSON under /api/v1, described by
// the OpenAPI document at /api/v1/openapi.json; the certificate that clients
// need for TLS, at /ca.pem; and the console page at /.
//
// It is a listener of its own, so that no control path can shadow an object
// key and the COS port can be exposed alone. It answers to its own host names
// only, refuses writes that a foreign page sends, and returns no secret but that
// of a temporary key to whoever has it issued (choice 281).
package control

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/keyring"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Emulator is what the listener controls. *api.Emulator is one.
type Emulator interface {
	Clock() *clock.Clock
	Keys() *keyring.Ring
	Buckets() ([]storage.Bucket, error)
	CreateBucket(api.BucketConfig) error
	DeleteBucket(name string) error
	DefaultCORS(*storage.Bucket) (api.CORSMode, error)
	Presign(api.PresignRequest) (api.PresignReply, error)
	Journal() *journal.Journal
	Explain(api.Question) (*api.Explanation, error)
	Store() *storage.Store
	TemporaryKey(api.TemporaryKeyRequest) (keyring.Key, error)
	Reset() error
}

// Options say what the listener is told from outside.
type Options struct {
	// Listen is the host:port that was configured for the listener. Its host
	// is one of the names that the listener answers to.
	Listen string
	// API is the host:port of the COS API, for command lines; empty means that
	// those go to the host that the request named.
	API string
	// Hosts are further host names, without port, that it answers to.
	Hosts []string
	// AppID is the account of key pairs that are added without one; empty
	// means such an addition is refused.
	AppID string
	// CA is the certificate, in PEM, of the authority that signs for the API's TLS;
	// it is given out at /ca.pem. Empty means there is none.
	CA []byte
	// Version is what the OpenAPI document calls the program's version.
	Version string
	// Problem tells what keeps the process from serving as it should, for
	// /healthz; empty: nothing. Nil means nothing ever does.
	Problem func() string
	// Log receives what went wrong inside; nil discards it.
	Log *slog.Logger

	bodyTimeout time.Duration // for a request's body; tests shorten it
	heartbeat   time.Duration // of a stream in which nothing happens; likewise
}

// Handler serves the control listener. It is safe for concurrent use.
type Handler struct {
	emulator Emulator
	options  Options
	log      *slog.Logger
	guarded  http.Handler
	calls    func() http.Handler // what stands behind the guard, made once
	instance string              // tells this handler from one before a restart
	state    atomic.Value        // a health
	clockMu  sync.Mutex          // one change of the clock at a time
}

// New returns the handler for e. It is not ready before SetReady says so.
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
	h := &Handler{emulator: e, options: o, log: o.Log, instance: rand.Text()}
	h.state.Store(healthStarting)
	h.calls = sync.OnceValue(h.newCalls)
	h.guarded = newGuard(o, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.calls().ServeHTTP(w, r) }))
	return h
}

// newCalls makes the API and the console. It takes some milliseconds, so that
// no server waits for it before it is ready, and no command that only asks for
// an explanation.
func (h *Handler) newCalls() http.Handler {
	mux := http.NewServeMux()
	api := humago.New(mux, apiConfig(h.options.Version))
	for _, register := range []func(huma.API){
		h.registerHealth, h.registerClock, h.registerCredentials, h.registerTemporary, h.registerBuckets, h.registerObjects,
		h.registerTools, h.registerRequests, h.registerStream, h.registerExplain, h.registerCA,
	} {
		register(api)
	}
	consolePage, err := newPage(consoleFiles)
	if err != nil {
		panic("control: " + err.Error()) // the files are part of the program
	}
	consolePage.register(mux)
	mux.Handle("/", notFound(mux))
	return mux
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.guarded.ServeHTTP(w, r) }

// Server returns an HTTP server for the handler, with limits that let nobody
// hold on to it by being slow.
func (h *Handler) Server() *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
	}
}

// apiPath is where all calls but /healthz live.
const apiPath = "/api/v1"

func apiConfig(version string) huma.Config {
	if version == "" {
		version = "devel"
	}
	c := huma.DefaultConfig("cosemu control", version)
	c.Info.Description = "Controls a running cosemu. No secret is ever returned, but that of a temporary key, once, when it is issued."
	c.OpenAPIPath = apiPath + "/openapi"
	c.DocsPath = "" // that page would load its scripts from elsewhere
	c.SchemasPath = ""
	c.CreateHooks = nil // no $schema links in answers
	c.Transformers = append(c.Transformers, withoutValues)
	return c
}

// withoutValues takes out of a problem the parts of the input that huma quotes
// in it: they may be a secret.
func withoutValues(_ huma.Context, _ string, v any) (any, error) {
	if p, ok := v.(*huma.ErrorModel); ok {
		for _, e := range p.Errors {
			e.Value = nil
		}
	}
	return v, nil
}

// operation describes a call: its group is the first word of the path behind
// apiPath, status what it answers when all is well, and errors what else it
// answers besides the validation's 422.
func (h *Handler) operation(id, method, path, summary string, status int, errors ...int) huma.Operation {
	group, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return huma.Operation{
		OperationID: id, Method: method, Path: apiPath + path, Summary: summary, Tags: []string{group},
		DefaultStatus: status, Errors: errors, MaxBodyBytes: maxBody, BodyReadTimeout: h.options.bodyTimeout,
		RejectUnknownQueryParameters: true, // a filter that was mistyped would choose everything
	}
}

// broken reports an error that is nobody's fault outside: the log has the
// cause, the answer does not.
func (h *Handler) broken(doing string, err error) error {
	h.log.Error("control: "+doing, "error", err)
	return huma.Error500InternalServerError(doing + " failed; the log has the cause")
}
