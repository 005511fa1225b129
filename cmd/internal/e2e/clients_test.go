package e2e

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

//nolint:gochecknoglobals // a flag of the test binary
var clients = flag.String("clients", "", "run these suites of testdata/clients: all, or names separated by commas")

// suites are the folders of testdata/clients with a command "run", and how to read the output of
// their test runners.
func suites() map[string]tally {
	goTest := tally{token: `(?m)^ *--- (?P<word>PASS|FAIL|SKIP): `}
	nodeTest := tally{token: `(?m)^ℹ (?P<word>\w+) (?P<n>\d+)$`}
	pytest := tally{token: `(?P<n>\d+) (?P<word>\w+)`, line: `(?m)^=+ .* in [0-9.]+s.*=+$`}
	return map[string]tally{
		"boto3":    pytest,
		"browser":  nodeTest,
		"curl":     goTest,
		"go":       goTest,
		"java":     {token: `(?m)(?P<word>run|Failures|Errors|Skipped): (?P<n>\d+)`, line: `(?m)^.*Tests run: .*Skipped: \d+\s*$`},
		"node":     nodeTest,
		"objstore": goTest,
		"picgo":    nodeTest,
		"python":   pytest,
		"rclone":   goTest,
		"s3go":     goTest,
		"s3js":     nodeTest,
		"wx":       nodeTest,
	}
}

// TestClients runs the suites of the flag -clients, each with a server of its own, and counts their
// tests.
func TestClients(t *testing.T) {
	if *clients == "" {
		t.Skip("needs the tool chains of other languages: say -clients=all, or use testdata/clients/run")
	}
	known := suites()
	names := strings.Split(*clients, ",")
	if *clients == "all" {
		names = nil
		for name := range known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	bin := build(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			count, ok := known[name]
			require.True(t, ok, "no suite of this name in testdata/clients")
			t.Parallel()
			s := start(t, bin, "")
			out, err := s.runSuite(t, name)
			passed, failed := count.of(out)
			t.Logf("%s: %d passed, %d failed", name, passed, failed)
			require.NoError(t, err, "%s", out)
			require.Zero(t, failed, "%s", out)
			require.NotZero(t, passed, "the suite ran no test:\n%s", out)
			s.stop(t)
			s.keepsSecrets(t)
		})
	}
}

// suiteCommand is testdata/clients/<name>/run against s.
func (s *server) suiteCommand(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	perm, temp := permanentKey(), temporaryKey()
	cmd := exec.Command("./run", args...)
	cmd.Dir = filepath.Join(root(t), "testdata", "clients", name)
	direct := os.Getenv("NO_PROXY") + ",127.0.0.1,localhost" // the suites need no proxy for their own requests
	cmd.Env = append(os.Environ(),
		"NO_PROXY="+direct,
		"no_proxy="+direct,
		"COSEMU_API="+s.api,
		"COSEMU_CONSOLE="+s.console,
		"COSEMU_BUCKET="+bucket,
		"COSEMU_REGION="+region,
		"COSEMU_SECRET_ID="+perm.SecretID,
		"COSEMU_SECRET_KEY="+perm.SecretKey,
		"COSEMU_TEMP_SECRET_ID="+temp.SecretID,
		"COSEMU_TEMP_SECRET_KEY="+temp.SecretKey,
		"COSEMU_TEMP_TOKEN="+temp.Token,
	)
	return cmd
}

// runSuite runs the suite of this name against s.
func (s *server) runSuite(t *testing.T, name string) ([]byte, error) {
	t.Helper()
	cmd := s.suiteCommand(t, name)
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%s/run: %w", name, err)
	}
	return out, err
}

// tally describes how to read the output of a test runner. In the lines that match line, each token
// counts as many tests as its number, or one.
type tally struct{ token, line string }

// of counts tests. A skipped or cancelled test counts as failed, so that none is left out
// unnoticed.
func (c tally) of(out []byte) (passed, failed int) {
	if c.line != "" {
		out = bytes.Join(regexp.MustCompile(c.line).FindAll(out, -1), []byte("\n"))
	}
	token := regexp.MustCompile(c.token)
	words := map[string]int{}
	for _, m := range token.FindAllSubmatch(out, -1) {
		n := 1
		if i := token.SubexpIndex("n"); i >= 0 {
			n, _ = strconv.Atoi(string(m[i])) // digits
		}
		words[strings.ToLower(string(m[token.SubexpIndex("word")]))] += n
	}
	for _, word := range []string{"fail", "failed", "failures", "error", "errors", "skip", "skipped", "cancelled", "todo"} {
		failed += words[word]
	}
	if total, ok := words["run"]; ok {
		return total - failed, failed
	}
	return words["pass"] + words["passed"], failed
}

// TestSuites: each folder of testdata/clients is a suite of this test, and its README has a row for
// it.
func TestSuites(t *testing.T) {
	dir := filepath.Join(root(t), "testdata", "clients")
	readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
	require.NoError(t, err)
	runs, err := filepath.Glob(filepath.Join(dir, "*", "run"))
	require.NoError(t, err)
	known := suites()
	require.Len(t, runs, len(known))
	for _, run := range runs {
		name := filepath.Base(filepath.Dir(run))
		require.Contains(t, known, name)
		require.Contains(t, string(readme), "\n| `"+name+"` | ")
	}
}

// TestTally checks the expressions with real output of the runners.
func TestTally(t *testing.T) {
	for name, tc := range map[string]struct {
		out            string
		passed, failed int
	}{
		"go":     {"--- PASS: TestA (0.00s)\n    --- PASS: TestA/b (0.00s)\n--- FAIL: TestC (0.1s)\nFAIL\n", 2, 1},
		"java":   {"[INFO] Tests run: 9, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 1 s -- in X\n[ERROR] Tests run: 20, Failures: 1, Errors: 2, Skipped: 1\n", 16, 4},
		"node":   {"ℹ tests 12\nℹ suites 0\nℹ pass 9\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1\nℹ todo 0\nℹ duration_ms 7.5\n", 9, 3},
		"python": {"==== short test summary info ====\nFAILED x - 3 passed\n==== 2 failed, 28 passed, 1 skipped in 3.20s ====\n", 28, 3},
	} {
		passed, failed := suites()[name].of([]byte(tc.out))
		require.Equal(t, []int{tc.passed, tc.failed}, []int{passed, failed}, name)
	}
}
