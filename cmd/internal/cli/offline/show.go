package offline

import (
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/answer"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// minSecret is the length in bytes from which a secret is looked for in texts;
// a shorter one cannot be told from ordinary words.
const minSecret = 8

// hide leaves secrets out of a text that is shown: whoever mixes up SecretId
// and SecretKey has the latter in the URL.
func (j *judgement) hide(s string) string {
	secrets := []string{j.in.Key.SecretKey, j.in.Key.Token}
	for _, k := range j.in.OtherKeys {
		secrets = append(secrets, k.SecretKey, k.Token)
	}
	if j.claim != nil {
		secrets = append(secrets, j.claim.Token)
	}
	for _, secret := range secrets {
		if len(secret) < minSecret {
			continue
		}
		s = strings.ReplaceAll(s, secret, "[hidden]")
		s = strings.ReplaceAll(s, signer.Encode(secret), "[hidden]")
	}
	return s
}

// hideFindings does so within findings, in which the SecretId may stand.
func (j *judgement) hideFindings(r *diagnose.Report) {
	for i := range r.Findings {
		f := &r.Findings[i]
		for _, s := range []*string{&f.Name, &f.Sentence.En, &f.Sentence.Zh, &f.Advice.En, &f.Advice.Zh, &f.Signed, &f.Arrived} {
			*s = j.hide(*s)
		}
	}
}

// request is what can be said of the request besides its verdict.
func (j *judgement) request() *answer.Request {
	r := &answer.Request{
		Method: j.hide(j.Request.Method), Host: j.hide(j.Request.Host), Path: j.hide(j.Request.Path),
		Bucket: j.hide(j.addr.Bucket), Key: j.hide(j.addr.Key),
	}
	if j.claim == nil {
		return r
	}
	r.Signature = answer.NewSignature(j.claim, j.hide)
	// What the request amounts to, its token left out.
	if f := diagnose.Explain(diagnose.Input{Request: j.Request, Claim: j.claim, Now: j.Now}).Arrived; f != nil {
		r.Signature.HTTPString, r.Signature.StringToSign = j.hide(f.HttpString), f.StringToSign
	}
	return r
}

// cloud is what the body says.
func (j *judgement) cloud(report *diagnose.Report) *answer.Cloud {
	ce := j.Cloud
	c := &answer.Cloud{
		Code: j.hide(ce.Code), Message: j.hide(ce.Message), Resource: j.hide(ce.Resource), RequestID: j.hide(ce.RequestID),
		StringToSign: ce.StringToSign, Belongs: ce.Belongs, Mended: ce.Mended, ServerTime: answer.Moment(ce.ServerTime),
	}
	if report.Arrived != nil { // FormatString with its token left out
		c.HTTPString = report.Arrived.HttpString
	}
	return c
}
