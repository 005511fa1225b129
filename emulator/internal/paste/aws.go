package paste

import (
	"strings"

	"github.com/cosemu/cosemu/signer/diagnose"
)

// idAWS is the id of a signature that was made the S3 way.
const idAWS diagnose.ID = "aws-signature"

// looksAWS tells a URL that is signed the S3 way.
func looksAWS(u string) bool {
	return strings.Contains(u, "X-Amz-Signature=") || strings.Contains(u, "X-Amz-Credential=") ||
		strings.Contains(u, "AWSAccessKeyId=") && strings.Contains(u, "Signature=")
}

// awsSignature says what a request is that S3's clients signed. It proves
// nothing: that the signature is right is not looked at.
func (r *reader) awsSignature(q *Request) {
	how := "V4"
	auth := q.Header.Get("Authorization")
	switch {
	case strings.HasPrefix(auth, "AWS4-HMAC-SHA256"), strings.Contains(q.URL, "X-Amz-Signature="), strings.Contains(q.URL, "X-Amz-Credential="):
	case strings.HasPrefix(auth, "AWS "), looksAWS(q.URL):
		how = "V2"
	default:
		return
	}
	r.found.Findings = append(r.found.Findings, diagnose.Finding{
		ID: idAWS,
		Sentence: diagnose.Text{
			En: "This is signed the S3 way (AWS signature " + how + "), not with a COS signature.",
			Zh: "这是 S3 方式的签名（AWS 签名 " + how + "），不是 COS 签名。",
		},
		Advice: diagnose.Text{
			En: "The real COS takes S3 signatures for virtual-hosted addresses. cosemu takes COS signatures alone: sign with a COS SDK, or with cosemu presign, to test here.",
			Zh: "线上 COS 在虚拟托管域名上接受 S3 签名。cosemu 只接受 COS 签名：要在这里测试，请用 COS SDK 或 cosemu presign 签名。",
		},
	})
}
