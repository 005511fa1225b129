package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/cmd/internal/cli/cosclient"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/objects"
	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/signer"
)

// Variables that "cosemu account new --env" exports. Together they are a key pair.
const (
	envAppID     = "COS_APPID"
	envSecretID  = "COS_SECRET_ID"
	envSecretKey = "COS_SECRET_KEY"
	envToken     = "COS_TOKEN"
)

// keyOf finds the key pair to sign with: that of --secret-id; else the exported one of the account;
// else the first configured one. An empty appID is any account.
func (p *process) keyOf(s config.Settings, secretID, appID string) (emulator.Key, error) {
	if secret := lang.Lookup(p.env, config.EnvSecretKey); secret != "" && secretID != "" {
		return emulator.Key{SecretID: secretID, SecretKey: secret, AppID: appID, Token: lang.Lookup(p.env, config.EnvToken)}, nil
	}
	if k, ok := p.exportedKey(); ok && (secretID == "" || secretID == k.SecretID) && (appID == "" || appID == k.AppID) {
		return k, nil
	}
	for _, k := range s.Credentials {
		if k.SecretID == secretID || secretID == "" && (appID == "" || appID == k.AppID) {
			return k, nil
		}
	}
	if secretID != "" {
		return emulator.Key{}, errNoSecret(secretID)
	}
	return emulator.Key{}, errNoPair(appID)
}

// exportedKey is the key pair of the environment.
func (p *process) exportedKey() (emulator.Key, bool) {
	k := emulator.Key{
		AppID: lang.Lookup(p.env, envAppID), SecretID: lang.Lookup(p.env, envSecretID),
		SecretKey: lang.Lookup(p.env, envSecretKey), Token: lang.Lookup(p.env, envToken),
	}
	return k, k.AppID != "" && k.SecretID != "" && k.SecretKey != ""
}

// errNoSecret is the error for an id whose SecretKey nobody has said.
func errNoSecret(secretID string) error {
	return lang.Errorf("no secret of %s: set %s, or configure the pair",
		"没有 %s 的 SecretKey：请设置 %s，或者配置这对密钥", secretID, config.EnvSecretKey)
}

// fullBucket completes a name without APPID by the account of the exported key pair, else of the
// first configured bucket (choice 780).
func (p *process) fullBucket(s config.Settings, name string) string {
	if emulator.BucketAccount(name) != "" {
		return name
	}
	if k, ok := p.exportedKey(); ok {
		return name + "-" + k.AppID
	}
	for _, b := range s.Buckets {
		return name + "-" + emulator.BucketAccount(b.Name)
	}
	return name + "-" + config.DefaultAppID
}

// apiAddress is where the COS API of the running server listens: from the ready file, else from the
// setting.
func apiAddress(s config.Settings) (string, error) {
	if s.ReadyFile == "" {
		if _, port, _ := net.SplitHostPort(s.Listen); port == "0" {
			return "", misused("the API listens on a free port, so --ready-file or --listen has to say which",
				"API 的端口是任选的空闲端口，请用 --ready-file 或 --listen 指明")
		}
		return callable(s.Listen), nil
	}
	r, err := readReadyFile(s.ReadyFile)
	return r.Listen, err
}

// readReadyFile reads what a server wrote when it was ready.
func readReadyFile(name string) (ready, error) {
	var r ready
	data, err := os.ReadFile(name)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(data, &r); err != nil || r.Console == "" || r.Listen == "" {
		return r, lang.Errorf("%s is no ready file", "%s 不是 ready 文件", name)
	}
	return r, nil
}

// session makes what the commands of package objects work with.
func (p *process) session() (*objects.Session, error) {
	s, err := p.load()
	if err != nil {
		return nil, err
	}
	address, err := apiAddress(s)
	if err != nil {
		return nil, err
	}
	out := &objects.Session{
		Stdin: p.stdin, Stdout: p.stdout, Stderr: p.stderr, Say: p.say, Context: p.untilInterrupted(),
		Bucket: func(name string) string { return p.fullBucket(s, name) },
		Ask:    p.ask,
	}
	if f, terminal := terminalOf(p.stderr); terminal {
		out.Terminal = f
		_, out.Asks = terminalOf(p.stdin)
	}
	_, out.OnScreen = terminalOf(p.stdout)
	out.Connect = func(ctx context.Context, bucket, secretID string) (*cosclient.Client, error) {
		if err := emulator.ValidBucket(bucket); bucket != "" && err != nil {
			return nil, misused("bucket %q: %v", "存储桶 %q：%v", bucket, err)
		}
		k, err := p.keyOf(s, secretID, emulator.BucketAccount(bucket))
		if err != nil {
			return nil, err
		}
		now, err := p.serverClock(ctx, s, k.AppID)
		if err != nil {
			return nil, err
		}
		return connect(s, address, k, now), nil
	}
	return out, nil
}

// connect makes the client for a server.
func connect(s config.Settings, address string, k emulator.Key, now func() time.Time) *cosclient.Client {
	return &cosclient.Client{
		Signer: &signer.Client{
			Addr: address, HTTP: &http.Client{Transport: cosclient.NewTransport()}, Now: now,
			Credentials: &signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token},
		},
		Host: func(bucket string) (string, bool) {
			if bucket == "" || !s.Strict.PathStyle || len(s.Domains) == 0 {
				return address, bucket != ""
			}
			_, port, _ := net.SplitHostPort(address)
			return net.JoinHostPort(bucket+"."+s.Domains[0], port), false
		},
	}
}

// serverClock asks the control listener for the time of an account, by which signatures are judged.
// Without an answer it is the configured clock: the COS port may be reachable alone.
func (p *process) serverClock(ctx context.Context, s config.Settings, appID string) (func() time.Time, error) {
	configured := newClock(s).Now
	where, err := consoleAddress(s)
	if err != nil {
		return nil, err
	}
	j := control(s, where)
	ctx, cancel := context.WithTimeout(ctx, journalTimeout)
	defer cancel()
	for _, query := range []string{"?account=" + url.QueryEscape(appID), ""} {
		status, data, err := j.get(ctx, "/api/v1/clock"+query)
		if err != nil {
			return configured, nil
		}
		if status == http.StatusUnauthorized {
			return nil, j.unauthorized()
		}
		if status != http.StatusOK {
			continue // the account is one of the configuration
		}
		var c clockState
		if json.Unmarshal(data, &c) != nil || c.Now.IsZero() {
			return configured, nil
		}
		asked := time.Now()
		return func() time.Time {
			if c.Frozen {
				return c.Now
			}
			return c.Now.Add(time.Since(asked))
		}, nil
	}
	return configured, nil
}

// clockState is the clock as the control API has it.
type clockState struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
	Offset string    `json:"offset,omitempty"`
}

// untilInterrupted is a context that ends when the user interrupts.
func (p *process) untilInterrupted() context.Context {
	if p.signals == nil {
		return context.Background()
	}
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	stop := p.signals(signals)
	go func() {
		<-signals
		stop() // a second one ends the process at once
		cancel()
	}()
	return ctx
}

// ask asks the person at the terminal.
func (p *process) ask(question string) bool {
	if _, err := fmt.Fprint(p.stderr, question); err != nil {
		return false
	}
	var answer string
	_, err := fmt.Fscanln(p.stdin, &answer)
	return err == nil && strings.EqualFold(answer, "y")
}

// isMisuse tells a usageError of package objects.
func isMisuse(err error) bool {
	_, ok := errors.AsType[interface {
		error
		Misuse()
	}](err)
	return ok
}
