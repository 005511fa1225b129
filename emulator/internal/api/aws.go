package api

import (
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// identifyAWS refuses what is signed the S3 way. The cloud takes such
// signatures; here they are not checked, and a signature that was not checked
// must not open what is open to everybody either (choice 470).
func (e *Emulator) identifyAWS(c *call) *coserr.Error {
	a, ok := diagnose.FindAWSClaim(c.req)
	if !ok && c.form != nil {
		a, ok = diagnose.FindAWSFields(c.form.Lookup)
	}
	if !ok {
		return nil
	}
	c.aws = a
	c.check("key")
	if _, known := e.keys.Get(a.KeyID); !known && a.KeyID != "" {
		return coserr.New(coserr.InvalidAccessKeyID)
	}
	c.check("signature")
	return coserr.New(coserr.SignatureDoesNotMatch)
}
