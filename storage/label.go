package storage

import (
	"io"

	"github.com/google/uuid"

	"github.com/cosemu/cosemu/storage/internal/blob"
	"github.com/cosemu/cosemu/storage/internal/record"
)

// A body in a data folder ends in a label, which says what it was stored as. Reading an object does
// not need it: the row says how many bytes belong to the body. The labels serve when the index is
// lost.
//
// A label is a record with the fields of an object and some of its own. It is written with the
// body, before the commit. A body without one, in a folder whose bodies have labels, was not
// written to its end.

// Tags of a label. The fields of an object come before them.
const (
	tagLabelBucket = 32
	tagLabelKey    = 33
	tagLabelUpload = 34 // the upload that the body is a part of
	tagLabelPart   = 35 // the number of that part
	tagLabelAt     = 36 // the byte of an object made by appending at which the body begins, plus 1
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
func appendLabel(dst []byte, l *label, id uuid.UUID) []byte {
	start := len(dst)
	o := l.object
	o.Segments, o.UploadID, o.VersionID = nil, "", ""
	dst = appendObject(dst, &o)
	dst = record.AppendString(dst, tagLabelBucket, l.bucket)
	dst = record.AppendString(dst, tagLabelKey, l.object.Key)
	dst = record.AppendString(dst, tagLabelUpload, l.upload)
	dst = record.AppendNumber(dst, tagLabelPart, uint64(l.part))
	if l.appended {
		dst = record.AppendNumber(dst, tagLabelAt, uint64(l.at)+1)
	}
	return blob.AppendLabel(dst, start, id)
}

// readLabel reads the label at the end of a file of size bytes; ok says whether
// there is one.
func readLabel(f io.ReaderAt, size int64, id uuid.UUID) (l label, ok bool, err error) {
	rec, body, err := blob.ReadLabel(f, size, id)
	if err != nil || rec == nil {
		return l, false, err
	}
	l, derr := decodeLabel(rec) // a broken record is no label
	return l, derr == nil && l.object.Size == body, nil
}

func decodeLabel(rec []byte) (l label, err error) {
	d, err := record.NewDecoder(rec, false)
	if err != nil {
		return l, err
	}
	for d.Next() {
		switch d.Tag {
		case tagLabelBucket:
			l.bucket = d.Payload
		case tagLabelKey:
			l.object.Key = d.Payload
		case tagLabelUpload:
			l.upload = d.Payload
		case tagLabelPart:
			l.part = int(d.Number())
		case tagLabelAt:
			l.at, l.appended = int64(d.Number())-1, true
		default:
			objectField(&d, &l.object)
		}
	}
	return l, d.Err()
}

// Describe tells what is known of a body before Append: its CRC64, and the headers
// and so on that a new object would get. Only the label uses it.
func (st *Staged) Describe(o Object) { st.about = &o }

// label writes the label behind the body, if it is a file of a data folder.
func (st *Staged) label(l label) error {
	if st.err != nil {
		return st.err
	}
	if st.file == nil || !st.s.files.OnDisk() {
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

// partLabel is the label of a part: the object that its upload makes, and its number.
func (st *Staged) partLabel(bucket, key, id string, p *Part) label {
	l := label{bucket: bucket, upload: id, part: p.Number}
	if st.file != nil && st.s.files.OnDisk() {
		u, _ := uploads(st.s).Upload(bucket, key, id) // the commit reports a missing upload
		l.object = u.Object
	}
	l.object.Key, l.object.ETag, l.object.CRC64, l.object.Modified = key, p.ETag, p.CRC64, p.Modified
	return l
}
