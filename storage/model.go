package storage

import (
	"time"

	"github.com/google/uuid"

	"github.com/cosemu/cosemu/storage/internal/crc64"
)

// MaxKeySize is the longest object key in bytes (COS docs: Object overview,
// naming rules).
const MaxKeySize = 850

// MaxBucketSize is the longest bucket name in bytes that the store accepts. COS
// allows far fewer; the caller checks that.
const MaxBucketSize = 255

// Bucket is the description of one bucket.
type Bucket struct {
	Name    string    // the whole name, APPID included
	Region  string    // for example ap-guangzhou
	Owner   string    // APPID of the owner
	ACL     string    // canned ACL, empty for private
	Created time.Time // UTC
	// Versioning is set by SetVersioning alone. CreateBucket and PutBucket ignore it.
	Versioning Versioning
	// Configs names the bucket's configurations (CORS, policy, …), sorted. The
	// store sets it, and nobody else may write to it. CreateBucket and PutBucket
	// ignore it.
	Configs []string
}

// Versioning tells what happens to an object that is replaced or deleted.
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

// Field is a name with its value. Lists of fields keep their order, and names their
// letter case.
type Field struct {
	Name, Value string
}

// Segment is a piece of a body with bytes of its own. An object that was put in one
// piece has one segment, an empty one has none, and one that was completed from
// parts has those of the parts. So completing an upload copies nothing.
type Segment struct {
	Blob uuid.UUID
	Size int64 // bytes, more than 0
	// Inline says that the bytes are a row of the index, not a file.
	Inline bool
}

// Object is what is known about an object, without its bytes.
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
	// Appendable says that the object was made by appending.
	Appendable bool
	// VersionID is empty if the bucket never had versioning, and NullVersion for a
	// version that was made without it. Set by the store.
	VersionID string
	// DeleteMarker says that the version is a delete marker. Set by the store.
	DeleteMarker bool
	// UploadID is the upload that the object was completed from; empty for an
	// object put in one piece. Set by the store; listings leave it empty.
	UploadID string
	// Segments is the body, in order; set by the store. Listings leave it nil.
	Segments []Segment
}

// CRC64 returns the CRC-64/XZ of a body that continues with p, where crc is that of the bytes
// before p: 0 at the beginning. It is what Object.CRC64 and the header x-cos-hash-crc64ecma hold
// (COS docs: CRC64 校验). Where the processor multiplies polynomials it is many times as fast as
// hash/crc64.
func CRC64(crc uint64, p []byte) uint64 { return crc64.Update(crc, p) }
