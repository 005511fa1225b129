package view

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Width is how many columns a clean text takes: Chinese characters take two.
func Width(s string) int { return uniseg.StringWidth(s) }

// Pad fills a clean text up with blanks.
func Pad(s string, to int) string {
	return s + strings.Repeat(" ", max(0, to-Width(s)))
}

// Line is a text as it may stand in a line of a terminal: what would steer the
// terminal or could not be seen is spelt out.
func Line(s string) string { return clean(s) }

// clean spells out what would steer a terminal or could not be seen: control
// characters, broken UTF-8, marks of direction, characters without width.
func clean(s string) string {
	if strings.IndexFunc(s, unseen) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, "<%02X>", s[i])
		case unseen(r):
			b.WriteString(spelt(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unseen(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }

func spelt(r rune) string {
	switch r {
	case '\n':
		return "<LF>"
	case '\r':
		return "<CR>"
	case '\t':
		return "<TAB>"
	case utf8.RuneError:
		return string(r)
	}
	return fmt.Sprintf("<U+%04X>", r)
}

// Wrap breaks a clean text into lines of at most max columns, where the rules
// of its script allow a break (Unicode annex 14: Chinese between most
// characters, but no line begins with a comma), and anywhere where they do not.
// Paths, header names and flags stay whole. An empty text is one empty line.
func Wrap(s string, limit int) []string {
	limit = max(limit, 2) // a wide character has to fit
	var lines []string
	line, used := "", 0
	end := func() {
		lines = append(lines, strings.TrimRight(line, " "))
		line, used = "", 0
	}
	for state := -1; s != ""; {
		var segment string
		segment, s, state = breakable(s, state)
		n := Width(strings.TrimRight(segment, " "))
		if used > 0 && used+n > limit {
			end()
		}
		for n > limit { // a long word
			head := prefix(segment, limit)
			line, segment = head, segment[len(head):]
			end()
			n -= Width(head)
		}
		line += segment
		used += Width(segment)
	}
	if line != "" || len(lines) == 0 {
		end()
	}
	return lines
}

// breakable is the beginning of s up to where a line may break. Within ASCII
// that is only at blanks: the annex would break behind slashes and hyphens too.
func breakable(s string, state int) (segment, rest string, next int) {
	n := 0
	for rest = s; rest != ""; {
		segment, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
		n += len(segment)
		last := segment[len(segment)-1]
		if rest == "" || last == ' ' || last >= utf8.RuneSelf || rest[0] >= utf8.RuneSelf {
			break
		}
	}
	return s[:n], s[n:], state
}

// prefix is the longest beginning of s that fits, one character at least.
func prefix(s string, limit int) string {
	n, used := 0, 0
	for rest, state := s, -1; rest != ""; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if n > 0 && used+w > limit {
			break
		}
		n += len(cluster)
		used += w
	}
	return s[:n]
}
