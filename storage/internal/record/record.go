// Package record writes and reads the values of rows.
//
// A record is a version byte, then fields: a tag byte, the length of the payload as a uvarint, the
// payload. Fields at their zero value are left out. A reader skips tags that it does not know, so a
// field can be added without a new version. Changing the meaning of a field needs a new version.
package record

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/cosemu/cosemu/storage/internal/bilingual"
)

// Version begins every record.
const Version = 1

// ListEnd is the first tag that a listing does not read. The tags that it reads come first, so it
// can stop there.
const ListEnd = 16

// ErrFormat says that the data was written by a newer cosemu, or is not readable as a record at
// all.
var ErrFormat = bilingual.Errorf("storage: unreadable format", "数据格式无法读取")

// AppendTag begins a field whose payload has n bytes.
func AppendTag(dst []byte, tag byte, n int) []byte {
	return binary.AppendUvarint(append(dst, tag), uint64(n))
}

// AppendString appends a field, unless s is empty.
func AppendString(dst []byte, tag byte, s string) []byte {
	if s == "" {
		return dst
	}
	return append(AppendTag(dst, tag, len(s)), s...)
}

// AppendNumber appends a field, unless v is 0: its bytes, the lowest first, without leading zeros.
func AppendNumber(dst []byte, tag byte, v uint64) []byte {
	if v == 0 {
		return dst
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	n := 8
	for b[n-1] == 0 {
		n--
	}
	return append(AppendTag(dst, tag, n), b[:n]...)
}

// AppendTime appends a field, unless t is zero: the Unix second and the nanosecond in it.
func AppendTime(dst []byte, tag byte, t time.Time) []byte {
	if t.IsZero() {
		return dst
	}
	var b [2 * binary.MaxVarintLen64]byte
	p := binary.AppendVarint(b[:0], t.Unix())
	p = binary.AppendUvarint(p, uint64(t.Nanosecond()))
	return append(AppendTag(dst, tag, len(p)), p...)
}

// UvarintLen is how many bytes binary.AppendUvarint appends for v.
func UvarintLen(v uint64) int {
	l := 1
	for ; v >= 0x80; v >>= 7 {
		l++
	}
	return l
}

// broken says where a record stopped making sense.
func broken(at, size int) error {
	return fmt.Errorf("%w: record broken at byte %d of %d", ErrFormat, at, size)
}
