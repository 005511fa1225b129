package fidelity

import (
	"fmt"
	"strings"
)

// head opens FIDELITY.md.
const head = `# Fidelity
What cosemu does of the cloud's API, on whose word, and which test holds it. Made by ` + "`make fidelity`" + ` out of the code's own tables
and of marks in the tests; do not edit it. A row without a test, a row without a source, a mark without a row, a mark by
no test and a file that is not current all fail the tests.

**Marking a test** takes a line in its comment: ` + "`// holds: call PutObject; code NoSuchKey; header x-cos-acl`" + `, the kinds being
` + "`call`, `header` (read), `answer` (a header answered), `param`, `code`, `reading`" + `. The package comment of
` + "`emulator/internal/fidelity`" + ` says the rest. Then: ` + "`make fidelity`" + `.

Tests of package ` + "`emulator`" + ` are held to their word: their requests and answers are noted, and a marked test that never made the call,
sent the header or was answered the code fails the run.

Sources: **COS docs** is a page of the product's documents by its title; **seen** a public thread that shows an answer of the cloud;
**sdk** what a client's published source does; **choice** a number in [CHOICES.md](CHOICES.md), where no public source says it.
`

// Markdown is the file.
func (t *Table) Markdown() []byte {
	var b strings.Builder
	b.WriteString(head)
	for _, s := range [...]struct {
		kind         Kind
		title, first string
	}{
		{Call, "Calls", "call"},
		{Header, "Headers that are read", "header"},
		{Answer, "Headers that are answered", "answer"},
		{Param, "Parameters that are read", "param"},
		{Code, "Codes", "code"},
		{Reading, "Lenient readings of a signature", "reading"},
	} {
		fmt.Fprintf(&b, "\n## %s\n| %s | what | source | tests |\n|---|---|---|---|\n", s.title, s.first)
		for i := range t.rows {
			if r := &t.rows[i]; r.Kind == s.kind {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.Name, cell(r.What), cell(r.Source), t.tests(r))
			}
		}
	}
	sweep(&b)
	b.WriteString("\n## Codes that are known and never answered\nThey stand on the list of codes; no line of the emulator's code names them, and a test sees to that.\n\n")
	names := make([]string, len(t.unused))
	for i := range t.unused {
		names[i] = "`" + t.unused[i].Name + "`"
	}
	b.WriteString(strings.Join(names, ", ") + "\n")
	return []byte(b.String())
}

// tests names the tests of a row: of each folder in turn.
func (t *Table) tests(r *Row) string {
	var out []string
	last := ""
	for _, c := range t.claims[r.ID()] {
		name := cell(c.Test)
		if c.Package != last {
			name = c.Package + " " + name
		}
		out = append(out, name)
		last = c.Package
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
