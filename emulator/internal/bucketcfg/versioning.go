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
