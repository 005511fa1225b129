package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

const (
	bucket = "examplebucket-1250000000"
	region = "ap-guangzhou"
	// startLimit is how long a start, stop or restart may take on a busy machine.
	startLimit = 60 * time.Second
)

// permanentKey and temporaryKey are the key pairs of the servers.
func permanentKey() signer.Credentials {
	return signer.Credentials{
		SecretID:  "AKIDe2eForTestsOnly0000000000000000",
		SecretKey: "e2eSecretNobodyMaySeeInALog00000",
	}
}

func temporaryKey() signer.Credentials {
	return signer.Credentials{
		SecretID:  "AKIDe2eTemporary-_0000000000000000000000",
		SecretKey: "e2eTemporarySecretNobodyMaySee/+=",
		// A real token is long and may have characters that need escaping. A client without the
		// token must fail.
		Token: "e2eTokenNobodyMaySee" + strings.Repeat("-_+/", 40) + "==",
	}
}

// root returns the folder of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../..")
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "go.mod"))
	return dir
}

// build makes the binary as for a release and returns its path.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "cosemu")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/cosemu")
	cmd.Dir = root(t)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return bin
}

// server is a running cosemu.
type server struct {
	bin     string
	api     string // host:port
	console string
	log     string // the path of its output
	cmd     *exec.Cmd
	ended   chan struct{} // closed when the process has ended
	err     error         // its result, once ended is closed
}

// start runs the binary with the keys and the bucket above, with data in a folder, or in memory
// where data is empty.
func start(t *testing.T, bin, data string) *server {
	t.Helper()
	config := filepath.Join(t.TempDir(), "cosemu.yaml")
	perm, temp := permanentKey(), temporaryKey()
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `region: %s
buckets:
  - {name: %s, region: %s, acl: private}
credentials:
  - {secret_id: %q, secret_key: %q, appid: "1250000000"}
  - {secret_id: %q, secret_key: %q, appid: "1250000000", token: %q}
roles:
  - {name: uploader}
`, region, bucket, region, perm.SecretID, perm.SecretKey, temp.SecretID, temp.SecretKey, temp.Token), 0o600))
	return serve(t, bin, "serve", "--config", config, "--data", data)
}

// serve runs the binary with args on free ports and waits until its health check succeeds.
func serve(t *testing.T, bin string, args ...string) *server {
	t.Helper()
	return serveAt(t, "127.0.0.1:0", bin, args...)
}

// serveAt is serve with a known address of the API.
func serveAt(t *testing.T, listen, bin string, args ...string) *server {
	t.Helper()
	dir := t.TempDir()
	s := &server{bin: bin, log: filepath.Join(dir, "log"), ended: make(chan struct{})}
	log, err := os.Create(s.log)
	require.NoError(t, err)
	defer log.Close() // the child has its own
	ready := filepath.Join(dir, "ready")
	s.cmd = exec.Command(bin, append(args, "--listen", listen, "--console", "127.0.0.1:0", "--ready-file", ready)...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	require.NoError(t, s.cmd.Start())
	go func() {
		s.err = s.cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("the server's log ends:\n%s", tail(s.output(t), 4000))
		}
	})
	s.awaitReady(t, ready)
	return s
}

// kill kills the process (kill -9) if it still runs.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// stop stops the process as an operator does, and requires a clean exit.
func (s *server) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-s.ended:
		require.NoError(t, s.err, "after SIGTERM:\n%s", tail(s.output(t), 4000))
	case <-time.After(startLimit):
		require.FailNow(t, "still there after SIGTERM", "%s", tail(s.output(t), 4000))
	}
}

func (s *server) output(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(s.log)
	require.NoError(t, err)
	return b
}

// keepsSecrets checks that the server printed no secret.
func (s *server) keepsSecrets(t *testing.T) {
	t.Helper()
	out := s.output(t)
	require.NotEmpty(t, out)
	for _, secret := range []string{permanentKey().SecretKey, temporaryKey().SecretKey, temporaryKey().Token[:20]} {
		require.False(t, bytes.Contains(out, []byte(secret)), "a secret stands in the log")
	}
}

// tail returns the last n bytes of b.
func tail(b []byte, n int) []byte {
	return b[max(0, len(b)-n):]
}

// awaitReady waits until the server has chosen its ports and its health check succeeds.
func (s *server) awaitReady(t *testing.T, file string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	go func() {
		select {
		case <-s.ended: // it will never be ready
			cancel()
		case <-ctx.Done():
		}
	}()
	out, err := exec.CommandContext(ctx, s.bin, "healthcheck", "--wait", startLimit.String(), "--ready-file", file).CombinedOutput()
	require.NoError(t, err, "%s", out)

	b, err := os.ReadFile(file)
	require.NoError(t, err)
	var ready struct{ Listen, Console string }
	require.NoError(t, json.Unmarshal(b, &ready))
	s.api, s.console = ready.Listen, ready.Console
}
