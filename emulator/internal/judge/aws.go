package judge

import (
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// identifyAWS refuses what is signed the S3 way. The cloud takes such
// signatures; here they are not checked, and a signature that was not checked
// must not open what is open to everybody either (choice 470).
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
