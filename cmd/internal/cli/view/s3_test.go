package view

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer/diagnose"
)

// TestS3Form: the canonical request of an S3 signature is laid out by its own lines.
func TestS3Form(t *testing.T) {
	form := func(kind string) diagnose.Form {
		return diagnose.Form{
			HttpString: "PUT\n/a.png\nX-Amz-Expires=60&x-id=PutObject\ncontent-type:" + kind + "\nhost:127.0.0.1:9000\n\ncontent-type;host\nUNSIGNED-PAYLOAD",
			StringToSign: "AWS4-HMAC-SHA256\n20261124T080000Z\n20261124/ap-guangzhou/s3/aws4_request\n" +
				"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		}
	}
	rows := compare(form("image/png"), form("image/jpeg"))
	var lines []string
	for i := range rows {
		lines = append(lines, rows[i].label.En+"|"+*rows[i].signed+"|"+*rows[i].arrived)
	}
	require.Equal(t, []string{
		"method|PUT|PUT", "path|/a.png|/a.png", "params|X-Amz-Expires=60|X-Amz-Expires=60", "|x-id=PutObject|x-id=PutObject",
		"headers|content-type:image/png|content-type:image/jpeg", "|host:127.0.0.1:9000|host:127.0.0.1:9000",
		"|x-amz-content-sha256:UNSIGNED-PAYLOAD|x-amz-content-sha256:UNSIGNED-PAYLOAD",
		"time|20261124T080000Z 20261124/ap-guangzhou/s3/aws4_request|20261124T080000Z 20261124/ap-guangzhou/s3/aws4_request",
		"SHA-256|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	}, lines)
	require.False(t, rows[0].differs())
	require.True(t, rows[4].differs())
}
