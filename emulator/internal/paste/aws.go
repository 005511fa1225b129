package paste

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// looksAWS tells a URL that is signed the S3 way.
func looksAWS(u string) bool {
	return strings.Contains(u, "X-Amz-Signature=") || strings.Contains(u, "X-Amz-Credential=") ||
		strings.Contains(u, "AWSAccessKeyId=") && strings.Contains(u, "Signature=")
}

// awsSignature says what a request is that S3's clients signed.
func (r *reader) awsSignature(q *Request) {
	req, err := signer.NewRequest("PUT", q.URL, q.Header)
	if err != nil {
		return
	}
	if claim, ok := diagnose.FindAWSClaim(req); ok {
		r.found.Findings = append(r.found.Findings, claim.Finding())
	}
}
