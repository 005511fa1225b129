package view

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// unit is the least part of a value that is compared, marked and kept on one
// line: a character as people see it, or an escape (%2F).
type unit struct {
	text  string // clean
	width int
	mark  bool
}

func units(s string) []unit {
	var list []unit
	state := -1
	for s != "" {
		if isEscape(s) {
			list = append(list, unit{text: s[:3], width: 3})
			s, state = s[3:], -1
			continue
		}
		var cluster string
		cluster, s, _, state = uniseg.FirstGraphemeClusterInString(s, state)
		if strings.IndexFunc(cluster, unseen) < 0 {
			list = append(list, unit{text: cluster, width: Width(cluster)})
			continue
		}
		for cluster != "" { // what cannot be seen is spelt out by itself
			_, n := utf8.DecodeRuneInString(cluster)
			text := clean(cluster[:n])
			list = append(list, unit{text: text, width: Width(text)})
			cluster = cluster[n:]
		}
	}
	return list
}

// inWord tells whether u is a letter or a digit of ASCII.
func (u *unit) inWord() bool {
	if len(u.text) != 1 {
		return false
	}
	c := u.text[0]
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isEscape(s string) bool {
	if len(s) < 3 || s[0] != '%' {
		return false
	}
	_, err := hex.DecodeString(s[1:3])
	return err == nil
}

// markDifference marks what is between the common beginning and the common end
// of two values, and words as a whole: of jpeg and png not "jpe" and "pn".
func markDifference(a, b []unit) {
	start := 0
	for start < len(a) && start < len(b) && a[start].text == b[start].text {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1].text == b[endB-1].text {
		endA--
		endB--
	}
	for start > 0 && a[start-1].inWord() && (start < endA && a[start].inWord() || start < endB && b[start].inWord()) {
		start--
	}
	for endA < len(a) && a[endA].inWord() && (endA > start && a[endA-1].inWord() || endB > start && b[endB-1].inWord()) {
		endA++
		endB++
	}
	for i := start; i < endA; i++ {
		a[i].mark = true
	}
	for i := start; i < endB; i++ {
		b[i].mark = true
	}
}

func markAll(list []unit) {
	for i := range list {
		list[i].mark = true
	}
}

// fold breaks units into lines of at most limit columns; nothing is one empty
// line.
func fold(list []unit, limit int) [][]unit {
	lines := [][]unit{}
	start, used := 0, 0
	for i, u := range list {
		if i > start && used+u.width > limit {
			lines = append(lines, list[start:i])
			start, used = i, 0
		}
		used += u.width
	}
	return append(lines, list[start:])
}

// cut is the beginning of units that fits on one line of limit columns.
func cut(list []unit, limit int) []unit {
	lines := fold(list, limit)
	if len(lines) == 1 {
		return list
	}
	line := lines[0]
	return append(line[:len(line)-1:len(line)-1], unit{text: "…", width: Width("…")})
}

// inked is a line of units as pieces, padded to a width.
func inked(line []unit, marked ink, to int) []piece {
	var pieces []piece
	used := 0
	for _, u := range line {
		k := plain
		if u.mark {
			k = marked
		}
		used += u.width
		if n := len(pieces); n > 0 && pieces[n-1].ink == k {
			pieces[n-1].text += u.text
			continue
		}
		pieces = append(pieces, piece{u.text, k})
	}
	return append(pieces, piece{strings.Repeat(" ", max(0, to-used)), plain})
}

// carets is the line that marks the marked units of the line above it, padded.
func carets(line []unit, to int) string {
	var b strings.Builder
	for _, u := range line {
		c := " "
		if u.mark {
			c = "^"
		}
		b.WriteString(strings.Repeat(c, u.width))
	}
	return Pad(b.String(), to)
}

func hasMark(line []unit) bool {
	for _, u := range line {
		if u.mark {
			return true
		}
	}
	return false
}
