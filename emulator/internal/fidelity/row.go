package fidelity

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Kind is what a row is about.
type Kind string

// The kinds, in the order of the file.
const (
	Call    Kind = "call"
	Header  Kind = "header"
	Answer  Kind = "answer"
	Param   Kind = "param"
	Code    Kind = "code"
	Reading Kind = "reading"
)

func kinds() []Kind { return []Kind{Call, Header, Answer, Param, Code, Reading} }

// Row is one behaviour.
type Row struct {
	Kind Kind
	// Name is unique within the kind. Of a header it is in lower case, and may
	// end in `*`.
	Name string
	// What says in a line what happens.
	What string
	// Source is who says so: see checkSource for the forms it may have.
	Source string
}

// ID is how a mark names the row.
func (r *Row) ID() string { return string(r.Kind) + " " + r.Name }

// Table is the rows with the tests that hold them.
type Table struct {
	rows   []Row
	unused []Row
	claims map[string][]Claim // by id of the row
}

// NewTable joins rows and claims. unused are codes that are known and never
// answered; choices are the numbers of CHOICES.md. What is wrong with any of
// it comes back beside the table, one sentence each.
func NewTable(rows, unused []Row, claims []Claim, choices map[string]bool) (*Table, []string) {
	t := &Table{rows: slices.Clone(rows), unused: slices.Clone(unused), claims: map[string][]Claim{}}
	slices.SortStableFunc(t.rows, func(a, b Row) int {
		return slices.Index(kinds(), a.Kind) - slices.Index(kinds(), b.Kind)
	})
	var wrong []string
	known := map[string]bool{}
	for i := range t.rows {
		r := &t.rows[i]
		if known[r.ID()] {
			wrong = append(wrong, r.ID()+" stands in the table twice")
		}
		known[r.ID()] = true
		wrong = append(wrong, checkRow(r, choices)...)
	}
	for _, c := range claims {
		if !known[c.Row] {
			wrong = append(wrong, fmt.Sprintf("%s:%d: %s is marked to hold %q, which is no row of emulator/FIDELITY.md", c.File, c.Line, c.Test, c.Row))
			continue
		}
		if !slices.ContainsFunc(t.claims[c.Row], func(o Claim) bool { return o.Package == c.Package && o.Test == c.Test }) {
			t.claims[c.Row] = append(t.claims[c.Row], c)
		}
	}
	for i := range t.rows {
		id := t.rows[i].ID()
		if len(t.claims[id]) == 0 {
			wrong = append(wrong, fmt.Sprintf("no test holds %q: write `// holds: %s` over the one that does, or write the test", id, id))
		}
		slices.SortFunc(t.claims[id], compareClaims)
	}
	return t, wrong
}

func compareClaims(a, b Claim) int {
	if c := strings.Compare(a.Package, b.Package); c != 0 {
		return c
	}
	return strings.Compare(a.Test, b.Test)
}

func checkRow(r *Row, choices map[string]bool) []string {
	var wrong []string
	if r.Name == "" || r.What == "" {
		wrong = append(wrong, fmt.Sprintf("%q lacks a name or does not say what it does", r.ID()))
	}
	for part := range strings.SplitSeq(r.Source, "; ") {
		if msg := checkSource(part, choices); msg != "" {
			wrong = append(wrong, fmt.Sprintf("the source of %q: %s", r.ID(), msg))
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
