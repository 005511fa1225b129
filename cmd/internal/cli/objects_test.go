package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/signer"
)

// A client runs commands against one server.
type client struct {
	*served
	env []string
}

func (c *client) run(stdin io.Reader, args ...string) outcome {
	c.t.Helper()
	var stdout, stderr bytes.Buffer
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	env := append([]string{"COSEMU_READY_FILE=" + c.readyFile}, c.env...)
	return outcome{Main(args, env, stdin, &stdout, &stderr), stdout.String(), stderr.String()}
}

// ok runs a command that has to succeed, and returns its output.
func (c *client) ok(args ...string) string {
	c.t.Helper()
	o := c.run(nil, args...)
	require.Equal(c.t, exitOK, o.code, "%v: %s", args, o.stderr)
	return o.stdout
}

// fails runs a command that has to end with a code, and returns its errors.
func (c *client) fails(code int, args ...string) string {
	c.t.Helper()
	o := c.run(nil, args...)
	require.Equal(c.t, code, o.code, "%v: %s%s", args, o.stdout, o.stderr)
	require.NotEmpty(c.t, o.stderr)
	return o.stderr
}

// keys are the objects of a path, by ls.
func (c *client) keys(path string) (keys []string) {
	c.t.Helper()
	d := json.NewDecoder(strings.NewReader(c.ok("ls", "-r", "--json", path)))
	for {
		var e struct{ Key string }
		if err := d.Decode(&e); err != nil {
			require.ErrorIs(c.t, err, io.EOF)
			return keys
		}
		keys = append(keys, e.Key)
	}
}

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func TestObjectsRoundTrip(t *testing.T) {
	c := &client{served: serveBinary(t)}
	dir := t.TempDir()
	const part = 16 << 20
	for name, size := range map[string]int{"empty": 0, "small.json": 5, "one part": part, "two parts": 2 * part, "three parts": 2*part + 1} {
		data := noise(size)
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, data, 0o600))

		c.ok("put", file, "test/file/"+name)
		o := c.run(bytes.NewReader(data), "put", "-", "cos://test-1250000000/pipe/"+name)
		require.Equal(t, exitOK, o.code, o.stderr)
		c.ok("cp", "test/file/"+name, "test/copy/"+name)
		for _, from := range []string{"file/", "pipe/", "copy/"} {
			require.True(t, bytes.Equal(data, []byte(c.ok("get", "test/"+from+name, "-"))), from+name)
		}
		c.ok("get", "test/pipe/"+name, filepath.Join(dir, "back"))
		back, err := os.ReadFile(filepath.Join(dir, "back"))
		require.NoError(t, err)
		require.Equal(t, sha256.Sum256(data), sha256.Sum256(back), name)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	require.NoError(t, err)
	require.Empty(t, left, "no half of a file stays")

	var e struct {
		Action, Bucket, Key, File, ETag string
		Size                            int64
	}
	out := c.ok("put", "--json", filepath.Join(dir, "small.json"), "test", "--header=x-cos-meta-a: 1")
	require.NoError(t, json.Unmarshal([]byte(out), &e))
	require.Equal(t, []any{"put", "test-1250000000", "small.json", int64(5)}, []any{e.Action, e.Bucket, e.Key, e.Size})
	require.Regexp(t, "^[0-9a-f]{32}$", e.ETag)
	c.ok("cp", "test/small.json", "test/folder/")
	// The Content-Type is that of the extension, and goes on with the copy; so does what --header gave.
	res, err := http.Head(c.presign(nil, "--method=HEAD", "--key=folder/small.json"))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, []string{"application/json", "1"}, []string{res.Header.Get("Content-Type"), res.Header.Get("X-Cos-Meta-A")})
}

func TestFolders(t *testing.T) {
	c := &client{served: serveBinary(t)}
	dir := t.TempDir()
	for _, name := range []string{"a.txt", "b/c.txt", "b/d/照片 1+.txt"} {
		file := filepath.Join(dir, "in", name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(name), 0o600))
	}
	require.Contains(t, c.fails(exitUsage, "put", filepath.Join(dir, "in"), "test/x"), "-r")
	require.Empty(t, c.keys("test"))
	c.ok("put", "-r", filepath.Join(dir, "in"), "test/x")
	require.Equal(t, []string{"x/a.txt", "x/b/c.txt", "x/b/d/照片 1+.txt"}, c.keys("test"))
	require.Regexp(t, `(?m)^ +5  20\S+ \S+Z  x/a\.txt$`, c.ok("ls", "test/x/"))
	require.Regexp(t, `(?m)^ +- +x/b/$`, c.ok("ls", "test/x/"))
	require.Contains(t, c.fails(exitFailed, "ls", "test/none"), "nothing begins with")

	c.ok("cp", "-r", "test/x", "test/y/z")
	require.Contains(t, c.fails(exitUsage, "cp", "-r", "test/x", "test/x/below"), "copy itself")
	c.ok("get", "-r", "test/y", filepath.Join(dir, "out"))
	got, err := os.ReadFile(filepath.Join(dir, "out", "z", "b", "d", "照片 1+.txt"))
	require.NoError(t, err)
	require.Equal(t, "b/d/照片 1+.txt", string(got))

	// A folder is not what merely begins like it.
	o := c.run(strings.NewReader("s"), "put", "-", "test/xy")
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Equal(t, 3, strings.Count(c.ok("rm", "-r", "test/x"), "removed test-1250000000/x/"))
	require.Equal(t, []string{"xy", "y/z/a.txt", "y/z/b/c.txt", "y/z/b/d/照片 1+.txt"}, c.keys("test"))
	require.Contains(t, c.fails(exitFailed, "rm", "test/x/a.txt"), "there is no object")
	require.Contains(t, c.fails(exitFailed, "rm", "-r", "test/x"), "nothing below")
}

// TestBucketsStay: no bucket goes, and nothing of it, unless both flags say so.
func TestBucketsStay(t *testing.T) {
	c := &client{served: serveBinary(t)}
	for _, key := range []string{"a", "b"} {
		o := c.run(strings.NewReader(key), "put", "-", "test/"+key)
		require.Equal(t, exitOK, o.code, o.stderr)
	}
	c.fails(exitUsage, "rm", "test")
	c.fails(exitUsage, "rm", "--force", "test/")
	c.fails(exitUsage, "rm", "--bucket", "test")
	c.fails(exitUsage, "rm", "--bucket", "--force", "test/a")
	c.fails(exitUsage, "rm", "-r", "test/a", "test", "--bucket")
	require.Equal(t, []string{"a", "b"}, c.keys("test"))
	c.ok("rm", "-r", "test")
	require.Empty(t, c.keys("test"))
	require.Contains(t, c.ok("ls"), "test-1250000000")

	// With versions, delete markers and an unfinished upload in it.
	status, text := send(t, "PUT", c.presignQuery("PUT", "", "versioning"), "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	require.Equal(t, 200, status, text)
	for range 2 {
		require.Equal(t, exitOK, c.run(strings.NewReader("v"), "put", "-", "test/v").code)
	}
	c.ok("rm", "test/v")
	status, text = send(t, "POST", c.presignQuery("POST", "u", "uploads"), "")
	require.Equal(t, 200, status, text)
	out := c.ok("rm", "--bucket", "--force", "test")
	require.Equal(t, 3, strings.Count(out, "removed test-1250000000/v "), out)
	require.Contains(t, out, "removed the bucket test-1250000000")
	require.Empty(t, c.ok("ls"))
}

// presignQuery signs a request for a sub-resource of the default bucket.
func (c *client) presignQuery(method, key, sub string) string {
	c.t.Helper()
	p, err := signer.Presign(signer.PresignInput{
		Credentials: signer.Credentials{SecretID: config.DefaultSecretID, SecretKey: config.DefaultSecretKey},
		Method:      method, Scheme: "http", Host: c.ready.Listen, Bucket: "test-1250000000", PathStyle: true, Key: key,
		Query: map[string][]string{sub: {""}}, Start: time.Now().Add(-time.Minute), Expires: time.Hour,
	})
	require.NoError(c.t, err)
	return p.URL
}

// TestRefusedUploads: what the server refuses fails, says the way to the reason, and stores nothing.
func TestRefusedUploads(t *testing.T) {
	c := &client{served: serveBinary(t)}
	file := writeFile(t, "a.txt", "hello")
	said := c.fails(exitFailed, "put", file, "nosuch/a")
	require.Contains(t, said, "NoSuchBucket")
	require.Regexp(t, "cosemu why [A-Za-z0-9=]+", said)

	wrong := &client{served: c.served, env: []string{"COSEMU_SECRET_KEY=hush-wrong"}}
	said = wrong.fails(exitFailed, "put", file, "test/a", "--secret-id="+config.DefaultSecretID)
	require.Contains(t, said, "SignatureDoesNotMatch")
	require.NotContains(t, said, "hush")
	require.Empty(t, c.keys("test"))
	require.Contains(t, c.fails(exitFailed, "put", file, "test/a", "--secret-id=AKIDnobody"), "no secret of AKIDnobody")
	for _, args := range [][]string{
		{"put", file, "UPPER/a"},
		{"put", file, "/a"},
		{"put", "-", "test/"},
		{"put", file, "test/a", "--header=none"},
		{"get", "test"},
		{"get", "test/"},
		{"get", "-r", "test", "-"},
		{"cp", "test", "test/b"},
	} {
		c.fails(exitUsage, args...)
	}
	c.fails(exitFailed, "put", filepath.Join(t.TempDir(), "none"), "test/a")
	c.fails(exitFailed, "get", "test/none", filepath.Join(t.TempDir(), "x"))
	require.Empty(t, c.keys("test"))
	c.ok("put", file, "test/a")
	require.Equal(t, []string{"a"}, c.keys("test"))

	o := command(nil, "put", file, "test/a", "--listen=127.0.0.1:1", "--console=127.0.0.1:1")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "no cosemu answers at 127.0.0.1:1")
	o = command([]string{"LANG=zh_CN.UTF-8"}, "put", file, "test/a", "--listen=127.0.0.1:1", "--console=127.0.0.1:1")
	require.Contains(t, o.stderr, "没有 cosemu 响应")
}

// TestTheServersTimeIsSigned: a moved clock changes nothing for the commands.
func TestTheServersTimeIsSigned(t *testing.T) {
	c := &client{served: serveBinary(t, "--clock=2030-01-01T00:00:00Z")}
	c.ok("put", writeFile(t, "a.txt", "hello"), "test/")
	require.Contains(t, c.ok("ls", "test"), "2030-01-01 00:00:00Z")
}

// TestExportedAccount: with what "account new --env" exports, bare names are that account's.
func TestExportedAccount(t *testing.T) {
	c := &client{served: serveBinary(t)}
	for line := range strings.Lines(c.ok("account", "new", "--env", "--bucket=photos")) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		c.env = append(c.env, name+"="+strings.Trim(value, "'"))
	}
	c.ok("put", writeFile(t, "a.txt", "hello"), "photos")
	require.Contains(t, c.ok("ls"), "photos-")
	require.NotContains(t, c.ok("ls"), "test-1250000000")
	require.Equal(t, []string{"a.txt"}, c.keys("photos"))
	c.ok("ls", "test-1250000000") // by the configured pair of its account
}

// TestHostileKeys: a key cannot write outside of the folder, nor where no file can be.
func TestHostileKeys(t *testing.T) {
	c := &client{served: serveBinary(t)}
	for _, key := range []string{"x/../../evil", "x//evil", "x/./evil", "x/../evil2", "x/link/evil", "x/good", "x/dir/"} {
		status, body := send(t, "PUT", c.presignKey(key), "evil")
		require.Equal(t, 200, status, "%s: %s", key, body)
	}
	outer := t.TempDir()
	dir := filepath.Join(outer, "in", "here")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.Symlink(outer, filepath.Join(dir, "link")))
	said := c.fails(exitFailed, "get", "-r", "test/x", dir)
	require.Equal(t, 4, strings.Count(said, "no file can have this name"), said)
	require.NoFileExists(t, filepath.Join(outer, "evil"))
	require.NoFileExists(t, filepath.Join(outer, "in", "evil"))
	require.NoFileExists(t, filepath.Join(outer, "in", "evil2"))
	require.FileExists(t, filepath.Join(dir, "good"))
	require.DirExists(t, filepath.Join(dir, "dir"))
	c.fails(exitFailed, "get", "test/x/..", dir)
}

func (c *client) presignKey(key string) string {
	return c.presign(nil, "--method=PUT", "--key="+key)
}

// TestMemoryOfUploads: a stream is not held.
func TestMemoryOfUploads(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it reads the peak of Linux")
	}
	c := &client{served: serveBinary(t)}
	const size = 256 << 20
	start := func(args ...string) (*exec.Cmd, io.WriteCloser, io.Reader) {
		cmd := exec.Command(binary, args...)
		cmd.Env = []string{"COSEMU_READY_FILE=" + c.readyFile}
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		return cmd, in, out
	}
	put, in, _ := start("put", "-", "test/stream")
	_, err := io.CopyN(in, zeros{}, size)
	require.NoError(t, err)
	peak := peakOf(t, put.Process.Pid)
	require.NoError(t, in.Close())
	require.NoError(t, put.Wait())

	get, _, out := start("get", "test/stream", "-")
	_, err = io.CopyN(io.Discard, out, size-1)
	require.NoError(t, err)
	peak = max(peak, peakOf(t, get.Process.Pid)) // its last byte may be on its way; the process is not gone
	n, err := io.Copy(io.Discard, out)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	require.NoError(t, get.Wait())
	t.Logf("%d MiB at most", peak>>20)
	require.Less(t, peak, 160<<20)
}

// peakOf is the most memory that a process has had, in bytes. The usage that its parent is told
// counts the parent's own.
func peakOf(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if peak == nil {
		return 0 // it has ended meanwhile
	}
	kib, err := strconv.Atoi(string(peak[1]))
	require.NoError(t, err)
	return kib << 10
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestInterruptedUpload: an upload in parts that the user ends leaves nothing at the server.
func TestInterruptedUpload(t *testing.T) {
	c := &client{served: serveBinary(t)}
	r, w := io.Pipe()
	var interrupt func()
	ready := make(chan struct{})
	var stdout, stderr buffer
	p := &process{env: []string{"COSEMU_READY_FILE=" + c.readyFile}, stdin: r, stdout: &stdout, stderr: &stderr}
	p.signals = func(to chan<- os.Signal) func() {
		interrupt = func() { to <- os.Interrupt }
		close(ready)
		return func() {}
	}
	done := make(chan int, 1)
	go func() { done <- run([]string{"put", "-", "test/long"}, p) }()
	_, err := w.Write(make([]byte, 40<<20)) // two parts and a half
	require.NoError(t, err)
	<-ready
	interrupt()
	require.NoError(t, w.Close())
	select {
	case code := <-done:
		require.Equal(t, exitFailed, code)
	case <-time.After(patience):
		require.Fail(t, "it goes on")
	}
	require.Empty(t, c.keys("test"))
	status, body := send(t, "GET", c.presignQuery("GET", "", "uploads"), "")
	require.Equal(t, 200, status)
	require.NotContains(t, body, "<UploadId>")
}
