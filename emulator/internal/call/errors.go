package call

import (
	"errors"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// AsCOS makes a refusal of any error, nil of none. What is no COS error by
// itself and no state of the storage is an InternalError, its cause kept for the
// log.
func AsCOS(err error) *coserr.Error {
	var cerr *coserr.Error
	if err == nil || errors.As(err, &cerr) {
		return cerr
	}
	return storageError(err)
}

func storageError(err error) *coserr.Error {
	for _, known := range []struct {
		is   error
		code coserr.Code
	}{
		{storage.ErrNoBucket, coserr.NoSuchBucket},
		{storage.ErrNoObject, coserr.NoSuchKey},
		{storage.ErrNoVersion, coserr.NoSuchVersion},
		{storage.ErrDeleteMarker, coserr.NoSuchKey}, // choice 207
		{storage.ErrNoUpload, coserr.NoSuchUpload},
		{storage.ErrNoPart, coserr.InvalidPart},
		{storage.ErrObjectExists, coserr.FileAlreadyExists},
		{storage.ErrBucketNotEmpty, coserr.BucketNotEmpty},
	} {
		if errors.Is(err, known.is) {
			return coserr.New(known.code)
		}
	}
	if errors.Is(err, storage.ErrMemory) {
		return coserr.New(coserr.ServiceUnavailable).WithMessage(memoryUsedUp).WithCause(err) // choice 320
	}
	return coserr.New(coserr.InternalError).WithCause(err)
}

// memoryUsedUp is what an upload is told for which max_memory has no room.
const memoryUsedUp = "cosemu keeps objects in memory, and max_memory is used up. " +
	"Delete objects, start it with a higher --max-memory, or keep them in a folder with --data."
