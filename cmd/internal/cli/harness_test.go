package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience bounds every wait; nothing takes it unless something is broken.
const patience = 30 * time.Second

// binary is the real command, built by TestMain.
var binary string //nolint:gochecknoglobals // written once, before the first test

func TestMain(m *testing.M) { os.Exit(withBinary(m)) }

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "cosemu-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "cosemu")
	if out, err := exec.Command("go", "build", "-o", binary, module+"/cmd/cosemu").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the command: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// buffer is a bytes.Buffer for a writer in another goroutine.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// outcome is what a command left behind.
type outcome struct {
	code           int
	stdout, stderr string
}

// command runs the command in this process until it ends.
func command(env []string, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	code := Main(args, env, strings.NewReader(""), &stdout, &stderr)
	return outcome{code, stdout.String(), stderr.String()}
}

// A served is a cosemu that serves: in this process, or as one of its own.
type served struct {
	t              *testing.T
	ready          ready
	readyFile      string
	stdout, stderr *buffer
	signal         func(os.Signal)
	done           chan struct{} // closed at the end
	code           int           // valid once done
}

// anyPort are the flags that keep a test from everybody else's ports.
func (s *served) anyPort(args []string) []string {
	s.readyFile = filepath.Join(s.t.TempDir(), "ready.json")
	for _, a := range args {
		if name, ok := strings.CutPrefix(a, "--ready-file="); ok {
			s.readyFile = name
		}
	}
	return append([]string{"--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--ready-file=" + s.readyFile}, args...)
}

// serveHere serves in this process.
func serveHere(t *testing.T, env []string, args ...string) *served {
	t.Helper()
	s := &served{t: t, stdout: &buffer{}, stderr: &buffer{}, done: make(chan struct{})}
	signals := make(chan os.Signal, 2)
	s.signal = func(sig os.Signal) { signals <- sig }
	p := &process{env: env, stdin: strings.NewReader(""), stdout: s.stdout, stderr: s.stderr}
	p.signals = func(to chan<- os.Signal) func() {
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case sig := <-signals:
					to <- sig
				case <-stop:
					return
				}
			}
		}()
		return func() { close(stop) }
	}
	args = s.anyPort(args)
	go func() {
		defer close(s.done)
		s.code = run(args, p)
	}()
	return s.awaitReady()
}

// serveBinary serves as the real command, in a process of its own.
func serveBinary(t *testing.T, args ...string) *served {
	t.Helper()
	return serveProcess(t, []string{binary}, args...)
}

// serveProcess is serveBinary by way of another program, which is told to run it.
func serveProcess(t *testing.T, way []string, args ...string) *served {
	t.Helper()
	s := &served{t: t, stdout: &buffer{}, stderr: &buffer{}, done: make(chan struct{})}
	cmd := exec.Command(way[0], append(way[1:len(way):len(way)], s.anyPort(args)...)...)
	cmd.Stdout, cmd.Stderr, cmd.Env = s.stdout, s.stderr, []string{}
	require.NoError(t, cmd.Start())
	s.signal = func(sig os.Signal) { _ = cmd.Process.Signal(sig) } // it may be gone already
	go func() {
		defer close(s.done)
		_ = cmd.Wait() // the exit code says it
		s.code = cmd.ProcessState.ExitCode()
	}()
	return s.awaitReady()
}

func (s *served) awaitReady() *served {
	s.t.Helper()
	s.t.Cleanup(func() {
		s.signal(os.Interrupt)
		select {
		case <-s.done:
		case <-time.After(2 * time.Second): // something is still under way
			s.signal(os.Interrupt)
			<-s.done
		}
	})
	o := command(nil, "healthcheck", "--wait=30s", "--ready-file="+s.readyFile)
	require.Equal(s.t, exitOK, o.code, "%s\nserver: %s", o.stderr, s.stderr)
	data, err := os.ReadFile(s.readyFile)
	require.NoError(s.t, err)
	require.NoError(s.t, json.Unmarshal(data, &s.ready))
	return s
}

// end waits until the server is gone, and returns its exit code.
func (s *served) end() int {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(patience):
		require.Fail(s.t, "the server does not end", s.stderr.String())
	}
	return s.code
}

// presign makes a URL for this server without asking it.
func (s *served) presign(env []string, args ...string) string {
	s.t.Helper()
	o := command(env, append([]string{"presign", "--endpoint=http://" + s.ready.Listen}, args...)...)
	require.Equal(s.t, exitOK, o.code, o.stderr)
	return strings.TrimSpace(o.stdout)
}

// send sends a request and returns status and body.
func send(t *testing.T, method, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	res, err := client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(data)
}

// writeFile writes a file and returns its path.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
