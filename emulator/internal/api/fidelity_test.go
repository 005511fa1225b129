package api_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/fidelity"
	"github.com/cosemu/cosemu/emulator/internal/journal"
)

//nolint:gochecknoglobals // a flag of the test binary
var update = flag.Bool("update", false, "write FIDELITY.md")

const fidelityFile = "../../FIDELITY.md"

// TestFidelity makes the table of what cosemu does, on whose word, and which
// test holds it: every row has a source and a test, every mark a row, and the
// committed file is the one that comes out. See package fidelity on marks.
func TestFidelity(t *testing.T) {
	table, wrong, err := fidelityTable("../../..")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(fidelityFile, table.Markdown(), 0o644))
	}
	if len(wrong) > 0 {
		t.Fatalf("%s\n(how to mark a test: emulator/internal/fidelity/doc.go; then `make fidelity`)", strings.Join(wrong, "\n"))
	}
	have, err := os.ReadFile(fidelityFile)
	require.NoError(t, err)
	if string(table.Markdown()) != string(have) { // the difference would be a screenful
		t.Fatal("emulator/FIDELITY.md is not current: run `make fidelity` and commit it")
	}
}

// fidelityTable joins the tables of the repository at root and what its tests
// are marked with; wrong says what does not fit together.
func fidelityTable(root string) (table *fidelity.Table, wrong []string, err error) {
	rows, unused, wrong, err := fidelityRows(root)
	if err != nil {
		return nil, nil, err
	}
	claims, badMarks, err := fidelity.ReadMarks(root)
	if err != nil {
		return nil, nil, err
	}
	choices, err := choiceNumbers(root + "/emulator/CHOICES.md")
	if err != nil {
		return nil, nil, err
	}
	table, bad := fidelity.NewTable(rows, unused, claims, choices)
	return table, append(append(wrong, badMarks...), bad...), nil
}

func fidelityRows(root string) (rows, unused []fidelity.Row, wrong []string, err error) {
	rows, wrong = fidelity.CallRows(api.FidelityOperations())
	spelt := append(fidelity.HeaderRows(), fidelity.ParamRows()...)
	literals, err := fidelity.ReadLiterals(root)
	if err != nil {
		return nil, nil, nil, err
	}
	wrong = append(wrong, fidelity.CheckLiterals(spelt, literals)...)
	codes, unused, err := fidelity.CodeRows(root)
	if err != nil {
		return nil, nil, nil, err
	}
	ofSTS, unusedOfSTS, err := fidelity.STSCodeRows(root)
	return slices.Concat(rows, fidelity.STSCalls(), spelt, codes, ofSTS, fidelity.ReadingRows()), append(unused, unusedOfSTS...), wrong, err
}

func choiceNumbers(file string) (map[string]bool, error) {
	text, err := os.ReadFile(file)
	numbers := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(string(text), -1) {
		numbers[row[1]] = true
	}
	return numbers, err
}

// TestMain holds the marks of this package's tests against what their requests
// and answers were, once all of them have run.
func TestMain(m *testing.M) {
	flag.Parse()
	status := m.Run()
	if status == 0 && wholeRun() {
		if wrong := observed.disproved("../../.."); len(wrong) > 0 {
			fmt.Fprintln(os.Stderr, "FAIL: marks that nothing bears out, or answers that no table knows:\n"+strings.Join(wrong, "\n"))
			status = 1
		}
	}
	os.Exit(status)
}

// wholeRun tells whether every test of the package was to run.
func wholeRun() bool {
	for _, name := range []string{"run", "skip", "list", "bench", "fuzz"} {
		if f := flag.Lookup("test." + name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return !testing.Short() && caseStride == 1
}

// TestMarksAreHeldToTheirWord: a mark counts only if a request of its test
// showed what it says, and an answer that no row tells of is found.
func TestMarksAreHeldToTheirWord(t *testing.T) {
	s := start(t, api.Config{})
	note := &observations{rows: map[string]map[string]bool{}, unknown: map[string]string{}}
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x"), "x-cos-meta-a", "b").status)
	require.Equal(t, 404, s.do(http.MethodGet, "/b", nil).status)
	note.of("TestX/sub", s.e.Journal())()

	marked := func(rows string) []string {
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(dir+"/emulator", 0o755))
		require.NoError(t, os.WriteFile(dir+"/emulator/x_test.go", []byte("package x\n\n// holds"+": "+rows+"\nfunc TestX(t *testing.T) {}\n"), 0o600))
		return note.disproved(dir)
	}
	require.Empty(t, marked("call PutObject; call GetObject; header x-cos-meta-*; answer etag; code NoSuchKey"))
	for _, row := range []string{"call HeadObject", "header x-cos-acl", "header x-cos-metadata-*", "answer x-cos-meta-*", "param prefix", "code NoSuchBucket", "reading host-colon"} {
		require.Len(t, marked(row), 1, row)
	}
	entry := s.e.Journal().Select(journal.Filter{Code: "NoSuchKey"})[0]
	entry.Header = http.Header{"X-Cos-New": {"1"}}
	entry.Status = 410
	note.note("TestX", []*journal.Entry{entry})
	wrong := strings.Join(marked("call PutObject"), "\n")
	require.Contains(t, wrong, "TestX got the answer x-cos-new")
	require.Contains(t, wrong, "TestX got the code NoSuchKey with status 410")
}
