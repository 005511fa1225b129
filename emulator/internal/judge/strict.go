package judge

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
)

// checkStrict holds a signed request against the bucket's strict signature
// rules, before the signature itself (COS docs: 严格签名模式概述). They never
// apply to forms and to operations on many objects.
func (j *Judge) checkStrict(c *call.Call, claim *signer.Claim) *coserr.Error {
	if c.Form != nil || c.Op.Is(call.EachKey) || !c.Bucket.HasConfig(call.ConfigStrict) {
		return nil
	}
	c.Check("strict signature")
	rules, err := call.ReadConfig(j.Env, c.Bucket.Name, call.ConfigStrict, bucketcfg.ParseStrict)
	if err != nil {
		return call.AsCOS(err)
	}
	d := authz.DecideSignature(j.Env.Mode, rules, &bucketcfg.Signed{
		Action: c.Op.Name, Header: c.HTTP.Header, Params: signableParams(c.Request, claim),
		SignedHeaders: claim.HeaderList, SignedParams: claim.ParamList,
	})
	c.Deny(&d)
	return d.Error(c.At)
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
