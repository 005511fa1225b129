package storage

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/cosemu/cosemu/storage/internal/record"
)

// Tags of an object's record. Numbers are never reused. Those that a listing reads are below
// record.ListEnd.
const (
	tagSize         = 1
	tagETag         = 2
	tagCRC64        = 3
	tagModified     = 4
	tagStorageClass = 5
	tagVersionID    = 6
	tagFlags        = 7
	tagInitiator    = 8 // of an upload

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

func appendFields(dst []byte, tag byte, fields []Field) []byte {
	if len(fields) == 0 {
		return dst
	}
	n := 0
	for _, f := range fields {
		n += record.UvarintLen(uint64(len(f.Name))) + len(f.Name) + record.UvarintLen(uint64(len(f.Value))) + len(f.Value)
	}
	dst = record.AppendTag(dst, tag, n)
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
		n += len(s.Blob) + record.UvarintLen(sizeAndPlace(s))
	}
	dst = record.AppendTag(dst, tag, n)
	for _, s := range segs {
		dst = binary.AppendUvarint(append(dst, s.Blob[:]...), sizeAndPlace(s))
	}
	return dst
}

// sizeAndPlace is twice the size of a segment, plus 1 if it is inline.
func sizeAndPlace(s Segment) uint64 {
	v := uint64(s.Size) << 1
	if s.Inline {
		v |= 1
	}
	return v
}

// appendObject appends the record of o, without its key.
func appendObject(dst []byte, o *Object) []byte {
	return appendObjectFields(append(dst, record.Version), o)
}

func appendObjectFields(dst []byte, o *Object) []byte {
	dst = record.AppendNumber(dst, tagSize, uint64(o.Size))
	dst = record.AppendString(dst, tagETag, o.ETag)
	dst = record.AppendNumber(dst, tagCRC64, o.CRC64)
	dst = record.AppendTime(dst, tagModified, o.Modified)
	dst = record.AppendString(dst, tagStorageClass, o.StorageClass)
	dst = record.AppendString(dst, tagVersionID, o.VersionID)
	var flags uint64
	if o.Appendable {
		flags |= flagAppendable
	}
	if o.DeleteMarker {
		flags |= flagDeleteMarker
	}
	dst = record.AppendNumber(dst, tagFlags, flags)
	dst = appendFields(dst, tagHeader, o.Header)
	dst = record.AppendString(dst, tagACL, o.ACL)
	dst = appendFields(dst, tagTags, o.Tags)
	dst = appendSegments(dst, tagSegments, o.Segments)
	return record.AppendString(dst, tagUploadID, o.UploadID)
}

// decodeObject reads a record made by appendObject. For a listing it reads
// only what a listing shows.
func decodeObject(rec []byte, key string, listing bool) (Object, error) {
	o := Object{Key: key}
	d, err := record.NewDecoder(rec, listing)
	if err != nil {
		return o, err
	}
	for d.Next() {
		objectField(&d, &o)
	}
	if o.Size < 0 {
		d.Fail()
	}
	return o, d.Err()
}

// objectField reads the current field if it is one of an object.
func objectField(d *record.Decoder, o *Object) {
	switch d.Tag {
	case tagSize:
		o.Size = int64(d.Number())
	case tagETag:
		o.ETag = d.Payload
	case tagCRC64:
		o.CRC64 = d.Number()
	case tagModified:
		o.Modified = d.Time()
	case tagStorageClass:
		o.StorageClass = d.Payload
	case tagVersionID:
		o.VersionID = d.Payload
	case tagFlags:
		flags := d.Number()
		o.Appendable = flags&flagAppendable != 0
		o.DeleteMarker = flags&flagDeleteMarker != 0
	case tagHeader:
		o.Header = fields(d)
	case tagACL:
		o.ACL = d.Payload
	case tagTags:
		o.Tags = fields(d)
	case tagSegments:
		var ok bool
		if o.Segments, ok = decodeSegments(nil, []byte(d.Payload)); !ok {
			d.Fail()
		}
	case tagUploadID:
		o.UploadID = d.Payload
	}
}

// bucketRecord is the record of b, without its name.
func bucketRecord(b *Bucket) []byte {
	dst := []byte{record.Version}
	dst = record.AppendString(dst, tagRegion, b.Region)
	dst = record.AppendString(dst, tagOwner, b.Owner)
	dst = record.AppendString(dst, tagBucACL, b.ACL)
	dst = record.AppendTime(dst, tagCreated, b.Created)
	dst = record.AppendNumber(dst, tagVersioning, uint64(b.Versioning))
	return appendNames(dst, tagConfigs, b.Configs)
}

func decodeBucket(rec []byte, name string) (Bucket, error) {
	b := Bucket{Name: name}
	d, err := record.NewDecoder(rec, false)
	if err != nil {
		return b, err
	}
	for d.Next() {
		switch d.Tag {
		case tagRegion:
			b.Region = d.Payload
		case tagOwner:
			b.Owner = d.Payload
		case tagBucACL:
			b.ACL = d.Payload
		case tagCreated:
			b.Created = d.Time()
		case tagConfigs:
			b.Configs = names(&d)
		case tagVersioning:
			if n := d.Number(); n <= uint64(VersioningSuspended) {
				b.Versioning = Versioning(n)
			} else {
				d.Fail() // this cosemu does not know what it means for a change
			}
		}
	}
	return b, d.Err()
}

// appendUpload appends the record of u, without its key and ID.
func appendUpload(dst []byte, u *Upload) []byte {
	dst = append(dst, record.Version)
	dst = record.AppendString(dst, tagInitiator, u.Initiator)
	return appendObjectFields(dst, &u.Object)
}

// decodeUpload reads a record made by appendUpload. For a listing it reads
// only what a listing shows.
func decodeUpload(rec []byte, key, id string, listing bool) (Upload, error) {
	u := Upload{Object: Object{Key: key}, ID: id}
	d, err := record.NewDecoder(rec, listing)
	if err != nil {
		return u, err
	}
	for d.Next() {
		if d.Tag == tagInitiator {
			u.Initiator = d.Payload
			continue
		}
		objectField(&d, &u.Object)
	}
	return u, d.Err()
}

// appendPart appends the record of p, without its number. It is an object's record
// with few fields, so recordSegments reads it, too.
func appendPart(dst []byte, p *Part) []byte {
	return appendObject(dst, &Object{Size: p.Size, ETag: p.ETag, CRC64: p.CRC64, Modified: p.Modified, Segments: p.Segments})
}

func decodePart(rec []byte, number int, listing bool) (Part, error) {
	o, err := decodeObject(rec, "", listing)
	return Part{Number: number, Size: o.Size, ETag: o.ETag, CRC64: o.CRC64, Modified: o.Modified, Segments: o.Segments}, err
}

// appendNames appends a list of names, none of which is empty.
func appendNames(dst []byte, tag byte, names []string) []byte {
	fields := make([]Field, len(names))
	for i, name := range names {
		fields[i].Name = name
	}
	return appendFields(dst, tag, fields)
}

// names reads the current field as appendNames wrote it.
func names(d *record.Decoder) []string {
	list := fields(d)
	if len(list) == 0 {
		return nil
	}
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name
	}
	return names
}

// fields reads the current field as appendFields wrote it.
func fields(d *record.Decoder) []Field {
	var out []Field
	for s := d.Payload; s != "" && d.Err() == nil; {
		out = append(out, Field{Name: d.Take(&s), Value: d.Take(&s)})
	}
	return out
}

// recordSegments appends the segments in an object's record to dst. It reads nothing else.
func recordSegments(dst []Segment, rec []byte) ([]Segment, error) {
	payload, err := record.Find(rec, tagSegments)
	if err != nil {
		return dst, err
	}
	segs, ok := decodeSegments(dst, payload)
	if !ok {
		return dst, fmt.Errorf("%w: broken segments", ErrFormat)
	}
	return segs, nil
}

// decodeSegments appends what appendSegments wrote to dst. It is not ok if b is something else.
func decodeSegments(dst []Segment, b []byte) (segs []Segment, ok bool) {
	const least = len(uuid.UUID{}) + 1
	dst = slices.Grow(dst, len(b)/least)
	for len(b) > 0 {
		var seg Segment
		if len(b) < least {
			return dst, false
		}
		copy(seg.Blob[:], b)
		v, n := binary.Uvarint(b[len(seg.Blob):])
		seg.Size, seg.Inline = int64(v>>1), v&1 != 0
		if n <= 0 || seg.Size == 0 {
			return dst, false
		}
		dst, b = append(dst, seg), b[len(seg.Blob)+n:]
	}
	return dst, true
}
