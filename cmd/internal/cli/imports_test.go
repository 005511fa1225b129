package cli

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/cosemu/cosemu"

// floors lists every package once, from the lowest floor to the highest. A
// package imports packages of lower floors alone. So two packages of one floor
// do not know each other, and nothing can import in a circle. A new package
// goes on the lowest floor above all that it imports.
func floors() [][]string {
	return [][]string{
		{"storage/internal/bilingual", "emulator/internal/bilingual"}, // how errors are said
		{ // these import nothing of ours but that
			"signer/internal/show", "signer/diagnose/internal/coshost",
			"storage/internal/blob", "storage/internal/crc64", "storage/internal/indexlog", "storage/internal/keys", "storage/internal/memfs",
			"storage/internal/record",
			"emulator/internal/clock", "emulator/internal/jsondoc", "emulator/internal/mediatype",
			"emulator/internal/reqid", "emulator/internal/chars", "emulator/internal/xmldoc",
			"testdata/recipes",
			"cmd/internal/bench/bare", "cmd/internal/e2e", "cmd/internal/cli/lang", "cmd/internal/notices", "cmd/internal/descriptors",
		},
		{"signer", "storage/internal/index", "emulator/internal/coserr", "emulator/internal/redact"},
		{"storage/internal/folder", "signer/diagnose/internal/curl", "signer/diagnose/internal/guess", "signer/diagnose/internal/resign"},
		{"storage"},
		{ // one thing each: the diagnosis, a document, an address, a body, a certificate
			"signer/diagnose",
			"emulator/internal/acl", "emulator/internal/addr", "emulator/internal/body", "emulator/internal/bucketcfg", "emulator/internal/ca",
			"emulator/internal/cors", "emulator/internal/dialect", "emulator/internal/early", "emulator/internal/fidelity", "emulator/internal/policy",
		},
		{ // forms, pastes and journal know the diagnosis, keys know policies
			"emulator/internal/form", "emulator/internal/journal", "emulator/internal/identity/keyring", "emulator/internal/paste",
			"emulator/internal/seed", "emulator/internal/wire",
		},
		{"emulator/internal/authz", "emulator/internal/metrics"},
		{"emulator/internal/identity/sts", "emulator/internal/call"},
		{"emulator/internal/identity", "emulator/internal/account", "emulator/internal/fault"},
		{"emulator/internal/ops"},
		{"emulator/internal/judge", "emulator/internal/record"},
		{"emulator/internal/explain", "emulator/internal/snapshot"},
		{"emulator/internal/api"},
		{"emulator/internal/remedy"},
		{"emulator/internal/control", "emulator/cosemutest"},
		{"emulator"},
		{"cmd/internal/cli/config", "cmd/internal/cli/view", "cmd/internal/cli/cosclient"},
		{"cmd/internal/bench", "cmd/internal/cli/answer", "cmd/internal/cli/objects"},
		{"cmd/internal/cli"},
		{"cmd/cosemu"},
	}
}

// climbs returns what breaks the order of floors, one line each.
func climbs(floors [][]string, imports map[string][]string) []string {
	var wrong []string
	floor := map[string]int{}
	for i, packages := range floors {
		for _, p := range packages {
			if _, twice := floor[p]; twice {
				wrong = append(wrong, p+" is listed twice")
			}
			floor[p] = i
			if _, ok := imports[p]; !ok {
				wrong = append(wrong, p+" is listed and does not exist")
			}
		}
	}
	for p, list := range imports {
		at, ok := floor[p]
		if !ok {
			wrong = append(wrong, p+" is on no floor: add it to floors()")
			continue
		}
		for _, imported := range list {
			if below, ok := floor[imported]; ok && below >= at {
				wrong = append(wrong, p+" imports "+imported+", which is on no lower floor")
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

func TestFloors(t *testing.T) {
	require.Empty(t, climbs(floors(), ourImports(t)))
}

// Were climbs blind, TestFloors would pass for the wrong reason.
func TestClimbsAreSeen(t *testing.T) {
	require.Equal(t, []string{
		"a imports b, which is on no lower floor",
		"b is listed twice",
		"c imports d, which is on no lower floor",
		"d imports b, which is on no lower floor",
		"gone is listed and does not exist",
		"new is on no floor: add it to floors()",
	}, climbs([][]string{{"a", "b"}, {"b", "c", "d", "gone"}, {"e"}},
		map[string][]string{"a": {"b"}, "b": nil, "c": {"a", "d"}, "d": {"b"}, "e": {"a", "c"}, "new": {"a"}}))
	imports := ourImports(t)
	require.Contains(t, imports["cmd/cosemu"], "cmd/internal/cli")
	require.Contains(t, imports["emulator"], "storage")
	require.Contains(t, imports["cmd/internal/cli"], "testdata/recipes")
}

// A user's test imports the client helper and pulls in nothing.
func TestSignerIsStandardLibraryOnly(t *testing.T) {
	inner := func(p string) bool {
		return strings.HasPrefix(p, "/signer/internal/") || strings.HasPrefix(p, "/signer/diagnose/internal/")
	}
	require.Empty(t, slices.DeleteFunc(deps(t, "/signer"), inner))
	ours := slices.DeleteFunc(deps(t, "/signer/diagnose"), func(p string) bool { return !strings.HasPrefix(p, "/") || inner(p) })
	require.Equal(t, []string{"/signer"}, ours)
}

func TestStorageKnowsNoSignatureAndNoCOS(t *testing.T) {
	list := deps(t, "/storage")
	require.Contains(t, list, "/storage/internal/memfs")
	require.Contains(t, list, "github.com/spf13/afero")
	for _, p := range list {
		require.False(t, strings.HasPrefix(p, "/signer") || strings.HasPrefix(p, "/emulator") || strings.HasPrefix(p, "/cmd"), p)
	}
}

func TestNothingImportsTheCommand(t *testing.T) {
	for p, imports := range ourImports(t) {
		if strings.HasPrefix(p, "cmd/") {
			continue
		}
		for _, imported := range imports {
			require.False(t, strings.HasPrefix(imported, "cmd/"), "%s imports %s", p, imported)
		}
	}
}

// ourImports returns our packages, each with those of ours that it imports,
// without the module's path. Tests may import what they like.
func ourImports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, line := range goList(t, "-f", `{{.ImportPath}}={{join .Imports ","}}`, module+"/...", module+"/testdata/recipes") {
		p, list, _ := strings.Cut(line, "=")
		var imports []string
		for imported := range strings.SplitSeq(list, ",") {
			if name, ours := strings.CutPrefix(imported, module+"/"); ours {
				imports = append(imports, name)
			}
		}
		all[strings.TrimPrefix(p, module+"/")] = imports
	}
	return all
}

// deps returns everything that a package is built of besides the standard
// library and itself, our own packages without the module's path.
func deps(t *testing.T, pkg string) []string {
	t.Helper()
	list := goList(t, "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", module+pkg)
	for i := range list {
		list[i] = strings.TrimPrefix(list[i], module)
	}
	return slices.DeleteFunc(list, func(p string) bool { return p == pkg })
}

// goList runs go list and returns its output lines.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	require.NoError(t, err, "go list %v", args)
	return strings.Fields(string(out))
}
