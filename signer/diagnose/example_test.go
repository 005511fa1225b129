package diagnose_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// A URL that was signed for GET is used for an upload.
func ExampleExplain() {
	key := signer.Credentials{SecretID: "AKIDexample", SecretKey: "a secret"}
	now := time.Unix(1795465389, 0)
	signed, err := signer.Presign(signer.PresignInput{
		Credentials: key, Method: http.MethodGet, Bucket: "examplebucket-1250000000", Region: "ap-guangzhou",
		Key: "photos/a b.jpg", Start: now, Expires: time.Hour,
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	req, err := signer.NewRequest(http.MethodPut, signed.URL, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	claim, _ := signer.ParseClaim(req)
	report := diagnose.Explain(diagnose.Input{Request: req, Claim: claim, Now: now, Key: key})
	for _, f := range report.Findings {
		fmt.Println(f.ID, f.Proven)
		fmt.Println(f.Sentence.En)
		fmt.Println(f.Sentence.In("zh-CN"))
	}
	// Output:
	// method true
	// Signed for GET, arrived as PUT.
	// 签名时用的是 GET，请求却是 PUT。
}
