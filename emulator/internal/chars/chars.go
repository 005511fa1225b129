// Package chars reads and cuts small pieces of text that a client sent.
package chars

import (
	"strconv"
	"strings"
)

// Shorten cuts a text after so many bytes, not within a character, and puts a
// mark behind what is left.
func Shorten(s string, most int, mark string) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + mark
}

// Digits reports whether a text is a number of at most so many decimal digits.
func Digits(s string, most int) bool {
	return s != "" && len(s) <= most && strings.Trim(s, "0123456789") == ""
}

// Number reads a number that is written in decimal digits alone; false: it is none
// of 63 bits.
func Number(s string) (int64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err == nil //nolint:gosec // 63 bits
}

// Hex is the value of a hexadecimal digit in either case; false: it is none.
func Hex(c byte) (value byte, ok bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
