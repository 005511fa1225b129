package wire

import (
	"bytes"
	"encoding/binary"
)

// phase is the place of a scanner in a stream of requests.
type phase uint8

const (
	phaseStart   phase = iota // before a request line, or in empty lines before it
	phaseMethod               // in the method
	phaseTarget               // in the target, or in the version after it
	phaseHeader               // in the headers
	phaseBody                 // in a body with a length
	phaseSize                 // in the line with the size of a chunk
	phaseData                 // in a chunk
	phaseDataEnd              // in the line end after a chunk
	phaseTrailer              // in the lines after the last chunk
	phaseBlind                // unknown: the scanner does not look any more
)

// scanner follows a stream of requests.
type scanner struct {
	phase phase
	query bool // in the target, after its first '?'
	first byte // the first byte of the target; 0 before it arrived

	method lineBuf // the beginning of the method
	line   lineBuf // the beginning of a line that arrives in pieces

	head head
	left int64 // of the body or chunk

	kept kept // the beginnings of requests
}

// head is what the headers define for the length of the body.
type head struct {
	http11  bool
	chunked bool
	length  int64 // -1: not given
	odd     bool  // the framing is not certain
}

// pass returns how many of the first bytes of b need no repair, and moves past them. If there are
// more, the next byte is in a target and is for [scanner.repair].
func (s *scanner) pass(b []byte) int {
	i := 0
	for i < len(b) {
		rest := b[i:]
		switch s.phase {
		case phaseStart:
			i += s.start(rest)
		case phaseMethod:
			n := s.readMethod(rest)
			s.kept.add(rest[:n])
			i += n
		case phaseTarget:
			n := s.target(rest)
			if n == 0 {
				return i
			}
			s.kept.add(rest[:n])
			i += n
		case phaseHeader:
			n := s.lines(rest)
			s.kept.add(rest[:n])
			if s.phase != phaseHeader {
				s.kept.end()
			}
			i += n
		case phaseSize, phaseTrailer:
			i += s.lines(rest)
		case phaseBody, phaseData:
			i += s.skip(rest)
		case phaseDataEnd:
			i += s.dataEnd(rest)
		case phaseBlind:
			s.kept.add(rest)
			return len(b)
		}
	}
	return i
}

// start moves past empty lines before a request line.
func (s *scanner) start(b []byte) int {
	for i, c := range b {
		if c != '\r' && c != '\n' {
			s.phase = phaseMethod
			s.method.reset()
			s.kept.begin()
			return i
		}
	}
	return len(b)
}

// readMethod moves to the target.
func (s *scanner) readMethod(b []byte) int {
	for i, c := range b {
		switch c {
		case ' ':
			s.method.add(b[:i])
			s.query, s.first = false, 0
			s.head = head{length: -1}
			s.line.reset()
			s.phase = phaseTarget
			// The bytes after a CONNECT are not for this scanner. PRI begins HTTP/2.
			if m := s.method.bytes(); string(m) == "CONNECT" || string(m) == "PRI" {
				s.phase = phaseBlind
			}
			return i + 1
		case '\n':
			s.phase = phaseBlind // not a request line
			return i + 1
		}
	}
	s.method.add(b)
	return len(b)
}

// target moves past the part of a target that needs no repair, or past the whole request line where
// it is valid. It returns 0 where the next byte needs a closer look.
func (s *scanner) target(b []byte) int {
	if s.first == 0 {
		s.first = b[0]
	}
	end, whole := targetEnd(b)
	n, query := clean(b[:end], s.query)
	s.query = query
	if !whole || n < end {
		return n
	}
	nl := end + bytes.IndexByte(b[end:], '\n')
	version := b[end:nl]
	if len(version) < len(versionForm) {
		s.phase = phaseBlind // not a request line; net/http refuses it
		return nl + 1
	}
	s.head.http11 = string(version[:len(versionForm)]) == " HTTP/1.1"
	s.phase = phaseHeader
	return nl + 1
}

// targetEnd returns how many of the first bytes of b belong to the target, and whether the line is
// complete. In an incomplete line, some of them may belong to the version.
func targetEnd(b []byte) (end int, whole bool) {
	end = bytes.IndexByte(b, '\n')
	if end < 0 {
		return len(b), false
	}
	if end > 0 && b[end-1] == '\r' {
		end--
	}
	if start := end - len(versionForm); start >= 0 && isVersionPrefix(b[start:end]) {
		end = start
	}
	return end, true
}

// versionForm is the end of a request line. A zero means any digit.
const versionForm = " HTTP/0.0"

// isVersionPrefix reports whether b, with or without a line end, may be the beginning of a version.
func isVersionPrefix(b []byte) bool {
	const form = versionForm + "\r\n"
	if len(b) > len(form) {
		return false
	}
	for i, c := range b {
		if form[i] == '0' {
			if c < '0' || c > '9' {
				return false
			}
		} else if c != form[i] {
			return false
		}
	}
	return true
}

// clean returns how many bytes of a target net/http accepts unchanged, and whether they reach the
// query. In a path, it stops at a percent sign without two digits, which may not have arrived yet.
func clean(b []byte, query bool) (int, bool) {
	i := 0
	if !query {
	path:
		for i < len(b) {
			switch kindOf(b[i]) {
			case ordinary:
			case question:
				query = true
				i++
				break path
			case percent:
				if len(b) < i+3 || !isHex(b[i+1]) || !isHex(b[i+2]) {
					return i, false
				}
				i += 2
			case forbidden:
				return i, false
			}
			i++
		}
	}
	// A signed URL is mostly query: check eight bytes at a time.
	for i+8 <= len(b) && !anyForbidden(binary.LittleEndian.Uint64(b[i:])) {
		i += 8
	}
	for i < len(b) && kindOf(b[i]) != forbidden {
		i++
	}
	return i, query
}

// anyForbidden reports whether one of eight bytes is a space or a control character. It tests for a
// byte below a limit in all bytes of a word at once.
func anyForbidden(word uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	deletes := word ^ ones*0x7f
	return ((word-ones*0x21)&^word|(deletes-ones)&^deletes)&highs != 0
}

// skip moves past bytes of a body or chunk.
func (s *scanner) skip(b []byte) int {
	n := int64(len(b))
	if n < s.left {
		s.left -= n
		return len(b)
	}
	n, s.left = s.left, 0
	if s.phase == phaseBody {
		s.phase = phaseStart
	} else {
		s.phase = phaseDataEnd
		s.line.reset()
	}
	return int(n)
}
