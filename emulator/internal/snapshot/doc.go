// Package snapshot writes the buckets of an account into one file, and reads them back.
//
// The file is a tar archive of plain files: manifest.json with the buckets and their settings; for
// each bucket its objects, oldest version first, each as <bucket>/<number>.json and, if it has
// bytes, <bucket>/<number>; then checksum, the SHA-256 of all that. Names are numbers, so no key
// becomes a path. The same state makes the same bytes. Key pairs, requests and unfinished uploads
// are no part of it.
//
// A file is read twice: first whole, as a check that changes nothing, then to load it. Memory holds
// one object's description at a time.
package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/cosemu/cosemu/storage"
)

const (
	format  = "cosemu snapshot"
	version = 1

	manifestName = "manifest.json"
	checksumName = "checksum"

	maxManifest = 64 << 20 // bytes; thousands of buckets with long settings
	maxObject   = 64 << 10 // bytes of an object's description
	maxBuckets  = 10_000
	// maxBody is the longest body of a plain tar entry in bytes.
	maxBody = 8<<30 - 1
)

// ErrDamaged says that a file is no snapshot, or not as it was written.
var ErrDamaged = errors.New("this is no whole snapshot")

// ErrTooLarge says that an object does not fit into a file.
var ErrTooLarge = errors.New("a snapshot has room for objects of up to 8 GiB")

// NotEmptyError refuses to load into a bucket that has something in it.
type NotEmptyError struct{ Bucket string }

// Error names the bucket.
func (e *NotEmptyError) Error() string { return "the bucket " + e.Bucket + " is not empty" }

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// Summary counts what was saved or loaded.
type Summary struct {
	Buckets []string // full names
	Objects int      // versions and delete markers
	Bytes   int64    // of bodies
}

// manifest is the first entry.
type manifest struct {
	Format  string   `json:"format"`
	Version int      `json:"version"`
	AppID   string   `json:"appid"` // of the account that was saved
	Buckets []bucket `json:"buckets"`
}

// bucket is a bucket with its settings.
type bucket struct {
	Name       string          `json:"name"` // without the APPID
	Region     string          `json:"region"`
	ACL        string          `json:"acl,omitempty"`
	Created    time.Time       `json:"created"`
	Versioning string          `json:"versioning,omitempty"` // Enabled or Suspended
	Settings   map[string]text `json:"settings,omitempty"`
}

// object is a version of an object, or a delete marker.
type object struct {
	Key        text      `json:"key"`
	Size       int64     `json:"size"`
	ETag       string    `json:"etag,omitempty"`
	CRC64      uint64    `json:"crc64,string,omitempty"`
	Modified   time.Time `json:"modified"`
	Class      string    `json:"storage_class,omitempty"`
	Header     []field   `json:"header,omitempty"`
	ACL        string    `json:"acl,omitempty"`
	Tags       []field   `json:"tags,omitempty"`
	Appendable bool      `json:"appendable,omitempty"`
	Marker     bool      `json:"delete_marker,omitempty"`
	// Null says that the version was made without versioning.
	Null bool `json:"null_version,omitempty"`
}

type field struct {
	Name  text `json:"name"`
	Value text `json:"value"`
}

func fieldsOf(list []storage.Field) (out []field) {
	for _, f := range list {
		out = append(out, field{text(f.Name), text(f.Value)})
	}
	return out
}

func stored(list []field) (out []storage.Field) {
	for _, f := range list {
		out = append(out, storage.Field{Name: string(f.Name), Value: string(f.Value)})
	}
	return out
}

// text is a string of any bytes: in JSON as it is, or as {"base64": …} where it is no UTF-8.
type text string

type encoded struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON implements json.Marshaler.
func (t text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal(encoded{[]byte(t)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		var e encoded
		err := json.Unmarshal(data, &e)
		*t = text(e.Base64)
		return err
	}
	return json.Unmarshal(data, (*string)(t))
}
