// Package indexlog tells a log of the index that ends early from one that is
// damaged. Pebble takes both for the end of the log, so the rest of a damaged log
// would be lost silently.
//
// The format is LevelDB's: blocks of 32 KiB that hold chunks, each with a
// checksum, a length, a type and, in the log of changes, the number of its file
// (Pebble: record/record.go).
package indexlog

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

const (
	blockSize    = 32 << 10
	shortHeader  = 7  // checksum 4, length 2, type 1
	longHeader   = 11 // and the file's number in 4 more
	batchHeader  = 12 // the first sequence number of a batch in 8, the number of its changes in 4
	sector       = 512
	page         = 4 << 10
	typeFull     = 1
	typeFirst    = 2
	typeLast     = 4
	typeNumbered = 4 // is added to a type whose header has the file's number
)

// State is what a log turned out to be.
type State int

const (
	// Whole means that every byte of the log is valid.
	Whole State = iota
	// Torn means that the log ends within a record, or in space that was never
	// written. A killed process leaves that.
	Torn
	// Damaged means that bytes have changed since they were written.
	Damaged
)

// Report is what Scan found.
type Report struct {
	State State
	// End is how many bytes are valid.
	End int
	// First and Last are the numbers of the first and the last change in a log of
	// changes; 0 if there is none. In a manifest Last is the highest number that it
	// mentions.
	First, Last uint64
	// Log is the number of the oldest log that a manifest needs.
	Log uint64
}

// Options say what is known of a log.
type Options struct {
	// Number is the number of the file, which each of its chunks repeats; 0 for a
	// manifest, whose chunks have none.
	Number uint32
	// Reused says that the file may have been another log before. Then invalid
	// bytes at its end may be left from that one.
	Reused bool
}

// Scan reads a whole log.
func Scan(log []byte, o Options) Report {
	s := scanner{log: log, o: o}
	for s.next() {
	}
	return Report{State: s.state(), End: s.at, First: s.first, Last: s.last, Log: s.oldest}
}

// scanner walks the chunks of a log.
type scanner struct {
	log   []byte
	o     Options
	at    int
	ended bool // at the mark of an orderly end
	// open says that a record began and has not ended yet.
	open        bool
	record      []byte // the whole record in a manifest, else its beginning
	first, last uint64
	oldest      uint64
}

// next reads one chunk and reports whether it is valid.
func (s *scanner) next() bool {
	s.skipPadding()
	if s.trailer() {
		s.ended, s.at = true, s.at+longHeader
		return false
	}
	c, ok := chunkAt(s.log, s.at, s.o.Number)
	if !ok {
		return false
	}
	s.at += c.size
	switch c.kind {
	case typeFull, typeFirst:
		s.open, s.record = c.kind == typeFirst, append(s.record[:0], c.payload...)
	case typeLast:
		s.open = false
		fallthrough
	default:
		if s.o.Number == 0 || len(s.record) < batchHeader { // the header may be cut in two by the end of a block
			s.record = append(s.record, c.payload...)
		}
	}
	if !s.open {
		s.recordEnd()
	}
	return true
}

// recordEnd evaluates a whole record.
func (s *scanner) recordEnd() {
	if s.o.Number == 0 {
		s.edit(s.record)
		return
	}
	first, last := changes(s.record)
	if s.first == 0 {
		s.first = first
	}
	s.last = max(s.last, last)
}

// Tags of the fields with which a record of a manifest begins (Pebble:
// internal/manifest/version_edit.go). The tables come after them.
const (
	tagComparer       = 1
	tagOldestLog      = 2
	tagNextFile       = 3
	tagLastChange     = 4
	tagPreviousLog    = 9
	tagCreatedBacking = 105
	tagRemovedBacking = 106
)

// edit reads the beginning of a record of a manifest.
func (s *scanner) edit(b []byte) {
	field := func() uint64 {
		v, n := binary.Uvarint(b)
		b = b[max(n, 0):]
		return v
	}
	for len(b) > 0 {
		switch field() {
		case tagComparer:
			n := field()
			b = b[min(n, uint64(len(b))):]
		case tagOldestLog:
			s.oldest = max(s.oldest, field())
		case tagLastChange:
			s.last = max(s.last, field())
		case tagCreatedBacking:
			field()
			field()
		case tagNextFile, tagPreviousLog, tagRemovedBacking:
			field()
		default:
			return
		}
	}
}

// header is the size of the header of this log's chunks.
func (s *scanner) header() int {
	if s.o.Number == 0 {
		return shortHeader
	}
	return longHeader
}

// skipPadding goes to the next block where no chunk fits into this one.
func (s *scanner) skipPadding() {
	if left := blockSize - s.at%blockSize; left < s.header() && s.at+left <= len(s.log) {
		s.at += left
	}
}

// trailer reports whether the mark of an orderly end stands here: the header of
// an empty chunk of the next file.
func (s *scanner) trailer() bool {
	if s.o.Number == 0 || s.at+longHeader > len(s.log) {
		return false
	}
	h := s.log[s.at:]
	return binary.LittleEndian.Uint32(h) == 0 && binary.LittleEndian.Uint16(h[4:]) == 0 &&
		h[6] == typeFull+typeNumbered && binary.LittleEndian.Uint32(h[7:]) == s.o.Number+1
}

// state judges the place where the scan ended.
func (s *scanner) state() State {
	rest := s.log[s.at:]
	filled := len(rest)
	for filled > 0 && rest[filled-1] == 0 {
		filled--
	}
	switch {
	case s.ended && (filled == 0 || s.o.Reused):
		return Whole
	case s.ended:
		return Damaged
	case s.hole():
		return Torn
	case s.laterChunk():
		return Damaged
	case filled == 0 && !s.open && len(rest) == 0:
		return Whole
	case filled == 0, s.o.Reused, s.tornAt(rest, filled):
		return Torn
	}
	return Damaged
}

// laterChunk reports whether a valid chunk of this log follows after the invalid
// place: at the length that the chunk here has, or in a later block.
func (s *scanner) laterChunk() bool {
	holds := func(at int) bool {
		_, ok := chunkAt(s.log, at, s.o.Number)
		return ok
	}
	if s.at+shortHeader <= len(s.log) {
		if holds(s.at + s.header() + int(binary.LittleEndian.Uint16(s.log[s.at+4:]))) {
			return true
		}
	}
	for at := s.at - s.at%blockSize + blockSize; at < len(s.log); at += blockSize {
		if holds(at) {
			return true
		}
	}
	return false
}

// tornAt reports whether the chunk at the beginning of rest was written only in
// part: the file ends within it, or it has only zeros from some sector on. filled
// is where the zeros at the end of rest begin.
func (s *scanner) tornAt(rest []byte, filled int) bool {
	head := s.header()
	if len(rest) < head {
		return true
	}
	end := head + int(binary.LittleEndian.Uint16(rest[4:]))
	if end > len(rest) {
		return !wholeBut(rest)
	}
	zeros := (s.at+filled+sector-1)/sector*sector - s.at // where whole sectors of zeros begin
	return zeros < end
}

// wholeBut reports whether the chunk at the beginning of rest would be valid with
// another length. Then it was not cut off, but its length is damaged.
func wholeBut(rest []byte) bool {
	want := binary.LittleEndian.Uint32(rest)
	c := crc32.Checksum(rest[6:shortHeader], castagnoli())
	for at := shortHeader; at < min(len(rest), blockSize); at++ {
		c = crc32.Update(c, castagnoli(), rest[at:at+1])
		if cooked(c) == want {
			return true
		}
	}
	return false
}

// hole reports whether a page in this block or the next one ends in zeros. A loss of
// power leaves that if a later page reached the disk first.
func (s *scanner) hole() bool {
	var zeros [64]byte
	for end := s.at/page*page + page; end <= min(len(s.log), s.at+blockSize+page); end += page {
		tail := s.log[max(s.at, end-len(zeros)):end]
		if bytes.Equal(tail, zeros[:len(tail)]) {
			return true
		}
	}
	return false
}

// chunk is a valid chunk.
type chunk struct {
	kind    byte // typeFull to typeLast
	payload []byte
	size    int
}

func chunkAt(log []byte, at int, number uint32) (c chunk, ok bool) {
	head := shortHeader
	if number != 0 {
		head = longHeader
	}
	if at+head > len(log) {
		return c, false
	}
	h := log[at:]
	c.kind, c.size = h[6], head+int(binary.LittleEndian.Uint16(h[4:]))
	if number != 0 {
		if binary.LittleEndian.Uint32(h[7:]) != number || c.kind <= typeNumbered {
			return c, false
		}
		c.kind -= typeNumbered
	}
	if c.kind < typeFull || c.kind > typeLast || c.size > len(h) || at%blockSize+c.size > blockSize {
		return c, false
	}
	c.payload = h[head:c.size]
	return c, checksum(h[6:c.size]) == binary.LittleEndian.Uint32(h)
}

// checksum is Pebble's: CRC-32C, rotated, with a constant added.
func checksum(b []byte) uint32 {
	return cooked(crc32.Checksum(b, castagnoli()))
}

func cooked(crc uint32) uint32 { return (crc>>15 | crc<<17) + 0xa282ead8 }

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// changes are the numbers of the first and the last change of the batch that begins
// with b.
func changes(b []byte) (first, last uint64) {
	if len(b) < batchHeader {
		return 0, 0
	}
	count := uint64(binary.LittleEndian.Uint32(b[8:]))
	if count == 0 {
		return 0, 0
	}
	first = binary.LittleEndian.Uint64(b)
	return first, first + count - 1
}
