package guess

import (
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/cosemu/cosemu/signer"
)

// Raw leaves a text as it is.
func Raw(s string) string { return s }

// EncodeForm writes a space as a plus.
func EncodeForm(s string) string { return strings.ReplaceAll(signer.Encode(s), "%20", "+") }

// EncodeFormJava is Java's URLEncoder.
func EncodeFormJava(s string) string {
	return strings.NewReplacer("%20", "+", "%2A", "*", "~", "%7E").Replace(signer.Encode(s))
}

// EncodeComponent is JavaScript's encodeURIComponent.
func EncodeComponent(s string) string {
	return strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(signer.Encode(s))
}

// EncodeLower is Encode with its escapes in lower-case hex.
func EncodeLower(s string) string { return MapEscapes(signer.Encode(s), strings.ToLower) }

// UpperHexKey undoes the lower-casing of a key's escapes.
func UpperHexKey(key string) string { return MapEscapes(key, strings.ToUpper) }

// MapEscapes changes each escape of a text.
func MapEscapes(s string, f func(string) string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			b.WriteString(f(s[i : i+3]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// LowBytes keeps of each UTF-16 code unit the low byte.
func LowBytes(s string) string {
	units := utf16.Encode([]rune(s))
	b := make([]byte, len(units))
	for i, u := range units {
		b[i] = byte(u)
	}
	return string(b)
}

// GBK is a text in GBK; the text itself where it cannot be written so.
func GBK(s string) string {
	b, err := simplifiedchinese.GBK.NewEncoder().String(s)
	if err != nil {
		return s // not to be written in GBK
	}
	return b
}

// Questions writes each character above max as '?', where it has two code units
// perhaps as two.
func Questions(units bool, maxRune rune) func(string) string {
	return func(s string) string {
		b := make([]byte, 0, len(s))
		for _, r := range s {
			switch {
			case r <= maxRune:
				b = append(b, byte(r))
			case units && r > 0xffff:
				b = append(b, "??"...)
			default:
				b = append(b, '?')
			}
		}
		return string(b)
	}
}
