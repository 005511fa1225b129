package paste

import "strings"

// looksAWS reports whether a URL has an S3 signature.
func looksAWS(u string) bool {
	return strings.Contains(u, "X-Amz-Signature=") || strings.Contains(u, "X-Amz-Credential=") ||
		strings.Contains(u, "AWSAccessKeyId=") && strings.Contains(u, "Signature=")
}
