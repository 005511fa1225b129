package diagnose

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// AWSClaim is a signature made the S3 way, as far as a request shows it.
type AWSClaim struct {
	// Version is "V4" or "V2".
	Version string
	// Carrier is where it came: signer.CarrierHeader or signer.CarrierQuery, or
	// signer.CarrierForm in the fields of a form.
	Carrier signer.Carrier
	// KeyID is the access key id in it, as it was written; may be empty.
	KeyID string
}

// FindAWSClaim looks for a signature of S3: in the Authorization header,
// else in the query.
func FindAWSClaim(r *signer.Request) (*AWSClaim, bool) {
	for _, v := range r.Header["Authorization"] {
		v = strings.TrimSpace(v)
		switch {
		case strings.HasPrefix(v, "AWS4-"):
			_, credential, _ := strings.Cut(v, "Credential=")
			id, _, _ := strings.Cut(credential, "/")
			return &AWSClaim{"V4", signer.CarrierHeader, id}, true
		case strings.HasPrefix(v, "AWS "):
			id, _, _ := strings.Cut(strings.TrimSpace(v[len("AWS "):]), ":")
			return &AWSClaim{"V2", signer.CarrierHeader, id}, true
		}
	}
	return findAWSFields(signer.CarrierQuery, func(name string) (string, bool) {
		p, ok := r.Param(name)
		return p.DecodedValue(), ok
	})
}

// FindAWSFields looks for a signature of S3 among the fields of a form.
func FindAWSFields(field func(name string) (string, bool)) (*AWSClaim, bool) {
	return findAWSFields(signer.CarrierForm, field)
}

func findAWSFields(carrier signer.Carrier, field func(string) (string, bool)) (*AWSClaim, bool) {
	_, signed := field("X-Amz-Signature")
	_, algorithm := field("X-Amz-Algorithm")
	if credential, ok := field("X-Amz-Credential"); ok || signed || algorithm {
		id, _, _ := strings.Cut(credential, "/")
		return &AWSClaim{"V4", carrier, id}, true
	}
	if id, ok := field("AWSAccessKeyId"); ok {
		return &AWSClaim{"V2", carrier, id}, true
	}
	return nil, false
}

var wordsAWS = Message{
	ID:       AWSSignature,
	Sentence: Text{En: "The request is signed the S3 way (AWS signature {name}, {detail}). cosemu does not check S3 signatures.", Zh: "请求用的是 S3 签名（AWS 签名 {name}，在{detail}）。cosemu 不校验 S3 签名。"},
	Advice: Text{
		En: "Sign with a COS SDK, whose signature begins with q-sign-algorithm. COS itself also takes S3 signatures; what an S3 client does cannot be tested here.",
		Zh: "请用 COS SDK 签名（以 q-sign-algorithm 开头）。线上 COS 也接受 S3 签名，但这里无法测试 S3 客户端。",
	},
}

func observeAWS(e *evidence) []Finding {
	a, ok := e.in.AWS, e.in.AWS != nil
	if !ok && e.in.Claim == nil {
		a, ok = FindAWSClaim(e.req)
	}
	if !ok {
		return nil
	}
	f := a.Finding()
	f.rank, f.explains = rankUnreadable, true
	return []Finding{f}
}

// Finding says what the signature is. It proves nothing: that the signature is
// right is not looked at.
func (a *AWSClaim) Finding() Finding {
	detail := Text{En: "in the URL", Zh: " URL 里"}
	switch a.Carrier {
	case signer.CarrierHeader:
		detail = Text{En: "in the Authorization header", Zh: " Authorization 头部"}
	case signer.CarrierForm:
		detail = Text{En: "in the form's fields", Zh: "表单字段里"}
	}
	f := wordsAWS.Finding(Values{Name: a.Version, Detail: detail})
	f.Name = ""
	return f
}
