package api_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/wire"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// The account, the bucket and the moment that most tests use.
const (
	testBucket = "examplebucket-1250000000"
	testRegion = "ap-guangzhou"
	testAppID  = "1250000000"
	testHost   = testBucket + ".cos." + testRegion + ".myqcloud.com"
)

func testTime() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) }

func testKey() keyring.Key {
	return keyring.Key{SecretID: "AKIDtestKeyOfTheOwner0000000000000000", SecretKey: "secretOfTheOwner0123456789abcdefg", AppID: testAppID}
}

// server is a running emulator behind a real listener.
type server struct {
	tb    testing.TB
	addr  string
	e     *api.Emulator
	clock *clock.Clock
	store *storage.Store
}

// start runs an emulator in memory, frozen at testTime, with one private
// bucket and one key pair unless cfg says otherwise.
func start(tb testing.TB, cfg api.Config) *server {
	tb.Helper()
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, st.Close()) })
	return startOn(tb, cfg, st)
}

func startOn(tb testing.TB, cfg api.Config, st *storage.Store) *server {
	tb.Helper()
	if cfg.Clock == nil {
		cfg.Clock = clock.New()
		cfg.Clock.Freeze(testTime())
	}
	if cfg.Buckets == nil {
		cfg.Buckets = []api.BucketConfig{{Name: testBucket, Region: testRegion}}
	}
	if cfg.Keys == nil {
		cfg.Keys = []keyring.Key{testKey()}
	}
	e, err := api.New(cfg, st)
	require.NoError(tb, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	var busy sync.RWMutex // held for reading by each request under way
	note := observed.of(tb.Name(), e.Journal())
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		busy.RLock()
		defer busy.RUnlock()
		e.ServeHTTP(noting{w, note}, r)
		note() // before a test can go on and reset
	})}
	done := make(chan error, 1)
	go func() { done <- wire.Serve(srv, l) }()
	tb.Cleanup(func() {
		require.NoError(tb, srv.Close())
		require.ErrorIs(tb, <-done, http.ErrServerClosed)
		busy.Lock() // until all of it is noted
		defer busy.Unlock()
	})
	return &server{tb: tb, addr: l.Addr().String(), e: e, clock: cfg.Clock, store: st}
}

// noting notes before an answer leaves that is early.
type noting struct {
	http.ResponseWriter
	note func()
}

func (n noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }

func (n noting) FlushError() error {
	n.note()
	return http.NewResponseController(n.ResponseWriter).Flush()
}

func (n noting) ReadFrom(r io.Reader) (int64, error) { return io.Copy(n.ResponseWriter, r) }

// message is one request as its bytes go on the wire.
type message struct {
	method, target, host string
	header               http.Header
	body                 []byte
	chunked              bool
}

// answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) code() string    { return between(string(a.body), "<Code>", "</Code>") }
func (a *answer) message() string { return between(string(a.body), "<Message>", "</Message>") }

func between(s, from, to string) string {
	_, s, ok := strings.Cut(s, from)
	if !ok {
		return ""
	}
	s, _, _ = strings.Cut(s, to)
	return s
}

// send puts m on a connection of its own, byte for byte, and reads the answer.
// net/http's client is not used: it would mend targets that must stay broken.
func (s *server) send(m *message) *answer {
	s.tb.Helper()
	return s.sendBytes(m.method, m.bytes())
}

// sendBytes puts a request on a connection of its own and reads the answer.
func (s *server) sendBytes(method string, request []byte) *answer {
	s.tb.Helper()
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(s.tb, err)
	defer conn.Close()
	require.NoError(s.tb, conn.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = conn.Write(request)
	require.NoError(s.tb, err)
	return readAnswer(s.tb, conn, method)
}

func (m *message) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", m.method, m.target, m.host)
	names := make([]string, 0, len(m.header))
	for name := range m.header {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if name == "Content-Length" || name == "Transfer-Encoding" {
			continue
		}
		for _, v := range m.header[name] {
			fmt.Fprintf(&b, "%s: %s\r\n", name, v)
		}
	}
	switch {
	case m.chunked:
		b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
		if len(m.body) > 0 {
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(m.body), m.body)
		}
		b.WriteString("0\r\n\r\n")
		return b.Bytes()
	case m.header.Get("Content-Length") != "":
		fmt.Fprintf(&b, "Content-Length: %s\r\n", m.header.Get("Content-Length"))
	case len(m.body) > 0 || m.method == http.MethodPut || m.method == http.MethodPost:
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(m.body))
	}
	b.WriteString("\r\n")
	b.Write(m.body)
	return b.Bytes()
}

func readAnswer(tb testing.TB, r io.Reader, method string) *answer {
	tb.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(r), &http.Request{Method: method})
	require.NoError(tb, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(tb, err)
	return &answer{status: resp.StatusCode, header: resp.Header, body: body}
}

// signed is a request of the owner, signed in the Authorization header by the
// plainest means, valid for an hour.
func (s *server) signed(method, target string, body []byte, header ...string) *message {
	s.tb.Helper()
	return s.signedBy(testKey(), method, testHost, target, body, header...)
}

func (s *server) signedBy(key keyring.Key, method, host, target string, body []byte, header ...string) *message {
	s.tb.Helper()
	h := http.Header{}
	names := []string{"host"}
	for i := 0; i < len(header); i += 2 {
		h.Add(header[i], header[i+1])
		names = append(names, header[i])
	}
	req, err := signer.NewRequest(method, "http://"+host+target, h)
	require.NoError(s.tb, err)
	params := make([]string, 0, len(req.Params))
	for _, p := range req.Params {
		params = append(params, p.DecodedName())
	}
	now := s.clock.Now()
	signed, err := signer.Sign(req, signer.Credentials{SecretID: key.SecretID, SecretKey: key.SecretKey, Token: key.Token},
		signer.SignOptions{Start: now, End: now.Add(time.Hour), Headers: names, Params: params})
	require.NoError(s.tb, err)
	h.Set("Authorization", signed.Authorization())
	if key.Token != "" {
		h.Set("X-Cos-Security-Token", key.Token)
	}
	return &message{method: method, target: target, host: host, header: h, body: body}
}

// do sends an owner's request.
func (s *server) do(method, target string, body []byte, header ...string) *answer {
	s.tb.Helper()
	return s.send(s.signed(method, target, body, header...))
}

// requireStored checks that the object is there with these bytes, past the API.
func (s *server) requireStored(bucket, key string, want []byte) {
	s.tb.Helper()
	r, err := s.store.Open(bucket, key)
	require.NoError(s.tb, err, key)
	defer r.Close()
	got, err := io.ReadAll(r)
	require.NoError(s.tb, err)
	require.Equal(s.tb, want, got)
}

// requireNothing checks that there is no such object.
func (s *server) requireNothing(bucket, key string) {
	s.tb.Helper()
	_, err := s.store.Stat(bucket, key)
	require.ErrorIs(s.tb, err, storage.ErrNoObject)
}

// remove deletes an object past the API.
func (s *server) remove(bucket, key string) {
	s.tb.Helper()
	_, err := s.store.Delete(bucket, key, s.clock.Now())
	require.NoError(s.tb, err)
}
