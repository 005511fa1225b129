package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/descriptors"
	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/storage"
)

type serveCmd struct{}

// Details is the longer help of the command.
func (serveCmd) Details() (en, zh string) {
	return `Without any setting it keeps everything in memory, with the bucket ` + config.DefaultBucket +
			` and the published key pair ` + config.DefaultSecretID + ` / ` + config.DefaultSecretKey + `.

Each setting has the same name as a flag (--log-level), in the environment (COSEMU_LOG_LEVEL) and in the ` +
			`YAML file (log_level): flags first, then the environment, then the file. The items of a list are separated by commas, and a flag ` +
			`may be repeated; a value that starts with [ or { is read as the file has it: ` +
			`COSEMU_BUCKETS='[{name: ` + config.DefaultBucket + `, acl: public-read}]'.`,
		`没有任何配置时，所有数据保存在内存中，有存储桶 ` + config.DefaultBucket +
			` 和公开的密钥 ` + config.DefaultSecretID + ` / ` + config.DefaultSecretKey + `。

每项配置在选项（--log-level）、环境变量（COSEMU_LOG_LEVEL）和 YAML 文件（log_level）中名称相同，优先级按此顺序。` +
			`列表的各项用逗号分隔，选项可以重复；以 [ 或 { 开头的值按配置文件的写法读取：` +
			`COSEMU_BUCKETS='[{name: ` + config.DefaultBucket + `, acl: public-read}]'。`
}

// Run serves until a signal.
func (c *serveCmd) Run(p *process) error {
	// From here on a signal stops the server cleanly, even while it starts.
	signals := make(chan os.Signal, 2)
	defer p.signals(signals)()
	s, err := p.load()
	if err != nil {
		return err
	}
	log, flush := newLogger(p.stderr, s, p.env)
	defer flush()
	if unknown := p.settings.UnknownVariables(); len(unknown) > 0 {
		log.Warn("unknown COSEMU_ variables are ignored", "names", unknown)
	}
	srv, err := start(s, log)
	if err != nil {
		return err
	}
	defer limitRuntime(p.env, srv.given, srv.store)()
	if err := srv.announce(p.stdout); err != nil {
		return errors.Join(err, srv.stop(signals))
	}
	select {
	case sig := <-signals:
		log.Info("stopping; a second signal stops at once", "signal", sig.String(), "grace", s.Grace)
	case err = <-srv.failed:
		log.Error("a listener failed", "error", err)
	}
	return errors.Join(err, srv.stop(signals))
}

// A server is the running process: its listeners around one emulator.
type server struct {
	settings config.Settings
	log      *slog.Logger
	given    int64 // memory for the process, in bytes
	store    *storage.Store
	emulator *emulator.Emulator
	control  *emulator.Control
	ca       *emulator.Authority
	own      *tls.Certificate // nil: there is none
	api      *listener
	tls      *listener // nil: there is none
	console  *listener
	guard    *descriptors.Guard // of all three
	failed   chan error         // a listener that ended by itself
}

// start brings everything up; when it returns, all ports answer.
func start(s config.Settings, log *slog.Logger) (_ *server, err error) {
	srv := &server{
		settings: s, log: log, failed: make(chan error, 3), given: storage.MemoryGiven(), guard: &descriptors.Guard{Log: log, MaxConnections: descriptors.Connections()},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, srv.close())
		}
	}()
	if strings.HasPrefix(s.Console, config.HTTPS) {
		return srv, lang.Errorf("console: give host:port alone; with --tls-cert it speaks https", "console：只写 host:port；使用 --tls-cert 时即为 https")
	}
	if srv.own, err = ownCertificate(s, time.Now()); err != nil {
		return srv, err
	}
	srv.removeReadyFile() // one that a crash left behind says nothing of this process
	// The ports come first: a second cosemu fails before it touches the data, and
	// the URLs made below need the port.
	if srv.api, err = listen("listen", s.Listen, log, srv.guard); err != nil {
		return srv, err
	}
	if s.TLSListen != "" {
		if srv.tls, err = listen("tls_listen", s.TLSListen, log, srv.guard); err != nil {
			return srv, err
		}
	}
	if srv.console, err = listen("console", s.Console, log, srv.guard); err != nil {
		return srv, err
	}
	if srv.store, err = openStore(s, log, srv.given); err != nil {
		return srv, err
	}
	if srv.ca, err = openCA(s); err != nil {
		return srv, err
	}
	if srv.emulator, err = newEmulator(s, log, srv); err != nil {
		return srv, err
	}
	srv.control = srv.emulator.NewControl(emulator.ControlOptions{
		Listen: s.Console, API: srv.api.callable(), Hosts: srv.consoleHosts(), TLS: srv.own != nil, Token: s.ControlToken, AppID: s.AppID(), Version: versionText(), Log: log,
		CA: srv.ca.PEM(), Problem: srv.problem,
	})
	srv.api.serve(apiServer(srv.handler(srv.api)), func(s *http.Server, l net.Listener) error {
		return srv.emulator.Serve(s, l, srv.handshakeFailed)
	}, srv.failed)
	if srv.tls != nil {
		srv.tls.serve(apiServer(srv.handler(srv.tls)), func(s *http.Server, l net.Listener) error {
			return srv.emulator.ServeTLS(s, l, srv.handshakeFailed)
		}, srv.failed)
	}
	srv.console.serve(srv.control.Server(), func(s *http.Server, l net.Listener) error {
		return emulator.ServeControl(s, l, srv.own)
	}, srv.failed)
	srv.control.SetReady()
	return srv, nil
}

// consoleHosts are the names of the control listener: those of the certificate too, since a page
// under another name cannot have it.
func (s *server) consoleHosts() []string {
	if s.own == nil {
		return s.settings.ConsoleHosts
	}
	return slices.Concat(s.settings.ConsoleHosts, s.own.Leaf.DNSNames)
}

// problem is what is wrong with the process now; empty: nothing.
func (s *server) problem() string {
	if s.guard.IsShort() {
		return "file descriptors run out (see ulimit -n); idle connections are closed to make room"
	}
	return ""
}

// handler serves the COS API on a listener.
func (s *server) handler(l *listener) http.Handler {
	if l.loopback() {
		return s.emulator.Loopback()
	}
	return s.emulator
}

// handshakeFailed logs a client that began TLS but sent no request.
func (s *server) handshakeFailed(f emulator.HandshakeFailure) {
	hide := s.emulator.Redact
	if f.Distrusted() {
		s.log.Warn("TLS: the client does not trust cosemu's CA; give it the certificate", "host", hide(f.Name), "client", f.RemoteAddr,
			"certificate", "http://"+s.console.callable()+"/ca.pem")
		return
	}
	level := slog.LevelWarn
	if errors.Is(f.Err, io.EOF) || errors.Is(f.Err, os.ErrDeadlineExceeded) || errors.Is(f.Err, net.ErrClosed) {
		level = slog.LevelDebug // the client gave up
	}
	s.log.Log(context.Background(), level, "TLS: no handshake", "host", hide(f.Name), "tunnel", hide(f.Target), "client", f.RemoteAddr, "error", f.Err)
}

// openCA opens the CA for TLS: in its folder, else in the data folder, else in
// memory.
func openCA(s config.Settings) (*emulator.Authority, error) {
	switch {
	case s.CA != "":
		return emulator.OpenAuthority(s.CA)
	case s.Data != "":
		return emulator.OpenAuthority(s.Data)
	}
	return emulator.NewAuthority()
}

func openStore(s config.Settings, log *slog.Logger, given int64) (*storage.Store, error) {
	o := storage.Options{Fsync: s.Fsync, MaxMemory: s.MaxMemory, MemoryGiven: given, Log: log}
	if s.Data == "" {
		return storage.OpenMemory(o)
	}
	st, err := storage.OpenDisk(s.Data, o)
	if errors.Is(err, storage.ErrLocked) {
		return nil, lang.Errorf("data: another cosemu works in %s; stop it, or choose another folder with --data",
			"data：另一个 cosemu 正在使用 %s；请停止它，或用 --data 换一个目录", s.Data)
	}
	if damage := (*storage.DamageError)(nil); errors.As(err, &damage) {
		return nil, lang.Errorf("data: %s is damaged: %v; no object was touched; cosemu check --data %[1]s says what is left, "+
			"and cosemu rescue --data %[1]s makes it open again", "data：%s 已损坏：%v；没有改动任何对象；"+
			"cosemu check --data %[1]s 可查看剩余的数据，cosemu rescue --data %[1]s 可使它重新打开", s.Data, allOf(damage.Faults))
	}
	if err != nil {
		return nil, lang.Errorf("data: %v", "data：%v", err)
	}
	return st, nil
}

// allOf is the sentences in one line.
func allOf(texts []storage.Text) error {
	var en, zh []string
	for _, t := range texts {
		en, zh = append(en, t.En), append(zh, t.Zh)
	}
	return lang.Both(strings.Join(en, "; "), strings.Join(zh, "；"))
}

// emulatorConfig converts the settings for the emulator. The URLs that it makes
// lead to endpoint.
func emulatorConfig(s config.Settings, endpoint string) emulator.Config {
	return emulator.Config{
		Region: s.Region, Verify: s.Verify, DefaultCORS: s.DefaultCORS, Strict: emulator.Strict(s.Strict), Domains: s.Domains, Aliases: s.Aliases,
		Buckets: s.Buckets, Keys: s.Credentials, Roles: s.Roles, Tokens: s.Tokens, Clock: newClock(s), Endpoint: endpoint, MaxAccounts: s.MaxAccounts,
	}
}

func newEmulator(s config.Settings, log *slog.Logger, srv *server) (*emulator.Emulator, error) {
	cfg := emulatorConfig(s, srv.api.callable())
	c := cfg.Clock
	cfg.Log, cfg.CA, cfg.Certificate = log, srv.ca, srv.own
	if s.Seed != "" {
		cfg.Seed = func(st *storage.Store) error {
			if _, err := os.Stat(s.Seed); err != nil { // LoadSeed does not know its name
				return lang.Errorf("seed: %v", "seed：%v", err)
			}
			r, err := emulator.LoadSeed(st, os.DirFS(s.Seed), s.Region, c.Now())
			if err == nil {
				log.Info("seed loaded", "folder", s.Seed, "buckets", r.Buckets, "objects", r.Objects, "bytes", r.Bytes, "kept", r.Kept)
			}
			return err
		}
	}
	return emulator.New(cfg, srv.store)
}

// newClock is the clock as it is configured, to which a reset returns.
func newClock(s config.Settings) *emulator.Clock {
	c := emulator.NewClock()
	if s.Clock.Frozen.IsZero() {
		c.Shift(s.Clock.Offset)
	} else {
		c.Freeze(s.Clock.Frozen)
	}
	c.Keep()
	return c
}

// stop shuts down: it takes no new connections, lets requests finish within the
// grace, and closes the index. A second signal stops at once. Acknowledged
// uploads are safe either way.
func (s *server) stop(signals <-chan os.Signal) error {
	s.control.SetStopping()
	s.emulator.Stop()
	s.removeReadyFile()
	ctx, cancel := context.WithTimeout(context.Background(), s.settings.Grace)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		if s.drain(ctx) {
			s.log.Warn("grace period over; requests in flight were cut off", "grace", s.settings.Grace)
		}
		done <- s.close()
	}()
	select {
	case err := <-done:
		return err
	case <-signals:
		return lang.Errorf("stopped at once by a second signal", "收到第二个信号，立即停止")
	}
}

// drain lets the requests and tunnels of all API ports finish until ctx ends,
// and reports whether some were cut off.
func (s *server) drain(ctx context.Context) (cut bool) {
	if s.tls == nil {
		return s.api.shutdown(ctx)
	}
	other := make(chan bool, 1)
	go func() { other <- s.tls.shutdown(ctx) }()
	cut = s.api.shutdown(ctx)
	return <-other || cut
}

// close releases what start has opened so far.
func (s *server) close() error {
	var err error
	for _, l := range []*listener{s.api, s.tls, s.console} {
		if l != nil {
			l.close()
		}
	}
	if s.store != nil {
		err = s.store.Close()
	}
	return err
}
