package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/testdata/recipes"
)

// readmes are the README in both languages.
func readmes() []string { return []string{"README.md", "README.zh-CN.md"} }

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), name))
	require.NoError(t, err)
	return string(text)
}

// TestReadmeShowsTheRecipes: the programs in the README are those that the tests run.
func TestReadmeShowsTheRecipes(t *testing.T) {
	for _, file := range readmes() {
		text := readText(t, file)
		for _, name := range []string{"curl", "go", "node", "python", "java", "browser", "boto3", "aws-js", "aws-go", "minio-go", "rclone"} {
			source, err := recipes.Source(name)
			require.NoError(t, err)
			require.Contains(t, text, "\n"+source+"```\n", "%s: the recipe of %s as testdata/recipes has it", file, name)
		}
		for _, name := range recipes.Names() {
			require.Contains(t, strings.ToLower(text), name, file)
		}
	}
}

// TestReadme runs each block marked sh in one shell, in order, with a server that has the defaults.
// It compares the output of each block with the text around it.
func TestReadme(t *testing.T) {
	says := []string{
		`(?s)HTTP/1.1 200 OK.*HTTP/1.1 403 Forbidden.*SignatureDoesNotMatch.*Content-Type was signed as "text/plain", arrived as "image/png"`,
		`(?s)imagesresume-zh.*'\+'.* means a space`,
		``, // the upload through the proxy prints nothing
		`(?s)"offset":"24h0m0s".*Request has expired.*"offset":"-20m0s".*RequestTimeTooSkewed.*"offset":"0s"}\s*$`,
		``, // key.json
		`(?s)Not allowed.*1048576.*2097152`,
		`(?s)is damaged.*10 objects were saved.*opens again`,
		`(?s)uploaded test-1250000000/fixtures/a\.json.*8  20.*fixtures/a\.json.*saved fixtures\.tar.*removed test-1250000000/fixtures/a\.json.*loaded \d+ objects.*{"a":1}`,
		`(?s)"appid":"1250000001".*"photos-1250000001".*"secret_key":"\w+"`,
		`(?s)"offset":"24h0m0s"`,
		`(?s)0/2  answer  SlowDown.*<Code>SlowDown</Code>.*1/2  answer  SlowDown.*1 planned faults were not met`,
	}
	var blocks [2][]string
	for i, file := range readmes() {
		for _, m := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(readText(t, file), -1) {
			blocks[i] = append(blocks[i], m[1])
		}
	}
	require.Equal(t, blocks[0], blocks[1], "both languages have the same commands")
	require.Len(t, blocks[0], len(says))

	s := serve(t, build(t))
	dir := t.TempDir()
	data := filepath.Join(dir, "data") // a folder with objects but without an index
	require.NoError(t, os.CopyFS(data, os.DirFS(filepath.Join(root(t), "storage", "testdata", "v1", "closed"))))
	require.NoError(t, os.RemoveAll(filepath.Join(data, "index")))
	var script strings.Builder
	for i, block := range blocks[0] {
		fmt.Fprintf(&script, "exec >%d.out 2>&1\n%s\n", i, block)
	}
	_, port, err := net.SplitHostPort(s.api)
	require.NoError(t, err)
	text := strings.NewReplacer("127.0.0.1:9000", s.api, "127.0.0.1:9001", s.console, "localhost:9000", "localhost:"+port).Replace(script.String())
	sh := s.cosemu()
	sh.Path, sh.Args, sh.Dir = "/bin/sh", []string{"sh", "-c", text}, dir
	sh.Env = append(sh.Env, "LANG=C", "no_proxy=", "NO_PROXY=", "PATH="+filepath.Dir(s.bin)+string(os.PathListSeparator)+os.Getenv("PATH"))
	_ = sh.Run() // the exit code shows what a command refuses
	for i, want := range says {
		out, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.out", i)))
		require.NoError(t, err)
		require.Regexp(t, want, string(out), "block %d:\n%s", i, blocks[0][i])
		if want == "" {
			require.Empty(t, string(out), "block %d:\n%s", i, blocks[0][i])
		}
	}
	require.Equal(t, "hello\n", s.stored(t, "hello.txt"))
	require.Equal(t, "hello\n", s.stored(t, "by-proxy.txt"))
	require.FileExists(t, filepath.Join(dir, "key.json"))
	s.stop(t)
}
