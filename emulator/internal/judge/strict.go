package judge

import (
	"net/http"
	"slices"
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
	params := signableParams(c.Request, claim)
	headers, signed := claim.HeaderList, claim.ParamList
	if claim.Family != signer.QSign { // which lists less than it signs
		headers = slices.DeleteFunc(headerNames(c.HTTP.Header), func(name string) bool {
			return !claim.SignsHeader(name) && !isCOSName(name) // the signature covers those, or their twins of S3
		})
		signed = slices.DeleteFunc(slices.Clone(params), func(name string) bool { return !claim.SignsParam(name) })
		if claim.SignsHeader("host") {
			headers = append(headers, "host")
		}
	}
	d := authz.DecideSignature(j.Env.Mode, rules, &bucketcfg.Signed{
		Action: c.Op.Name, Header: c.HTTP.Header, Params: params,
		SignedHeaders: headers, SignedParams: signed,
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
		case name == "x-amz-security-token", claim.Family != signer.QSign && isAWSSignature(name):
		case claim.Family != signer.QSign:
			names = append(names, name)
		case claim.Carrier == signer.CarrierSign && (name == "sign" || name == "token"):
		case claim.Carrier == signer.CarrierQuery && (strings.HasPrefix(name, "q-") || name == "token"):
		default:
			names = append(names, name)
		}
	}
	return names
}

// isAWSSignature reports whether a parameter is part of an AWS signature. The
// name is in lower case.
func isAWSSignature(name string) bool {
	switch name {
	case "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature",
		"x-amz-content-sha256", "awsaccesskeyid", "expires", "signature":
		return true
	}
	return false
}

// headerNames are the names of headers, in lower case.
func headerNames(h http.Header) []string {
	names := make([]string, 0, len(h)+1)
	for name := range h {
		names = append(names, strings.ToLower(name))
	}
	return names
}
