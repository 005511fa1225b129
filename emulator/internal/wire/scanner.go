package wire

import (
	"bytes"
	"encoding/binary"
)

// phase is where in a stream of requests a scanner stands.
type phase uint8

const (
	phaseStart   phase = iota // before a request line, or in blank lines before it
	phaseMethod               // in its method
	phaseTarget               // in its target, or in the version behind it
	phaseHeader               // in the header lines
	phaseBody                 // in a body with a length
	phaseSize                 // in the line with a chunk's size
	phaseData                 // in a chunk
	phaseDataEnd              // in the line end behind a chunk
	phaseTrailer              // in the lines behind the last chunk
	phaseBlind                // somewhere: nothing is looked at any more
)

// scanner follows a stream of requests as their bytes pass.
type scanner struct {
	phase phase
	query bool // in the target, behind its first '?'
	first byte // the target's first byte; 0 before it came

	method lineBuf // the beginning of the method
	line   lineBuf // the beginning of a line that came in pieces

	head head
	left int64 // of the body or the chunk

	kept kept // what came of the requests, as far as their headers go
}

// head is what a request's lines say of its body.
type head struct {
	http11  bool
	chunked bool
	length  int64 // -1: none said
	odd     bool  // the framing is not beyond doubt
}

// pass returns how many of b's first bytes may pass as they are, and moves over
// them. When that is not all of them, the next byte stands in a target and is
// for [scanner.repair].
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

// start moves over the blank lines that may stand before a request line.
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
			// What follows a CONNECT is no HTTP that we could read, and PRI
			// opens HTTP/2.
			if m := s.method.bytes(); string(m) == "CONNECT" || string(m) == "PRI" {
				s.phase = phaseBlind
			}
			return i + 1
		case '\n':
			s.phase = phaseBlind // no request line
			return i + 1
		}
	}
	s.method.add(b)
	return len(b)
}

// target moves over what of a target may pass; over the whole request line,
// when that is there and right. It returns 0 when the next byte must be looked
// at more closely.
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
		s.phase = phaseBlind // no request line; net/http refuses it
		return nl + 1
	}
	s.head.http11 = string(version[:len(versionForm)]) == " HTTP/1.1"
	s.phase = phaseHeader
	return nl + 1
}

// targetEnd returns how many of b's first bytes belong to the target, and
// whether the line is there as a whole; when it is not, some of them may prove
// to be the version's.
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

// versionForm is the end of a request line; a zero stands for any digit.
const versionForm = " HTTP/0.0"

// isVersionPrefix tells whether b, which may be longer than a version by its
// line end, can be the beginning of one.
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

// clean returns how many of a target's bytes net/http takes as they are, and
// whether they reach into the query. A percent sign without its two digits,
// perhaps because they have not come yet, ends the path's.
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
	// A signed URL is nearly all query: eight bytes at a time.
	for i+8 <= len(b) && !anyForbidden(binary.LittleEndian.Uint64(b[i:])) {
		i += 8
	}
	for i < len(b) && kindOf(b[i]) != forbidden {
		i++
	}
	return i, query
}

// anyForbidden tells whether one of eight bytes is a blank or a control
// character. It is the test for a byte below a limit, and for one that is zero,
// over all bytes of a word at once.
func anyForbidden(word uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	deletes := word ^ ones*0x7f
	return ((word-ones*0x21)&^word|(deletes-ones)&^deletes)&highs != 0
}

// skip moves over bytes of a body or a chunk.
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
