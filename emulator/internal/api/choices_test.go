package api_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChoices holds CHOICES.md and the code together: every number that the
// code cites is in the table, and every number in the table is cited.
func TestChoices(t *testing.T) {
	table, err := os.ReadFile("../../CHOICES.md")
	require.NoError(t, err)
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \| .+ \| .+ \|$`).FindAllStringSubmatch(string(table), -1) {
		require.False(t, listed[row[1]], "choice %s stands in the table twice", row[1])
		listed[row[1]] = true
	}
	require.NotEmpty(t, listed)

	cites := regexp.MustCompile(`\bchoice\s+(?://\s+)?(\d+)`)
	cited := map[string]string{}
	err = filepath.WalkDir("../../..", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".venv" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		code, err := os.ReadFile(path)
		for _, m := range cites.FindAllStringSubmatch(string(code), -1) {
			cited[m[1]] = path
		}
		return err
	})
	require.NoError(t, err)
	for number, path := range cited {
		require.True(t, listed[number], "%s cites choice %s, which is not in CHOICES.md", path, number)
	}
	for number := range listed {
		require.Contains(t, cited, number, "choice %s is cited nowhere", number)
	}
}
