package bucketcfg

import "github.com/cosemu/cosemu/emulator/internal/coserr"

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
