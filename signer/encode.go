package signer

import "strings"

const (
	upperHex = "0123456789ABCDEF"
	// notHex marks a byte that is no hexadecimal digit in unhex's answer.
	notHex = 0xff
)

// Decode percent-decodes s. An escape that is not one (%, %4, %zz) stays as it
// is, as it does on the cloud, and so does a '+'.
func Decode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	return string(appendDecoded(make([]byte, 0, len(s)), s, false))
}

// DecodeForm is [Decode] with a '+' read as a space. The cloud decodes the path
// so before it signs it (seen: PicGo issue 638, casdoor issue 5447), and
// Python's urlencode writes parameters so.
func DecodeForm(s string) string {
	if strings.IndexByte(s, '+') < 0 {
		return Decode(s)
	}
	return string(appendDecoded(make([]byte, 0, len(s)), s, true))
}

// Encode is the UrlEncode of the COS documents: all bytes but A-Z a-z 0-9 and
// - _ . ~ become %XX, in upper-case hex.
func Encode(s string) string {
	if isUnreserved(s) {
		return s
	}
	return string(appendEncoded(make([]byte, 0, len(s)+16), s))
}

// EncodePath is [Encode] with the slashes left alone: a key as it stands in a
// URL.
func EncodePath(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '/' || unreserved(c):
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
	return b.String()
}

// CanonicalKey is the form in which a header's or a parameter's name is signed:
// encoded, then lower-cased, its hex digits included.
func CanonicalKey(name string) string {
	return lowerASCII(Encode(name))
}

// The bytes that Encode leaves alone, a bit each: below 64, and from 64 to 127.
const (
	unreservedLow  = 1<<'-' | 1<<'.' | (1<<10-1)<<'0'
	unreservedHigh = (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64) | 1<<('_'-64) | 1<<('~'-64)
)

// unreserved reports whether Encode leaves a byte alone.
func unreserved(c byte) bool {
	return c < 64 && uint64(unreservedLow)>>c&1 != 0 || c >= 64 && uint64(unreservedHigh)>>(c-64)&1 != 0
}

func isUnreserved(s string) bool {
	for i := 0; i < len(s); i++ {
		if !unreserved(s[i]) {
			return false
		}
	}
	return true
}

func appendEncoded(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; unreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

func appendDecoded(dst []byte, s string, plusIsSpace bool) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi != notHex && lo != notHex {
				dst = append(dst, hi<<4|lo)
				i += 2
				continue
			}
		}
		if c == '+' && plusIsSpace {
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return notHex
}

// lowerASCII lower-cases A-Z alone. Names are compared as bytes: a letter
// outside ASCII has no case here, or the two sides would have to agree on a
// Unicode version.
func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				b[i] = lowerByte(b[i])
			}
			return string(b)
		}
	}
	return s
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// equalFold reports whether s and t are the same but for the case of ASCII
// letters.
func equalFold(s, t string) bool {
	if len(s) != len(t) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] != t[i] && lowerByte(s[i]) != lowerByte(t[i]) {
			return false
		}
	}
	return true
}
