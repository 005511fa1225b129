package fidelity

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// kind is what a row is about.
type kind string

const (
	kindCall    kind = "call"
	kindHeader  kind = "header"
	kindAnswer  kind = "answer"
	kindParam   kind = "param"
	kindCode    kind = "code"
	kindReading kind = "reading"
)

// section is the part of the page for one kind.
type section struct {
	kind  kind
	title string
}

// sections are those of the page, in its order.
func sections() []section {
	return []section{
		{kindCall, "Calls"},
		{kindHeader, "Headers that are read"},
		{kindAnswer, "Headers that are answered"},
		{kindParam, "Parameters that are read"},
		{kindCode, "Codes"},
		{kindReading, "Lenient readings of a signature"},
	}
}

func isKind(s string) bool {
	return slices.ContainsFunc(sections(), func(of section) bool { return string(of.kind) == s })
}

// row is one behaviour.
type row struct {
	kind   kind
	name   string // unique within the kind; of a header in lower case, perhaps with a `*` at its end
	what   string // what happens, in a line
	source string // who says so: see checkSource for the forms it may have
}

// id is how a mark names the row.
func (r *row) id() string { return string(r.kind) + " " + r.name }

// table is the rows with the tests that hold them.
type table struct {
	rows   []row
	later  []string
	claims map[string][]claim // by id of the row
}

// newTable joins rows and claims. later are the codes that no operation answers
// yet; choices are the numbers of CHOICES.md. What is wrong with any of it comes
// back beside the table, one sentence each.
func newTable(rows []row, later []string, claims []claim, choices map[string]bool) (*table, []string) {
	t := &table{rows: rows, later: later, claims: map[string][]claim{}}
	var wrong []string
	known := map[string]bool{}
	for i := range rows {
		r := &rows[i]
		if known[r.id()] {
			wrong = append(wrong, r.id()+" stands in the table twice")
		}
		known[r.id()] = true
		wrong = append(wrong, checkRow(r, choices)...)
	}
	for _, c := range claims {
		if !known[c.row] {
			wrong = append(wrong, fmt.Sprintf("%s:%d: %s is marked to hold %q, which is no row of emulator/FIDELITY.md", c.file, c.line, c.test, c.row))
			continue
		}
		if !slices.ContainsFunc(t.claims[c.row], func(o claim) bool { return compareClaims(o, c) == 0 }) {
			t.claims[c.row] = append(t.claims[c.row], c)
		}
	}
	for i := range rows {
		id := rows[i].id()
		if len(t.claims[id]) == 0 {
			wrong = append(wrong, fmt.Sprintf("no test holds %q: write `// holds: %s` over the one that does, or write the test", id, id))
		}
		slices.SortFunc(t.claims[id], compareClaims)
	}
	return t, wrong
}

func compareClaims(a, b claim) int {
	return cmp.Or(strings.Compare(a.folder, b.folder), strings.Compare(a.test, b.test))
}

func checkRow(r *row, choices map[string]bool) []string {
	var wrong []string
	if r.name == "" || r.what == "" {
		wrong = append(wrong, fmt.Sprintf("%q lacks a name or does not say what it does", r.id()))
	}
	for part := range strings.SplitSeq(r.source, "; ") {
		if msg := checkSource(part, choices); msg != "" {
			wrong = append(wrong, fmt.Sprintf("the source of %q: %s", r.id(), msg))
		}
	}
	return wrong
}

// The forms of a source: a page of the documents, a public thread, a file of an
// SDK or what a client does, a numbered choice, an RFC.
func sourceForm() *regexp.Regexp {
	return regexp.MustCompile(`^(COS docs: .+|CAM docs: .+|STS docs: .+|seen: .+|sdk: .+|RFC \d+.*|cosemu's own.*|choice (\d+))$`)
}

func checkSource(s string, choices map[string]bool) string {
	m := sourceForm().FindStringSubmatch(s)
	switch {
	case m == nil:
		return fmt.Sprintf("%q is none of `COS docs: page`, `seen: thread`, `sdk: file`, `choice n`, `RFC n`", s)
	case m[2] != "" && !choices[m[2]]:
		return fmt.Sprintf("choice %s is not in CHOICES.md", m[2])
	}
	return ""
}

// head opens FIDELITY.md.
const head = `# Fidelity
What cosemu does of the cloud's API, on whose word, and which test holds it. Made by ` + "`make fidelity`" + ` out of the code's own tables
and of marks in the tests; do not edit it. A row without a test, a row without a source, a mark without a row, a mark by
no test and a file that is not current all fail the tests.

**Marking a test** takes a line in its comment: ` + "`// holds: call PutObject; code NoSuchKey; header x-cos-acl`" + `, the kinds being
` + "`call`, `header` (read), `answer` (a header answered), `param`, `code`, `reading`" + `. The package comment of
` + "`emulator/internal/fidelity`" + ` says the rest. Then: ` + "`make fidelity`" + `.

Tests of ` + "`emulator/internal/api`" + ` are held to their word: their requests and answers are noted, and a marked test that never made the call,
sent the header or was answered the code fails the run.

Sources: **COS docs** is a page of the product's documents by its title; **seen** a public thread that shows an answer of the cloud;
**sdk** what a client's published source does; **choice** a number in [CHOICES.md](CHOICES.md), where no public source says it.
`

// markdown is the page.
func (t *table) markdown() []byte {
	var b strings.Builder
	b.WriteString(head)
	for _, s := range sections() {
		fmt.Fprintf(&b, "\n## %s\n| %s | what | source | tests |\n|---|---|---|---|\n", s.title, s.kind)
		for i := range t.rows {
			if r := &t.rows[i]; r.kind == s.kind {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.name, cell(r.what), cell(r.source), t.tests(r))
			}
		}
	}
	writeUploadHeaders(&b)
	b.WriteString("\n## Codes that are known and never answered\nThey stand on the list of codes, and no operation answers them yet.\n\n")
	fmt.Fprintf(&b, "`%s`\n", strings.Join(t.later, "`, `"))
	return []byte(b.String())
}

// tests names the tests of a row: of each folder in turn.
func (t *table) tests(r *row) string {
	var out []string
	last := ""
	for _, c := range t.claims[r.id()] {
		name := cell(c.test)
		if c.folder != last {
			name = c.folder + " " + name
		}
		out = append(out, name)
		last = c.folder
	}
	return strings.Join(out, ", ")
}

// cell keeps a text from ending its cell, or from being taken for HTML.
func cell(s string) string {
	s = strings.ReplaceAll(s, "|", `\|`)
	if !strings.Contains(s, "`") {
		s = strings.ReplaceAll(s, "<", "&lt;")
	}
	return s
}
