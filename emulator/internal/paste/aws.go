package paste

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// looksAWS reports whether a URL has an S3 signature.
func looksAWS(u string) bool {
	return strings.Contains(u, "X-Amz-Signature=") || strings.Contains(u, "X-Amz-Credential=") ||
		strings.Contains(u, "AWSAccessKeyId=") && strings.Contains(u, "Signature=")
}

// awsSignature adds a finding for a request with an S3 signature.
func (r *reader) awsSignature(q *Request) {
	req, err := signer.NewRequest("PUT", q.URL, q.Header)
	if err != nil {
		return
	}
	if claim, ok := diagnose.FindAWSClaim(req); ok {
		r.found.Findings = append(r.found.Findings, claim.Finding())
	}
}
