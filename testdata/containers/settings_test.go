package containers

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// TestVariables: the container's variables set the server's settings.
func TestVariables(t *testing.T) {
	t.Parallel()
	c := start(t,
		"--env", "COSEMU_REGION=ap-beijing", "--env", "COSEMU_BUCKETS=photos-1250000001",
		"--env", "COSEMU_CREDENTIALS=AKIDsuite:suiteSecret:1250000001", "--env", "COSEMU_CLOCK=2030-01-01T00:00:00Z",
		"--env", "COSEMU_DATA=", "--env", "COSEMU_LOG_FORMAT=json")
	_, clock := c.control(t, http.MethodGet, "/api/v1/clock")
	require.Contains(t, clock, `"2030-01-01T00:00:00Z"`)
	_, buckets := c.control(t, http.MethodGet, "/api/v1/buckets")
	require.Contains(t, buckets, "photos-1250000001")
	require.Contains(t, buckets, "ap-beijing")
	require.NotContains(t, buckets, bucket)
	out, problems, err := try(t, "logs", c.id)
	require.NoError(t, err)
	require.Contains(t, out+problems, `{"time":`)
	require.NotContains(t, out+problems, "suiteSecret")
}

// TestWrongVariable: a wrong setting ends the container. The error has its name.
func TestWrongVariable(t *testing.T) {
	t.Parallel()
	out, problems, err := try(t, "run", "--rm", "--env", "COSEMU_VERIFY=perhaps", image(t))
	exit := (*exec.ExitError)(nil)
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 2, exit.ExitCode())
	require.Contains(t, out+problems, "COSEMU_VERIFY")
}

// TestFile: the server reads a configuration file that is mounted.
func TestFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "cosemu.yaml")
	require.NoError(t, os.WriteFile(file, []byte("verify: report\n"), 0o644))
	c := start(t, "--volume", file+":/cosemu.yaml:ro", "--env", "COSEMU_CONFIG=/cosemu.yaml")
	client := c.client()
	client.Credentials = &signer.Credentials{SecretID: secretID, SecretKey: "wrong"}
	answer, err := client.Put(t.Context(), "reported", strings.NewReader("hello"), nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Contains(t, answer.Header.Get("X-Cosemu-Verdict"), "SignatureDoesNotMatch")

	judging := start(t)
	client.Addr = judging.api
	_, err = client.Put(t.Context(), "reported", strings.NewReader("hello"), nil)
	require.ErrorContains(t, err, "SignatureDoesNotMatch")
	judging.requireNothing(t, "reported")
}

// TestPortThatSpeaksTLS: the setting in the Dockerfile's first comment works.
func TestPortThatSpeaksTLS(t *testing.T) {
	t.Parallel()
	c := start(t, "--env", "COSEMU_TLS_LISTEN=0.0.0.0:9443", "--publish", "127.0.0.1::9443")
	_, ca := c.control(t, http.MethodGet, "/ca.pem")
	client := c.client()
	client.Addr = "https://" + c.port(t, "9443")
	_, err := client.Put(t.Context(), "tls", strings.NewReader("hello"), nil)
	require.Error(t, err, "without its CA")
	c.requireNothing(t, "tls")
	client.HTTP.Transport = trusting(t, ca)
	answer, err := client.Put(t.Context(), "tls", strings.NewReader("hello"), nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	c.requireStored(t, "tls", "hello")
}
