package sts

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
)

// Alphabet is what tokens are made of.
type Alphabet string

// The alphabets.
const (
	// AlphabetURL is base64 for URLs, as the cloud's tokens have it: letters,
	// digits, `-` and `_`.
	AlphabetURL Alphabet = "url"
	// AlphabetStandard has `+`, `/` and `=` in every token, which finds clients
	// that encode a token once too little or too often.
	AlphabetStandard Alphabet = "standard"
)

// Valid tells whether there is such an alphabet; the empty one is AlphabetURL.
func (a Alphabet) Valid() bool { return a == "" || a == AlphabetURL || a == AlphabetStandard }

// Sizes of what is random, in bytes. A TmpSecretId has 68 characters, a
// TmpSecretKey 44, a token 362 (the cloud's: up to 70, 44, up to 700).
const (
	idBytes     = 48
	secretBytes = 32
	tokenBytes  = 271
)

// NewSecretID makes up the id of a temporary pair: AKID, then letters, digits,
// `-` and `_`, both of which it has.
func NewSecretID() string {
	return "AKID" + random(idBytes, base64.RawURLEncoding, "-_")
}

// NewSecretKey makes up a secret; like the cloud's it may hold `/`, `+` and `=`.
func NewSecretKey() string { return random(secretBytes, base64.StdEncoding, "") }

// NewToken makes up a token.
func NewToken(a Alphabet) string {
	if a == AlphabetStandard {
		return random(tokenBytes, base64.StdEncoding, "+/=")
	}
	return random(tokenBytes, base64.RawURLEncoding, "-_")
}

// random is n random bytes in an encoding, such that each of the characters
// wanted is among them.
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
