package sts

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
)

// Alphabet is the encoding of tokens.
type Alphabet string

// The alphabets.
const (
	// AlphabetURL is base64 for URLs, as the cloud's tokens have it: letters,
	// digits, `-` and `_`.
	AlphabetURL Alphabet = "url"
	// AlphabetStandard is standard base64. Every token has `+`, `/` and `=`, which
	// finds clients that encode a token too often or not at all.
	AlphabetStandard Alphabet = "standard"
)

// Valid reports whether there is such an alphabet; empty: AlphabetURL.
func (a Alphabet) Valid() bool { return a == "" || a == AlphabetURL || a == AlphabetStandard }

// The random parts in bytes. A TmpSecretId then has 68 characters, a TmpSecretKey
// 44, a token 362. The cloud's have up to 70, 44 and up to 700.
const (
	idBytes     = 48
	secretBytes = 32
	tokenBytes  = 271
)

// newSecretID makes the id of a temporary pair: AKID, then letters, digits, `-` and
// `_`. Both of these occur, so that clients which mishandle one are found.
func newSecretID() string {
	return "AKID" + random(idBytes, base64.RawURLEncoding, "-_")
}

// newSecretKey makes a secret. Like the cloud's it may have `/`, `+` and `=`.
func newSecretKey() string { return random(secretBytes, base64.StdEncoding, "") }

// NewToken makes a token.
func NewToken(a Alphabet) string {
	if a == AlphabetStandard {
		return random(tokenBytes, base64.StdEncoding, "+/=")
	}
	return random(tokenBytes, base64.RawURLEncoding, "-_")
}

// random is n random bytes in an encoding. It contains each of the wanted
// characters.
func random(n int, encoding *base64.Encoding, wanted string) string {
	for {
		data := make([]byte, n)
		_, _ = rand.Read(data) // never fails
		text := encoding.EncodeToString(data)
		all := true
		for _, c := range wanted {
			all = all && strings.ContainsRune(text, c)
		}
		if all {
			return text
		}
	}
}
