package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/google/uuid"
)

// A body in a data folder carries a label behind its bytes, which says what it
// was stored as. Nobody needs it as long as the index is there: objects are read
// by the sizes in their rows. When the index is lost, the labels are what is left.
//
// A label is a record with the fields of an object and some of its own, then its
// length and its checksum in four bytes each, then labelMark. It is written with
// the body, before the commit: of a body without one in a folder that has labels,
// not all had come.
const labelMark = "\x00cosemu\x01"

// Tags of a label. The fields of an object come before them.
const (
	tagLabelBucket = 32
	tagLabelKey    = 33
	tagLabelUpload = 34 // the upload that the body is a part of
	tagLabelPart   = 35 // the number of that part
	tagLabelAt     = 36 // the byte of an object made by appending at which the body begins, plus 1
)

const (
	labelEnd = int64(4 + 4 + len(labelMark))
	// maxLabel bounds what is read of a file that may be no body of ours.
	maxLabel = 1 << 20
)

// label is what a body was stored as. Size, CRC64 and Modified of the object are
// those of this body alone.
type label struct {
	bucket   string
	object   Object
	upload   string
	part     int
	appended bool
	at       int64 // valid if appended
}

// appendLabel appends the label, for it to be written behind the body.
func appendLabel(dst []byte, l *label, blob uuid.UUID) []byte {
	start := len(dst)
	o := l.object
	o.Segments, o.UploadID, o.VersionID = nil, "", ""
	dst = appendObject(dst, &o)
	dst = appendString(dst, tagLabelBucket, l.bucket)
	dst = appendString(dst, tagLabelKey, l.object.Key)
	dst = appendString(dst, tagLabelUpload, l.upload)
	dst = appendNumber(dst, tagLabelPart, uint64(l.part))
	if l.appended {
		dst = appendNumber(dst, tagLabelAt, uint64(l.at)+1)
	}
	record := dst[start:]
	sum := labelSum(record, blob)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(record)))
	dst = binary.LittleEndian.AppendUint32(dst, sum)
	return append(dst, labelMark...)
}

// readLabel reads the label at the end of a file of size bytes; ok says whether
// there is one.
func readLabel(f io.ReaderAt, size int64, blob uuid.UUID) (l label, ok bool, err error) {
	var end [labelEnd]byte
	if size < labelEnd {
		return l, false, nil
	}
	if _, err := f.ReadAt(end[:], size-labelEnd); err != nil && !errors.Is(err, io.EOF) {
		return l, false, err
	}
	n := int64(binary.LittleEndian.Uint32(end[:]))
	if !bytes.Equal(end[8:], []byte(labelMark)) || n > min(maxLabel, size-labelEnd) {
		return l, false, nil
	}
	record := make([]byte, n)
	if _, err := f.ReadAt(record, size-labelEnd-n); err != nil && !errors.Is(err, io.EOF) {
		return l, false, err
	}
	if labelSum(record, blob) != binary.LittleEndian.Uint32(end[4:]) {
		return l, false, nil
	}
	l, derr := decodeLabel(record) // what is no record is no label
	return l, derr == nil && l.object.Size == size-labelEnd-n, nil
}

// labelSum is the checksum of a label. The name of the body is in it, which nobody
// knows who uploads one that ends like a label.
func labelSum(record []byte, blob uuid.UUID) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(record, table), table, blob[:])
}

func decodeLabel(record []byte) (l label, err error) {
	d, err := newDecoder(record, false)
	if err != nil {
		return l, err
	}
	for d.next() {
		switch d.tag {
		case tagLabelBucket:
			l.bucket = d.payload
		case tagLabelKey:
			l.object.Key = d.payload
		case tagLabelUpload:
			l.upload = d.payload
		case tagLabelPart:
			l.part = int(d.number())
		case tagLabelAt:
			l.at, l.appended = int64(d.number())-1, true
		default:
			d.objectField(&l.object)
		}
	}
	return l, d.err
}

// Describe says what is known of a body that is about to be appended: its CRC64,
// and the headers and so on that an object would get that begins with it. It is
// for the label alone.
func (st *Staged) Describe(o Object) { st.about = o }

// label writes the label behind the body, if it is a file of a data folder.
func (st *Staged) label(l label) error {
	if st.err != nil {
		return st.err
	}
	if st.file == nil || st.s.blobs.root == "" {
		return nil
	}
	l.object.Size = st.seg.Size
	st.m.rec = appendLabel(st.m.rec[:0], &l, st.seg.Blob)
	n, err := st.file.Write(st.m.rec)
	if err == nil && n < len(st.m.rec) {
		err = io.ErrShortWrite
	}
	return asFull(err)
}

// partLabel is the label of a part: what its upload will be, and which part it is.
func (st *Staged) partLabel(bucket, key, id string, p *Part) label {
	l := label{bucket: bucket, upload: id, part: p.Number}
	if st.file != nil && st.s.blobs.root != "" {
		u, _ := st.s.Upload(bucket, key, id) // if there is none the commit says so
		l.object = u.Object
	}
	l.object.Key, l.object.ETag, l.object.CRC64, l.object.Modified = key, p.ETag, p.CRC64, p.Modified
	return l
}
