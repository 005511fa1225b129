package cosclient

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// Bucket is a bucket of a list.
type Bucket struct {
	Name     string    `xml:"Name"`
	Location string    `xml:"Location"`
	Created  time.Time `xml:"CreationDate"`
}

// Buckets returns the buckets of the account, by name.
func (c *Client) Buckets(ctx context.Context) ([]Bucket, error) {
	var doc struct {
		Buckets struct {
			Bucket []Bucket
		}
	}
	_, err := c.read(ctx, request{method: http.MethodGet}, &doc)
	return doc.Buckets.Bucket, err
}

// Entry is an object or, with Prefix alone set, a common prefix.
type Entry struct {
	Prefix       string
	Key          string
	Size         int64
	ETag         string // in quotes
	Modified     time.Time
	StorageClass string
	// VersionID and Marker are those of a list of versions.
	VersionID string
	Marker    bool // a delete marker
}

// listed is an object in a list, a version or a delete marker.
type listed struct {
	Key          string
	Size         int64
	ETag         string
	LastModified time.Time
	StorageClass string
	VersionID    string `xml:"VersionId"`
}

func (l *listed) entry() Entry {
	return Entry{
		Key: signer.Decode(l.Key), Size: l.Size, ETag: l.ETag, Modified: l.LastModified, StorageClass: l.StorageClass,
		VersionID: l.VersionID,
	}
}

type prefixes []struct{ Prefix string }

func (p prefixes) entries(to []Entry) []Entry {
	for _, one := range p {
		to = append(to, Entry{Prefix: signer.Decode(one.Prefix)})
	}
	return to
}

// List walks the objects with a prefix, in the order of keys page by page. With a delimiter those
// that have it after the prefix are joined; common prefixes come after the objects of their page.
func (c *Client) List(ctx context.Context, bucket, prefix, delimiter string) iter.Seq2[Entry, error] {
	return walk(func(marker, _ string) (page []Entry, next, _ string, err error) {
		var doc struct {
			Contents       []listed
			CommonPrefixes prefixes
			IsTruncated    bool
			NextMarker     string
		}
		q := listQuery(prefix, delimiter)
		q.Set("marker", marker)
		if _, err := c.read(ctx, request{method: http.MethodGet, bucket: bucket, query: q}, &doc); err != nil {
			return nil, "", "", err
		}
		for i := range doc.Contents {
			page = append(page, doc.Contents[i].entry())
		}
		page = doc.CommonPrefixes.entries(page)
		if doc.IsTruncated {
			next = signer.Decode(doc.NextMarker)
		}
		return page, next, "", nil
	})
}

// Versions walks all versions and delete markers of a bucket.
func (c *Client) Versions(ctx context.Context, bucket string) iter.Seq2[Entry, error] {
	return walk(func(key, version string) (page []Entry, _, _ string, err error) {
		var doc struct {
			Version             []listed
			DeleteMarker        []listed
			IsTruncated         bool
			NextKeyMarker       string
			NextVersionIDMarker string `xml:"NextVersionIdMarker"`
		}
		q := listQuery("", "")
		q.Set("versions", "")
		q.Set("key-marker", key)
		q.Set("version-id-marker", version)
		if _, err := c.read(ctx, request{method: http.MethodGet, bucket: bucket, query: q}, &doc); err != nil {
			return nil, "", "", err
		}
		for i := range doc.Version {
			page = append(page, doc.Version[i].entry())
		}
		for i := range doc.DeleteMarker {
			e := doc.DeleteMarker[i].entry()
			e.Marker = true
			page = append(page, e)
		}
		if !doc.IsTruncated {
			return page, "", "", nil
		}
		return page, signer.Decode(doc.NextKeyMarker), doc.NextVersionIDMarker, nil
	})
}

// Upload is an unfinished upload.
type Upload struct{ Key, ID string }

// Uploads walks the unfinished uploads of a bucket.
func (c *Client) Uploads(ctx context.Context, bucket string) iter.Seq2[Upload, error] {
	return walk(func(key, id string) (page []Upload, _, _ string, err error) {
		var doc struct {
			Upload []struct {
				Key string
				ID  string `xml:"UploadId"`
			}
			IsTruncated        bool
			NextKeyMarker      string
			NextUploadIDMarker string `xml:"NextUploadIdMarker"`
		}
		q := url.Values{"uploads": {""}, "encoding-type": {"url"}, "key-marker": {key}, "upload-id-marker": {id}}
		if _, err := c.read(ctx, request{method: http.MethodGet, bucket: bucket, query: q}, &doc); err != nil {
			return nil, "", "", err
		}
		for _, u := range doc.Upload {
			page = append(page, Upload{signer.Decode(u.Key), u.ID})
		}
		if !doc.IsTruncated {
			return page, "", "", nil
		}
		return page, signer.Decode(doc.NextKeyMarker), doc.NextUploadIDMarker, nil
	})
}

// pageSize is the most entries of a page.
const pageSize = 1000

func listQuery(prefix, delimiter string) url.Values {
	q := url.Values{"encoding-type": {"url"}, "max-keys": {strconv.Itoa(pageSize)}, "prefix": {prefix}}
	if delimiter != "" {
		q.Set("delimiter", delimiter)
	}
	return q
}

// walk yields page after page, until one says that there is no next one.
func walk[T any](read func(marker, second string) (page []T, next, nextSecond string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var marker, second string
		for {
			page, next, nextSecond, err := read(marker, second)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, one := range page {
				if !yield(one, nil) {
					return
				}
			}
			if next == "" && nextSecond == "" || next == marker && nextSecond == second {
				return
			}
			marker, second = next, nextSecond
		}
	}
}
