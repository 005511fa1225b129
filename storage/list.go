package storage

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// ListOptions choose a page of a listing.
type ListOptions struct {
	Prefix string // only keys that start with it
	// Delimiter joins all keys that have it after the prefix into one entry, their
	// common prefix, which ends in the delimiter. Any string; empty joins nothing.
	Delimiter string
	// Marker starts the page after it: only keys and common prefixes that sort
	// above it are listed.
	Marker string
	// Max is the most entries, objects and prefixes together. With 0 the page is
	// empty and not truncated (choice 23).
	Max int
}

// ListPage is one page of a listing, in the byte order of keys.
type ListPage struct {
	Objects   []Object // without the fields that Object says listings leave out
	Prefixes  []string // common prefixes
	Truncated bool     // there is more
	// NextMarker is the last entry of a truncated page, key or common prefix.
	NextMarker string
}

// List returns one page of the objects of a bucket. Its cost grows with the page
// alone: a common prefix is one step, however many keys it stands for.
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
	base   int    // where the key begins in a row
	row    []byte // space and bucket, then the key to seek
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

// object adds the object of the current row.
func (l *lister) object(key string) error {
	rec, err := l.cur.Value()
	if err != nil {
		return err
	}
	o, err := decodeObject(rec, key, true)
	if err != nil {
		return err
	}
	o.nameNull(l.bucket)
	l.last = key
	l.page.Objects = append(l.page.Objects, o)
	return nil
}

// fold returns the common prefix that key belongs to, nil if it has none.
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
// choice 20: the marker is compared with entries, not with the keys behind a
// common prefix. So a marker inside a common prefix starts the page after the
// whole prefix. (A NextMarker never is inside one; a marker from a listing with
// another delimiter may be.) The documents say only "after the marker, in UTF-8
// order".
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

// seekPast moves past all keys that start with prefix.
func (l *lister) seekPast(prefix string) bool {
	l.row = keys.After(append(l.row[:l.base], prefix...))
	return l.cur.Seek(l.row)
}

// PartOptions choose a page of the parts of an upload.
type PartOptions struct {
	After int // only parts with a higher number
	Max   int // most parts
}

// PartPage is one page of parts, by number.
type PartPage struct {
	Parts     []Part // without their segments
	Truncated bool   // there is more after the last of them
}

// ListParts returns one page of the parts of an upload, or ErrNoUpload.
func (s uploads) ListParts(bucket, key, id string, o PartOptions) (page PartPage, err error) {
	err = s.readParts(bucket, key, id, o.After, func(number int, rec []byte) (bool, error) {
		if len(page.Parts) >= o.Max {
			page.Truncated = o.Max > 0
			return false, nil
		}
		p, err := decodePart(rec, number, true)
		page.Parts = append(page.Parts, p)
		return true, err
	})
	if err != nil {
		return PartPage{}, err
	}
	return page, nil
}

// Parts returns all parts of an upload, by number, or ErrNoUpload.
func (s uploads) Parts(bucket, key, id string) (parts []Part, err error) {
	err = s.readParts(bucket, key, id, 0, func(number int, rec []byte) (bool, error) {
		p, err := decodePart(rec, number, false)
		parts = append(parts, p)
		return true, err
	})
	if err != nil {
		return nil, err
	}
	return parts, nil
}

func (s uploads) readParts(bucket, key, id string, after int, use func(number int, rec []byte) (more bool, err error)) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if err := s.eachPart(id, after, use); err != nil {
		return err
	}
	// The parts go in the same step as their upload. So an upload that is there
	// now was there while its parts were read.
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	return s.findUpload(m, bucket, key, id)
}

// eachPart calls use for the rows of parts with a number above after, until use
// wants no more.
func (s uploads) eachPart(id string, after int, use func(number int, rec []byte) (more bool, err error)) error {
	if after >= MaxPart {
		return nil
	}
	lower := keys.Parts(nil, id)
	upper := keys.After(bytes.Clone(lower))
	lower = keys.Part(lower[:0], id, max(after, 0)+1)
	cur, err := s.ix.Scan(lower, upper)
	if err != nil {
		return err
	}
	for ok := cur.Seek(lower); ok && err == nil; ok = ok && cur.Next() {
		var rec []byte
		if rec, err = cur.Value(); err == nil {
			ok, err = use(keys.PartNumber(cur.Key()), rec)
		}
	}
	return errors.Join(err, cur.Close())
}

// UploadOptions choose a page of the unfinished uploads of a bucket.
type UploadOptions struct {
	Prefix    string // only keys that start with it
	Delimiter string // as in ListOptions
	// KeyMarker starts the page after all uploads of that key, or, with
	// IDMarker, after that one of them; after a common prefix if it is one
	// (choice 20 holds here too). IDMarker alone means nothing.
	KeyMarker, IDMarker string
	Max                 int // most entries, uploads and prefixes together
}

// UploadPage is one page of uploads, by key, then by age.
type UploadPage struct {
	Uploads   []Upload // without the fields that Object says listings leave out
	Prefixes  []string // common prefixes
	Truncated bool     // there is more
	// NextKeyMarker and NextIDMarker are the last entry of a truncated page; a
	// common prefix has no ID.
	NextKeyMarker, NextIDMarker string
}

// ListUploads returns one page of the unfinished uploads of a bucket. Its cost
// grows with the page alone, as that of List.
func (s uploads) ListUploads(bucket string, o UploadOptions) (page UploadPage, err error) {
	if err := s.enter(); err != nil {
		return page, err
	}
	defer s.leave()
	if _, err := s.bucket(bucket); err != nil {
		return page, err
	}
	if o.Max <= 0 {
		return page, nil
	}
	base := keys.InBucket(nil, keys.SpaceUpload, bucket)
	lower := keys.AppendPartial(bytes.Clone(base), o.Prefix)
	cur, err := s.ix.Scan(lower, keys.After(bytes.Clone(lower)))
	if err != nil {
		return page, err
	}
	l := uploadLister{UploadOptions: o, cur: cur, base: base, page: &page}
	err = l.run()
	return page, errors.Join(err, cur.Close())
}

// uploadLister walks the rows for one page.
type uploadLister struct {
	UploadOptions
	cur  index.Cursor
	base []byte // what comes before the key in a row
	page *UploadPage
}

func (l *uploadLister) run() error {
	p := l.page
	var key, id string // the last entry
	for ok := l.cur.Seek(l.first()); ok; {
		if len(p.Uploads)+len(p.Prefixes) == l.Max {
			p.Truncated, p.NextKeyMarker, p.NextIDMarker = true, key, id
			return nil
		}
		row := l.cur.Key()
		name, rest, whole := keys.Cut(row[len(l.base):])
		if !whole {
			return fmt.Errorf("%w: row of an upload %x", ErrFormat, row)
		}
		if folded := l.fold(name); folded != "" {
			key, id = folded, ""
			p.Prefixes = append(p.Prefixes, folded)
			ok = l.cur.Seek(l.past(folded))
			continue
		}
		key, id = name, string(rest)
		rec, err := l.cur.Value()
		if err != nil {
			return err
		}
		u, err := decodeUpload(rec, key, id, true)
		if err != nil {
			return err
		}
		p.Uploads = append(p.Uploads, u)
		ok = l.cur.Next()
	}
	return nil
}

func (l *uploadLister) fold(key string) string { return commonPrefix(key, l.Prefix, l.Delimiter) }

// commonPrefix returns the common prefix that key belongs to, "" if it has none.
func commonPrefix(key, prefix, delimiter string) string {
	if delimiter == "" || !strings.HasPrefix(key, prefix) {
		return ""
	}
	before, _, found := strings.Cut(key[len(prefix):], delimiter)
	if !found {
		return ""
	}
	return key[:len(prefix)+len(before)+len(delimiter)]
}

// first is the row where the page begins.
func (l *uploadLister) first() []byte {
	if l.KeyMarker < l.Prefix {
		return keys.AppendPartial(bytes.Clone(l.base), l.Prefix)
	}
	if folded := l.fold(l.KeyMarker); folded != "" {
		return l.past(folded)
	}
	row := keys.Append(bytes.Clone(l.base), l.KeyMarker)
	if l.IDMarker == "" {
		return keys.After(row)
	}
	return append(append(row, l.IDMarker...), 0)
}

// past is the first row after all keys that start with prefix.
func (l *uploadLister) past(prefix string) []byte {
	return keys.After(keys.AppendPartial(bytes.Clone(l.base), prefix))
}
