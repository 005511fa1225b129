package bucketcfg

import "github.com/cosemu/cosemu/emulator/internal/coserr"

// Creation is what the body of a PUT Bucket asks for.
type Creation struct {
	// MAZ: a bucket of several availability zones.
	MAZ bool
	// OFS: one with metadata acceleration.
	OFS bool
}

// ParseCreation reads a CreateBucketConfiguration (COS docs: PUT Bucket). OAZ is
// what qcloud-sdk-android sends for a plain bucket.
func ParseCreation(doc []byte) (*Creation, *coserr.Error) {
	n, err := read(doc, &shape{name: "CreateBucketConfiguration", kids: []shape{
		option("BucketAZConfig", oneOf("MAZ", "OAZ", "")), option("BucketArchConfig", oneOf("OFS", "")),
	}})
	if err != nil {
		return nil, err
	}
	return &Creation{MAZ: n.kid("BucketAZConfig") == "MAZ", OFS: n.kid("BucketArchConfig") == "OFS"}, nil
}
