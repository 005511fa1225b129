package storage

import (
	"bytes"
	"fmt"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// keyVersions reads the rows of all versions of one key in one snapshot. It must be closed.
type keyVersions struct {
	cur    index.Cursor
	bucket string
	key    string
	object []byte // the row of the current version
	null   []byte // the row with the rank of the null version
	others []byte // the prefix of the rows of all other versions
}

// place is the row of a version.
type place struct {
	row, rec []byte
	rank     uint64 // 0: it is the current version
}

func (s objects) versionsOf(bucket, key string) (*keyVersions, error) {
	v := &keyVersions{
		bucket: bucket, key: key,
		object: keys.Object(nil, bucket, key),
		null:   keys.Null(bucket, key),
		others: keys.Versions(bucket, key),
	}
	var err error
	// One scan over all three spaces, because two scans are two snapshots.
	v.cur, err = s.ix.Scan(v.null, keys.After(bytes.Clone(v.others)))
	return v, err
}

// close ends the reading. Its own error comes first: after a failed scan nothing
// that was read is certain.
func (v *keyVersions) close(err error) error {
	if cerr := v.cur.Close(); cerr != nil {
		return cerr
	}
	return err
}

// value reads the value of a row.
func (v *keyVersions) value(row []byte) (rec []byte, found bool, err error) {
	if !v.cur.Seek(row) || !bytes.Equal(v.cur.Key(), row) {
		return nil, false, nil
	}
	rec, err = v.cur.Value()
	return bytes.Clone(rec), true, err
}

// current finds the current version.
func (v *keyVersions) current() (p place, found bool, err error) {
	p.row = v.object
	p.rec, found, err = v.value(p.row)
	return p, found, err
}

// newest finds the newest of the versions that are not current. It passes over
// the row skip.
func (v *keyVersions) newest(skip []byte) (p place, found bool, err error) {
	ok := v.cur.Seek(v.others)
	if ok && bytes.Equal(v.cur.Key(), skip) {
		ok = v.cur.Next()
	}
	if !ok || !bytes.HasPrefix(v.cur.Key(), v.others) {
		return p, false, nil
	}
	p.row = bytes.Clone(v.cur.Key())
	if p.rank, err = readRank(p.row[len(v.others):]); err != nil {
		return p, false, err
	}
	rec, err := v.cur.Value()
	p.rec = bytes.Clone(rec)
	return p, true, err
}

// find finds the version with an id, or the newest if version is empty.
func (v *keyVersions) find(version string) (p place, found bool, err error) {
	p, found, err = v.current()
	if err != nil {
		return p, false, err
	}
	if found {
		if id, err := recordID(p.rec); err != nil || version == "" || version == id {
			return p, true, err
		}
	}
	switch version {
	case "":
		return v.newest(nil)
	case NullVersion:
		return v.nullVersion()
	}
	rank, ok := rankOf(version)
	if !ok {
		return place{}, false, nil
	}
	p, found, err = v.ranked(rank)
	if err != nil || !found {
		return p, false, err
	}
	id, err := recordID(p.rec) // the null version has a rank too, but another id
	return p, id == version, err
}

func (v *keyVersions) ranked(rank uint64) (p place, found bool, err error) {
	p.rank, p.row = rank, appendRank(bytes.Clone(v.others), rank)
	p.rec, found, err = v.value(p.row)
	return p, found, err
}

// nullVersion finds the null version if it is not the current one.
func (v *keyVersions) nullVersion() (p place, found bool, err error) {
	at, found, err := v.value(v.null)
	if err != nil || !found {
		return p, false, err
	}
	rank, err := readRank(at)
	if err != nil {
		return p, false, err
	}
	p, found, err = v.ranked(rank)
	if err == nil && !found {
		err = fmt.Errorf("%w: the null version of %q in %s is missing", ErrFormat, v.key, v.bucket)
	}
	return p, found, err
}

// recordID reads the version id in an object's record.
func recordID(rec []byte) (string, error) {
	o, err := decodeObject(rec, "", true)
	if o.VersionID == "" {
		return NullVersion, err
	}
	return o.VersionID, err
}

// superseded is the change to the other versions of a key when a new one is added.
type superseded struct {
	rank    uint64 // the highest so far
	batch   []index.Op
	dropped []Segment // segments that no row will name
}

// supersede returns what has to change for a new version above all others.
func (s objects) supersede(b *Bucket, key string) (superseded, error) {
	v, err := s.versionsOf(b.Name, key)
	if err != nil {
		return superseded{}, err
	}
	next, err := v.supersede(b.Versioning == VersioningSuspended)
	return next, v.close(err)
}

func (v *keyVersions) supersede(dropNull bool) (next superseded, err error) {
	newest, _, err := v.newest(nil)
	if err != nil {
		return next, err
	}
	next.rank = newest.rank
	p, found, err := v.current()
	if err != nil {
		return next, err
	}
	isNull := false
	if found {
		if p.rank, isNull, err = v.currentRank(p.rec, newest.rank); err != nil {
			return next, err
		}
		next.rank = p.rank
	}
	switch {
	case isNull && dropNull: // the new version takes its row
		err = next.drop(p.rec)
		return next, err
	case found:
		row := appendRank(bytes.Clone(v.others), p.rank)
		next.batch = append(next.batch, index.Op{Kind: index.Put, Key: row, Value: p.rec})
		if isNull {
			next.batch = append(next.batch, index.Op{Kind: index.Put, Key: v.null, Value: appendRank(nil, p.rank)})
		}
	}
	if !dropNull {
		return next, nil
	}
	old, found, err := v.nullVersion()
	if err != nil || !found {
		return next, err
	}
	next.batch = append(next.batch, index.Op{Kind: index.Delete, Key: old.row}, index.Op{Kind: index.Delete, Key: v.null})
	err = next.drop(old.rec)
	return next, err
}

// drop adds the body of a record to what goes.
func (n *superseded) drop(rec []byte) error {
	segs, err := recordSegments(nil, rec)
	n.dropped = append(n.dropped, segs...)
	n.batch = appendDataRemoval(n.batch, segs)
	return err
}

// currentRank is the rank of the current version. newest is the highest rank of
// the others. The row of a current null version holds no rank, so it gets one
// above newest.
func (v *keyVersions) currentRank(rec []byte, newest uint64) (rank uint64, isNull bool, err error) {
	o, err := decodeObject(rec, "", true)
	if err != nil {
		return 0, false, err
	}
	if o.VersionID == "" {
		return max(rankAt(o.Modified), newest+1), true, nil
	}
	rank, ok := rankOf(o.VersionID)
	if !ok {
		err = fmt.Errorf("%w: version %q of %q in %s", ErrFormat, o.VersionID, v.key, v.bucket)
	}
	return rank, false, err
}

// without takes a version away.
func (v *keyVersions) remove(version string) (r removal, err error) {
	p, found, err := v.find(version)
	if err != nil || !found {
		return r, err
	}
	o, err := decodeObject(p.rec, v.key, false)
	if err != nil {
		return r, err
	}
	r.Deleted = Deleted{VersionID: version, Marker: o.DeleteMarker}
	r.dropped = o.Segments
	r.batch = appendDataRemoval([]index.Op{{Kind: index.Delete, Key: p.row}}, o.Segments)
	if p.rank != 0 && o.VersionID == "" {
		r.batch = append(r.batch, index.Op{Kind: index.Delete, Key: v.null})
	}
	if p.rank != 0 {
		if _, found, err := v.current(); err != nil || found {
			return r, err
		}
	}
	next, found, err := v.newest(p.row)
	if err != nil || !found {
		return r, err
	}
	o, err = decodeObject(next.rec, v.key, true)
	if err != nil || o.DeleteMarker {
		return r, err
	}
	r.batch = append(r.batch, index.Op{Kind: index.Put, Key: v.object, Value: next.rec}, index.Op{Kind: index.Delete, Key: next.row})
	if o.VersionID == "" {
		r.batch = append(r.batch, index.Op{Kind: index.Delete, Key: v.null})
	}
	return r, nil
}
