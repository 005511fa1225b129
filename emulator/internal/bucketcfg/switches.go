package bucketcfg

import "github.com/cosemu/cosemu/emulator/internal/coserr"

// The two states that versioning can be set to.
const (
	VersioningEnabled   = "Enabled"
	VersioningSuspended = "Suspended"
)

// ParseVersioning reads a versioning configuration and returns its status (COS
// docs: PUT Bucket versioning).
func ParseVersioning(doc []byte) (string, *coserr.Error) {
	n, err := read(doc, &shape{name: "VersioningConfiguration", kids: []shape{
		one("Status", oneOf(VersioningEnabled, VersioningSuspended)),
	}})
	if err != nil {
		return "", err
	}
	return n.kid("Status"), nil
}

// Accelerate is a bucket's global acceleration.
type Accelerate struct {
	// Enabled is false once it was suspended.
	Enabled bool
}

// ParseAccelerate reads an AccelerateConfiguration (COS docs: PUT Bucket
// Accelerate). Type is what GET shows; clients send it back.
func ParseAccelerate(doc []byte) (*Accelerate, *coserr.Error) {
	n, err := read(doc, &shape{name: "AccelerateConfiguration", kids: []shape{
		one("Status", oneOf("Enabled", "Suspended")), option("Type", oneOf("COS")),
	}})
	if err != nil {
		return nil, err
	}
	return &Accelerate{Enabled: n.kid("Status") == "Enabled"}, nil
}

// CheckTiering judges an IntelligentTieringConfiguration, which can only be
// enabled (COS docs: PUT Bucket IntelligentTiering).
func CheckTiering(doc []byte) *coserr.Error {
	_, err := read(doc, &shape{name: "IntelligentTieringConfiguration", kids: []shape{
		one("Status", oneOf("Enabled")),
		some(1, 1, "Transition", one("Days", oneOf("30", "60", "90")), option("RequestFrequent", oneOf("1"))),
	}})
	return err
}

// Creation is what the body of a PUT Bucket asks for.
type Creation struct {
	// MAZ: a bucket of several availability zones.
	MAZ bool
	// OFS: one with metadata acceleration.
	OFS bool
}

// ParseCreation reads a CreateBucketConfiguration (COS docs: PUT Bucket). OAZ is
// what qcloud-sdk-android sends for a plain bucket. An S3 client may send a
// LocationConstraint, which decides nothing: the host names the region (choice 713).
func ParseCreation(doc []byte, s3 bool) (*Creation, *coserr.Error) {
	kids := []shape{option("BucketAZConfig", oneOf("MAZ", "OAZ", "")), option("BucketArchConfig", oneOf("OFS", ""))}
	if s3 {
		kids = append(kids, option("LocationConstraint", func(string) bool { return true }))
	}
	n, err := read(doc, &shape{name: "CreateBucketConfiguration", kids: kids})
	if err != nil {
		return nil, err
	}
	return &Creation{MAZ: n.kid("BucketAZConfig") == "MAZ", OFS: n.kid("BucketArchConfig") == "OFS"}, nil
}
