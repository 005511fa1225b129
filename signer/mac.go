package signer

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"

	"github.com/cosemu/cosemu/signer/internal/show"
)

// SignatureLen is the length of a signature: the hex of a SHA-1.
const SignatureLen = 2 * sha1.Size

// SigningKey is the SignKey of the documents: good for one key pair and one
// q-key-time. It is as secret as what it was made from, and prints as nothing.
type SigningKey struct {
	hex [SignatureLen]byte
}

// NewSigningKey derives the key that a secret has for a q-key-time, which is
// taken as it was written ("1557989151;1557996351").
func NewSigningKey(secretKey, keyTime string) SigningKey {
	var k SigningKey
	sum := hmacSHA1(secretKey, keyTime)
	hex.Encode(k.hex[:], sum[:])
	return k
}

// Sign gives the q-signature of a StringToSign.
func (k *SigningKey) Sign(stringToSign string) string {
	sum := hmacSHA1(k.hex[:], stringToSign)
	return hex.EncodeToString(sum[:])
}

// Match reports whether signature is the one this key makes of stringToSign,
// written in lower-case hex as all SDKs do (choice 7). It takes the same time wherever the two differ, and allocates nothing.
func (k *SigningKey) Match(stringToSign []byte, signature string) bool {
	if len(signature) != SignatureLen {
		return false
	}
	var want, got [SignatureLen]byte
	sum := hmacSHA1(k.hex[:], stringToSign)
	hex.Encode(want[:], sum[:])
	copy(got[:], signature)
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// Format shows nothing of the key, whatever the verb.
func (k SigningKey) Format(f fmt.State, _ rune) { writeState(f, show.Hidden) }

// hmacSHA1 is HMAC-SHA1 of a message with everything on the stack as long as
// the message is of ordinary size. crypto/hmac would allocate two hashes a
// call, and Verify calls twice.
func hmacSHA1[K, M string | []byte](key K, msg M) [sha1.Size]byte {
	var block [sha1.BlockSize]byte
	if len(key) > sha1.BlockSize {
		sum := sha1.Sum([]byte(key))
		copy(block[:], sum[:])
	} else {
		copy(block[:], key)
	}
	var room [sha1.BlockSize + 192]byte
	buf := room[:sha1.BlockSize]
	for i, b := range block {
		buf[i] = b ^ 0x36
	}
	inner := sha1.Sum(append(buf, msg...))
	for i, b := range block {
		buf[i] = b ^ 0x5c
	}
	return sha1.Sum(append(buf[:sha1.BlockSize], inner[:]...))
}

// hmacSHA256 is hmacSHA1 with the other hash.
func hmacSHA256[K, M string | []byte](key K, msg M) [sha256.Size]byte {
	var block [sha256.BlockSize]byte
	if len(key) > sha256.BlockSize {
		sum := sha256.Sum256([]byte(key))
		copy(block[:], sum[:])
	} else {
		copy(block[:], key)
	}
	var room [sha256.BlockSize + 384]byte // a chunk's StringToSign is 280 and more
	buf := room[:sha256.BlockSize]
	for i, b := range block {
		buf[i] = b ^ 0x36
	}
	inner := sha256.Sum256(append(buf, msg...))
	for i, b := range block {
		buf[i] = b ^ 0x5c
	}
	return sha256.Sum256(append(buf[:sha256.BlockSize], inner[:]...))
}

// AppendStringToSign appends the StringToSign of a HttpString signed for a
// q-sign-time, which is taken as it was written.
func AppendStringToSign(dst []byte, signTime string, httpString []byte) []byte {
	sum := sha1.Sum(httpString)
	dst = append(dst, Algorithm+"\n"...)
	dst = append(dst, signTime...)
	dst = append(dst, '\n')
	dst = hex.AppendEncode(dst, sum[:])
	return append(dst, '\n')
}

// StringToSign is [AppendStringToSign] for texts.
func StringToSign(signTime, httpString string) string {
	return string(AppendStringToSign(nil, signTime, []byte(httpString)))
}

// PolicyStringToSign is what is signed in place of a StringToSign when a form
// upload carries a policy: the hex SHA-1 of its JSON text (COS docs: POST
// Object).
func PolicyStringToSign(policy []byte) string {
	sum := sha1.Sum(policy)
	return hex.EncodeToString(sum[:])
}
