package storage

import (
	"bytes"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// ListOptions choose a page of a listing.
type ListOptions struct {
	Prefix string // only keys that start with it
	// Delimiter folds all keys that hold it after the prefix into one entry,
	// the part up to and with it. Any string; empty folds nothing.
	Delimiter string
	// Marker starts the page after it: only entries, keys as well as common
	// prefixes, that sort above it are listed.
	Marker string
	// Max is the most entries, objects and prefixes together. Of none, the
	// page is empty and not truncated (choice 23).
	Max int
}

// ListPage is one page of a listing, in the byte order of keys.
type ListPage struct {
	Objects   []Object // without what Object says that listings leave out
	Prefixes  []string // common prefixes
	Truncated bool     // there is more
	// NextMarker is the last entry of a truncated page, key or common prefix.
	NextMarker string
}

// List returns one page of the objects of a bucket. It costs what the page
// holds: a common prefix is one step, however many keys it stands for.
func (s objects) List(bucket string, o ListOptions) (page ListPage, err error) {
	if err := s.enter(); err != nil {
		return page, err
	}
	defer s.leave()
	b, err := s.bucket(bucket)
	if err != nil {
		return page, err
	}
	if o.Max <= 0 {
		return page, nil
	}
	base := keys.InBucket(nil, keys.SpaceObject, bucket)
	lower := slices.Concat(base, []byte(o.Prefix))
	cur, err := s.ix.Scan(lower, keys.After(bytes.Clone(lower)))
	if err != nil {
		return page, err
	}
	l := lister{ListOptions: o, cur: cur, base: len(base), row: base, page: &page, bucket: &b}
	err = l.run()
	if cerr := cur.Close(); err == nil {
		err = cerr
	}
	return page, err
}

// lister walks the rows for one page.
type lister struct {
	ListOptions
	cur    index.Cursor
	base   int    // length of what stands before the key in a row
	row    []byte // space and bucket, then room for a key to seek
	page   *ListPage
	bucket *Bucket
	n      int    // entries so far
	last   string // the last of them
}

func (l *lister) run() error {
	for ok := l.start(); ok; {
		key := l.cur.Key()[l.base:]
		if l.n == l.Max {
			l.page.Truncated, l.page.NextMarker = true, l.last
			return nil
		}
		if folded := l.fold(key); folded != nil {
			l.last = string(folded)
			l.page.Prefixes = append(l.page.Prefixes, l.last)
			ok = l.seekPast(l.last)
		} else {
			if err := l.object(string(key)); err != nil {
				return err
			}
			ok = l.cur.Next()
		}
		l.n++
	}
	return nil
}

// object adds the object of the row at hand.
func (l *lister) object(key string) error {
	rec, err := l.cur.Value()
	if err != nil {
		return err
	}
	o, err := decodeObject(rec, key, true)
	if err != nil {
		return err
	}
	o.named(l.bucket)
	l.last = key
	l.page.Objects = append(l.page.Objects, o)
	return nil
}

// fold returns the common prefix that key belongs to, nil if it stands alone.
func (l *lister) fold(key []byte) []byte {
	if l.Delimiter == "" {
		return nil
	}
	i := bytes.Index(key[len(l.Prefix):], []byte(l.Delimiter))
	if i < 0 {
		return nil
	}
	return key[:len(l.Prefix)+i+len(l.Delimiter)]
}

// start moves to the first row of the page.
//
// choice 20: entries are compared with the marker, not the keys folded into
// them, so a marker inside a common prefix (which a NextMarker never is, but a
// marker from a listing with another delimiter may be) starts after the whole
// prefix. The documents say only "after the marker, in UTF-8 order".
func (l *lister) start() bool {
	if l.Marker < l.Prefix {
		return l.seek(l.Prefix)
	}
	if strings.HasPrefix(l.Marker, l.Prefix) {
		if folded := l.fold([]byte(l.Marker)); folded != nil {
			return l.seekPast(string(folded))
		}
	}
	return l.seek(l.Marker + "\x00")
}

func (l *lister) seek(key string) bool {
	l.row = append(l.row[:l.base], key...)
	return l.cur.Seek(l.row)
}

// seekPast moves behind all keys that start with prefix.
func (l *lister) seekPast(prefix string) bool {
	l.row = keys.After(append(l.row[:l.base], prefix...))
	return l.cur.Seek(l.row)
}
