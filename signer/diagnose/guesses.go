package diagnose

import (
	"mime"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/guess"
)

// guessParam gives the values that may have been signed in place of the one
// that arrived as a query parameter.
func guessParam(e *evidence, p signer.Pair) (guesses []string, likely int) {
	v := p.Value
	guesses = []string{
		signer.Decode(v), signer.DecodeForm(v), signer.Encode(v),
		strings.ReplaceAll(v, "+", " "), strings.ReplaceAll(v, " ", "+"),
	}
	guesses = append(guesses, e.unescaped(p)...)
	guesses = append(guesses, "")
	likely = len(guesses)
	return append(guesses, strings.TrimSpace(v), strings.ToLower(v), strings.ToUpper(v), signer.EncodePath(v), guess.EncodeForm(v), signer.Encode(signer.Encode(v))), likely
}

// unescaped gives a parameter's value together with the parameters behind it:
// a value whose '&' was not escaped falls apart so.
func (e *evidence) unescaped(p signer.Pair) []string {
	for i, arrived := range e.req.Params {
		if signer.CanonicalKey(arrived.DecodedName()) != p.Key {
			continue
		}
		var longer []string
		value := p.Value
		for _, next := range e.req.Params[i+1:] {
			name := next.DecodedName()
			if e.carries(next) || contains(e.claim.ParamList, name) || len(longer) == 3 {
				break
			}
			value += "&" + name
			if next.HasValue {
				value += "=" + next.DecodedValue()
			}
			longer = append(longer, value)
		}
		return longer
	}
	return nil
}

// guessHeader gives the values that may have been signed in place of the one
// that arrived as a header.
func guessHeader(e *evidence, p signer.Pair) (guesses []string, likely int) {
	v := p.Value
	if p.Key == "content-type" {
		guesses = append(guesses, guess.Charsets(v)...)
		guesses = append(guesses, mime.FormatMediaType(guess.MediaType(v), nil), guess.TypeOf(e.req.Path))
	}
	guesses = append(guesses, "", signer.Decode(v), signer.Encode(v))
	if p.Key == "content-md5" {
		guesses = append(guesses, guess.OtherMD5(v)...)
	}
	likely = len(guesses)
	guesses = append(guesses, signer.DecodeForm(v), guess.EncodeURI(v), strings.TrimSpace(v), strings.ToLower(v), strings.ToUpper(v), strings.Join(strings.Fields(v), " "),
		`"`+v+`"`, strings.Trim(v, `"`))
	guesses = append(guesses, guess.Blanks(v)...)
	if text, err := new(mime.WordDecoder).DecodeHeader(v); err == nil {
		guesses = append(guesses, text)
	}
	if !guess.IsASCII(v) {
		guesses = append(guesses, guess.Latin1(v), guess.FromLatin1(v))
	}
	return append(guesses, guess.UsualValues(p.Key)...), likely
}
