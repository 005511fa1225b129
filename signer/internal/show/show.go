// Package show makes text of a request fit for messages, logs and terminals.
package show

import "strings"

// Hidden stands wherever a token or another secret would.
const Hidden = "[hidden]"

// Shorten cuts a text after so many bytes, not within a character.
func Shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Printable escapes control characters, and replaces broken UTF-8.
func Printable(s string) string {
	const hex = "0123456789abcdef"
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.IndexFunc(s, control) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case control(r):
			b.WriteString(`\x`)
			b.WriteByte(hex[r>>4&15])
			b.WriteByte(hex[r&15])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// control reports whether a character would steer a terminal.
func control(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }
