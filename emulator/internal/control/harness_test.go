package control

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

const (
	testBucket = "examplebucket-1250000000"
	testID     = "AKIDexample"
	testSecret = "hush-hush"
)

// startTime is the time of the rigs' clock.
func startTime() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) }

// A rig is an emulator with both of its ports.
type rig struct {
	*api.Emulator
	t       *testing.T
	handler *Handler
	api     string // host:port of the COS API
	console string // host:port of the control listener
}

// start makes a rig with one bucket, one key pair and a frozen clock.
func start(t *testing.T, o Options) *rig {
	t.Helper()
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	apiPort, consolePort := listen(t), listen(t)
	c := clock.New()
	c.Freeze(startTime())
	c.Keep()
	e, err := api.New(api.Config{
		Buckets:  []api.BucketConfig{{Name: testBucket}},
		Keys:     []keyring.Key{{SecretID: testID, SecretKey: testSecret, AppID: "1250000000"}},
		Clock:    c,
		Endpoint: apiPort.Addr().String(),
	}, st)
	require.NoError(t, err)
	if o.Listen == "" {
		o.Listen = consolePort.Addr().String()
	}
	r := &rig{Emulator: e, t: t, handler: New(e, o), api: apiPort.Addr().String(), console: consolePort.Addr().String()}
	serve(t, apiPort, &http.Server{Handler: e, ReadHeaderTimeout: time.Minute})
	serve(t, consolePort, r.handler.Server())
	return r
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

// An answer is an answer with its body.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends a request to the control listener. A body that is not empty is sent as JSON. change
// may change the request.
func (r *rig) call(method, path, body string, change ...func(*http.Request)) answer {
	r.t.Helper()
	req, err := http.NewRequest(method, "http://"+r.console+path, strings.NewReader(body))
	require.NoError(r.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, c := range change {
		c(req)
	}
	return send(r.t, req)
}

func send(t *testing.T, req *http.Request) answer {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return answer{res.StatusCode, res.Header, string(data)}
}

// want checks the status and decodes the body.
func (a answer) want(t *testing.T, status int, into any) {
	t.Helper()
	require.Equal(t, status, a.status, a.body)
	if into != nil {
		d := json.NewDecoder(bytes.NewBufferString(a.body))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(into), a.body)
	}
}

// wantProblem checks that the answer is a problem with this status, and returns its body.
func (a answer) wantProblem(t *testing.T, status int) string {
	t.Helper()
	require.Equal(t, status, a.status, a.body)
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	var p struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &p))
	require.Equal(t, status, p.Status)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	return a.body
}
