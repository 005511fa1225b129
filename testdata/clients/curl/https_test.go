package curl

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// caFile is a file with the certificate from the control listener.
func (e endpoint) caFile(t *testing.T) string {
	t.Helper()
	resp, err := http.Get("http://" + e.console + "/ca.pem")
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	pem, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	name := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(name, pem, 0o600))
	return name
}

// TestHTTPSProxy uploads to the https host of COS through the proxy of HTTPS_PROXY: with CONNECT
// and a certificate of the emulator's authority. curl waits for 100 Continue in the tunnel, so it
// does not send a refused file.
func TestHTTPSProxy(t *testing.T) {
	e := theEndpoint(t)
	path, content := file(t, 11, 1<<20)
	in := e.input(http.MethodPut, "curl/https")
	in.Scheme = "https"
	u := presign(t, in)
	args := []string{
		"--proxy", "http://" + e.api, "--cacert", e.caFile(t), "--suppress-connect-headers",
		"--expect100-timeout", "30", "-H", "Expect: 100-continue", "-T", path,
	}
	refused := run(t, nil, append(args, tampered(t, u))...)
	refused.refused(t, http.StatusForbidden, "SignatureDoesNotMatch")
	require.Zero(t, refused.Sent)
	e.notStored(t, "curl/https")
	run(t, nil, append(args, u)...).accepted(t, content)
	e.stored(t, "curl/https", content)

	// Plain http in a tunnel.
	in.Scheme, in.Key = "http", "curl/tunnelled"
	run(t, nil, append(args, "--proxytunnel", presign(t, in))...).accepted(t, content)
	e.stored(t, "curl/tunnelled", content)
}

// TestHTTPSProxyRefuses: a client that does not trust the authority sends nothing, and the proxy
// refuses other hosts.
func TestHTTPSProxyRefuses(t *testing.T) {
	e := theEndpoint(t)
	path, _ := file(t, 12, 1000)
	in := e.input(http.MethodPut, "curl/untrusted")
	in.Scheme = "https"
	args := []string{"--disable", "--silent", "--show-error", "--max-time", "60", "--proxy", "http://" + e.api, "-T", path}
	out, err := exec.CommandContext(t.Context(), "curl", append(args, presign(t, in))...).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "certificate")
	e.notStored(t, "curl/untrusted")

	args = append(args, "--cacert", e.caFile(t))
	out, err = exec.CommandContext(t.Context(), "curl", append(args, "https://www.example.com/curl/untrusted")...).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "501")

	out, err = exec.CommandContext(t.Context(), "curl", append(args, presign(t, in))...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}
