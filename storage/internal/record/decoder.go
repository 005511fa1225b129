package record

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Decoder walks the fields of a record. It turns the record into a string
// once, so that all strings taken from it share one allocation.
type Decoder struct {
	Tag     byte   // of the current field
	Payload string // of the current field

	rest string // not read yet
	size int    // of the whole record in bytes
	err  error
}

// NewDecoder begins a record. For a listing it reads only the tags below ListEnd.
func NewDecoder(rec []byte, listing bool) (Decoder, error) {
	if len(rec) == 0 {
		return Decoder{}, broken(0, 0)
	}
	if rec[0] != Version {
		return Decoder{}, fmt.Errorf("%w: record version %d, this cosemu reads %d", ErrFormat, rec[0], Version)
	}
	if listing {
		rec = rec[:listingEnd(rec)]
	}
	return Decoder{rest: string(rec[1:]), size: len(rec)}, nil
}

// listingEnd returns where the fields end that a listing reads. The rest, such as the headers of a
// thousand objects, is not even copied.
func listingEnd(rec []byte) int {
	at := 1
	for at < len(rec) && rec[at] < ListEnd {
		end := FieldEnd(rec, at)
		if end < 0 {
			return len(rec) // broken: the decoder reports it
		}
		at = end
	}
	return at
}

// Find returns the payload of the first field with a tag, nil if there is none. It is a part of rec.
func Find(rec []byte, tag byte) ([]byte, error) {
	if len(rec) == 0 || rec[0] != Version {
		_, err := NewDecoder(rec, false)
		return nil, err
	}
	for at := 1; at < len(rec); {
		end := FieldEnd(rec, at)
		if end < 0 {
			return nil, broken(at, len(rec))
		}
		if rec[at] == tag {
			_, w := binary.Uvarint(rec[at+1:])
			return rec[at+1+w : end], nil
		}
		at = end
	}
	return nil, nil
}

// FieldEnd returns where the field that begins at rec[at] ends, -1 if the
// record is broken there.
func FieldEnd(rec []byte, at int) int {
	n, w := binary.Uvarint(rec[at+1:])
	if w <= 0 || n > uint64(len(rec)-at-1-w) {
		return -1
	}
	return at + 1 + w + int(n)
}

// Err is the first error.
func (d *Decoder) Err() error { return d.err }

// Fail says that the current field makes no sense.
func (d *Decoder) Fail() {
	if d.err == nil {
		d.err = broken(d.size-len(d.rest), d.size)
	}
}

// Next moves to the next field and reports whether there is one.
func (d *Decoder) Next() bool {
	if d.err != nil || d.rest == "" {
		return false
	}
	d.Tag, d.rest = d.rest[0], d.rest[1:]
	d.Payload = d.Take(&d.rest)
	return d.err == nil
}

// Uvarint cuts a uvarint off the front of *s.
func (d *Decoder) Uvarint(s *string) uint64 {
	var v uint64
	for i := 0; i < len(*s) && i < binary.MaxVarintLen64; i++ {
		c := (*s)[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			*s = (*s)[i+1:]
			return v
		}
	}
	d.Fail()
	return 0
}

// Take cuts a string, which follows its length, off the front of *s.
func (d *Decoder) Take(s *string) string {
	n := d.Uvarint(s)
	if d.err != nil || n > uint64(len(*s)) {
		d.Fail()
		return ""
	}
	out := (*s)[:n]
	*s = (*s)[n:]
	return out
}

// Number is the payload as AppendNumber wrote it.
func (d *Decoder) Number() uint64 {
	if len(d.Payload) > 8 {
		d.Fail()
		return 0
	}
	var v uint64
	for i := range len(d.Payload) {
		v |= uint64(d.Payload[i]) << (8 * i)
	}
	return v
}

// Time is the payload as AppendTime wrote it.
func (d *Decoder) Time() time.Time {
	s := d.Payload
	zigzag := d.Uvarint(&s)
	nanos := d.Uvarint(&s)
	if d.err != nil || nanos >= uint64(time.Second) || s != "" {
		d.Fail()
		return time.Time{}
	}
	sec := int64(zigzag>>1) ^ -int64(zigzag&1)
	return time.Unix(sec, int64(nanos)).UTC()
}
