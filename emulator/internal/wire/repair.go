package wire

import "github.com/cosemu/cosemu/emulator/internal/chars"

// kind is how a byte of a target is treated.
type kind uint8

const (
	ordinary kind = iota
	percent
	question
	forbidden // net/http refuses spaces and control characters
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

// repair appends the bytes of a target at the beginning of b to dst, in a form that net/http
// accepts, and returns how many it used. It stops at the end of the target or of b. A '%' without
// the next two bytes waits for more, and so does a space that may precede the version. At most 10
// bytes wait.
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

// mayEnd reports whether b, which ends within a line, may be the end of its request line: a part of
// the version, or a line end.
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
