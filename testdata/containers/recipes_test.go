package containers

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// recipe runs a command in a folder of testdata/recipes/containers.
func recipe(t *testing.T, folder string, env []string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*most) // cleanups call it too
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = source(t, "testdata", "recipes", "containers", folder)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestTestcontainers runs the tests of each language's recipe. The output has to show
// how many tests passed, and that none was skipped.
func TestTestcontainers(t *testing.T) {
	for language, r := range map[string]struct {
		command []string
		says    string
	}{
		"go":     {[]string{"go", "test", "-count=1", "-v", "."}, `(?m)^--- PASS: TestUpload `},
		"node":   {[]string{"npm", "test", "--silent", "--", "--test-reporter=spec"}, `(?s)ℹ pass 2\n.*ℹ fail 0\n.*ℹ skipped 0\n`},
		"python": {[]string{filepath.Join(".venv", "bin", "python"), "-B", "-m", "pytest", "-p", "no:cacheprovider"}, `(?m)^=+ 3 passed[^,]* in .*=+$`},
		"java": {
			[]string{"mvn", "--batch-mode", "--no-transfer-progress", "-Dstyle.color=never", "test"},
			`Tests run: 2, Failures: 0, Errors: 0, Skipped: 0\n`,
		},
	} {
		t.Run(language, func(t *testing.T) {
			began := time.Now()
			out, err := recipe(t, language, nil, r.command...)
			require.NoError(t, err, "%s", out)
			require.Regexp(t, r.says, out)
			t.Logf("%s: %s", language, time.Since(began).Round(100*time.Millisecond))
		})
	}
}

// freePort returns a loopback port that is free now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

// TestCompose starts compose.yaml unchanged, with free ports and another project name.
func TestCompose(t *testing.T) {
	api := freePort(t)
	env := []string{"COSEMU_PORT=" + api, "COSEMU_CONSOLE_PORT=" + freePort(t)}
	project := "cosemu-suite-" + uuid.NewString()[:8]
	compose := func(args ...string) (string, error) {
		return recipe(t, "compose", env, append(append(strings.Fields(setting(t, "COSEMU_COMPOSE")), "--project-name", project), args...)...)
	}
	t.Cleanup(func() {
		out, err := compose("down", "--volumes", "--rmi", "local")
		require.NoError(t, err, "%s", out)
	})
	out, err := compose("up", "--build", "--exit-code-from", "app")
	require.NoError(t, err, "%s", out)
	require.Contains(t, out, `stored "hello" in http://test-1250000000.cosemu:9000: <nil>`)

	out, err = compose("up", "--detach", "--wait", "cosemu")
	require.NoError(t, err, "%s", out)
	c := container{api: "127.0.0.1:" + api}
	c.requireStored(t, "hello.txt", "hello")

	// The app's exit code is Compose's: with a wrong key both fail.
	wrong := filepath.Join(t.TempDir(), "wrong.yaml")
	require.NoError(t, os.WriteFile(wrong, []byte("services: {app: {environment: {COS_SECRET_KEY: another}}}\n"), 0o600))
	out, err = compose("--file", "compose.yaml", "--file", wrong, "up", "--exit-code-from", "app")
	require.Error(t, err, "%s", out)
	require.Contains(t, out, "SignatureDoesNotMatch")
}

// A workflow has the parts of the GitHub Actions recipe that the test needs.
type workflow struct {
	Jobs map[string]struct {
		Services map[string]struct {
			Env   map[string]string
			Ports []string
		}
		Env   map[string]string
		Steps []struct{ Run, If string }
	}
}

// TestActions does what GitHub's runner does with the recipe: it starts the service
// with its variables and ports, waits until it is healthy, and runs the steps. It
// uses free ports, and the Compose recipe's app as the repository.
func TestActions(t *testing.T) {
	text, err := os.ReadFile(source(t, "testdata", "recipes", "containers", "github", "test.yml"))
	require.NoError(t, err)
	api, console := freePort(t), freePort(t)
	for port, with := range map[string]string{"9000": api, "9001": console} {
		text = bytes.ReplaceAll(text, []byte("127.0.0.1:"+port), []byte("127.0.0.1:"+with))
		text = bytes.ReplaceAll(text, []byte(`"`+port+":"), []byte(`"127.0.0.1:`+with+":"))
	}
	var w workflow
	require.NoError(t, yaml.Unmarshal(text, &w))
	job := w.Jobs["test"]
	service := job.Services["cosemu"]
	require.Len(t, service.Ports, 2)
	args := []string{"run", "--detach"}
	for _, port := range service.Ports {
		args = append(args, "--publish", port)
	}
	for name, value := range service.Env {
		args = append(args, "--env", name+"="+value)
	}
	c := &container{id: engine(t, append(args, image(t))...), api: "127.0.0.1:" + api, console: "127.0.0.1:" + console}
	t.Cleanup(func() { c.remove(t) })
	c.becomes(t, "healthy")

	env := []string{}
	for name, value := range job.Env {
		env = append(env, name+"="+value)
	}
	ran := 0
	for _, step := range job.Steps {
		if step.Run != "" && step.If == "" {
			out, err := recipe(t, filepath.Join("compose", "app"), env, "bash", "-e", "-c", step.Run)
			require.NoError(t, err, "%s\n%s", step.Run, out)
			ran++
		}
	}
	require.Equal(t, 2, ran)
	c.requireStored(t, "hello.txt", "hello")

	// The step for a failed job.
	out, err := recipe(t, filepath.Join("compose", "app"), append(env, "COS_SECRET_KEY=another"), "go", "run", ".")
	require.Error(t, err)
	require.Contains(t, out, "SignatureDoesNotMatch")
	last := job.Steps[len(job.Steps)-1]
	require.Equal(t, "failure()", last.If)
	out, err = recipe(t, "github", nil, "bash", "-e", "-c", last.Run)
	require.NoError(t, err, "%s", out)
	require.Contains(t, out, `"code":"SignatureDoesNotMatch"`)
}

// TestWorkflows: actionlint reports nothing for the recipe and this project's
// workflows. It reports a service without an image.
func TestWorkflows(t *testing.T) {
	lint := func(files ...string) (string, error) {
		return recipe(t, ".", nil, append([]string{"go", "run", setting(t, "COSEMU_ACTIONLINT"), "-no-color", "-shellcheck=", "-pyflakes="}, files...)...)
	}
	own, err := filepath.Glob(source(t, ".github", "workflows", "*.yml"))
	require.NoError(t, err)
	good := source(t, "testdata", "recipes", "containers", "github", "test.yml")
	out, err := lint(append(own, good)...)
	require.NoError(t, err, "%s", out)

	text, err := os.ReadFile(good)
	require.NoError(t, err)
	bad := filepath.Join(t.TempDir(), "bad.yml")
	require.NoError(t, os.WriteFile(bad, regexp.MustCompile(`(?m)^ +image: .*\n`).ReplaceAll(text, nil), 0o600))
	out, err = lint(bad)
	require.Error(t, err)
	require.Contains(t, out, `"image"`)
}
