package storage

import (
	"encoding/binary"

	"github.com/google/uuid"
)

// The index is one ordered space of byte strings. The first byte says what a
// row is; all spaces are fixed here, those that nothing writes yet included,
// so that later work needs no migration.
//
//	m name                                     store-wide facts: format, clean shutdown
//	b bucket                                   the bucket's description
//	c bucket∎ name                             one configuration of a bucket (CORS, policy, …)
//	o bucket∎ key                              the current object of a key
//	v bucket∎ key∎ sequence                    versions that are not current, newest first
//	n bucket∎ key                              the sequence of that one of them which is the null version
//	u bucket∎ key∎ upload                      an unfinished upload
//	p upload∎ number                           one part of it, the number in two bytes
//	k kind∎ name                               a document of the whole store
//	d blob                                     the bytes of an inline segment
//
// ∎ ends a component that others follow: NUL bytes inside it are escaped, so
// any bytes may stand in a name and the order of rows is the order of names.
// The last component stands raw; hence keys in space o sort exactly as COS
// lists them and a key prefix is a row prefix. Versions live beside the
// current rows, not among them: a listing costs what its page holds, however
// many versions there are.
const (
	spaceMeta    = 'm'
	spaceBucket  = 'b'
	spaceConfig  = 'c'
	spaceObject  = 'o'
	spaceVersion = 'v'
	spaceNull    = 'n'
	spaceUpload  = 'u'
	spacePart    = 'p'
	spaceDoc     = 'k'
	spaceData    = 'd'
)

// The terminator sorts below the escape, and both below any other byte that
// can follow: "a" < "a\x00" < "ab" holds for the encoded forms too.
const (
	escapeByte = 0x00
	escaped    = 0xff
	terminator = 0x01
)

// appendComponent appends name in the form that others may follow.
func appendComponent(dst []byte, name string) []byte {
	for i := range len(name) {
		dst = append(dst, name[i])
		if name[i] == escapeByte {
			dst = append(dst, escaped)
		}
	}
	return append(dst, escapeByte, terminator)
}

func metaKey(name string) []byte {
	return append([]byte{spaceMeta}, name...)
}

func dataKey(dst []byte, blob uuid.UUID) []byte {
	return append(append(dst, spaceData), blob[:]...)
}

func bucketKey(dst []byte, bucket string) []byte {
	return append(append(dst, spaceBucket), bucket...)
}

// bucketPrefix starts every row of a bucket in one of the spaces c n o u v.
func bucketPrefix(dst []byte, space byte, bucket string) []byte {
	return appendComponent(append(dst, space), bucket)
}

func objectKey(dst []byte, bucket, key string) []byte {
	return append(bucketPrefix(dst, spaceObject, bucket), key...)
}

// versionPrefix starts the rows of all versions of a key but the current one.
func versionPrefix(bucket, key string) []byte {
	return appendComponent(bucketPrefix(nil, spaceVersion, bucket), key)
}

// nullKey is the row that says where the null version of a key stands.
func nullKey(bucket, key string) []byte {
	return append(bucketPrefix(nil, spaceNull, bucket), key...)
}

// uploadPrefix starts the rows of all uploads of a key.
func uploadPrefix(dst []byte, bucket, key string) []byte {
	return appendComponent(bucketPrefix(dst, spaceUpload, bucket), key)
}

func uploadKey(dst []byte, bucket, key, upload string) []byte {
	return append(uploadPrefix(dst, bucket, key), upload...)
}

// cutComponent reads a component off the front of a row, without what is
// before it, and returns what follows.
func cutComponent(row []byte) (name string, rest []byte, ok bool) {
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

// partPrefix starts the rows of all parts of an upload.
func partPrefix(dst []byte, upload string) []byte {
	return appendComponent(append(dst, spacePart), upload)
}

func partKey(dst []byte, upload string, number int) []byte {
	return binary.BigEndian.AppendUint16(partPrefix(dst, upload), uint16(number))
}

// partNumber reads the number off a row made by partKey.
func partNumber(row []byte) int { return int(binary.BigEndian.Uint16(row[len(row)-2:])) }

// successor turns prefix, in place, into the smallest byte string above all
// that start with it. Every row starts with a space byte, which is no 0xff,
// so there always is one.
func successor(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			prefix[i]++
			return prefix[:i+1]
		}
	}
	return nil
}
