package api

import (
	"errors"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

const (
	configPolicy  = "policy"
	configReferer = "referer"
	configTagging = "tagging"
	configStrict  = "strict-signature"

	configAccelerate = "accelerate"
)

// checkReferer holds an unsigned request against the bucket's referer list. One
// that is signed is exempt (COS docs: 常见问题 防盗链).
func (e *Emulator) checkReferer(c *call) *coserr.Error {
	if !c.anonymous() || !c.bucket.HasConfig(configReferer) {
		return nil
	}
	c.check("referer")
	list, err := readConfig(e, c.bucket.Name, configReferer, bucketcfg.ParseReferer)
	if err != nil {
		return asCOS(err)
	}
	if list.Allows(first(c.http.Header, "Referer")) {
		return nil
	}
	c.linked = true
	return coserr.New(coserr.AccessDenied).WithMessage(coserr.MessageReferer)
}

// checkStrict holds a signed request against the bucket's strict signature
// rules, before the signature itself (COS docs: 严格签名模式概述). They never
// apply to forms and to operations on many objects.
func (e *Emulator) checkStrict(c *call) *coserr.Error {
	if c.form != nil || c.op.is(eachKey) || !c.bucket.HasConfig(configStrict) {
		return nil
	}
	c.check("strict signature")
	rules, err := readConfig(e, c.bucket.Name, configStrict, bucketcfg.ParseStrict)
	if err != nil || rules == nil {
		return asCOS(err)
	}
	headers, params := rules.Missing(&bucketcfg.Signed{
		Action: c.op.name, Header: c.http.Header, Params: signableParams(c.req, c.claim),
		SignedHeaders: c.claim.HeaderList, SignedParams: c.claim.ParamList,
	})
	if len(headers) == 0 && len(params) == 0 {
		return nil
	}
	c.strict = &diagnose.StrictRefusal{Headers: headers, Params: params}
	message := coserr.MessageStrictParam
	if len(headers) > 0 { // choice 198
		message = coserr.MessageStrictHeader
	}
	return coserr.New(coserr.AccessDenied).WithMessage(message)
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
