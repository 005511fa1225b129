package judge

import (
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// identifyAWS refuses requests with a signature of S3. COS accepts such signatures;
// cosemu does not verify them yet, and serves no request with an unverified
// signature, not even what is open to everybody (choice 470).
func (j *Judge) identifyAWS(c *call.Call) (who call.Identity, refused *coserr.Error) {
	a, ok := diagnose.FindAWSClaim(c.Request)
	if !ok && c.Form != nil {
		a, ok = diagnose.FindAWSFields(c.Form.Lookup)
	}
	if !ok {
		return who, nil
	}
	who.AWS = a
	c.Check("key")
	if _, known := j.Keys.Get(a.KeyID); !known && a.KeyID != "" {
		return who, coserr.New(coserr.InvalidAccessKeyID)
	}
	c.Check("signature")
	return who, coserr.New(coserr.SignatureDoesNotMatch)
}
