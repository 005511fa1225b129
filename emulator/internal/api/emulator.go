package api

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"github.com/cosemu/cosemu/emulator/internal/account"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/ca"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/early"
	"github.com/cosemu/cosemu/emulator/internal/explain"
	"github.com/cosemu/cosemu/emulator/internal/fault"
	"github.com/cosemu/cosemu/emulator/internal/identity"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/judge"
	"github.com/cosemu/cosemu/emulator/internal/metrics"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/emulator/internal/record"
	"github.com/cosemu/cosemu/emulator/internal/reqid"
	"github.com/cosemu/cosemu/emulator/internal/wire"
	"github.com/cosemu/cosemu/storage"
	"github.com/gorilla/mux"
)

// Emulator serves the COS API over one store. It is safe for concurrent use.
type Emulator struct {
	cfg      Config
	store    *storage.Store
	clock    *clock.Clock
	accounts *account.Registry
	buckets  buckets
	who      *identity.Directory
	resolver *addr.Resolver
	log      *slog.Logger
	router   *mux.Router
	matches  sync.Pool // of *mux.RouteMatch
	// The rooms that a request goes through.
	env       call.Env // what the operations work with
	judge     *judge.Judge
	explainer *explain.Explainer
	records   *record.Keeper
	sts       *stsServer
	port      string // of Config.Endpoint
	authority func() (*ca.Authority, error)
	tls       *tls.Config
	early     early.Server
	faults    *fault.Plan
	resets    sync.Mutex // one Reset at a time
}

// New makes an emulator over st, which it does not close. The configured
// buckets are created where they do not exist yet. Its errors name the part of
// the configuration that is wrong.
func New(cfg Config, st *storage.Store) (*Emulator, error) {
	if cfg.Region == "" {
		cfg.Region = DefaultRegion
	}
	switch cfg.Verify {
	case "":
		cfg.Verify = VerifyEnforce
	case VerifyEnforce, VerifyReport:
	default:
		return nil, bilingual.Errorf("verify: %q is neither enforce nor report", "verify：%q 既不是 enforce 也不是 report", cfg.Verify)
	}
	if !cfg.DefaultCORS.Valid() {
		return nil, bilingual.Errorf("default_cors: %q is neither none nor permissive", "default_cors：%q 既不是 none 也不是 permissive", cfg.DefaultCORS)
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.New()
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	who, err := identity.New(identity.Config{Keys: cfg.Keys, Roles: cfg.Roles, Tokens: cfg.Tokens, Store: st, Log: cfg.Log})
	if err != nil {
		return nil, err
	}
	if err := cfg.Strict.CheckAccounts(cfg.Keys, cfg.Buckets); err != nil {
		return nil, bilingual.Errorf("strict.appid: %w", "strict.appid：%w", err)
	}
	cfg.Clock.Keep()
	resolver, err := addr.New(addr.Config{Domains: cfg.Domains, Aliases: cfg.Aliases, HasAccount: who.Keys().HasAccount, IsBucket: func(name string) bool {
		_, err := st.Bucket(name)
		return err == nil
	}})
	if err != nil {
		return nil, err
	}
	e := &Emulator{
		cfg: cfg, store: st, clock: cfg.Clock, who: who, resolver: resolver, log: cfg.Log,
		early: early.Server{Now: cfg.Clock.Real, Arrived: wire.BodyArrived},
	}
	e.accounts = e.newAccounts()
	e.faults = fault.New(fault.Config{Store: st, Real: e.clock.Real, Now: e.accounts.Now, Log: e.log})
	_, e.port, _ = net.SplitHostPort(cfg.Endpoint)
	e.furnish()
	e.authority = authorityOf(&cfg)
	e.tls = newTLS(e.authority, cfg.Certificate, e.judge.Serves)
	e.router = newRouter(e)
	if err := e.populate(); err != nil {
		return nil, err
	}
	if err := e.faults.Load(); err != nil {
		return nil, err
	}
	return e, nil
}

// furnish makes the rooms that a request goes through.
func (e *Emulator) furnish() {
	table, keys := ops.NewTable(), e.who.Keys()
	e.env = call.Env{
		Store: e.store, Resolver: e.resolver, Pacing: call.RealPacing(e.clock.Real),
		Region: e.cfg.Region, Mode: e.cfg.Verify, Plain: table.Plain,
		Now: e.accounts.Now, Touch: e.accounts.Touch,
		AccountUIN: keys.AccountUIN, RoleName: e.who.RoleName,
	}
	e.judge = judge.New(judge.Config{
		Env: &e.env, Table: table, Keys: keys, IDs: reqid.NewSource(), Real: e.clock.Real,
		Port: e.port, PathStyle: e.cfg.Strict.PathStyle, CORS: e.cfg.DefaultCORS,
	})
	e.buckets = buckets{store: e.store, configured: e.cfg.Buckets, region: e.cfg.Region, now: e.env.Now, setCORS: e.judge.SetDefaultCORS}
	if e.cfg.Strict.CutAtExpiry {
		e.env.Expired = e.judge.Expired
	}
	e.records = &record.Keeper{
		Journal: journal.New(e.cfg.Journal), Requests: metrics.NewRequests(), Log: e.log, Keys: keys, Resolver: e.resolver, Now: e.env.Now, Real: e.clock.Real,
	}
	e.sts = &stsServer{judge: e.judge, who: e.who, records: e.records, sees: e.accounts.Sees}
	e.explainer = &explain.Explainer{
		Judge: e.judge, Who: e.who, Records: e.records, ClockOf: e.accounts.ClockOf, Sees: e.accounts.Sees,
		Endpoint: e.cfg.Endpoint, Domains: e.cfg.Domains,
	}
}

// newRouter registers what arrives on the API port. Routes are few on purpose:
// each further one costs every request, so the operation is chosen behind them
// by a look-up (find.go of package ops). SkipClean and UseEncodedPath keep `//`, dot
// segments and escapes as they came; a cleaned path is another object key.
func newRouter(e *Emulator) *mux.Router {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.Methods(http.MethodConnect).HandlerFunc(e.serveConnect)
	r.MatcherFunc(func(r *http.Request, _ *mux.RouteMatch) bool { return e.sts.asked(r) }).HandlerFunc(e.serveSTS)
	r.NewRoute().HandlerFunc(e.serveAPI)
	return r
}

// ServeHTTP answers one request of the COS API. The router is asked for the
// handler and no more: its own ServeHTTP copies the request twice, to note in
// its context the route and variables that nobody here reads.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.early.Serve(w, r, e.route) }

func (e *Emulator) route(w http.ResponseWriter, r *http.Request) {
	m, _ := e.matches.Get().(*mux.RouteMatch)
	if m == nil {
		m = &mux.RouteMatch{Vars: map[string]string{}} // no route has any
	}
	found := e.router.Match(r, m)
	next := m.Handler
	*m = mux.RouteMatch{Vars: m.Vars}
	e.matches.Put(m)
	if found {
		next.ServeHTTP(w, r)
		return
	}
	e.serveAPI(w, r)
}

// Clock is the time by which the emulator judges.
func (e *Emulator) Clock() *clock.Clock { return e.clock }

// Resolver finds the bucket and the key of requests, and knows the aliases of buckets.
func (e *Emulator) Resolver() *addr.Resolver { return e.resolver }

// Keys are the key pairs that it knows.
func (e *Emulator) Keys() *keyring.Ring { return e.who.Keys() }

// TemporaryKey issues a temporary key: see [identity.Directory.IssueKey].
func (e *Emulator) TemporaryKey(in identity.TemporaryKeyRequest) (keyring.Key, error) {
	account := in.AppID
	if in.SecretID != "" {
		account = e.judge.AccountOfKey(in.SecretID)
	}
	return e.who.IssueKey(in, e.env.Now(account))
}

// Journal is what happened to the latest requests.
func (e *Emulator) Journal() *journal.Journal { return e.records.Journal }

// Requests counts all requests since the start, for Prometheus. A reset does not change it.
func (e *Emulator) Requests() *metrics.Requests { return e.records.Requests }

// Faults are the planned faults.
func (e *Emulator) Faults() *fault.Plan { return e.faults }

// Stop ends what requests wait for by planned faults, so that the server can stop.
func (e *Emulator) Stop() { e.faults.Stop() }

// Store is where its buckets and objects are kept.
func (e *Emulator) Store() *storage.Store { return e.store }

// Judge tells what would come of a request: see [explain.Explainer.Verdict].
func (e *Emulator) Judge(method, rawURL string, header http.Header) (*journal.Entry, error) {
	return e.explainer.Verdict(method, rawURL, header)
}

// Explain says why a request would be refused, or was: see [explain.Explainer.Explain].
func (e *Emulator) Explain(q explain.Question) (*explain.Explanation, error) {
	return e.explainer.Explain(q)
}

// NoteRefusal keeps a request that the HTTP server refused: see
// [record.Keeper.NoteRefusal].
func (e *Emulator) NoteRefusal(r wire.Refusal) { e.records.NoteRefusal(r) }

// CreateBucket makes a bucket, as the configuration does. It returns an error
// that wraps storage.ErrBucketExists when there is one of that name.
func (e *Emulator) CreateBucket(b BucketConfig) error { return e.buckets.create(b) }

// DeleteBucket removes an empty bucket. Its errors wrap storage.ErrNoBucket
// and storage.ErrBucketNotEmpty.
func (e *Emulator) DeleteBucket(name string) error { return e.store.DeleteBucket(name) }

// Buckets lists all buckets by name, whoever owns them.
func (e *Emulator) Buckets() ([]storage.Bucket, error) { return e.store.Buckets() }

// Reset returns to the start-up state: the configured buckets, keys and seed
// and nothing else, the clock as it was configured, no account but the configured
// ones, the journal empty (choice 733).
func (e *Emulator) Reset() error {
	e.resets.Lock()
	defer e.resets.Unlock()
	if err := errors.Join(e.store.Reset(), e.faults.Clear("")); err != nil {
		return err
	}
	e.clock.Reset()
	e.resolver.ResetAliases()
	e.records.Journal.Clear()
	return e.populate()
}

// populate makes what the configuration names, and leaves what is there.
func (e *Emulator) populate() error {
	for _, b := range e.cfg.Buckets {
		if err := e.buckets.ensure(b); err != nil {
			return err
		}
	}
	keys, err := e.accounts.Load(e.configuredAccounts())
	if err != nil {
		return err
	}
	if err := e.who.Load(keys, e.env.Now); err != nil {
		return err
	}
	if e.cfg.Seed != nil {
		return e.cfg.Seed(e.store)
	}
	return nil
}
