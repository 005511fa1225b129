// Package fidelity makes emulator/FIDELITY.md. It has tests alone. The page lists
// every behaviour of the API (a call, a header, a parameter, a code, a lenient
// reading), the public source that it follows, and the tests that hold it.
//
// The rows come from the tables of the code where the code has one:
//
//	call      the operation table, emulator/internal/ops/table.go
//	code      the tables of package coserr, and the codes of package sts
//	reading   signer.Leniencies
//	header    the request headers that are read: headers_test.go
//	answer    the headers that are answered: headers_test.go
//	param     the query parameters that are read: params_test.go
//
// The last three are held against the code: every literal of the code that looks
// like a header has a row, and every row is spelled out in the code.
//
// # How to mark a test
//
// Write the rows that a test holds into its doc comment, or into a comment
// anywhere in its body, for instance above the subtest:
//
//	// TestAppend: the position is the length so far.
//	//
//	// holds: call AppendObject; param position; answer x-cos-next-append-position
//	// holds: code AppendPositionErr; code ObjectNotAppendable
//	func TestAppend(t *testing.T) {
//
// In JavaScript and Java `// holds: …`, in Python `# holds: …`, above the test.
// Then run `make fidelity`, look at what changed in emulator/FIDELITY.md, and
// commit it along. After a conflict in that file, or a rebase, run it again.
//
// A row's name is what stands in the first column of FIDELITY.md. In a mark the
// kind of the row stands before it. An action that several rows of the operation
// table share is followed by `?` and the sub-resource, except for the row that has
// none.
//
// Mark the test that would fail if the behaviour were gone, not one that happens
// to pass by it. The tests of emulator/internal/api note what each of them really
// sent and was answered, and hold the page against it: see observed_test.go there.
package fidelity

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

//nolint:gochecknoglobals // a flag of the test binary
var update = flag.Bool("update", false, "write FIDELITY.md")

const (
	root         = "../../.."
	fidelityFile = root + "/emulator/FIDELITY.md"
)

// TestFidelity makes the page. Every row has a source and a test, every mark has
// a row, and the committed file is the one that comes out.
func TestFidelity(t *testing.T) {
	spelt := append(headerRows(), paramRows()...)
	names, err := readNames(root)
	require.NoError(t, err)
	wrong := checkNames(spelt, names)
	claims, badMarks, err := readMarks(root)
	require.NoError(t, err)
	choices, err := choiceNumbers()
	require.NoError(t, err)
	codes, later := codeRows()
	rows := slices.Concat(callRows(), stsCalls(), spelt, codes, stsCodeRows(t), readingRows())
	page, badRows := newTable(rows, later, claims, choices)

	if *update {
		require.NoError(t, os.WriteFile(fidelityFile, page.markdown(), 0o644))
	}
	if wrong = slices.Concat(wrong, badMarks, badRows); len(wrong) > 0 {
		t.Fatalf("%s\n(how to mark a test: emulator/internal/fidelity/fidelity_test.go; then `make fidelity`)", strings.Join(wrong, "\n"))
	}
	have, err := os.ReadFile(fidelityFile)
	require.NoError(t, err)
	if string(page.markdown()) != string(have) { // the difference would be a screenful
		t.Fatal("emulator/FIDELITY.md is not current: run `make fidelity` and commit it")
	}
}

// choiceNumbers are those of CHOICES.md.
func choiceNumbers() (map[string]bool, error) {
	text, err := os.ReadFile(root + "/emulator/CHOICES.md")
	numbers := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(string(text), -1) {
		numbers[row[1]] = true
	}
	return numbers, err
}

// readingRows are the lenient readings of a signature.
func readingRows() []row {
	var rows []row
	for _, l := range signer.Leniencies() {
		rows = append(rows, row{kind: kindReading, name: l.ID, what: l.Means, source: "sdk: " + strings.ReplaceAll(l.Source, "; ", ", ")})
	}
	return rows
}
