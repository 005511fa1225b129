package curl

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// endpoint is a running emulator, from the environment.
type endpoint struct {
	api     string // host:port of the COS API
	console string // host:port of the control listener
	bucket  string
	region  string
	key     signer.Credentials
	temp    signer.Credentials
}

// theEndpoint reads the environment. Without it the suite fails and does not skip, so that a run
// without tests does not pass.
func theEndpoint(t *testing.T) endpoint {
	t.Helper()
	get := func(name string) string {
		v := os.Getenv(name)
		require.NotEmpty(t, v, "%s is not set: start this suite with ../run curl", name)
		return v
	}
	return endpoint{
		api:     get("COSEMU_API"),
		console: get("COSEMU_CONSOLE"),
		bucket:  get("COSEMU_BUCKET"),
		region:  get("COSEMU_REGION"),
		key:     signer.Credentials{SecretID: get("COSEMU_SECRET_ID"), SecretKey: get("COSEMU_SECRET_KEY")},
		temp: signer.Credentials{
			SecretID:  get("COSEMU_TEMP_SECRET_ID"),
			SecretKey: get("COSEMU_TEMP_SECRET_KEY"),
			Token:     get("COSEMU_TEMP_TOKEN"),
		},
	}
}

func (e endpoint) host() string { return e.bucket + ".cos." + e.region + ".myqcloud.com" }

// input is what most tests sign: a PUT to the COS host of the bucket, valid for an hour. Tests
// change parts of it.
func (e endpoint) input(method, key string) signer.PresignInput {
	return signer.PresignInput{
		Credentials: e.key,
		Method:      method,
		Scheme:      "http",
		Bucket:      e.bucket,
		Region:      e.region,
		Key:         key,
		Start:       time.Now().Add(-time.Second),
		Expires:     time.Hour,
	}
}

func presign(t *testing.T, in signer.PresignInput) string {
	t.Helper()
	p, err := signer.Presign(in)
	require.NoError(t, err)
	return p.URL
}

// url signs method and key of input.
func (e endpoint) url(t *testing.T, method, key string) string {
	t.Helper()
	return presign(t, e.input(method, key))
}

// answer is the result of curl.
type answer struct {
	Status int   `json:"http_code"`
	Sent   int64 `json:"size_upload"`
	Header http.Header
	Body   []byte
}

// curl runs curl. It connects to the emulator for each host and does not change the Host header.
func (e endpoint) curl(t *testing.T, stdin io.Reader, args ...string) answer {
	t.Helper()
	return run(t, stdin, append([]string{"--noproxy", "*", "--connect-to", "::" + e.api}, args...)...)
}

func run(t *testing.T, stdin io.Reader, args ...string) answer {
	t.Helper()
	dir := t.TempDir()
	headers, body := filepath.Join(dir, "headers.json"), filepath.Join(dir, "body")
	cmd := exec.CommandContext(t.Context(), "curl", append([]string{
		"--disable", "--silent", "--show-error", "--max-time", "60",
		"--output", body,
		"--write-out", "%{stderr}%{header_json}\n%{json}",
	}, args...)...)
	cmd.Stdin = stdin
	var report bytes.Buffer
	cmd.Stderr = &report
	require.NoError(t, cmd.Run(), "curl %v: %s", args, &report)

	var a answer
	dec := json.NewDecoder(&report)
	var h map[string][]string
	require.NoError(t, dec.Decode(&h), "%s", headers)
	a.Header = http.Header{}
	for k, v := range h {
		a.Header[http.CanonicalHeaderKey(k)] = v
	}
	require.NoError(t, dec.Decode(&a))
	b, err := os.ReadFile(body)
	if !os.IsNotExist(err) { // curl writes no file for an empty body
		require.NoError(t, err)
	}
	a.Body = b
	return a
}

// refused checks that the answer is an error with this status and code.
func (a answer) refused(t *testing.T, status int, code string) {
	t.Helper()
	require.Equal(t, status, a.Status, "%s", a.Body)
	require.Contains(t, string(a.Body), "<Code>"+code+"</Code>")
	require.Equal(t, "application/xml", a.Header.Get("Content-Type"))
	require.NotEmpty(t, a.Header.Get("x-cos-request-id"))
}

// accepted checks that the answer is that of a PUT of body.
func (a answer) accepted(t *testing.T, body []byte) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	require.Empty(t, a.Body)
	sum := md5.Sum(body)
	require.Equal(t, `"`+hex.EncodeToString(sum[:])+`"`, a.Header.Get("ETag"))
}

// stored checks that the content of key is exactly want.
func (e endpoint) stored(t *testing.T, key string, want []byte) answer {
	t.Helper()
	a := e.curl(t, nil, "--path-as-is", e.url(t, http.MethodGet, key))
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	require.True(t, bytes.Equal(want, a.Body), "%q: sent %d bytes, got %d", key, len(want), len(a.Body))
	return a
}

// notStored checks that a refused upload stored nothing.
func (e endpoint) notStored(t *testing.T, key string) {
	t.Helper()
	a := e.curl(t, nil, "--path-as-is", e.url(t, http.MethodGet, key))
	a.refused(t, http.StatusNotFound, "NoSuchKey")
}

// file makes a file of n bytes made from seed.
func file(t *testing.T, seed byte, n int) (path string, content []byte) {
	t.Helper()
	content = make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(content) // never fails
	path = filepath.Join(t.TempDir(), "body.bin")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path, content
}

// tampered returns a URL with the last digit of its signature changed.
func tampered(t *testing.T, u string) string {
	t.Helper()
	before, after, ok := strings.Cut(u, "q-signature=")
	if !ok {
		before, after, ok = strings.Cut(u, "q-signature%3D")
	}
	require.True(t, ok, "no signature")
	digit := byte('0')
	if after[39] == digit {
		digit = '1'
	}
	return before + u[len(before):len(u)-len(after)] + after[:39] + string(digit) + after[40:]
}

// control posts to the control listener and returns its answer.
func (e endpoint) control(t *testing.T, call string, body map[string]any) map[string]any {
	t.Helper()
	b, err := json.Marshal(body)
	require.NoError(t, err)
	u := "http://" + e.console + "/api/v1/" + call
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, u, bytes.NewReader(b))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	var reply map[string]any
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&reply))
	return reply
}
