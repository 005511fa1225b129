package blob

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/google/uuid"
)

// labelMark ends a file that has a label. Before it stand, in four bytes each, the length of the
// label's record and a checksum; before these the record, and before that the body.
const labelMark = "\x00cosemu\x01"

const (
	labelEnd = int64(4 + 4 + len(labelMark))
	// maxLabel bounds what is read of a file that may be none of ours.
	maxLabel = 1 << 20
)

// AppendLabel makes a label of the record that dst holds from start on. It is to be written behind
// the body.
func AppendLabel(dst []byte, start int, id uuid.UUID) []byte {
	record := dst[start:]
	sum := labelSum(record, id)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(record)))
	dst = binary.LittleEndian.AppendUint32(dst, sum)
	return append(dst, labelMark...)
}

// ReadLabel reads the record of the label at the end of a file of size bytes, and the size of the
// body before it. It returns nil if there is no label.
func ReadLabel(f io.ReaderAt, size int64, id uuid.UUID) (record []byte, body int64, err error) {
	var end [labelEnd]byte
	if size < labelEnd {
		return nil, 0, nil
	}
	if _, err := f.ReadAt(end[:], size-labelEnd); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	n := int64(binary.LittleEndian.Uint32(end[:]))
	if !bytes.Equal(end[8:], []byte(labelMark)) || n > min(maxLabel, size-labelEnd) {
		return nil, 0, nil
	}
	record = make([]byte, n)
	if _, err := f.ReadAt(record, size-labelEnd-n); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	if labelSum(record, id) != binary.LittleEndian.Uint32(end[4:]) {
		return nil, 0, nil
	}
	return record, size - labelEnd - n, nil
}

// labelSum is the checksum of a label. It covers the identifier of the body, which no client knows:
// so nobody can upload a body that ends in a valid label.
func labelSum(record []byte, id uuid.UUID) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(record, table), table, id[:])
}
