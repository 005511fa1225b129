package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestErrorsInChinese: an error over the data folder, the seed, the CA, a key pair or
// a port is Chinese throughout, and English for everybody else.
func TestErrorsInChinese(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	file := write("file", "x")
	write("seed/UPPER/a", "x")
	write("ca/ca.pem", "x")
	write("both/ca.pem", "x")
	write("both/ca-key.pem", "x")
	free := []string{"--listen", "127.0.0.1:0", "--console", "127.0.0.1:0"}
	for name, args := range map[string][]string{
		"a data folder that is a file":  append(free, "--data", file),
		"a data folder that is none":    {"check", "--data", dir},
		"a seed that is not there":      append(free, "--seed", filepath.Join(dir, "none")),
		"a seed with a bad bucket":      append(free, "--seed", filepath.Join(dir, "seed")),
		"half a CA":                     append(free, "--ca", filepath.Join(dir, "ca")),
		"a damaged CA":                  append(free, "--ca", filepath.Join(dir, "both")),
		"a key pair that cannot be":     append(free, "--config", write("keys.yaml", "credentials:\n  - secret_id: \"a b\"\n    secret_key: x\n")),
		"a configuration that is not":   append(free, "--config", filepath.Join(dir, "none.yaml")),
		"an address of another machine": {"--listen", "192.0.2.1:0", "--console", "127.0.0.1:0"},
	} {
		words := `[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}`
		zh := typed("", []string{"LC_ALL=zh_CN.UTF-8"}, args...)
		require.NotEqual(t, exitOK, zh.code, name)
		require.NotRegexp(t, words, zh.stderr, name)
		require.Regexp(t, `\p{Han}{2}`, zh.stderr, name)
		en := typed("", []string{"LC_ALL=C"}, args...)
		require.Equal(t, zh.code, en.code, name)
		require.Regexp(t, words, en.stderr, name)
		require.NotRegexp(t, `\p{Han}`, en.stderr, name)
	}
}
