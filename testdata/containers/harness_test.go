// Package containers tests the image with a container engine, and the recipes of
// testdata/recipes/containers. Start it with testdata/containers/run, which finds
// an engine and builds the image.
package containers

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// What a cosemu with the defaults has. The key pair is published, so no secret.
const (
	bucket    = "test-1250000000"
	region    = "ap-guangzhou"
	secretID  = "AKIDcosemuLocalUseOnlyNotARealKey000"
	secretKey = "cosemuSecretForLocalTestsOnly000"
	// owner is the user id that the image runs as.
	owner = "65532"
	// most is the time limit of each wait on a busy machine.
	most = 60 * time.Second
)

// setting returns a variable that testdata/containers/run sets.
func setting(t *testing.T, name string) string {
	t.Helper()
	v := os.Getenv(name)
	require.NotEmpty(t, v, "%s: testdata/containers/run sets it", name)
	return v
}

func image(t *testing.T) string { t.Helper(); return setting(t, "COSEMU_IMAGE") }

// try runs a command of the engine. It returns both outputs.
func try(t *testing.T, args ...string) (string, string, error) {
	t.Helper()
	var out, problems bytes.Buffer
	cmd := exec.Command(setting(t, "COSEMU_ENGINE"), args...)
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	return strings.TrimSpace(out.String()), problems.String(), err
}

// engine runs a command of the engine that must succeed.
func engine(t *testing.T, args ...string) string {
	t.Helper()
	out, problems, err := try(t, args...)
	require.NoError(t, err, "%q\n%s\n%s", args, out, problems)
	return out
}

// made creates a network or a volume, and removes it when the test ends.
func made(t *testing.T, kind string) string {
	t.Helper()
	name := "cosemu-suite-" + uuid.NewString()
	engine(t, kind, "create", name)
	t.Cleanup(func() { engine(t, kind, "rm", name) })
	return name
}

// A container is a running cosemu.
type container struct {
	id string
	// api and console are host:port on this machine.
	api, console string
}

// start runs the image with more options for the engine's run command, and waits
// until it is ready. The container is removed when the test ends.
func start(t *testing.T, options ...string) *container {
	t.Helper()
	args := append([]string{"run", "--detach", "--publish", "127.0.0.1::9000", "--publish", "127.0.0.1::9001"}, options...)
	id := engine(t, append(args, image(t))...)
	c := &container{id: id}
	t.Cleanup(func() {
		if t.Failed() {
			out, problems, _ := try(t, "logs", c.id)
			t.Logf("the container's log:\n%s\n%s", out, problems)
		}
		c.remove(t)
	})
	c.ready(t)
	return c
}

// remove removes the container, running or not. It may be gone already.
func (c *container) remove(t *testing.T) {
	t.Helper()
	_, _, _ = try(t, "rm", "--force", "--volumes", c.id)
}

// ready waits for the server and reads its ports. A restart can change the ports.
func (c *container) ready(t *testing.T) {
	t.Helper()
	engine(t, "exec", c.id, "/cosemu", "healthcheck", "--wait", most.String())
	c.api, c.console = c.port(t, "9000"), c.port(t, "9001")
}

func (c *container) port(t *testing.T, number string) string {
	t.Helper()
	address, _, _ := strings.Cut(engine(t, "port", c.id, number+"/tcp"), "\n")
	require.True(t, strings.HasPrefix(address, "127.0.0.1:"), "published on loopback alone: %q", address)
	return address
}

// inspect reads one value of the engine's data on an image or a container.
func inspect(t *testing.T, id, format string, into any) {
	t.Helper()
	out := engine(t, "inspect", "--format", "{{json "+format+"}}", id)
	require.NoError(t, json.Unmarshal([]byte(out), into), "%s", out)
}

// client signs with the published key pair, for the default bucket.
func (c *container) client() *signer.Client {
	return &signer.Client{
		Addr: c.api, Bucket: bucket, Region: region, Now: time.Now,
		Credentials: &signer.Credentials{SecretID: secretID, SecretKey: secretKey},
		HTTP:        &http.Client{Timeout: most},
	}
}

// put stores an object.
func (c *container) put(t *testing.T, key, body string) {
	t.Helper()
	answer, err := c.client().Put(t.Context(), key, strings.NewReader(body), nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
}

// stored is an object's content, and whether there is such an object.
func (c *container) stored(t *testing.T, key string) (string, bool) {
	t.Helper()
	answer, err := c.client().Get(t.Context(), key, nil)
	if refusal := (*signer.Error)(nil); err != nil {
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, http.StatusNotFound, refusal.Status, "%v", err)
		return "", false
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(body), true
}

// requireStored holds an object's content.
func (c *container) requireStored(t *testing.T, key, body string) {
	t.Helper()
	got, ok := c.stored(t, key)
	require.True(t, ok, "%s is not there", key)
	require.Equal(t, body, got)
}

// requireNothing holds that there is no object of this key.
func (c *container) requireNothing(t *testing.T, key string) {
	t.Helper()
	_, ok := c.stored(t, key)
	require.False(t, ok, "%s is there", key)
}

// control calls the control API.
func (c *container) control(t *testing.T, method, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+c.console+path, http.NoBody)
	require.NoError(t, err)
	answer, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(body)
}

// neighbour runs the program testdata/containers/neighbour in another container.
func neighbour(t *testing.T, options []string, args ...string) (string, string, error) {
	t.Helper()
	program := setting(t, "COSEMU_NEIGHBOUR")
	run := []string{"run", "--rm", "--volume", program + ":/neighbour:ro", "--entrypoint", "/neighbour"}
	run = append(append(run, options...), image(t))
	return try(t, append(run, args...)...)
}

// source returns the path of a file of the repository.
func source(t *testing.T, path ...string) string {
	t.Helper()
	name, err := filepath.Abs(filepath.Join(append([]string{"..", ".."}, path...)...))
	require.NoError(t, err)
	return name
}

// trusting returns a transport that trusts only this certificate.
func trusting(t *testing.T, certificate string) http.RoundTripper {
	t.Helper()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM([]byte(certificate)))
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
}
