package storage

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage/internal/keys"
	"github.com/cosemu/cosemu/storage/internal/record"
)

func fullObject() Object {
	return Object{
		Key: "k", Size: 1<<40 + 5, ETag: "0123456789abcdef0123456789abcdef-3", CRC64: 1<<63 + 7,
		Modified:     time.Date(2026, 11, 24, 8, 0, 0, 999_999_999, time.UTC),
		StorageClass: "STANDARD_IA", VersionID: "MTg0NDUx", Appendable: true, DeleteMarker: true,
		Header: []Field{{"Content-Type", "a/b"}, {"", ""}, {"x-cos-meta-é", strings.Repeat("v", 200)}},
		ACL:    "public-read", Tags: []Field{{"a", "b"}},
		Segments: []Segment{
			{Blob: uuid.Must(uuid.NewV7()), Size: 1 << 40},
			{Blob: uuid.Must(uuid.NewV7()), Size: 5, Inline: true},
		},
		UploadID: "1770000000ab",
	}
}

func TestRecord(t *testing.T) {
	full := fullObject()
	for _, o := range []Object{full, {Key: "k"}, {Key: "k", Modified: time.Unix(-1, 5).UTC()}} {
		rec := appendObject(nil, &o)
		got, err := decodeObject(rec, "k", false)
		require.NoError(t, err)
		require.Equal(t, o, got)
		segs, err := recordSegments(nil, rec)
		require.NoError(t, err)
		require.Equal(t, o.Segments, segs)
		o.Header, o.ACL, o.Tags, o.Segments, o.UploadID = nil, "", nil, nil, ""
		got, err = decodeObject(rec, "k", true)
		require.NoError(t, err)
		require.Equal(t, o, got)
	}
}

// TestRecordBytes holds the form of records: data folders are full of them. A
// change here needs a new record version.
func TestRecordBytes(t *testing.T) {
	o := Object{
		Size: 0x0203, ETag: "e", CRC64: 0x80, Modified: time.Unix(1, 2), StorageClass: "C", VersionID: "v", Appendable: true,
		Header: []Field{{"n", "vv"}}, ACL: "a", Tags: []Field{{"t", ""}},
		Segments: []Segment{{Blob: uuid.UUID{15: 9}, Size: 0x0203, Inline: true}}, UploadID: "u",
	}
	want := "\x01" + // version
		"\x01\x02\x03\x02" + "\x02\x01e" + "\x03\x01\x80" + "\x04\x02\x02\x02" + "\x05\x01C" + "\x06\x01v" + "\x07\x01\x01" +
		"\x10\x05\x01n\x02vv" + "\x11\x01a" + "\x12\x03\x01t\x00" +
		"\x13\x12" + strings.Repeat("\x00", 15) + "\x09" + "\x87\x08" + "\x14\x01u"
	require.Equal(t, want, string(appendObject(nil, &o)))
	u := Upload{Object: Object{ETag: "e"}, Initiator: "i"}
	require.Equal(t, "\x01"+"\x08\x01i"+"\x02\x01e", string(appendUpload(nil, &u)))
	p := Part{Size: 2, ETag: "e", CRC64: 3, Modified: time.Unix(1, 2), Segments: []Segment{{Size: 2}}}
	require.Equal(t, "\x01"+"\x01\x01\x02"+"\x02\x01e"+"\x03\x01\x03"+"\x04\x02\x02\x02"+"\x13\x11"+strings.Repeat("\x00", 16)+"\x04",
		string(appendPart(nil, &p)))
	b := Bucket{Region: "r", Owner: "o", ACL: "a", Created: time.Unix(-1, 0)}
	require.Equal(t, "\x01\x01\x01r\x02\x01o\x03\x01a\x04\x02\x01\x00", string(bucketRecord(&b)))
	b = Bucket{Region: "r", Versioning: VersioningSuspended}
	require.Equal(t, "\x01\x01\x01r\x06\x01\x02", string(bucketRecord(&b)))
	o = Object{VersionID: "v", DeleteMarker: true}
	require.Equal(t, "\x01\x06\x01v\x07\x01\x02", string(appendObject(nil, &o)))
}

func TestUploadRecord(t *testing.T) {
	u := Upload{Object: fullObject(), ID: "1770000000ab", Initiator: "1250000000"}
	rec := appendUpload(nil, &u)
	got, err := decodeUpload(rec, "k", u.ID, false)
	require.NoError(t, err)
	require.Equal(t, u, got)
	u.Header, u.ACL, u.Tags, u.Segments, u.UploadID = nil, "", nil, nil, ""
	got, err = decodeUpload(rec, "k", u.ID, true)
	require.NoError(t, err)
	require.Equal(t, u, got)

	o := fullObject()
	p := Part{Number: 7, Size: o.Size, ETag: o.ETag, CRC64: o.CRC64, Modified: o.Modified, Segments: o.Segments}
	rec = appendPart(nil, &p)
	part, err := decodePart(rec, 7, false)
	require.NoError(t, err)
	require.Equal(t, p, part)
	p.Segments = nil
	part, err = decodePart(rec, 7, true)
	require.NoError(t, err)
	require.Equal(t, p, part)
}

// TestUploadRows: rows of uploads sort by key, then by ID, and are read back.
func TestUploadRows(t *testing.T) {
	names := []string{"", "\x00", "\x00\x00", "\x00\x01", "\x00\xff", "a", "a\x00", "a\x00b", "ab", "a\xff", "\xff"}
	var rows []string
	for _, name := range names {
		for _, id := range []string{"", "1", "2"} {
			row := keys.Upload(nil, "b", name, id)
			rows = append(rows, string(row))
			key, rest, ok := keys.Cut(row[len(keys.InBucket(nil, keys.SpaceUpload, "b")):])
			require.True(t, ok)
			require.Equal(t, name, key)
			require.Equal(t, id, string(rest))
		}
	}
	require.IsIncreasing(t, rows)
	for _, broken := range []string{"", "a", "\x00", "a\x00", "a\x00\x02"} {
		_, _, ok := keys.Cut([]byte(broken))
		require.False(t, ok, "%q", broken)
	}
	require.Less(t, string(keys.Part(nil, "u", 255)), string(keys.Part(nil, "u", 256)))
	require.Equal(t, MaxPart, keys.PartNumber(keys.Part(nil, "u", MaxPart)))
}

// TestRecordFromLater: a field that a later cosemu added is passed over, a
// record of a later version is refused.
func TestRecordFromLater(t *testing.T) {
	o := fullObject()
	rec := appendObject(nil, &o)
	rec = slices.Insert(rec, 1, 9, 3, 'n', 'e', 'w') // among those of a listing
	rec = append(rec, 99, 2, 'x', 'y')
	got, err := decodeObject(rec, "k", false)
	require.NoError(t, err)
	require.Equal(t, o, got)
	got, err = decodeObject(rec, "k", true)
	require.NoError(t, err)
	require.Equal(t, o.ETag, got.ETag)

	rec[0] = 2
	for _, listing := range []bool{false, true} {
		_, err = decodeObject(rec, "k", listing)
		require.ErrorIs(t, err, ErrFormat)
	}
	_, err = decodeBucket(rec, "b")
	require.ErrorIs(t, err, ErrFormat)
	_, err = recordSegments(nil, rec)
	require.ErrorIs(t, err, ErrFormat)
}

// TestRecordCutShort: no cut makes a record another that can be read, unless
// it falls between two fields.
func TestRecordCutShort(t *testing.T) {
	o := fullObject()
	rec := appendObject(nil, &o)
	between := map[int]bool{}
	for at := 1; at < len(rec); at = record.FieldEnd(rec, at) {
		between[at] = true
	}
	require.Greater(t, len(between), 8)
	for n := range rec {
		_, err := decodeObject(rec[:n], "k", false)
		if between[n] {
			require.NoError(t, err, n)
		} else {
			require.ErrorIs(t, err, ErrFormat, n)
		}
	}
}

// FuzzRecord reads anything without a panic; what can be read comes back the
// same when it is written and read again, and all three readers agree.
func FuzzRecord(f *testing.F) {
	o := fullObject()
	f.Add(appendObject(nil, &o))
	f.Add(appendObject(nil, &Object{}))
	f.Add([]byte{1, 4, 2, 0xff, 0xff})
	f.Add([]byte{1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, rec []byte) {
		if b, err := decodeBucket(rec, "b"); err == nil {
			again, err := decodeBucket(bucketRecord(&b), "b")
			require.NoError(t, err)
			require.Equal(t, b, again)
		}
		id, idErr := recordID(rec)
		_, uploadErr := decodeUpload(rec, "k", "u", false)
		segs, segErr := recordSegments(nil, rec)
		list, listErr := decodeObject(rec, "k", true)
		o, err := decodeObject(rec, "k", false)
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			return
		}
		require.NoError(t, segErr)
		require.NoError(t, uploadErr)
		require.NoError(t, listErr)
		require.NoError(t, idErr)
		require.Equal(t, cmp.Or(list.VersionID, NullVersion), id, "it reads as a listing does")
		again, err := decodeObject(appendObject(nil, &o), "k", false)
		require.NoError(t, err)
		require.Equal(t, o, again)
		again, err = decodeObject(appendObject(nil, &list), "k", true)
		require.NoError(t, err)
		require.Equal(t, list, again)
		_ = segs
	})
}

// FuzzKeys: encoded names sort as the names do, component by component, and
// never one within the range of another.
func FuzzKeys(f *testing.F) {
	f.Add("a", "k", "a\x00", "k")
	f.Add("a", "\x00", "a", "\x00\x01")
	f.Add("", "", "\x00", "")
	f.Add("\xff", "", "\xff\xff", "")
	f.Fuzz(func(t *testing.T, b1, k1, b2, k2 string) {
		want := strings.Compare(b1, b2)
		if want == 0 {
			want = strings.Compare(k1, k2)
		}
		require.Equal(t, want, bytes.Compare(keys.Object(nil, b1, k1), keys.Object(nil, b2, k2)))
		inside := bytes.HasPrefix(keys.Object(nil, b1, k1), keys.InBucket(nil, keys.SpaceObject, b2))
		require.Equal(t, b1 == b2, inside)
	})
}

func TestSuccessor(t *testing.T) {
	require.Equal(t, []byte("ab"), keys.After([]byte("aa")))
	require.Equal(t, []byte("b"), keys.After([]byte("a\xff\xff")))
	require.Nil(t, keys.After([]byte("\xff")))
}

func BenchmarkRecord(b *testing.B) {
	o := fullObject()
	o.Header, o.Segments = o.Header[:2], o.Segments[:1]
	rec := appendObject(nil, &o)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rec = appendObject(rec[:0], &o)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := decodeObject(rec, "k", false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode for a listing", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := decodeObject(rec, "k", true); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("segments", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := recordSegments(nil, rec); err != nil {
				b.Fatal(err)
			}
		}
	})
}
