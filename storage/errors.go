package storage

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cosemu/cosemu/storage/internal/bilingual"
	"github.com/cosemu/cosemu/storage/internal/folder"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/record"
)

// The errors that a caller can tell apart with errors.Is. Any other error of this
// package is a failure of the file system or of the index.
var (
	// ErrNoBucket says that the bucket named is not there.
	ErrNoBucket = errors.New("storage: no such bucket")
	// ErrNoObject says that the bucket holds no object of that key.
	ErrNoObject = errors.New("storage: no such object")
	// ErrNoVersion says that the key has no version of that id.
	ErrNoVersion = errors.New("storage: no such version")
	// ErrDeleteMarker says that the version is a delete marker, which has no body
	// and cannot be changed. A *MarkerError in the chain has its details.
	ErrDeleteMarker = errors.New("storage: version is a delete marker")
	// ErrVersioning says that versioning can be suspended but not undone.
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
	// ErrObjectExists refuses a commit with CommitOptions.IfAbsent.
	ErrObjectExists = errors.New("storage: object exists")
	// ErrNoUpload says that the key has no upload of that ID: there never was one,
	// or it was completed or aborted.
	ErrNoUpload = errors.New("storage: no such upload")
	// ErrNoPart says that the upload has no such part, or that the part was
	// replaced.
	ErrNoPart = errors.New("storage: no such part")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("storage: closed")
	// ErrName says that a bucket name or an object key is empty or too long.
	ErrName = errors.New("storage: bad name")
	// ErrLocked says that another process works on the data folder.
	ErrLocked = folder.ErrLocked
	// ErrFull says that the disk is full. Deleting still works.
	ErrFull = errors.New("storage: no space left")
	// ErrMemory is the ErrFull of a store in memory: Options.MaxMemory is used up.
	ErrMemory = fmt.Errorf("%w in memory", ErrFull)
	// ErrUnknown says that it is not known whether a change took place. The store
	// then keeps all bodies. The next start removes those that no row names.
	ErrUnknown = index.ErrUnknown
	// ErrDamaged says that the index of a data folder is damaged. A *DamageError in
	// the chain tells what is wrong.
	ErrDamaged = index.ErrDamaged
	// ErrFormat says that the data was written by a newer cosemu, or is not
	// readable as a record at all.
	ErrFormat = record.ErrFormat
	// ErrGone says that the data folder was removed or replaced while the store was open. What was
	// written since is not in it.
	ErrGone = index.ErrGone
	// ErrCutOff says that the index has lost its end, and acknowledged changes with it. What it
	// still holds is served, and bodies that it does not name stay.
	ErrCutOff = errors.New("storage: acknowledged changes are missing from the index")
	// ErrBody says that the body of an object is not what was stored. A Reader returns it before
	// the last bytes.
	ErrBody = errors.New("storage: the body is not what was stored")
)

// MarkerError says that the version is a delete marker. It comes with
// ErrDeleteMarker, or with ErrNoObject if no version was named.
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

// asFull makes err an ErrFull, too, if that is what it says.
func asFull(err error) error {
	if index.IsFull(err) && !errors.Is(err, ErrFull) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// Text is a sentence in English and Chinese.
type Text = bilingual.Text

// plain is an error that has one language.
func plain(err error) Text {
	line := index.OneLine(err)
	return Text{En: line, Zh: line}
}

// DamageError refuses to open a data folder whose index is damaged, because opening it would lose
// what can still be saved. It wraps ErrDamaged. Nothing was changed.
type DamageError struct {
	Faults []Text // what is wrong, each in a few words
}

// Error implements error.
func (e *DamageError) Error() string {
	faults := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		faults[i] = f.En
	}
	return fmt.Sprintf("%v: %s", ErrDamaged, strings.Join(faults, "; "))
}

// Unwrap implements errors.
func (*DamageError) Unwrap() error { return ErrDamaged }
