// Package indexlog tells a log of the index that merely ends early from one that
// was damaged. Pebble takes both for the end: what follows would be lost without
// a word.
//
// The form is LevelDB's: blocks of 32 KiB that hold chunks, each with a
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
	// Whole means that every byte of the log holds.
	Whole State = iota
	// Torn means that the log ends within a record, or in space that was never
	// written, as a process leaves it that was killed.
	Torn
	// Damaged means that bytes were there once that are others now.
	Damaged
)

// Report is what Scan found.
type Report struct {
	State State
	// End is how many bytes hold.
	End int
	// Last is the sequence number of the last change in a log of changes; 0 if
	// there is none.
	Last uint64
}

// Options say what is known of a log.
type Options struct {
	// Number is that of the file, by which its chunks are known; 0 for a manifest,
	// whose chunks have none.
	Number uint32
	// Reused says that the file may have been another log before: then what does
	// not hold at its end may be left of that one.
	Reused bool
}

// Scan reads a whole log.
func Scan(log []byte, o Options) Report {
	s := scanner{log: log, o: o}
	for s.next() {
	}
	return Report{State: s.state(), End: s.at, Last: s.last}
}

// scanner walks the chunks of a log.
type scanner struct {
	log   []byte
	o     Options
	at    int
	ended bool // by the mark of an orderly end
	// open says that a record began and has not ended yet; its changes would end
	// with number last.
	open        bool
	last, going uint64
}

// next passes over one chunk that holds.
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
		s.open, s.going = c.kind == typeFirst, lastChange(c.payload)
	case typeLast:
		s.open = false
	}
	if !s.open {
		s.last = max(s.last, s.going)
	}
	return true
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

// state judges the place where the scan came to its end.
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

// laterChunk reports whether a chunk of this log holds behind the place that
// does not: in the next block, or where the length that stands here leads.
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

// tornAt reports whether the chunk that begins rest is one that was written in
// part: the file ends within it, or nothing but zeros are there from some sector
// on. filled is where the zeros at the end of rest begin.
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

// wholeBut reports whether the chunk that begins rest would hold with another
// length: then it was not cut off.
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

// hole reports whether a page in the block at hand, or the next one, ends in
// zeros. A loss of power leaves that where a later page reached the disk first.
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

// chunk is one that holds.
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

// lastChange is the sequence number of the last change of the batch that begins
// with b.
func lastChange(b []byte) uint64 {
	if len(b) < batchHeader {
		return 0
	}
	count := uint64(binary.LittleEndian.Uint32(b[8:]))
	if count == 0 {
		return 0
	}
	return binary.LittleEndian.Uint64(b) + count - 1
}
