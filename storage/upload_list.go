package storage

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

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
	// Looked for afterwards: the parts go together with their upload, so one
	// that is still there was there while they were read.
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	return s.findUpload(m, bucket, key, id)
}

// eachPart calls use for the rows of parts with a number above after, as long
// as it wants more.
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
	Uploads   []Upload // without what Object says that listings leave out
	Prefixes  []string // common prefixes
	Truncated bool     // there is more
	// NextKeyMarker and NextIDMarker are the last entry of a truncated page; a
	// common prefix has no ID.
	NextKeyMarker, NextIDMarker string
}

// ListUploads returns one page of the unfinished uploads of a bucket. As List,
// it costs what the page holds.
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
	base []byte // what stands before the key in a row
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

// commonPrefix returns the common prefix that key belongs to, "" if it stands
// alone.
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

// first is the row from which on the page begins.
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

// past is the first row behind all keys that start with prefix.
func (l *uploadLister) past(prefix string) []byte {
	return keys.After(keys.AppendPartial(bytes.Clone(l.base), prefix))
}
