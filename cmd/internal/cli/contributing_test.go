package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestContributingIsTrue: every path and every make target that CONTRIBUTING.md
// names is there, and every file that the walk in emulator/doc.go names.
func TestContributingIsTrue(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		return string(text)
	}
	text, makefile := read(".github/CONTRIBUTING.md"), read("Makefile")

	named := regexp.MustCompile("`([\\w.*-]+(?:/[\\w.*-]+)+|[\\w.-]+\\.md)`").FindAllStringSubmatch(text, -1)
	require.Greater(t, len(named), 20)
	for _, m := range named {
		pattern := strings.NewReplacer("NAME", "*", "EXT", "*").Replace(m[1])
		found, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, found, m[1])
	}
	targets := regexp.MustCompile("make ([a-z-]+)(?:`| +#)").FindAllStringSubmatch(text, -1)
	require.Greater(t, len(targets), 6)
	for _, m := range targets {
		require.Contains(t, makefile, "\n"+m[1]+":", m[0])
	}
	require.Contains(t, read(".github/workflows/ci.yml"), "make ci\n")
	require.Contains(t, makefile, "bash .ci/run\n", "make ci and .ci/run are one thing")

	files := regexp.MustCompile(`\w+\.go\b`).FindAllString(read("emulator/doc.go"), -1)
	require.Greater(t, len(files), 10)
	there := map[string]bool{}
	require.NoError(t, filepath.WalkDir(filepath.Join(root, "emulator"), func(_ string, d fs.DirEntry, err error) error {
		there[d.Name()] = true
		return err
	}))
	for _, name := range files {
		require.True(t, there[name], name)
	}
}
