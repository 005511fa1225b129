package e2e

import (
	"encoding/json"
	"flag"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator"
	"github.com/cosemu/cosemu/signer"
)

//nolint:gochecknoglobals // a flag of the test binary
var runRecipes = flag.Bool("recipes", false, "run the recipes, which need what testdata/clients/*/run install fetches")

// A kitchen runs one recipe as its user would, and returns its output.
type kitchen struct {
	dir  string // below testdata/clients, where the SDK is installed
	file string // the file name of the recipe there; * is filled in
	run  func(t *testing.T, file string) *exec.Cmd
}

func kitchens() map[string]kitchen {
	command := func(name string, args ...string) func(*testing.T, string) *exec.Cmd {
		return func(_ *testing.T, file string) *exec.Cmd { return exec.Command(name, append(args, file)...) }
	}
	return map[string]kitchen{
		"go":       {"go", "recipe*.go", command("go", "run")},
		"node":     {"node", "recipe*.mjs", command("node")},
		"python":   {"python", "recipe*.py", command(filepath.Join(".venv", "bin", "python"), "-B")},
		"java":     {"java", "Recipe*.java", runJava},
		"browser":  {"browser", "recipe*.html", command("node", "recipe.mjs")},
		"boto3":    {"boto3", "recipe*.py", command(filepath.Join(".venv", "bin", "python"), "-B")},
		"aws-js":   {"s3js", "recipe*.mjs", command("node")},
		"aws-go":   {"s3go", "recipe*.go", command("go", "run")},
		"minio-go": {"s3go", "recipe*.go", command("go", "run")},
		"wx":       {"wx", "recipe*.cjs", command("node", "recipe.mjs")},
	}
}

// runJava runs a source file with the jars of the lock file.
func runJava(t *testing.T, file string) *exec.Cmd {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "testdata", "clients", "java", "dependencies-lock.json"))
	require.NoError(t, err)
	var lock struct {
		Dependencies []struct{ GroupID, ArtifactID, Version, Type string }
	}
	require.NoError(t, json.Unmarshal(text, &lock))
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	var jars []string
	for _, d := range lock.Dependencies {
		jar := filepath.Join(home, ".m2", "repository", strings.ReplaceAll(d.GroupID, ".", "/"), d.ArtifactID, d.Version, d.ArtifactID+"-"+d.Version+".jar")
		if d.Type == "jar" {
			require.FileExists(t, jar, "testdata/clients/java/run install fetches it")
			jars = append(jars, jar)
		}
	}
	return exec.Command("java", "-cp", strings.Join(jars, string(os.PathListSeparator)), file)
}

// recipeServer returns a server with the address, bucket and key pair that the recipes are written
// for.
func recipeServer(t *testing.T) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	at := l.Addr().String()
	require.NoError(t, l.Close())
	return serveAt(t, at, build(t), "serve", "--default-cors", "permissive", "--aliases", at+"="+emulator.DefaultBucket)
}

// cosemu returns a command with s as its server.
func (s *server) cosemu(args ...string) *exec.Cmd {
	cmd := exec.Command(s.bin, args...)
	cmd.Env = append(os.Environ(), "COSEMU_LISTEN="+s.api, "COSEMU_CONSOLE="+s.console)
	return cmd
}

// TestRecipes: each recipe uploads. Its pre-signed URL works in curl with the signed Content-Type,
// and is refused with another one.
func TestRecipes(t *testing.T) {
	if !*runRecipes {
		t.Skip("needs the SDKs: fetch them with testdata/clients/*/run install, and say -recipes")
	}
	s := recipeServer(t)
	for name, k := range kitchens() {
		t.Run(name, func(t *testing.T) {
			key := name + "/hello.txt"
			text, err := s.cosemu("recipe", name, "--key", key).Output()
			require.NoError(t, err)
			s.requireUpload(t, name, key, k.cook(t, string(text)))
		})
		if name == "wx" { // the control API has no snippet for it
			continue
		}
		t.Run(name+" with a temporary key", func(t *testing.T) {
			snippets := s.temporarySnippets(t, name)
			s.requireUpload(t, name, name+"-temporary/example", k.cook(t, snippets[name]))
		})
	}
	t.Run("rclone", func(t *testing.T) {
		text, err := s.cosemu("recipe", "rclone").Output()
		require.NoError(t, err)
		conf, photos := filepath.Join(t.TempDir(), "rclone.conf"), t.TempDir()
		require.NoError(t, os.WriteFile(conf, text, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(photos, "cat.txt"), []byte("hello"), 0o600))
		cmd := exec.Command("go", "run", ".", "--config", conf, "copy", photos, "cosemu:"+emulator.DefaultBucket+"/photos")
		cmd.Dir = filepath.Join(root(t), "testdata", "clients", "rclone")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Equal(t, "hello", s.stored(t, "photos/cat.txt"))

		// With a temporary key, by the command in the first line of its snippet.
		snippet := s.temporarySnippets(t, "rclone")["rclone"]
		require.NoError(t, os.WriteFile(conf, []byte(snippet), 0o600))
		line, _, _ := strings.Cut(snippet, "\n")
		line = strings.NewReplacer("# rclone", "go run .", "rclone.conf", conf, "FILE", filepath.Join(photos, "cat.txt")).Replace(line)
		cmd = exec.Command("sh", "-c", line)
		cmd.Dir = filepath.Join(root(t), "testdata", "clients", "rclone")
		out, err = cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", line, out)
		require.Equal(t, "hello", s.stored(t, "rclone-temporary/example"))
	})
	t.Run("curl", func(t *testing.T) {
		text, err := s.cosemu("recipe", "curl").Output()
		require.NoError(t, err)
		cmd := s.cosemu()
		cmd.Path, cmd.Args, cmd.Dir = "/bin/sh", []string{"sh", "-c", string(text)}, t.TempDir()
		cmd.Env = append(cmd.Env, "PATH="+filepath.Dir(s.bin)+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := cmd.Output()
		require.NoError(t, err, "%s\n%s", out, stderrOf(err))
		require.Regexp(t, `(?s)HTTP/1.1 200 OK.*HTTP/1.1 403 Forbidden.*Content-Type was signed as "text/plain"`, string(out))
		require.Equal(t, "hello\n", s.stored(t, "hello.txt"))
	})
	s.stop(t)
}

// cook runs the text of a recipe and returns its output.
func (k kitchen) cook(t *testing.T, text string) string {
	t.Helper()
	dir := filepath.Join(root(t), "testdata", "clients", k.dir)
	f, err := os.CreateTemp(dir, k.file)
	require.NoError(t, err)
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	cmd := k.run(t, filepath.Base(f.Name()))
	cmd.Dir = dir
	out, err := cmd.Output()
	require.NoError(t, err, "%s\n%s", out, stderrOf(err))
	return string(out)
}

// requireUpload checks the output and the upload of a recipe.
func (s *server) requireUpload(t *testing.T, name, key, printed string) {
	t.Helper()
	switch name {
	case "browser":
		require.Equal(t, "putObject: 200\nfetch: 200\n", printed)
	case "wx":
		require.Equal(t, "200\n", printed)
		return // the recipe has its own key
	}
	require.Equal(t, "hello", s.stored(t, key))
	if name != "browser" { // the page has already used its URL
		s.tryURL(t, key, strings.TrimSpace(printed))
	}
}

// temporarySnippets returns the programs in the answer for a temporary key with a prefix and
// text/plain.
func (s *server) temporarySnippets(t *testing.T, name string) map[string]string {
	t.Helper()
	ask, err := http.Post("http://"+s.console+"/api/v1/temporary-credentials", "application/json",
		strings.NewReader(`{"prefix":"`+name+`-temporary/","content_types":["text/plain"],"expires":"15m"}`))
	require.NoError(t, err)
	defer ask.Body.Close()
	require.Equal(t, http.StatusCreated, ask.StatusCode)
	var answer struct{ Snippets map[string]string }
	require.NoError(t, json.NewDecoder(ask.Body).Decode(&answer))
	require.NotEmpty(t, answer.Snippets[name])
	return answer.Snippets
}

// tryURL uploads with curl to the URL that a recipe printed.
func (s *server) tryURL(t *testing.T, key, url string) {
	t.Helper()
	require.True(t, strings.HasPrefix(url, "http://"+s.api+"/"), url)
	put := func(kind, body string) string {
		out, err := exec.Command("curl", "-sS", "--noproxy", "*", "-o", os.DevNull, "-w", "%{http_code}",
			"-X", "PUT", "--data-binary", body, "-H", "Content-Type: "+kind, url).Output()
		require.NoError(t, err, "%s", stderrOf(err))
		return string(out)
	}
	require.Equal(t, "200", put("text/plain", "by curl"))
	require.Equal(t, "by curl", s.stored(t, key))
	require.Equal(t, "403", put("image/png", "another type"))
	require.Equal(t, "by curl", s.stored(t, key), "nothing of a refused upload")
}

// stored returns the content of an object in the default bucket.
func (s *server) stored(t *testing.T, key string) string {
	t.Helper()
	signed, err := signer.Presign(signer.PresignInput{
		Credentials: signer.Credentials{SecretID: emulator.DefaultSecretID, SecretKey: emulator.DefaultSecretKey},
		Method:      http.MethodGet, Scheme: "http", Host: s.api, PathStyle: true, Bucket: emulator.DefaultBucket, Key: key,
		Start: time.Now(), Expires: time.Hour,
	})
	require.NoError(t, err)
	out, err := exec.Command("curl", "-fsS", "--noproxy", "*", signed.URL).Output()
	require.NoError(t, err, "%s: %s", key, stderrOf(err))
	return string(out)
}

func stderrOf(err error) string {
	if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // exec.Cmd.Output returns it as it is
		return string(exit.Stderr)
	}
	return ""
}
