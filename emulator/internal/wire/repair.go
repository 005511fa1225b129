package wire

import "github.com/cosemu/cosemu/emulator/internal/chars"

// kind says how a byte of a target is treated.
type kind uint8

const (
	ordinary kind = iota
	percent
	question
	forbidden // net/http refuses it: blanks and control characters
)

func kindOf(c byte) kind {
	switch {
	case c <= ' ' || c == 0x7f:
		return forbidden
	case c == '%':
		return percent
	case c == '?':
		return question
	}
	return ordinary
}

// repair appends to dst the bytes at the beginning of b, which stand in a
// target, in a form that net/http takes, and returns how many of them it used.
// It goes to the end of the target, or as far as b lets it see: a '%' without
// the next two bytes, or a blank that may be the one before the version, waits
// for more. Never more than 10 bytes wait.
func (s *scanner) repair(dst, b []byte) ([]byte, int) {
	end, whole := targetEnd(b)
	i := 0
	for i < end {
		c := b[i]
		switch kindOf(c) {
		case ordinary:
			dst = append(dst, c)
		case question:
			s.query = true
			dst = append(dst, c)
		case percent:
			switch {
			case s.query || i+2 < end && isHex(b[i+1]) && isHex(b[i+2]):
				dst = append(dst, c)
			case !whole && (i+1 == end || i+2 == end && isHex(b[i+1])):
				return dst, i
			default:
				dst = appendEscape(dst, c)
			}
		case forbidden:
			if !whole && (c == ' ' || c == '\r') && mayEnd(b[i:]) {
				return dst, i
			}
			dst = appendEscape(dst, c)
		}
		i++
	}
	return dst, i
}

// mayEnd tells whether b, which ends inside a line, may be the end of its
// request line: a version as far as it came, or a line end.
func mayEnd(b []byte) bool {
	return isVersionPrefix(b) || string(b) == "\r"
}

func appendEscape(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(dst, '%', digits[c>>4], digits[c&15])
}

func isHex(c byte) bool {
	_, ok := chars.Hex(c)
	return ok
}
