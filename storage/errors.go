package storage

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

// The refusals a caller can tell apart with errors.Is. Everything else that
// comes out of this package is a failure of the file system or of the index.
var (
	// ErrNoBucket says that the bucket named is not there.
	ErrNoBucket = errors.New("storage: no such bucket")
	// ErrNoObject says that the bucket holds no object of that key.
	ErrNoObject = errors.New("storage: no such object")
	// ErrNoVersion says that the key has no version of that id.
	ErrNoVersion = errors.New("storage: no such version")
	// ErrDeleteMarker says that the version named is a delete marker, which has
	// no body and cannot be changed. A *MarkerError tells about it.
	ErrDeleteMarker = errors.New("storage: version is a delete marker")
	// ErrVersioning refuses to take the versioning of a bucket back to never.
	ErrVersioning = errors.New("storage: versioning can be suspended, not undone")
	// ErrNotAppendable says that nothing can be appended to the object.
	ErrNotAppendable = errors.New("storage: object not appendable")
	// ErrNoDocument says that there is no such document.
	ErrNoDocument = errors.New("storage: no such document")
	// ErrBucketExists says that a bucket of that name is there already.
	ErrBucketExists = errors.New("storage: bucket exists")
	// ErrBucketNotEmpty says that a bucket still holds objects, versions or
	// unfinished uploads and so cannot be deleted.
	ErrBucketNotEmpty = errors.New("storage: bucket not empty")
	// ErrNoConfig says that the bucket has no configuration of that name.
	ErrNoConfig = errors.New("storage: no such configuration")
	// ErrObjectExists answers a commit that asked for an absent key.
	ErrObjectExists = errors.New("storage: object exists")
	// ErrNoUpload says that there is no such upload of that key: it never was,
	// or it was completed or aborted.
	ErrNoUpload = errors.New("storage: no such upload")
	// ErrNoPart says that the upload has no such part, or another by now.
	ErrNoPart = errors.New("storage: no such part")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("storage: closed")
	// ErrName says that a bucket name or an object key is empty or too long.
	ErrName = errors.New("storage: bad name")
	// ErrLocked says that another process works on the data folder.
	ErrLocked = errors.New("storage: data folder in use by another process")
	// ErrFull says that the disk is full. Deleting still works.
	ErrFull = errors.New("storage: no space left")
	// ErrMemory is the ErrFull of a store in memory: Options.MaxMemory is used
	// up.
	ErrMemory = fmt.Errorf("%w in memory", ErrFull)
	// ErrUnknown says that it is not known whether a change to the index took
	// place. The store then leaves all bodies where they are; what the index
	// turns out to name is kept at the next start, the rest is swept.
	ErrUnknown = errors.New("storage: outcome of the change unknown")
	// ErrDamaged says that the index of a data folder broke off or was damaged.
	// What is wrong stands in a *DamageError.
	ErrDamaged = errors.New("storage: the data folder is damaged")
	// ErrFormat says that the data was written by a newer cosemu, or is not
	// readable as a record at all.
	ErrFormat = errors.New("storage: unreadable format")
)

// MarkerError says that the version asked for, or the newest when none was
// named, is a delete marker. It comes with ErrDeleteMarker or ErrNoObject.
type MarkerError struct {
	VersionID string    // of the marker
	Modified  time.Time // when it was made, UTC
}

// Error implements error.
func (e *MarkerError) Error() string {
	return fmt.Sprintf("delete marker %s of %s", e.VersionID, e.Modified.Format(time.RFC3339))
}

// PositionError refuses to append anywhere but at the end of an object.
type PositionError struct {
	Length int64 // of the object in bytes, 0 if there is none
}

// Error implements error.
func (e *PositionError) Error() string {
	return fmt.Sprintf("storage: append elsewhere than at the end, byte %d", e.Length)
}

// isFull reports whether err says that there is no space left.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// asFull is the function of that name, which in memory makes an ErrMemory.
func (s *Store) asFull(err error) error {
	if s.memory == nil || err == nil {
		return asFull(err)
	}
	if isFull(err) || errors.Is(err, ErrFull) {
		return fmt.Errorf("%w: %d of %d bytes are taken", ErrMemory, s.memory.Used(), s.memory.Most())
	}
	return err
}

// asFull makes err an ErrFull, too, if that is what it says.
func asFull(err error) error {
	if isFull(err) && !errors.Is(err, ErrFull) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
