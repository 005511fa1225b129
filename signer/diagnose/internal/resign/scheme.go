package resign

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"unicode/utf16"

	"github.com/cosemu/cosemu/signer"
)

// Scheme is a way of signing: how the parts of a request become the text that is
// signed, and what it is signed with.
type Scheme interface {
	// Method is a method as it is signed.
	Method(method string) string
	// Pair writes a pair of a dimension: Params, Headers or Host.
	Pair(d Dim, p signer.Pair, st Style) string
	// Join puts the pairs of a list together.
	Join(d Dim, pieces []string) string
	// AppendCanonical appends the canonical text, AppendHash its hash, and
	// AppendStringToSign the text that is signed.
	AppendCanonical(dst []byte, p *Parts) []byte
	AppendHash(dst, canonical []byte) []byte
	AppendStringToSign(dst []byte, time string, hash []byte) []byte
	// Key is the key of a secret for a key time.
	Key(secret, keyTime string) SignKey
}

// SignKey reports whether a signature is the one that it makes of a text, put
// together by a recipe.
type SignKey interface {
	Match(stringToSign []byte, recipe int, signature string) bool
}

// Parts are the texts of a point. Before and After are the headers on either
// side of the host.
type Parts struct {
	Method, Path, Params, Before, Host, After string
	Recipe                                    int
}

// Recipes are ways of putting the texts of a signature of COS together.
const (
	Documents = iota
	BareHTTP
	BareString
	BareBoth
	BinaryKey
	SecretAsKey
	UTF16LE
	UTF16BE
)

// COS is the scheme of COS's own signatures. It writes HttpString and
// StringToSign a second time, beside signer.Canonical, for two reasons. A search
// writes thousands of them from texts that were encoded once; to encode and sort
// each time takes ten times as long (BenchmarkText). And it writes wrong ones,
// unsorted or in another encoding, which signer.Canonical rightly cannot.
// TestAgreesWithSigner holds that both write the same.
type COS struct{}

// Method is in lower case.
func (COS) Method(method string) string { return strings.ToLower(method) }

// Pair is name=value.
func (COS) Pair(_ Dim, p signer.Pair, st Style) string {
	key, value := p.Key, p.Value
	if st.Key != nil {
		key = st.Key(key)
	}
	if !p.Verbatim {
		value = st.Value(value)
	}
	return key + "=" + value
}

// Join puts '&' between the pairs.
func (COS) Join(_ Dim, pieces []string) string { return strings.Join(pieces, "&") }

// AppendCanonical appends the HttpString.
func (COS) AppendCanonical(dst []byte, p *Parts) []byte {
	from := len(dst)
	dst = append(dst, p.Method...)
	dst = append(dst, '\n')
	dst = append(dst, p.Path...)
	dst = append(dst, '\n')
	dst = append(dst, p.Params...)
	dst = append(dst, '\n')
	start := len(dst)
	for _, piece := range [...]string{p.Before, p.Host, p.After} {
		if piece == "" {
			continue
		}
		if len(dst) > start {
			dst = append(dst, '&')
		}
		dst = append(dst, piece...)
	}
	switch p.Recipe {
	case BareHTTP, BareBoth:
		return dst
	case UTF16LE, UTF16BE:
		dst = append(dst, '\n')
		return append(dst[:from], wide(dst[from:], p.Recipe == UTF16BE)...)
	}
	return append(dst, '\n')
}

// AppendHash appends the SHA-1 in hex.
func (COS) AppendHash(dst, canonical []byte) []byte {
	sum := sha1.Sum(canonical)
	return hex.AppendEncode(dst, sum[:])
}

// AppendStringToSign appends the StringToSign.
func (COS) AppendStringToSign(dst []byte, time string, hash []byte) []byte {
	dst = append(dst, signer.Algorithm+"\n"...)
	dst = append(dst, time...)
	dst = append(dst, '\n')
	dst = append(dst, hash...)
	return append(dst, '\n')
}

// Key is a SignKey, with what it is made of.
func (COS) Key(secret, keyTime string) SignKey {
	return &cosKey{signer.NewSigningKey(secret, keyTime), secret, keyTime}
}

type cosKey struct {
	key             signer.SigningKey
	secret, keyTime string
}

func (k *cosKey) Match(stringToSign []byte, recipe int, signature string) bool {
	switch recipe {
	case BareString, BareBoth:
		stringToSign = stringToSign[:len(stringToSign)-1]
	case BinaryKey:
		return hexMAC(mac([]byte(k.secret), []byte(k.keyTime)), stringToSign) == signature
	case SecretAsKey:
		return hexMAC([]byte(k.secret), stringToSign) == signature
	}
	return k.key.Match(stringToSign, signature)
}

// BinarySign signs with the SignKey as 20 bytes, which is a mistake.
func BinarySign(secret, keyTime, stringToSign string) string {
	return hexMAC(mac([]byte(secret), []byte(keyTime)), []byte(stringToSign))
}

// SecretSign signs with the SecretKey itself, which is a mistake.
func SecretSign(secret, stringToSign string) string {
	return hexMAC([]byte(secret), []byte(stringToSign))
}

func hexMAC(key, msg []byte) string { return hex.EncodeToString(mac(key, msg)) }

func mac(key, msg []byte) []byte {
	h := hmac.New(sha1.New, key)
	h.Write(msg)
	return h.Sum(nil)
}

// wide is a text in UTF-16.
func wide(text []byte, bigEndian bool) []byte {
	units := utf16.Encode([]rune(strings.ToValidUTF8(string(text), "\uFFFD")))
	b := make([]byte, 0, 2*len(units))
	for _, u := range units {
		if bigEndian {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}
