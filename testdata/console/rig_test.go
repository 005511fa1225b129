package console

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/control"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/storage"
)

const (
	bucket  = "examplebucket-1250000000"
	keyID   = "AKIDexampleexampleexample"
	secret  = "the-secret-key-of-the-example"
	tempID  = "AKIDtemporary"
	tempKey = "the-secret-key-of-the-temporary"
	token   = "the+token/of=the-temporary-key"
)

// startTime is the time of the frozen clock of rigs.
func startTime() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) }

// A rig is an emulator with both ports.
type rig struct {
	*api.Emulator
	t            *testing.T
	api, console string // host:port
	handler      *control.Handler
	stopConsole  func()
	token        string // the control token; empty: none
}

func start(t *testing.T) *rig {
	t.Helper()
	return startLocked(t, "")
}

// startLocked is start with a control token.
func startLocked(t *testing.T, controlToken string) *rig {
	t.Helper()
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	apiPort, consolePort := listen(t), listen(t)
	c := clock.New()
	c.Freeze(startTime())
	c.Keep()
	e, err := api.New(api.Config{
		Buckets: []api.BucketConfig{{Name: bucket}, {Name: "logs-1250000000", Region: "ap-beijing", ACL: "public-read"}},
		Keys: []keyring.Key{
			{SecretID: keyID, SecretKey: secret, AppID: "1250000000"},
			{SecretID: tempID, SecretKey: tempKey, AppID: "1250000000", Token: token, Expires: startTime().Add(24 * time.Hour)},
		},
		Clock: c, Endpoint: apiPort.Addr().String(),
	}, st)
	require.NoError(t, err)
	r := &rig{Emulator: e, t: t, api: apiPort.Addr().String(), console: consolePort.Addr().String(), token: controlToken}
	r.handler = r.newHandler()
	serve(t, apiPort, &http.Server{Handler: e, ReadHeaderTimeout: time.Minute})
	r.serveConsole(consolePort, r.handler)
	return r
}

func (r *rig) newHandler() *control.Handler {
	authority, err := r.CA()
	require.NoError(r.t, err)
	return control.New(r.Emulator, control.Options{Token: r.token, Listen: r.console, API: r.api, AppID: "1250000000", CA: authority.PEM()})
}

func (r *rig) serveConsole(l net.Listener, h *control.Handler) {
	s := h.Server()
	serve(r.t, l, s)
	r.stopConsole = func() { require.NoError(r.t, s.Close()) }
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return l
}

func serve(t *testing.T, l net.Listener, s *http.Server) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l) // ends with the test
	}()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		<-done
	})
}

// sign makes a pre-signed URL that is valid for 15 minutes.
func (r *rig) sign(method, key string, header ...string) string {
	r.t.Helper()
	return r.signAs("", method, key, header...)
}

func (r *rig) signAs(id, method, key string, header ...string) string {
	r.t.Helper()
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	reply, err := r.Presign(api.PresignRequest{Method: method, Bucket: bucket, Key: key, Expires: 15 * time.Minute, Header: h, SecretID: id})
	require.NoError(r.t, err)
	return reply.URL
}

// An answer is an answer with its body.
type answer struct {
	status int
	id     string // of the request
	body   string
}

// send sends a request. The body of a PUT is "hello".
func (r *rig) send(method, url string, header ...string) answer {
	r.t.Helper()
	var body io.Reader = http.NoBody
	if method == http.MethodPut {
		body = strings.NewReader("hello")
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, url, body)
	require.NoError(r.t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return r.do(req)
}

func (r *rig) do(req *http.Request) answer {
	r.t.Helper()
	res, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	return answer{res.StatusCode, res.Header.Get("X-Cos-Request-Id"), string(data)}
}

// kept waits until the request of an answer is in the journal.
func (r *rig) kept(a answer) answer {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	for {
		v := r.Journal().View(journal.Filter{})
		if _, ok := r.Journal().Get(a.id); ok {
			return a
		}
		select {
		case <-v.Changed:
		case <-ctx.Done():
			require.Fail(r.t, "the request is not in the journal")
		}
	}
}

// journalOf selects the requests of an account.
func journalOf(appID string) journal.Filter { return journal.Filter{Account: appID} }

// rowOf returns the selector of a request's row.
func rowOf(id string) string { return `a.row[href="#/requests/` + url.QueryEscape(id) + `"]` }

// quote returns a JavaScript string.
func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // encoding a string never fails
	return strings.TrimSpace(b.String())
}
