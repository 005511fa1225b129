package api

import (
	"errors"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
)

const (
	configPolicy  = "policy"
	configReferer = "referer"
	configTagging = "tagging"
	configStrict  = "strict-signature"

	configAccelerate = "accelerate"
)

// checkStrict holds a signed request against the bucket's strict signature
// rules, before the signature itself (COS docs: 严格签名模式概述). They never
// apply to forms and to operations on many objects.
func (e *Emulator) checkStrict(c *call) *coserr.Error {
	if c.form != nil || c.op.is(eachKey) || !c.bucket.HasConfig(configStrict) {
		return nil
	}
	c.check("strict signature")
	rules, err := readConfig(e, c.bucket.Name, configStrict, bucketcfg.ParseStrict)
	if err != nil {
		return asCOS(err)
	}
	c.decision = authz.DecideSignature(e.cfg.Verify, rules, &bucketcfg.Signed{
		Action: c.op.name, Header: c.http.Header, Params: signableParams(c.req, c.claim),
		SignedHeaders: c.claim.HeaderList, SignedParams: c.claim.ParamList,
	})
	return c.decision.Error(c.at)
}

// signableParams names the parameters that a signature could have covered: all
// but those that carry it, and the token (choice 199).
func signableParams(req *signer.Request, claim *signer.Claim) []string {
	var names []string
	for _, p := range req.Params {
		name := strings.ToLower(p.DecodedName())
		switch {
		case name == "x-cos-security-token":
		case claim.Carrier == signer.CarrierSign && (name == "sign" || name == "token"):
		case claim.Carrier == signer.CarrierQuery && (strings.HasPrefix(name, "q-") || name == "token"):
		default:
			names = append(names, name)
		}
	}
	return names
}

// asCOS makes a refusal of any error, nil of none.
func asCOS(err error) *coserr.Error {
	var cerr *coserr.Error
	if err == nil || errors.As(err, &cerr) {
		return cerr
	}
	return storageError(err)
}
