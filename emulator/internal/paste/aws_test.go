package paste_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/paste"
	"github.com/cosemu/cosemu/signer"
)

const s3Canonical = "PUT\n/b-1250000000/a%20b.png\nx-id=PutObject\ncontent-type:image/jpeg\nhost:cos.ap-guangzhou.myqcloud.com\n" +
	"x-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:20261201T145308Z\n\ncontent-type;host;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD"

func s3StringToSign() string {
	sum := sha256.Sum256([]byte(s3Canonical))
	return "AWS4-HMAC-SHA256\n20261201T145308Z\n20261201/ap-guangzhou/s3/aws4_request\n" + hex.EncodeToString(sum[:])
}

func s3Elements(bytes bool) []string {
	list := []string{
		"Code", "SignatureDoesNotMatch", "Message", "The request signature we calculated does not match the signature you provided.",
		"AWSAccessKeyId", "AKIDabc", "StringToSign", s3StringToSign(), "SignatureProvided", strings.Repeat("0", 64), "CanonicalRequest", s3Canonical,
	}
	if bytes {
		spaced := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(fmt.Sprintf("% x", s), "\n", "")) }
		list = append(list, "StringToSignBytes", spaced(s3StringToSign()), "CanonicalRequestBytes", spaced(s3Canonical))
	}
	return append(list, "RequestId", "ABC", "HostId", "xyz=")
}

// TestS3Bodies: the error body of an S3 server, as XML and as the exceptions of clients
// print its elements, whole or changed by copying.
func TestS3Bodies(t *testing.T) {
	xml := func(list []string) string {
		var b strings.Builder
		b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error>")
		for i := 0; i < len(list); i += 2 {
			b.WriteString("<" + list[i] + ">" + html.EscapeString(list[i+1]) + "</" + list[i] + ">")
		}
		return b.String() + "</Error>"
	}
	quote := func(s string) string { b, err := json.Marshal(s); require.NoError(t, err); return string(b) }
	object := func(list []string, name func(string) string) string {
		var b strings.Builder
		for i := 0; i < len(list); i += 2 {
			b.WriteString(name(list[i]) + ": " + strings.ReplaceAll(quote(list[i+1]), `"`, "'") + ", ")
		}
		return b.String()
	}
	js := strings.ReplaceAll(object(s3Elements(true), func(s string) string { return "  " + s }), `\n`, "\\n' +\n    '")
	for name, text := range map[string]string{
		"XML":                 xml(s3Elements(false)),
		"XML with bytes":      xml(s3Elements(true)),
		"XML, indented":       strings.ReplaceAll(xml(s3Elements(false)), "\n", "\n        "),
		"XML, no empty lines": strings.ReplaceAll(xml(s3Elements(false)), "\n\n", "\n"),
		"XML in a string":     `error: status 403, body ` + quote(xml(s3Elements(false))),
		"XML, escaped":        "<pre>" + html.EscapeString(xml(s3Elements(false))) + "</pre>",
		"XML, cut off":        strings.Split(xml(s3Elements(false)), "<RequestId>")[0],
		"COS's names": strings.NewReplacer("CanonicalRequest>", "FormatString>").Replace(
			xml([]string{"Code", "SignatureDoesNotMatch", "StringToSign", s3StringToSign(), "CanonicalRequest", s3Canonical, "Resource", "/a b.png"})),
		"boto3":   "An error occurred (SignatureDoesNotMatch) when calling the PutObject operation: x\n{'Error': {" + object(s3Elements(true), func(s string) string { return "'" + s + "'" }) + "}, 'ResponseMetadata': {'RequestId': 'ABC', 'HTTPStatusCode': 403}}",
		"aws-sdk": "SignatureDoesNotMatch: x\n    at f (/app/index.js:1:2) {\n  '$fault': 'client',\n  '$metadata': { httpStatusCode: 403 },\n" + js + "}",
	} {
		got, err := paste.Read(text)
		require.NoError(t, err, name)
		require.NotNil(t, got.Cloud, name)
		require.Equal(t, signer.AWS4, got.Cloud.Family, name)
		require.Equal(t, "SignatureDoesNotMatch", got.Cloud.Code, name)
		require.Equal(t, s3StringToSign(), got.Cloud.StringToSign, name)
		require.Equal(t, s3Canonical, got.Cloud.FormatString, name)
		require.True(t, got.Cloud.Belongs, name)
		if name != "COS's names" {
			require.Equal(t, "AKIDabc", got.Cloud.SecretID, name)
			require.Equal(t, strings.Repeat("0", 64), got.Cloud.Signature, name)
		}
	}
	changed, err := paste.Read(strings.Replace(xml(s3Elements(false)), "content-type:image/jpeg", "content-type:image/png", 1))
	require.NoError(t, err)
	require.False(t, changed.Cloud.Belongs, "a body that was edited")

	v2 := "PUT\n\nimage/png\n1796140384\n/b-1250000000/a.png"
	for name, list := range map[string][]string{
		"V2":       {"Code", "SignatureDoesNotMatch", "StringToSign", v2, "SignatureProvided", "c2ln", "AWSAccessKeyId", "AKIDabc"},
		"V2, COS":  {"Code", "SignatureDoesNotMatch", "StringToSign", v2, "Resource", "/a.png"},
		"V2 bytes": {"Code", "SignatureDoesNotMatch", "StringToSign", "gone", "StringToSignBytes", fmt.Sprintf("% x", v2)},
	} {
		got, err := paste.Read(xml(list))
		require.NoError(t, err, name)
		require.Equal(t, signer.AWS2, got.Cloud.Family, name)
		require.Equal(t, v2, got.Cloud.StringToSign, name)
	}
	own, err := paste.Read(xml([]string{"Code", "SignatureDoesNotMatch", "StringToSign", "sha1\n1;2\n" + strings.Repeat("0", 40) + "\n", "FormatString", "put\n/a\n\n\n"}))
	require.NoError(t, err)
	require.Equal(t, signer.QSign, own.Cloud.Family, "one of COS's own")
}
