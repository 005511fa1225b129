package diagnose

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

// wrongStyle is a way of writing pairs that is not the documents'.
type wrongStyle struct {
	resign.Style
	// means says in a word what was done to the values or names.
	means Text
}

// wrongStyles are the encoders that hand-written clients use in place of the
// documents' own.
func wrongStyles() []wrongStyle {
	return []wrongStyle{
		{Style: resign.Style{Value: raw}, means: Text{En: "the values not encoded at all", Zh: "值完全没有编码"}},
		{Style: resign.Style{Value: encodePath}, means: Text{En: "'/' left unencoded, as Python's quote does", Zh: "“/” 没有编码（Python 的 quote 就是如此）"}},
		{Style: resign.Style{Value: encodeComponent}, means: Text{En: "!'()* left unencoded, as encodeURIComponent does", Zh: "!'()* 没有编码（encodeURIComponent 就是如此）"}},
		{Style: resign.Style{Value: encodeForm}, means: Text{En: "a space as '+', as form encoders do", Zh: "空格写成了 “+”（表单编码就是如此）"}},
		{Style: resign.Style{Value: encodeFormJava}, means: Text{En: "a space as '+' and '*' unencoded, as Java's URLEncoder does", Zh: "空格写成 “+”，“*” 没有编码（Java 的 URLEncoder 就是如此）"}},
		{Style: resign.Style{Value: encodeLower}, means: Text{En: "escapes in lower-case hex (%2f)", Zh: "转义用了小写十六进制（%2f）"}},
		{Style: resign.Style{Value: func(s string) string { return strings.ToLower(signer.Encode(s)) }}, means: Text{En: "the values in lower case", Zh: "值转成了小写"}},
		{Style: resign.Style{Value: func(s string) string { return strings.ToUpper(signer.Encode(s)) }}, means: Text{En: "the values in upper case", Zh: "值转成了大写"}},
		{Style: resign.Style{Value: signer.Encode, Key: upperHexKey}, means: Text{En: "the escapes of the names in upper-case hex", Zh: "名称里的转义用了大写十六进制"}},
	}
}

func raw(s string) string        { return s }
func encodePath(s string) string { return signer.EncodePath(s) }
func encodeForm(s string) string { return strings.ReplaceAll(signer.Encode(s), "%20", "+") }
func encodeFormJava(s string) string {
	return strings.NewReplacer("%20", "+", "%2A", "*", "~", "%7E").Replace(signer.Encode(s))
}

func encodeComponent(s string) string {
	return strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(signer.Encode(s))
}

// encodeLower is Encode with its escapes in lower-case hex.
func encodeLower(s string) string { return mapEscapes(signer.Encode(s), strings.ToLower) }

// upperHexKey undoes the lower-casing of a key's escapes.
func upperHexKey(key string) string { return mapEscapes(key, strings.ToUpper) }

func mapEscapes(s string, f func(string) string) string {
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
