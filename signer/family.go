package signer

import "fmt"

// Family is the family that a signature belongs to. COS takes all three (COS
// docs: 使用 AWS S3 SDK 访问 COS).
type Family int

const (
	// QSign is COS's own, q-sign-algorithm=sha1.
	QSign Family = iota
	// AWS4 is AWS Signature Version 4, HMAC-SHA256 (Amazon S3 API Reference:
	// Authenticating Requests).
	AWS4
	// AWS2 is AWS Signature Version 2, HMAC-SHA1 (Amazon S3 User Guide: Signing
	// and authenticating REST requests).
	AWS2
)

// String names the family in a word.
func (s Family) String() string {
	switch s {
	case QSign:
		return "q-sign"
	case AWS4:
		return "AWS4"
	case AWS2:
		return "AWS2"
	}
	return fmt.Sprintf("Family(%d)", int(s))
}
