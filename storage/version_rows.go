package storage

import (
	"bytes"
	"fmt"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// keyVersions reads the rows of all versions of one key, as they are at one
// moment. It must be closed.
type keyVersions struct {
	cur    index.Cursor
	bucket string
	key    string
	object []byte // the row of the current version
	null   []byte // the row that says where the null version stands
	others []byte // what the rows of all other versions start with
}

// place is where a version stands.
type place struct {
	row, rec []byte
	rank     uint64 // 0: it is the current one
}

func (s objects) versionsOf(bucket, key string) (*keyVersions, error) {
	v := &keyVersions{
		bucket: bucket, key: key,
		object: keys.Object(nil, bucket, key),
		null:   keys.Null(bucket, key),
		others: keys.Versions(bucket, key),
	}
	var err error
	// One scan over all three spaces, for two would not see the same moment.
	v.cur, err = s.ix.Scan(v.null, keys.After(bytes.Clone(v.others)))
	return v, err
}

// close ends the reading. What was read counts for nothing if it failed, so
// its error goes before err.
func (v *keyVersions) close(err error) error {
	if cerr := v.cur.Close(); cerr != nil {
		return cerr
	}
	return err
}

// value reads a row.
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

// newest finds the newest of the versions that are not current, but for the
// row skip.
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

// find finds the version of an id; of none, the newest.
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
	id, err := recordID(p.rec) // the null version has a rank, but no such id
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
		err = fmt.Errorf("%w: no null version of %q in %s where it should be", ErrFormat, v.key, v.bucket)
	}
	return p, found, err
}

// recordID reads the version off an object's record.
func recordID(rec []byte) (string, error) {
	o, err := decodeObject(rec, "", true)
	if o.VersionID == "" {
		return NullVersion, err
	}
	return o.VersionID, err
}

// succession is what a new version of a key asks of the index.
type succession struct {
	rank    uint64 // the highest one so far
	batch   []index.Op
	dropped []Segment // that will be named no more
}

// succession makes room for a new version above all others.
func (s objects) succession(b *Bucket, key string) (succession, error) {
	v, err := s.versionsOf(b.Name, key)
	if err != nil {
		return succession{}, err
	}
	next, err := v.succession(b.Versioning == VersioningSuspended)
	return next, v.close(err)
}

func (v *keyVersions) succession(nullGoes bool) (next succession, err error) {
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
	case isNull && nullGoes: // its row is overwritten
		err = next.drop(p.rec)
		return next, err
	case found:
		row := appendRank(bytes.Clone(v.others), p.rank)
		next.batch = append(next.batch, index.Op{Kind: index.Put, Key: row, Value: p.rec})
		if isNull {
			next.batch = append(next.batch, index.Op{Kind: index.Put, Key: v.null, Value: appendRank(nil, p.rank)})
		}
	}
	if !nullGoes {
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

// drop gives up the body of a record.
func (n *succession) drop(rec []byte) error {
	segs, err := recordSegments(nil, rec)
	n.dropped = append(n.dropped, segs...)
	n.batch = appendDataRemoval(n.batch, segs)
	return err
}

// currentRank is the rank of the current version, above newest, the highest of
// the others. The null version has one only while it is not current.
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
func (v *keyVersions) without(version string) (r removal, err error) {
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
