package storage

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// decoder walks the fields of a record. It turns the record into a string
// once, so that all strings taken from it share that one allocation.
type decoder struct {
	rest    string // what is not read yet
	size    int    // of the whole record
	tag     byte   // of the current field
	payload string // of the current field
	err     error
}

// newDecoder begins a record; for a listing it ends where a listing has all it
// needs.
func newDecoder(rec []byte, listing bool) (decoder, error) {
	if len(rec) == 0 {
		return decoder{}, errRecord(0, 0)
	}
	if rec[0] != recordVersion {
		return decoder{}, fmt.Errorf("%w: record version %d, this cosemu reads %d", ErrFormat, rec[0], recordVersion)
	}
	if listing {
		rec = rec[:listingEnd(rec)]
	}
	return decoder{rest: string(rec[1:]), size: len(rec)}, nil
}

// listingEnd finds where the fields end that a listing reads, so that the
// headers of a thousand objects are not copied to be thrown away.
func listingEnd(rec []byte) int {
	at := 1
	for at < len(rec) && rec[at] < tagListEnd {
		end := fieldEnd(rec, at)
		if end < 0 {
			return len(rec) // broken: let the decoder say so
		}
		at = end
	}
	return at
}

// fieldEnd returns where the field that begins at rec[at] ends, -1 if the
// record is broken there.
func fieldEnd(rec []byte, at int) int {
	n, w := binary.Uvarint(rec[at+1:])
	if w <= 0 || n > uint64(len(rec)-at-1-w) {
		return -1
	}
	return at + 1 + w + int(n)
}

// recordSegments reads nothing of an object's record but its segments.
func recordSegments(rec []byte) ([]Segment, error) {
	if len(rec) == 0 || rec[0] != recordVersion {
		_, err := newDecoder(rec, false)
		return nil, err
	}
	for at := 1; at < len(rec); {
		end := fieldEnd(rec, at)
		if end < 0 {
			return nil, errRecord(at, len(rec))
		}
		if rec[at] == tagSegments {
			d := decoder{rest: string(rec[at:end]), size: len(rec)}
			d.next()
			return d.segments(), d.err
		}
		at = end
	}
	return nil, nil
}

func (d *decoder) fail() {
	if d.err == nil {
		d.err = errRecord(d.size-len(d.rest), d.size)
	}
}

// next moves to the next field.
func (d *decoder) next() bool {
	if d.err != nil || d.rest == "" {
		return false
	}
	d.tag, d.rest = d.rest[0], d.rest[1:]
	d.payload = d.take(&d.rest)
	return d.err == nil
}

// uvarint cuts a uvarint off the front of *s.
func (d *decoder) uvarint(s *string) uint64 {
	var v uint64
	for i := 0; i < len(*s) && i < binary.MaxVarintLen64; i++ {
		c := (*s)[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			*s = (*s)[i+1:]
			return v
		}
	}
	d.fail()
	return 0
}

// take cuts a string with its length before it off the front of *s.
func (d *decoder) take(s *string) string {
	n := d.uvarint(s)
	if d.err != nil || n > uint64(len(*s)) {
		d.fail()
		return ""
	}
	out := (*s)[:n]
	*s = (*s)[n:]
	return out
}

func (d *decoder) number() uint64 {
	if len(d.payload) > 8 {
		d.fail()
		return 0
	}
	var v uint64
	for i := range len(d.payload) {
		v |= uint64(d.payload[i]) << (8 * i)
	}
	return v
}

func (d *decoder) time() time.Time {
	s := d.payload
	zigzag := d.uvarint(&s)
	nanos := d.uvarint(&s)
	if d.err != nil || nanos >= uint64(time.Second) || s != "" {
		d.fail()
		return time.Time{}
	}
	sec := int64(zigzag>>1) ^ -int64(zigzag&1)
	return time.Unix(sec, int64(nanos)).UTC()
}

func (d *decoder) fields() []Field {
	var out []Field
	for s := d.payload; s != "" && d.err == nil; {
		out = append(out, Field{Name: d.take(&s), Value: d.take(&s)})
	}
	return out
}

func (d *decoder) segments() []Segment {
	var out []Segment
	if least := len(uuid.UUID{}) + 1; len(d.payload) > least {
		out = make([]Segment, 0, len(d.payload)/least)
	}
	for s := d.payload; s != "" && d.err == nil; {
		var seg Segment
		if len(s) < len(seg.Blob) {
			d.fail()
			break
		}
		copy(seg.Blob[:], s)
		s = s[len(seg.Blob):]
		v := d.uvarint(&s)
		seg.Size, seg.Inline = int64(v>>1), v&1 != 0
		if seg.Size == 0 {
			d.fail()
		}
		out = append(out, seg)
	}
	return out
}
