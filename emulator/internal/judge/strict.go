package judge

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
)

// checkStrict has package authz decide by the bucket's strict signature rules, which
// COS asks before it verifies the signature (COS docs: 严格签名模式概述). They do
// not apply to forms and to operations on several objects.
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

// signableParams are the names of the parameters that a signature can cover: all but
// its own and the token (choice 199).
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
