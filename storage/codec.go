package storage

import (
	"encoding/binary"
	"fmt"
	"time"
)

// A record is a version byte, then fields: a tag byte, the length of the
// payload as a uvarint, the payload. Fields at their zero value are left out.
// A reader skips tags it does not know, so that a field can be added without
// a new record version; changing the meaning of one needs a new version.
const recordVersion = 1

// Tags of an object's record. Numbers are never reused. Those that a listing
// needs come first, so that it can stop at tagListEnd.
const (
	tagSize         = 1
	tagETag         = 2
	tagCRC64        = 3
	tagModified     = 4
	tagStorageClass = 5
	tagVersionID    = 6
	tagFlags        = 7
	tagInitiator    = 8 // of an upload

	tagListEnd = 16 // tags from here on are of no use to a listing

	tagHeader   = 16
	tagACL      = 17
	tagTags     = 18
	tagSegments = 19
	tagUploadID = 20
)

const (
	flagAppendable   = 1 << 0
	flagDeleteMarker = 1 << 1
)

// Tags of a bucket's record.
const (
	tagRegion     = 1
	tagOwner      = 2
	tagBucACL     = 3
	tagCreated    = 4
	tagConfigs    = 5
	tagVersioning = 6
)

func appendTag(dst []byte, tag byte, n int) []byte {
	return binary.AppendUvarint(append(dst, tag), uint64(n))
}

func appendString(dst []byte, tag byte, s string) []byte {
	if s == "" {
		return dst
	}
	return append(appendTag(dst, tag, len(s)), s...)
}

// appendNumber writes v with its leading zero bytes cut off.
func appendNumber(dst []byte, tag byte, v uint64) []byte {
	if v == 0 {
		return dst
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	n := 8
	for b[n-1] == 0 {
		n--
	}
	return append(appendTag(dst, tag, n), b[:n]...)
}

func appendTime(dst []byte, tag byte, t time.Time) []byte {
	if t.IsZero() {
		return dst
	}
	var b [2 * binary.MaxVarintLen64]byte
	p := binary.AppendVarint(b[:0], t.Unix())
	p = binary.AppendUvarint(p, uint64(t.Nanosecond()))
	return append(appendTag(dst, tag, len(p)), p...)
}

func appendFields(dst []byte, tag byte, fields []Field) []byte {
	if len(fields) == 0 {
		return dst
	}
	n := 0
	for _, f := range fields {
		n += uvarintLen(uint64(len(f.Name))) + len(f.Name) + uvarintLen(uint64(len(f.Value))) + len(f.Value)
	}
	dst = appendTag(dst, tag, n)
	for _, f := range fields {
		dst = append(binary.AppendUvarint(dst, uint64(len(f.Name))), f.Name...)
		dst = append(binary.AppendUvarint(dst, uint64(len(f.Value))), f.Value...)
	}
	return dst
}

func appendSegments(dst []byte, tag byte, segs []Segment) []byte {
	if len(segs) == 0 {
		return dst
	}
	n := 0
	for _, s := range segs {
		n += len(s.Blob) + uvarintLen(sizeAndPlace(s))
	}
	dst = appendTag(dst, tag, n)
	for _, s := range segs {
		dst = binary.AppendUvarint(append(dst, s.Blob[:]...), sizeAndPlace(s))
	}
	return dst
}

// sizeAndPlace is the size of a segment with its place in the lowest bit.
func sizeAndPlace(s Segment) uint64 {
	v := uint64(s.Size) << 1
	if s.Inline {
		v |= 1
	}
	return v
}

func uvarintLen(v uint64) int {
	l := 1
	for ; v >= 0x80; v >>= 7 {
		l++
	}
	return l
}

// appendObject appends the record of o, its key excepted.
func appendObject(dst []byte, o *Object) []byte {
	return appendObjectFields(append(dst, recordVersion), o)
}

func appendObjectFields(dst []byte, o *Object) []byte {
	dst = appendNumber(dst, tagSize, uint64(o.Size))
	dst = appendString(dst, tagETag, o.ETag)
	dst = appendNumber(dst, tagCRC64, o.CRC64)
	dst = appendTime(dst, tagModified, o.Modified)
	dst = appendString(dst, tagStorageClass, o.StorageClass)
	dst = appendString(dst, tagVersionID, o.VersionID)
	var flags uint64
	if o.Appendable {
		flags |= flagAppendable
	}
	if o.DeleteMarker {
		flags |= flagDeleteMarker
	}
	dst = appendNumber(dst, tagFlags, flags)
	dst = appendFields(dst, tagHeader, o.Header)
	dst = appendString(dst, tagACL, o.ACL)
	dst = appendFields(dst, tagTags, o.Tags)
	dst = appendSegments(dst, tagSegments, o.Segments)
	return appendString(dst, tagUploadID, o.UploadID)
}

// decodeObject reads a record made by appendObject. For a listing it reads
// only what a listing shows.
func decodeObject(rec []byte, key string, listing bool) (Object, error) {
	o := Object{Key: key}
	d, err := newDecoder(rec, listing)
	if err != nil {
		return o, err
	}
	for d.next() {
		d.objectField(&o)
	}
	if o.Size < 0 {
		d.fail()
	}
	return o, d.err
}

// objectField reads the field at hand if it is one of an object.
func (d *decoder) objectField(o *Object) {
	switch d.tag {
	case tagSize:
		o.Size = int64(d.number())
	case tagETag:
		o.ETag = d.payload
	case tagCRC64:
		o.CRC64 = d.number()
	case tagModified:
		o.Modified = d.time()
	case tagStorageClass:
		o.StorageClass = d.payload
	case tagVersionID:
		o.VersionID = d.payload
	case tagFlags:
		flags := d.number()
		o.Appendable = flags&flagAppendable != 0
		o.DeleteMarker = flags&flagDeleteMarker != 0
	case tagHeader:
		o.Header = d.fields()
	case tagACL:
		o.ACL = d.payload
	case tagTags:
		o.Tags = d.fields()
	case tagSegments:
		o.Segments = d.segments()
	case tagUploadID:
		o.UploadID = d.payload
	}
}

// bucketRecord is the record of b, its name excepted.
func bucketRecord(b *Bucket) []byte {
	dst := []byte{recordVersion}
	dst = appendString(dst, tagRegion, b.Region)
	dst = appendString(dst, tagOwner, b.Owner)
	dst = appendString(dst, tagBucACL, b.ACL)
	dst = appendTime(dst, tagCreated, b.Created)
	dst = appendNumber(dst, tagVersioning, uint64(b.Versioning))
	return appendNames(dst, tagConfigs, b.Configs)
}

func decodeBucket(rec []byte, name string) (Bucket, error) {
	b := Bucket{Name: name}
	d, err := newDecoder(rec, false)
	if err != nil {
		return b, err
	}
	for d.next() {
		switch d.tag {
		case tagRegion:
			b.Region = d.payload
		case tagOwner:
			b.Owner = d.payload
		case tagBucACL:
			b.ACL = d.payload
		case tagCreated:
			b.Created = d.time()
		case tagConfigs:
			b.Configs = d.names()
		case tagVersioning:
			if n := d.number(); n <= uint64(VersioningSuspended) {
				b.Versioning = Versioning(n)
			} else {
				d.fail() // what it asks of a change is not known here
			}
		}
	}
	return b, d.err
}

// errRecord says where a record stopped making sense.
func errRecord(at, size int) error {
	return fmt.Errorf("%w: record broken at byte %d of %d", ErrFormat, at, size)
}
