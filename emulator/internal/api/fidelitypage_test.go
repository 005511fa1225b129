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
	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// fidelityPage is FIDELITY.md, which package fidelity makes.
type fidelityPage struct {
	rows []fidelityRow
	sent []sentHeader
}

// fidelityRow is a row of the page: what is done, and which tests hold it.
type fidelityRow struct {
	id    string // kind and name: header x-cos-acl
	what  string
	tests []string // of this package
}

// sentHeader is a header with values that an SDK can send with an upload, and what
// the page says of it.
type sentHeader struct {
	name   string
	values []string
	code   string // of the refusal; empty: it is accepted
	hint   bool   // accepted without effect, and the hint header-without-effect says so
	copy   bool   // accepted on copies
}

// readFidelity reads the page.
func readFidelity() (*fidelityPage, error) {
	text, err := os.ReadFile("../../FIDELITY.md")
	if err != nil {
		return nil, err
	}
	return parseFidelity(string(text)), nil
}

// parseFidelity reads the page's text. The first column of a table is headed by
// the kind of its rows; the table of the headers that SDKs send is the one with
// five columns.
func parseFidelity(text string) *fidelityPage {
	page := &fidelityPage{}
	kind := ""
	for line := range strings.Lines(text) {
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "| ")
		cells := strings.Split(strings.TrimSuffix(line, " |"), " | ")
		name := strings.Trim(cells[0], "`")
		switch {
		case !ok:
		case name == cells[0]:
			kind = name
		case len(cells) == 5:
			h := sentHeader{
				name: name, values: strings.Split(strings.Trim(cells[1], "`"), "`, `"),
				hint: strings.Contains(cells[2], "hint"), copy: strings.Contains(cells[2], "copies"),
			}
			if code, ok := strings.CutPrefix(cells[2], "refuses: "); ok {
				h.code = strings.Trim(code, "`")
			}
			page.sent = append(page.sent, h)
		default:
			page.rows = append(page.rows, fidelityRow{id: kind + " " + name, what: cells[1], tests: ownTests(cells[3])})
		}
	}
	return page
}

// ownTests are the tests of this package out of the last cell of a row, where the
// first test of each folder has the folder before it.
func ownTests(cell string) (tests []string) {
	folder := ""
	for name := range strings.SplitSeq(cell, ", ") {
		if before, after, ok := strings.Cut(name, " "); ok {
			folder, name = before, after
		}
		if folder == "emulator/internal/api" {
			tests = append(tests, name)
		}
	}
	return tests
}

// has tells whether the page has a row of that kind and name, or one whose `*`
// stands for the rest of the name.
func (p *fidelityPage) has(id string) bool {
	return slices.ContainsFunc(p.rows, func(r fidelityRow) bool {
		prefix, ok := strings.CutSuffix(r.id, "*")
		return r.id == id || ok && strings.HasPrefix(id, prefix)
	})
}

// hasStatus tells whether the row of a code has that status.
func (p *fidelityPage) hasStatus(code string, status int) bool {
	return slices.ContainsFunc(p.rows, func(r fidelityRow) bool {
		return r.id == "code "+code && regexp.MustCompile(fmt.Sprintf("^%d |`, %[1]d by |, %[1]d by ", status)).MatchString(r.what)
	})
}

// TestMain holds the marks of this package's tests against what their requests
// and answers were, once all of them have run.
func TestMain(m *testing.M) {
	flag.Parse()
	page, err := readFidelity()
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		os.Exit(1)
	}
	observed.page = page
	status := m.Run()
	if status == 0 && wholeRun() {
		if wrong := observed.disproved(page); len(wrong) > 0 {
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
	page, err := readFidelity()
	require.NoError(t, err)
	note := newObservations()
	note.page = page
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x"), "x-cos-meta-a", "b").status)
	require.Equal(t, 404, s.do(http.MethodGet, "/b", nil).status)
	note.of("TestX/sub", s.e.Journal())()

	marked := func(rows ...string) []string {
		claims := &fidelityPage{}
		for _, id := range rows {
			claims.rows = append(claims.rows, fidelityRow{id: id, tests: []string{"TestX"}})
		}
		return note.disproved(claims)
	}
	require.Empty(t, marked("call PutObject", "call GetObject", "header x-cos-meta-*", "answer etag", "code NoSuchKey"))
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
