package storage

import (
	"time"

	"github.com/google/uuid"
)

// MaxKeySize is the longest object key in bytes (COS docs: Object overview,
// naming rules).
const MaxKeySize = 850

// MaxBucketSize is the longest bucket name in bytes that the store takes. COS
// itself allows far fewer; the caller judges that.
const MaxBucketSize = 255

// Bucket is the description of one bucket.
type Bucket struct {
	Name    string    // the whole name, APPID included
	Region  string    // for example ap-guangzhou
	Owner   string    // APPID of the owner
	ACL     string    // canned ACL, empty for private
	Created time.Time // UTC
	// Versioning is set by SetVersioning alone: what CreateBucket and PutBucket
	// are given here is passed over.
	Versioning Versioning
	// Configs names the bucket's configurations (CORS, policy, …), sorted. The
	// store keeps it and nobody else may write to it: what CreateBucket and
	// PutBucket are given here is passed over.
	Configs []string
}

// Versioning tells what becomes of an object that is replaced or deleted.
type Versioning uint8

// What a bucket's versioning can be. There is no way back to VersioningNever.
const (
	VersioningNever     Versioning = iota // it is gone
	VersioningEnabled                     // it stays, as a version
	VersioningSuspended                   // it stays unless it is the null version
)

// NullVersion is the id of the one version of a key that was made without
// versioning: before it was enabled, or while it was suspended.
const NullVersion = "null"

// Field is one name with its value, kept in the order and the letter case in
// which it was given.
type Field struct {
	Name, Value string
}

// Segment is a piece of a body: a whole blob. An object that was put in one
// piece has one, an empty one has none, one assembled from parts has as many
// as it had parts; so assembling copies nothing.
type Segment struct {
	Blob uuid.UUID
	Size int64 // bytes, more than 0
	// Inline says that the bytes are a row of the index, not a file.
	Inline bool
}

// Object is everything known about an object but its bytes.
type Object struct {
	Key          string
	Size         int64     // bytes; set by the store from what was written
	ETag         string    // without quotes
	CRC64        uint64    // CRC-64/XZ of the body
	Modified     time.Time // UTC
	StorageClass string    // empty for STANDARD
	// Header holds the response headers stored with the object, metadata
	// included, named as they go on the wire. Listings leave it nil.
	Header []Field
	// ACL is the object's own access list in whatever form the caller uses;
	// empty when the bucket decides. Listings leave it empty.
	ACL string
	// Tags are the object's tags. Listings leave them nil.
	Tags []Field
	// Appendable tells an object made by appending from a normal one.
	Appendable bool
	// VersionID is empty as long as the bucket never had versioning, and NullVersion
	// of a version that was made without. Set by the store.
	VersionID string
	// DeleteMarker marks a version that says "deleted here". Set by the store.
	DeleteMarker bool
	// UploadID is the upload whose parts the object was made of; empty for one
	// that was put in one piece. Set by the store; listings leave it empty.
	UploadID string
	// Segments is the body, in order; set by the store. Listings leave it nil.
	Segments []Segment
}
