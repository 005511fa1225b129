package storage

import "errors"

// The refusals a caller can tell apart with errors.Is. Everything else that
// comes out of this package is a failure of the file system or of the index.
var (
	// ErrNoBucket says that the bucket named is not there.
	ErrNoBucket = errors.New("storage: no such bucket")
	// ErrNoObject says that the bucket holds no object of that key.
	ErrNoObject = errors.New("storage: no such object")
	// ErrBucketExists says that a bucket of that name is there already.
	ErrBucketExists = errors.New("storage: bucket exists")
	// ErrBucketNotEmpty says that a bucket still holds objects, versions or
	// unfinished uploads and so cannot be deleted.
	ErrBucketNotEmpty = errors.New("storage: bucket not empty")
	// ErrObjectExists answers a commit that asked for an absent key.
	ErrObjectExists = errors.New("storage: object exists")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("storage: closed")
	// ErrName says that a bucket name or an object key is empty or too long.
	ErrName = errors.New("storage: bad name")
	// ErrLocked says that another process works on the data folder.
	ErrLocked = errors.New("storage: data folder in use by another process")
	// ErrFormat says that the data was written by a newer cosemu, or is not
	// readable as a record at all.
	ErrFormat = errors.New("storage: unreadable format")
)
