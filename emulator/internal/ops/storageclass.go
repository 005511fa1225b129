package ops

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

const (
	mazPrefix        = "MAZ_" // of the classes of several availability zones
	standardClass    = "STANDARD"
	mazStandardClass = mazPrefix + standardClass
)

// ConfigMAZ is set when a bucket is made, by no sub-resource, and says that it
// takes the classes of several availability zones.
const ConfigMAZ = "maz"

// storageClass is the class of what is uploaded: as the header names it, in
// capitals, whatever case it came in (choice 405), or the bucket's usual one.
// Classes of one availability zone and of several do not mix in a bucket (COS
// docs: 多 AZ 特性概述), and tiering has to be enabled (COS docs: 智能分层存储简介).
func storageClass(b *storage.Bucket, header string) (string, *coserr.Error) {
	maz := IsMAZ(b)
	if header == "" {
		if maz {
			return mazStandardClass, nil // choice 406
		}
		return standardClass, nil
	}
	class := strings.ToUpper(header)
	kind, isMAZ := strings.CutPrefix(class, mazPrefix)
	switch {
	case !validStorageClass(kind):
		return "", coserr.New(coserr.NotSupportedStorageClass)
	case isMAZ && !maz:
		return "", coserr.New(coserr.MAZOperationNotSupportOnOAZBucket)
	case maz && !isMAZ:
		return "", coserr.New(coserr.OAZOperationNotSupportOnMAZBucket)
	case kind == "INTELLIGENT_TIERING" && !b.HasConfig(call.ConfigTiering):
		return "", coserr.New(coserr.NotSupportedStorageClass). // choice 407
									WithMessage("Intelligent tiering is not enabled for this bucket: PUT Bucket IntelligentTiering enables it.")
	}
	return class, nil
}

// validStorageClass knows the classes an upload may name, without what makes
// them multi-AZ (COS docs: 存储类型概述; sdk: cos_api StorageClass).
func validStorageClass(kind string) bool {
	switch kind {
	case standardClass, "STANDARD_IA", "INTELLIGENT_TIERING", "ARCHIVE", "DEEP_ARCHIVE", "COLD":
		return true
	}
	return false
}

// frozen tells whether a class must be restored before it can be read.
func frozen(class string) bool {
	switch strings.TrimPrefix(class, mazPrefix) {
	case "ARCHIVE", "DEEP_ARCHIVE":
		return true
	}
	return false
}

// IsMAZ tells whether a bucket is one of several availability zones.
func IsMAZ(b *storage.Bucket) bool { return b.HasConfig(ConfigMAZ) }
