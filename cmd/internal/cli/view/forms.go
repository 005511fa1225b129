package view

import (
	"crypto/sha256"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// row is one line of the comparison. A side that has nothing there is nil.
type row struct {
	label           Text
	signed, arrived *string
	// derived values differ as a matter of course, and are not marked.
	derived bool
}

func (r *row) differs() bool {
	return !r.derived && (r.signed == nil || r.arrived == nil || *r.signed != *r.arrived)
}

// parts is a canonical form taken apart.
type parts struct {
	method, path    string
	params, headers []string
	time, hash      string
}

// takeApart reads a form from both its ends, because of all its lines the
// path alone may hold a line break.
func takeApart(f diagnose.Form) parts {
	if strings.HasPrefix(f.StringToSign, signer.AlgorithmAWS4+"\n") {
		if p, ok := takeApartAWS4(f); ok {
			return p
		}
	}
	var p parts
	text := strings.TrimSuffix(f.HttpString, "\n")
	p.method, text, _ = strings.Cut(text, "\n")
	text, headers := cutLast(text)
	p.path, text = cutLast(text)
	p.params, p.headers = pairs(text), pairs(headers)
	lines := strings.Split(strings.TrimSuffix(f.StringToSign, "\n"), "\n")
	if len(lines) == 3 {
		p.time, p.hash = lines[1], lines[2]
	}
	return p
}

// takeApartAWS4 reads the canonical request of an S3 signature: its headers have a
// line each, and the names of the signed ones and the hash of the body end it.
func takeApartAWS4(f diagnose.Form) (parts, bool) {
	lines := strings.Split(f.HttpString, "\n")
	blank := len(lines) - 3
	if blank < 3 || lines[blank] != "" {
		return parts{}, false
	}
	p := parts{method: lines[0], path: lines[1], params: pairs(lines[2]), headers: lines[3:blank]}
	if !strings.Contains(f.HttpString, "\nx-amz-content-sha256:") {
		p.headers = append(p.headers[:len(p.headers):len(p.headers)], "x-amz-content-sha256:"+lines[blank+2])
	}
	if text := strings.Split(f.StringToSign, "\n"); len(text) == 4 {
		p.time, p.hash = text[1]+" "+text[2], text[3]
	}
	return p, true
}

// cutLast parts the last line from what is before it. A text of one line is
// all before.
func cutLast(s string) (before, last string) {
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

func pairs(line string) []string {
	if line == "" {
		return nil
	}
	return strings.Split(line, "&")
}

// compare lays two forms side by side.
func compare(signed, arrived diagnose.Form) []row {
	s, a := takeApart(signed), takeApart(arrived)
	rows := []row{{label: wordMethod, signed: &s.method, arrived: &a.method}, {label: wordPath, signed: &s.path, arrived: &a.path}}
	rows = append(rows, align(wordParams, s.params, a.params)...)
	rows = append(rows, align(wordHeaders, s.headers, a.headers)...)
	hash := wordHash
	if len(a.hash) == 2*sha256.Size {
		hash = Text{En: "SHA-256", Zh: "SHA-256"}
	}
	if s.time != "" && a.time != "" {
		rows = append(rows, row{label: wordTime, signed: &s.time, arrived: &a.time},
			row{label: hash, signed: &s.hash, arrived: &a.hash, derived: true})
	}
	return rows
}

// align pairs the entries of two lists that have the same name, and keeps the
// order of both.
func align(label Text, signed, arrived []string) []row {
	if len(signed)+len(arrived) == 0 {
		none := ""
		return []row{{label: label, signed: &none, arrived: &none}}
	}
	inSigned, inArrived := count(signed), count(arrived)
	var rows []row
	add := func(s, a *string) {
		r := row{signed: s, arrived: a}
		if len(rows) == 0 {
			r.label = label
		}
		rows = append(rows, r)
		if s != nil {
			inSigned[nameOf(*s)]--
		}
		if a != nil {
			inArrived[nameOf(*a)]--
		}
	}
	for i, j := 0, 0; i < len(signed) || j < len(arrived); {
		switch {
		case i < len(signed) && j < len(arrived) && nameOf(signed[i]) == nameOf(arrived[j]):
			add(&signed[i], &arrived[j])
			i++
			j++
		case i < len(signed) && (j == len(arrived) || inArrived[nameOf(signed[i])] == 0 || inSigned[nameOf(arrived[j])] > 0):
			add(&signed[i], nil)
			i++
		default:
			add(nil, &arrived[j])
			j++
		}
	}
	return rows
}

// nameOf is the name of an entry. One that was signed in other capitals is the
// same.
func nameOf(entry string) string {
	if i := strings.IndexAny(entry, "=:"); i >= 0 {
		entry = entry[:i]
	}
	return strings.ToLower(entry)
}

func count(entries []string) map[string]int {
	n := make(map[string]int, len(entries))
	for _, e := range entries {
		n[nameOf(e)]++
	}
	return n
}

// The layout of the comparison.
const (
	gutter     = 2  // before each value, where it is marked
	between    = 2  // the two columns
	leastWidth = 24 // of a column; narrower, and the two values go below one another
)

// forms shows both forms, or the one there is.
func (w *writer) forms(signed, arrived *Side) {
	switch {
	case signed == nil && arrived == nil:
		return
	case signed == nil:
		w.oneForm(arrived)
		return
	case arrived == nil:
		w.oneForm(signed)
		return
	}
	rows := compare(signed.Form, arrived.Form)
	if !anyDiffers(rows) {
		same := Text{En: signed.Heading.En + " = " + arrived.Heading.En, Zh: signed.Heading.Zh + " = " + arrived.Heading.Zh}
		w.oneForm(&Side{Heading: same, Form: arrived.Form})
		return
	}
	label := w.labelWidth(rows)
	column := (w.width - 2 - label - 2*gutter - between) / 2
	w.gap()
	if column < leastWidth {
		w.stacked(rows, signed, arrived)
		return
	}
	blank := strings.Repeat(" ", 2+label)
	left, right := Wrap(w.say(signed.Heading), column), Wrap(w.say(arrived.Heading), column)
	for i := range max(len(left), len(right)) {
		w.line(piece{blank + "  ", plain}, piece{Pad(at(left, i), column), strong}, piece{"    ", plain}, piece{at(right, i), strong})
	}
	for i := range rows {
		w.beside(&rows[i], label, column)
	}
}

func anyDiffers(rows []row) bool {
	for i := range rows {
		if rows[i].differs() {
			return true
		}
	}
	return false
}

// labelWidth is the room that the labels take.
func (w *writer) labelWidth(rows []row) int {
	n := 0
	for i := range rows {
		n = max(n, Width(w.say(rows[i].label)))
	}
	return n + 1 // a blank before the gutter
}

// at is the i-th line, empty beyond the last.
func at[T any](list []T, i int) T {
	if i < len(list) {
		return list[i]
	}
	var none T
	return none
}

// sides are the units of both values of a row, their difference marked.
func (w *writer) sides(r *row) (signed, arrived []unit) {
	signed, arrived = w.value(r.signed), w.value(r.arrived)
	switch {
	case !r.differs():
	case r.signed == nil:
		markAll(arrived)
	case r.arrived == nil:
		markAll(signed)
	case *r.signed == "" || *r.arrived == "": // one of them is a word in its place
		markAll(signed)
		markAll(arrived)
	default:
		markDifference(signed, arrived)
	}
	return signed, arrived
}

// value is what stands for a value that is not there, or is empty.
func (w *writer) value(v *string) []unit {
	switch {
	case v == nil:
		return units(w.say(wordAbsent))
	case *v == "":
		return units(w.say(wordEmpty))
	}
	return units(*v)
}

// flag is the gutter of a value.
func flag(differs bool) piece {
	if differs {
		return piece{"! ", bad}
	}
	return piece{"  ", plain}
}

// beside writes a row with its two values next to each other.
func (w *writer) beside(r *row, label, column int) {
	s, a := w.sides(r)
	differs := r.differs()
	if r.derived { // nobody reads it to its end
		s, a = cut(s, column), cut(a, column)
	}
	left, right := fold(s, column), fold(a, column)
	for i := range max(len(left), len(right)) {
		name := ""
		if i == 0 {
			name = w.say(r.label)
		}
		l, rr := at(left, i), at(right, i)
		line := []piece{{"  " + Pad(name, label), faint}, flag(differs && i == 0)}
		line = append(line, inked(l, inSigned, column+between)...)
		line = append(line, flag(differs && i == 0))
		w.line(append(line, inked(rr, inArrived, 0)...)...)
		if !w.style.Colour && (hasMark(l) || hasMark(rr)) {
			w.line(piece{strings.Repeat(" ", 2+label+gutter) + carets(l, column+between+gutter) + carets(rr, 0), plain})
		}
	}
}

// stacked writes the rows for a terminal that is too narrow for two columns:
// what is equal once, what differs one below the other.
func (w *writer) stacked(rows []row, signed, arrived *Side) {
	w.line(piece{"- " + w.say(signed.Heading), inSigned})
	w.line(piece{"+ " + w.say(arrived.Heading), inArrived})
	for i := range rows {
		r := &rows[i]
		if l := w.say(r.label); l != "" {
			w.line(piece{"  " + l, faint})
		}
		s, a := w.sides(r)
		if !r.differs() && *r.signed == *r.arrived {
			w.block("    ", s, plain)
			continue
		}
		w.block("  - ", s, inSigned)
		w.block("  + ", a, inArrived)
	}
}

// block writes a value over the whole width.
func (w *writer) block(indent string, list []unit, marked ink) {
	for _, line := range fold(list, w.width-len(indent)) {
		w.line(append([]piece{{indent, plain}}, inked(line, marked, 0)...)...)
		indent = strings.Repeat(" ", len(indent))
		if !w.style.Colour && hasMark(line) {
			w.line(piece{indent + carets(line, 0), plain})
		}
	}
}

// oneForm shows a form that there is nothing to compare with.
func (w *writer) oneForm(side *Side) {
	w.heading(side.Heading)
	rows := compare(side.Form, side.Form)
	label := w.labelWidth(rows)
	for i := range rows {
		r := &rows[i]
		indent := "  " + Pad(w.say(r.label), label) + " "
		for _, line := range fold(w.value(r.arrived), w.width-Width(indent)) {
			w.line(append([]piece{{indent, faint}}, inked(line, plain, 0)...)...)
			indent = strings.Repeat(" ", Width(indent))
		}
	}
}
