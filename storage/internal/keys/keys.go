// Package keys makes the keys of the rows of the index.
//
// The first byte of a key is its space: what the row is. All spaces are fixed here, so that later
// work needs no migration.
//
//	m name                        a fact about the whole store: format, clean shutdown
//	b bucket                      the bucket's description
//	c bucket∎ name                one configuration of a bucket (CORS, policy, …)
//	o bucket∎ key                 the current object of a key
//	v bucket∎ key∎ sequence       a version that is not current; the newest sorts first
//	n bucket∎ key                 the sequence of the null version, if that is not current
//	u bucket∎ key∎ upload         an unfinished upload
//	p upload∎ number              one part of it, the number in two bytes
//	k kind∎ name                  a document of the whole store
//	d blob                        the bytes of an inline segment
//
// ∎ ends a component that others follow: NUL bytes inside it are escaped, so a name may hold any
// bytes and the order of rows is the order of names. The last component stands as it is. So keys in
// space o sort as COS lists them, and a prefix of keys is a prefix of rows. Versions that are not
// current have a space of their own: a listing of objects never meets them.
package keys

import (
	"encoding/binary"
	"slices"

	"github.com/google/uuid"
)

// The spaces of rows.
const (
	SpaceMeta    = 'm'
	SpaceBucket  = 'b'
	SpaceConfig  = 'c'
	SpaceObject  = 'o'
	SpaceVersion = 'v'
	SpaceNull    = 'n'
	SpaceUpload  = 'u'
	SpacePart    = 'p'
	SpaceDoc     = 'k'
	SpaceData    = 'd'
)

// The terminator sorts below the escape, and both below any other byte that
// can follow: "a" < "a\x00" < "ab" holds for the encoded forms too.
const (
	escapeByte = 0x00
	escaped    = 0xff
	terminator = 0x01
)

// Append appends a component that others may follow.
func Append(dst []byte, name string) []byte {
	for i := range len(name) {
		dst = append(dst, name[i])
		if name[i] == escapeByte {
			dst = append(dst, escaped)
		}
	}
	return append(dst, escapeByte, terminator)
}

// Meta is the row of a fact about the whole store.
func Meta(name string) []byte {
	return append([]byte{SpaceMeta}, name...)
}

// Data is the row with the bytes of an inline segment.
func Data(dst []byte, blob uuid.UUID) []byte {
	return append(append(dst, SpaceData), blob[:]...)
}

// Bucket is the row of a bucket.
func Bucket(dst []byte, bucket string) []byte {
	return append(append(dst, SpaceBucket), bucket...)
}

// InBucket is the prefix of all rows of a bucket in one of the spaces c, n, o, u and v.
func InBucket(dst []byte, space byte, bucket string) []byte {
	return Append(append(dst, space), bucket)
}

// Object is the row of the current object of a key.
func Object(dst []byte, bucket, key string) []byte {
	return append(InBucket(dst, SpaceObject, bucket), key...)
}

// Versions is the prefix of the rows of all versions of a key but the current one.
func Versions(bucket, key string) []byte {
	return Append(InBucket(nil, SpaceVersion, bucket), key)
}

// Null is the row with the sequence of the null version of a key.
func Null(bucket, key string) []byte {
	return append(InBucket(nil, SpaceNull, bucket), key...)
}

// Uploads is the prefix of the rows of all uploads of a key.
func Uploads(dst []byte, bucket, key string) []byte {
	return Append(InBucket(dst, SpaceUpload, bucket), key)
}

// Upload is the row of an upload.
func Upload(dst []byte, bucket, key, upload string) []byte {
	return append(Uploads(dst, bucket, key), upload...)
}

// Cut reads the component at the beginning of row and returns what follows it.
func Cut(row []byte) (name string, rest []byte, ok bool) {
	var out []byte
	for i := 0; i+1 < len(row); i++ {
		switch {
		case row[i] != escapeByte:
			out = append(out, row[i])
		case row[i+1] == escaped:
			out = append(out, escapeByte)
			i++
		default:
			return string(out), row[i+2:], row[i+1] == terminator
		}
	}
	return "", nil, false
}

// Parts is the prefix of the rows of all parts of an upload.
func Parts(dst []byte, upload string) []byte {
	return Append(append(dst, SpacePart), upload)
}

// Part is the row of one part of an upload.
func Part(dst []byte, upload string, number int) []byte {
	return binary.BigEndian.AppendUint16(Parts(dst, upload), uint16(number))
}

// PartNumber reads the number of a row made by Part.
func PartNumber(row []byte) int { return int(binary.BigEndian.Uint16(row[len(row)-2:])) }

// After turns prefix, in place, into the smallest byte string above all that
// start with it. There always is one, because no space is the byte 0xff.
func After(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			prefix[i]++
			return prefix[:i+1]
		}
	}
	return nil
}

// AppendPartial appends the beginning of a component, without its end.
func AppendPartial(dst []byte, name string) []byte {
	dst = Append(dst, name)
	return slices.Delete(dst, len(dst)-2, len(dst))
}

// Config is the row of one configuration of a bucket.
func Config(dst []byte, bucket, name string) []byte {
	return append(InBucket(dst, SpaceConfig, bucket), name...)
}

// Document is the row of a document of the whole store.
func Document(kind, name string) []byte {
	return append(Append([]byte{SpaceDoc}, kind), name...)
}
