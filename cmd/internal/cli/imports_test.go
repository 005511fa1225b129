package cli

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/cosemu/cosemu"

// goList runs go list and returns its output lines.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	require.NoError(t, err, "go list %v", args)
	return strings.Fields(string(out))
}

// deps returns everything that the packages are built of besides the standard
// library and themselves, our own packages without the module's path.
func deps(t *testing.T, packages ...string) []string {
	t.Helper()
	args := []string{"-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}"}
	for _, p := range packages {
		args = append(args, module+p)
	}
	list := goList(t, args...)
	for i := range list {
		list[i] = strings.TrimPrefix(list[i], module)
	}
	return slices.DeleteFunc(list, func(p string) bool { return slices.Contains(packages, p) })
}

// The command itself needs nearly everything: if deps did not see that, the
// tests below would pass for the wrong reason.
func TestDepsSeesImports(t *testing.T) {
	all := deps(t, "/cmd/cosemu")
	for _, want := range []string{"/signer", "/storage", "/emulator", "/emulator/control", "github.com/alecthomas/kong"} {
		require.Contains(t, all, want)
	}
}

func TestSignerIsStandardLibraryOnly(t *testing.T) {
	require.Empty(t, deps(t, "/signer"), "a user's test imports the client helper and pulls in nothing")
}

func TestStorageKnowsNoSignatureAndNoCOS(t *testing.T) {
	for _, p := range deps(t, "/storage") {
		require.False(t, strings.HasPrefix(p, "/signer") || strings.HasPrefix(p, "/emulator") || strings.HasPrefix(p, "/cmd"), p)
	}
}

func TestLeavesKnowNoHandler(t *testing.T) {
	for _, leaf := range []string{
		"acl", "addr", "body", "bucketcfg", "ca", "clock", "cors", "coserr", "form", "journal", "keyring", "internal/paste", "policy", "reqid", "sts", "wire",
	} {
		d := deps(t, "/emulator/"+leaf)
		for _, handler := range []string{"/emulator", "/emulator/control", "/storage"} {
			require.NotContains(t, d, handler, leaf)
		}
	}
}

func TestTheEmulatorKnowsNoListenerOfItsOwn(t *testing.T) {
	require.NotContains(t, deps(t, "/emulator"), "/emulator/control")
}

func TestNothingImportsTheCommand(t *testing.T) {
	for _, line := range goList(t, "-f", "{{.ImportPath}}={{join .Imports \",\"}}", module+"/...") {
		p, imports, _ := strings.Cut(line, "=")
		if strings.HasPrefix(p, module+"/cmd") {
			continue
		}
		require.NotContains(t, imports, module+"/cmd", p)
	}
}
