package e2e

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An accountKitchen runs the tests of a recipe below testdata/recipes/accounts.
type accountKitchen struct {
	into  string // the folder below testdata/clients for its files, where the SDK is installed; * is filled in
	tests int    // that its tests make, with an account each
	run   func(t *testing.T, folder string) *exec.Cmd
}

func accountKitchens() map[string]accountKitchen {
	return map[string]accountKitchen{
		"python": {"python/accounts*", 9, func(_ *testing.T, folder string) *exec.Cmd {
			return exec.Command(filepath.Join("..", ".venv", "bin", "python"), "-B", "-m", "pytest", "-n", "4", "--rootdir="+folder, "-p", "no:cacheprovider")
		}},
		"node": {"node/accounts*", 9, func(*testing.T, string) *exec.Cmd { return exec.Command("node", "--test") }},
		"java": {"java/src/test/java/accounts*", 9, func(*testing.T, string) *exec.Cmd {
			return exec.Command("mvn", "--offline", "--batch-mode", "--no-transfer-progress", "--quiet", "-f", "../../../../pom.xml", "test",
				"-Dtest=AccountUploadTest", "-Djunit.jupiter.execution.parallel.enabled=true", "-Djunit.jupiter.execution.parallel.mode.default=concurrent")
		}},
		"go": {"go/accounts*", 9, func(*testing.T, string) *exec.Cmd { return exec.Command("go", "test", "-count=1", ".") }},
		"cosemutest": {"go/accounts*", 0, func(t *testing.T, folder string) *exec.Cmd {
			text := "go 1.26.0\nuse " + root(t) + "\nuse " + filepath.Dir(folder) + "\n"
			work := filepath.Join(t.TempDir(), "go.work")
			require.NoError(t, os.WriteFile(work, []byte(text), 0o600))
			cmd := exec.Command("go", "test", "-count=1", ".")
			cmd.Env = append(os.Environ(), "GOWORK="+work, "GOFLAGS=-mod=readonly")
			return cmd
		}},
	}
}

// TestAccountRecipes: each test of a recipe has an account of its own, while the others run, and
// none is left. A control token is no hindrance.
func TestAccountRecipes(t *testing.T) {
	if !*runRecipes {
		t.Skip("needs the SDKs: fetch them with testdata/clients/*/run install, and say -recipes")
	}
	const token = "token-of-the-recipes"
	t.Setenv("COSEMU_CONTROL_TOKEN", token)
	s := serve(t, build(t), "serve")
	list := func() string {
		req, err := http.NewRequest(http.MethodGet, "http://"+s.console+"/api/v1/accounts", http.NoBody)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, res.StatusCode)
		return string(body)
	}
	for name, k := range accountKitchens() {
		t.Run(name, func(t *testing.T) {
			parent, pattern := filepath.Split(filepath.Join(root(t), "testdata", "clients", k.into))
			folder, err := os.MkdirTemp(parent, pattern) //nolint:usetesting // where the SDK is installed
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })
			require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join(root(t), "testdata", "recipes", "accounts", name))))
			cmd := k.run(t, folder)
			if cmd.Env == nil {
				cmd.Env = os.Environ()
			}
			cmd.Env = append(cmd.Env, "COSEMU_CONSOLE="+s.console)
			cmd.Dir = folder
			before := s.made(t)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Equal(t, k.tests, s.made(t)-before-1, "%s", out)
			require.NotContains(t, list(), `"appid"`, "each was removed")
		})
	}
	s.stop(t)
}

// made makes an account, which tells by its APPID how many were made before, and removes it.
func (s *server) made(t *testing.T) int {
	t.Helper()
	out, err := s.cosemu("account", "new").Output()
	require.NoError(t, err, stderrOf(err))
	_, rest, _ := strings.Cut(string(out), `"appid":"`)
	appid, _, _ := strings.Cut(rest, `"`)
	req, err := http.NewRequest(http.MethodDelete, "http://"+s.console+"/api/v1/accounts/"+appid, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+os.Getenv("COSEMU_CONTROL_TOKEN"))
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusNoContent, res.StatusCode)
	n := 0
	for _, digit := range appid {
		n = 10*n + int(digit-'0')
	}
	return n
}
