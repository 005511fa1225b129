package wire

import (
	"bytes"

	"github.com/cosemu/cosemu/emulator/internal/chars"
)

// lineBuf records the beginning of a text that may arrive in pieces. It is long enough for the
// headers that define the length of the body.
type lineBuf struct {
	buf [64]byte
	n   int // the length of the text; buf has the first bytes of it
}

func (l *lineBuf) reset() { l.n = 0 }

func (l *lineBuf) add(b []byte) {
	if l.n < len(l.buf) {
		copy(l.buf[l.n:], b)
	}
	l.n += len(b)
}

func (l *lineBuf) bytes() []byte { return l.buf[:min(l.n, len(l.buf))] }

// cut reports whether buf has only a part of the text.
func (l *lineBuf) cut() bool { return l.n > len(l.buf) }

// lines moves past the next line, or past the part of it that has arrived.
func (s *scanner) lines(b []byte) int {
	nl := bytes.IndexByte(b, '\n')
	if nl < 0 {
		s.line.add(b)
		return len(b)
	}
	line := b[:nl]
	if s.line.n > 0 {
		s.line.add(line)
		line = s.line.bytes()
	}
	// A line that does not fit in the buffer is handled in the same way whether it arrives in
	// pieces or not.
	cut := s.line.cut() || len(line) > len(s.line.buf)
	s.line.reset()
	bare := true
	if !cut && len(line) > 0 && line[len(line)-1] == '\r' {
		line, bare = line[:len(line)-1], false
	}
	switch s.phase {
	case phaseHeader:
		s.headerLine(line, cut)
	case phaseSize:
		s.chunkSize(line, cut || bare)
	case phaseTrailer:
		if len(line) == 0 {
			s.phase = phaseStart
		}
	}
	return nl + 1
}

// headerLine reads what a line means for the length of the body. A line with two meanings, or with
// one that net/http may not share, makes the request odd.
func (s *scanner) headerLine(line []byte, cut bool) {
	if len(line) == 0 {
		s.endOfHeader()
		return
	}
	switch line[0] {
	case 'C', 'c', 'T', 't', 'U', 'u':
	case ' ', '\t': // it continues the line before
		s.head.odd = true
		return
	default:
		return
	}
	switch {
	case hasFold(line, "content-length"):
		s.contentLength(line[len("content-length"):], cut)
	case hasFold(line, "transfer-encoding"):
		s.transferEncoding(line[len("transfer-encoding"):], cut)
	case hasFold(line, "upgrade:"):
		s.head.odd = true
	}
}

// contentLength reads the value of this header.
func (s *scanner) contentLength(rest []byte, cut bool) {
	value, ok := fieldValue(rest)
	if !ok {
		return
	}
	n, ok := number(value)
	if cut || !ok || s.head.length >= 0 {
		s.head.odd = true
		return
	}
	s.head.length = n
}

// transferEncoding reads the value of this header.
func (s *scanner) transferEncoding(rest []byte, cut bool) {
	value, ok := fieldValue(rest)
	if !ok {
		return
	}
	if cut || s.head.chunked || len(value) != len("chunked") || !hasFold(value, "chunked") {
		s.head.odd = true
	}
	s.head.chunked = true
}

// fieldValue returns the value after the name of a header, without spaces around it. ok is false
// where the name continues, so that it is another header. net/http refuses a space before the
// colon; here it becomes part of the value, which is then invalid.
func fieldValue(rest []byte) ([]byte, bool) {
	switch {
	case len(rest) == 0:
		return nil, false
	case rest[0] == ':':
		return bytes.Trim(rest[1:], " \t"), true
	case rest[0] == ' ' || rest[0] == '\t':
		return rest, true
	}
	return nil, false
}

// endOfHeader finds out what follows the headers.
func (s *scanner) endOfHeader() {
	h := &s.head
	switch {
	case h.odd, h.chunked && (h.length >= 0 || !h.http11):
		s.phase = phaseBlind
	case h.chunked:
		s.phase = phaseSize
	case h.length > 0:
		s.phase, s.left = phaseBody, h.length
	default:
		s.phase = phaseStart
	}
}

// chunkSize reads the line before a chunk.
func (s *scanner) chunkSize(line []byte, odd bool) {
	line, _, _ = bytes.Cut(line, []byte{';'})
	line = bytes.TrimRight(line, " \t")
	if odd || len(line) == 0 || len(line) > 15 {
		s.phase = phaseBlind
		return
	}
	s.left = 0
	for _, c := range line {
		digit, ok := chars.Hex(c)
		if !ok {
			s.phase = phaseBlind
			return
		}
		s.left = s.left<<4 | int64(digit)
	}
	s.phase = phaseData
	if s.left == 0 {
		s.phase = phaseTrailer
	}
}

// dataEnd reads the line end after a chunk.
func (s *scanner) dataEnd(b []byte) int {
	const lineEnd = "\r\n"
	n := min(len(b), len(lineEnd)-s.line.n)
	s.line.add(b[:n])
	switch got := s.line.bytes(); {
	case string(got) == lineEnd:
		s.line.reset()
		s.phase = phaseSize
	case string(got) != lineEnd[:len(got)]:
		s.phase = phaseBlind
	}
	return n
}

// number reads a number that consists of digits only and surely fits.
func number(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// hasFold reports whether b begins with a lower-case ASCII prefix, in any case.
func hasFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && bytes.EqualFold(b[:len(prefix)], []byte(prefix))
}
