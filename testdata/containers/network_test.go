package containers

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// inNetwork starts a server with the name cosemu in a new network, configured as in
// compose.yaml.
func inNetwork(t *testing.T, options ...string) (*container, string) {
	t.Helper()
	network := made(t, "network")
	return start(t, append([]string{
		"--network", network, "--network-alias", "cosemu", "--network-alias", bucket + ".cosemu",
		"--env", "COSEMU_DOMAINS=cosemu", "--env", "COSEMU_CONSOLE_HOSTS=cosemu",
	}, options...)...), network
}

// TestNeighbour: another container uploads to cosemu:9000 by virtual host, by path
// style and by proxy. With a wrong signature nothing is stored.
func TestNeighbour(t *testing.T) {
	t.Parallel()
	c, network := inNetwork(t)
	out, problems, err := neighbour(t, []string{"--network", network}, http.MethodGet, "http://cosemu:9001/ca.pem")
	require.NoError(t, err, "%s", problems)
	status, ca, _ := strings.Cut(out, "\n")
	require.Equal(t, "200", status)
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, []byte(ca), 0o644))
	require.NoError(t, os.Chmod(filepath.Dir(file), 0o755))

	for name, way := range map[string]struct {
		in      signer.PresignInput
		options []string
	}{
		"virtual host": {in: signer.PresignInput{Scheme: "http", Host: bucket + ".cosemu:9000"}},
		"path style":   {in: signer.PresignInput{Scheme: "http", Host: "cosemu:9000", PathStyle: true}},
		"proxy": {
			in:      signer.PresignInput{Scheme: "http"},
			options: []string{"--env", "http_proxy=http://cosemu:9000"},
		},
		"proxy, https": {
			in:      signer.PresignInput{Scheme: "https"},
			options: []string{"--env", "https_proxy=http://cosemu:9000", "--env", "SSL_CERT_FILE=/ca.pem", "--volume", file + ":/ca.pem:ro"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := way.in
			in.Method, in.Bucket, in.Region, in.Key = http.MethodPut, bucket, region, "from/"+name
			in.Credentials = signer.Credentials{SecretID: secretID, SecretKey: secretKey}
			in.Start, in.Expires = time.Now(), time.Hour
			put := func(in signer.PresignInput) string {
				p, err := signer.Presign(in)
				require.NoError(t, err)
				out, problems, err := neighbour(t, append([]string{"--network", network}, way.options...), in.Method, p.URL, "hello")
				require.NoError(t, err, "%s", problems)
				return out
			}
			wrong := in
			wrong.Credentials.SecretKey += "x"
			require.Regexp(t, `(?s)^403\n.*SignatureDoesNotMatch`, put(wrong))
			c.requireNothing(t, in.Key)
			require.Equal(t, "200", put(in))
			c.requireStored(t, in.Key, "hello")
		})
	}
}

// TestReset: another container resets a server whose console_hosts has the server's
// name in the network. Without that setting the answer is 421, and nothing is reset.
func TestReset(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]struct {
		options []string
		status  string
		kept    bool
	}{
		"configured":     {status: "204"},
		"not configured": {options: []string{"--env", "COSEMU_CONSOLE_HOSTS="}, status: "421", kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			c, network := inNetwork(t, w.options...)
			c.put(t, "of one test", "hello")
			out, problems, err := neighbour(t, []string{"--network", network}, http.MethodPost, "http://cosemu:9001/api/v1/reset")
			require.NoError(t, err, "%s", problems)
			status, text, _ := strings.Cut(out, "\n")
			require.Equal(t, w.status, status, "%s", text)
			if w.kept {
				require.Contains(t, text, "--console-hosts")
				c.requireStored(t, "of one test", "hello")
			} else {
				c.requireNothing(t, "of one test")
			}
		})
	}
}
