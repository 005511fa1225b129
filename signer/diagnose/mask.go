package diagnose

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// hidden stands wherever a token or another secret would.
const hidden = "[hidden]"

// secretName reports whether the value of a header or parameter is nobody's
// business: tokens, foreign credentials, and the customer's own encryption key.
func secretName(name string) bool {
	switch strings.ToLower(name) {
	case signer.TokenName, "token", "authorization", "proxy-authorization", "cookie",
		"x-cos-server-side-encryption-customer-key", "x-cos-copy-source-server-side-encryption-customer-key":
		return true
	}
	return false
}

// mask leaves out the value of a secret header or parameter, and shows that
// there is one.
func mask(name, value string) string {
	if value != "" && secretName(name) {
		return hidden
	}
	return value
}

// maskText leaves secrets out of a HttpString: those that are known, and the
// values of all pairs whose name says that they are one.
func maskText(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) < minSecret {
			continue
		}
		text = strings.ReplaceAll(text, s, hidden)
		if e := signer.Encode(s); e != s {
			text = strings.ReplaceAll(text, e, hidden)
		}
	}
	var b strings.Builder
	for rest := text; rest != ""; {
		end := strings.IndexAny(rest, "&\n")
		piece, sep := rest, ""
		if end >= 0 {
			piece, sep = rest[:end], rest[end:end+1]
		}
		rest = rest[len(piece)+len(sep):]
		name, value, _ := strings.Cut(piece, "=")
		if value != "" && secretName(name) {
			piece = name + "=" + hidden
		}
		b.WriteString(piece)
		b.WriteString(sep)
	}
	return b.String()
}

const (
	minSecret   = 8    // bytes; what is shorter cannot be told from ordinary text
	maxValue    = 1024 // bytes of a value shown by itself
	maxInPhrase = 96   // bytes of a value shown within a sentence
)

// shorten cuts a long value, not within a character.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// printable keeps control characters and broken UTF-8 out of sentences, which
// end up in logs and terminals.
func printable(s string) string {
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

// inPhrase is a value as it stands within a sentence.
func inPhrase(s string) string { return printable(shorten(s, maxInPhrase)) }
