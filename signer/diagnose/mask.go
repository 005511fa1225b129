package diagnose

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/internal/show"
)

// secretName reports whether the value of a header or parameter is secret: a
// token, other credentials, or the customer's own encryption key.
func secretName(name string) bool {
	switch strings.ToLower(name) {
	case signer.TokenName, "x-amz-security-token", "token", "authorization", "proxy-authorization", "cookie",
		"x-cos-server-side-encryption-customer-key", "x-cos-copy-source-server-side-encryption-customer-key",
		"x-amz-server-side-encryption-customer-key", "x-amz-copy-source-server-side-encryption-customer-key":
		return true
	}
	return false
}

// mask replaces the value of a secret header or parameter.
func mask(name, value string) string {
	if value != "" && secretName(name) {
		return show.Hidden
	}
	return value
}

// maskText replaces secrets in a HttpString: those that are known, and the values
// of all pairs with a secret name.
func maskText(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) < minSecret {
			continue
		}
		text = strings.ReplaceAll(text, s, show.Hidden)
		if e := signer.Encode(s); e != s {
			text = strings.ReplaceAll(text, e, show.Hidden)
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
		for _, sign := range [...]string{"=", ":"} { // a canonical request of S3 has name:value lines
			if name, value, _ := strings.Cut(piece, sign); value != "" && secretName(name) {
				piece = name + sign + show.Hidden
			}
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

// inPhrase prepares a value for use within a sentence.
func inPhrase(s string) string { return show.Printable(show.Shorten(s, maxInPhrase)) }
