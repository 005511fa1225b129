package storage

import (
	"bytes"
	"fmt"
	"math"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// Version is one version of an object in a listing.
type Version struct {
	Object      // without the fields that Object says listings leave out
	Latest bool // the newest of its key
}

// VersionOptions choose a page of the versions of a bucket.
type VersionOptions struct {
	Prefix    string // only keys that start with it
	Delimiter string // as in ListOptions
	// KeyMarker starts the page after all versions of that key, or, with
	// VersionMarker, after that one of them; after a common prefix if it is one
	// (choice 20 holds here too). VersionMarker alone means nothing.
	KeyMarker, VersionMarker string
	Max                      int // most entries, versions and prefixes together
}

// VersionPage is one page of versions, by key, the newest first.
type VersionPage struct {
	Versions  []Version // delete markers among them
	Prefixes  []string  // common prefixes
	Truncated bool      // there is more
	// NextKeyMarker and NextVersionMarker are the last entry of a truncated
	// page; a common prefix has no version.
	NextKeyMarker, NextVersionMarker string
}

// ListVersions returns one page of the versions of the objects of a bucket;
// ErrNoVersion if VersionMarker cannot be the id of a version. Its cost grows
// with the page alone, as that of List.
func (s objects) ListVersions(bucket string, o VersionOptions) (VersionPage, error) {
	if err := s.enter(); err != nil {
		return VersionPage{}, err
	}
	defer s.leave()
	b, err := s.bucket(bucket)
	if err != nil || o.Max <= 0 {
		return VersionPage{}, err
	}
	// One scan, so that current and other versions are of one snapshot.
	cur, err := s.ix.Scan(keys.InBucket(nil, keys.SpaceNull, bucket), keys.After(keys.InBucket(nil, keys.SpaceVersion, bucket)))
	if err != nil {
		return VersionPage{}, err
	}
	l := versionLister{
		VersionOptions: o, cur: cur, bucket: &b,
		objects: keys.InBucket(nil, keys.SpaceObject, bucket),
		others:  keys.InBucket(nil, keys.SpaceVersion, bucket),
	}
	page, err := l.run()
	if cerr := cur.Close(); cerr != nil {
		err = cerr // after a failed scan nothing that was read is certain
	}
	if err != nil {
		return VersionPage{}, err
	}
	return page, nil
}

// versionLister walks the rows for one page. It reads as many current versions as
// the page can hold, then as many others, and merges the two by key.
type versionLister struct {
	VersionOptions
	cur             index.Cursor
	bucket          *Bucket
	objects, others []byte // what comes before the key in a row

	// Where the page begins among the versions of KeyMarker:
	after  uint64 // only versions of a lower rank are listed
	again  bool   // the current version is listed, too
	latest []byte // the row of the newest version, if none is current
}

// entry is one entry of a page: a version, or a common prefix, then folded.
type entry struct {
	Version
	folded bool
}

func (l *versionLister) run() (page VersionPage, err error) {
	if err := l.mark(); err != nil {
		return page, err
	}
	current, err := l.current()
	if err != nil {
		return page, err
	}
	others, err := l.noncurrent()
	if err != nil {
		return page, err
	}
	var last *entry
	for len(current) > 0 || len(others) > 0 {
		from := &others
		if len(others) == 0 || (len(current) > 0 && current[0].Key <= others[0].Key) {
			from = &current
		}
		e := &(*from)[0]
		*from = (*from)[1:]
		if last != nil && last.folded && e.Key == last.Key {
			continue // the page has this common prefix already
		}
		if len(page.Versions)+len(page.Prefixes) == l.Max {
			page.Truncated, page.NextKeyMarker, page.NextVersionMarker = true, last.Key, last.VersionID
			break
		}
		if e.folded {
			page.Prefixes = append(page.Prefixes, e.Key)
		} else {
			e.Latest = e.Latest && (last == nil || last.Key != e.Key)
			page.Versions = append(page.Versions, e.Version)
		}
		last = e
	}
	return page, nil
}

// mark looks up where the page begins among the versions of KeyMarker.
//
// choice 24: a deleted null version leaves no trace of its place. Then the page
// begins with the newest version of its key. So a client that deletes the versions
// of a page before it asks for the next one misses nothing.
func (l *versionLister) mark() error {
	if l.KeyMarker == "" || l.VersionMarker == "" || l.KeyMarker < l.Prefix || l.fold(l.KeyMarker) != "" {
		return nil
	}
	v := &keyVersions{
		cur: l.cur, bucket: l.bucket.Name, key: l.KeyMarker,
		object: keys.Object(nil, l.bucket.Name, l.KeyMarker),
		null:   keys.Null(l.bucket.Name, l.KeyMarker),
		others: keys.Versions(l.bucket.Name, l.KeyMarker),
	}
	newest, _, err := v.newest(nil)
	if err != nil {
		return err
	}
	p, found, err := v.current()
	if err != nil {
		return err
	}
	var rank uint64
	isNull := false
	if !found {
		l.latest = newest.row
	} else if rank, isNull, err = v.currentRank(p.rec, newest.rank); err != nil {
		return err
	}
	switch {
	case isNull && l.VersionMarker == NullVersion:
		l.after = rank
	case l.VersionMarker == NullVersion:
		l.after, err = v.nullRank()
	default:
		var ok bool
		if l.after, ok = rankOf(l.VersionMarker); !ok {
			return fmt.Errorf("%w: %q", ErrNoVersion, l.VersionMarker)
		}
	}
	l.again = found && rank < l.after
	return err
}

// nullRank is the rank of the null version, or one above all others if there is
// none.
func (v *keyVersions) nullRank() (uint64, error) {
	p, found, err := v.nullVersion()
	if err == nil && !found {
		return math.MaxUint64, nil
	}
	return p.rank, err
}

func (l *versionLister) fold(key string) string { return commonPrefix(key, l.Prefix, l.Delimiter) }

// current reads the current versions, up to one entry more than a page holds.
func (l *versionLister) current() (all []entry, err error) {
	past := func(prefix string) []byte { return keys.After(append(bytes.Clone(l.objects), prefix...)) }
	from := append(bytes.Clone(l.objects), max(l.KeyMarker, l.Prefix)...)
	if l.KeyMarker >= l.Prefix && l.KeyMarker != "" {
		if folded := l.fold(l.KeyMarker); folded != "" {
			from = past(folded)
		} else if !l.again {
			from = append(from, 0)
		}
	}
	within := append(bytes.Clone(l.objects), l.Prefix...)
	for ok := l.cur.Seek(from); ok && len(all) <= l.Max && bytes.HasPrefix(l.cur.Key(), within); {
		key := string(l.cur.Key()[len(l.objects):])
		if folded := l.fold(key); folded != "" {
			all = append(all, entry{Version: Version{Object: Object{Key: folded}}, folded: true})
			ok = l.cur.Seek(past(folded))
			continue
		}
		e, err := l.version(key, true)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
		ok = l.cur.Next()
	}
	return all, nil
}

// noncurrent reads the other versions, up to one entry more than a page holds.
func (l *versionLister) noncurrent() (all []entry, err error) {
	past := func(prefix string) []byte { return keys.After(keys.AppendPartial(bytes.Clone(l.others), prefix)) }
	within := keys.AppendPartial(bytes.Clone(l.others), l.Prefix)
	last := l.KeyMarker
	for ok := l.cur.Seek(l.firstOther(past)); ok && len(all) <= l.Max && bytes.HasPrefix(l.cur.Key(), within); {
		row := l.cur.Key()
		key, _, whole := keys.Cut(row[len(l.others):])
		if !whole {
			return nil, fmt.Errorf("%w: row of a version %x", ErrFormat, row)
		}
		if folded := l.fold(key); folded != "" {
			all = append(all, entry{Version: Version{Object: Object{Key: folded}}, folded: true})
			ok = l.cur.Seek(past(folded))
			continue
		}
		e, err := l.version(key, key != last || bytes.Equal(row, l.latest))
		if err != nil {
			return nil, err
		}
		last = key
		all = append(all, e)
		ok = l.cur.Next()
	}
	return all, nil
}

// firstOther is the row where the reading of the other versions begins.
func (l *versionLister) firstOther(past func(prefix string) []byte) []byte {
	if l.KeyMarker < l.Prefix || l.KeyMarker == "" {
		return keys.AppendPartial(bytes.Clone(l.others), l.Prefix)
	}
	if folded := l.fold(l.KeyMarker); folded != "" {
		return past(folded)
	}
	row := keys.Append(bytes.Clone(l.others), l.KeyMarker)
	if l.VersionMarker == "" {
		return keys.After(row)
	}
	return append(appendRank(row, l.after), 0)
}

// version is the entry of the current row.
func (l *versionLister) version(key string, latest bool) (entry, error) {
	rec, err := l.cur.Value()
	if err != nil {
		return entry{}, err
	}
	o, err := decodeObject(rec, key, true)
	o.nameNull(l.bucket)
	return entry{Version: Version{Object: o, Latest: latest}}, err
}
