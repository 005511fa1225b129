package dialect_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/dialect"
	"github.com/cosemu/cosemu/signer"
)

func request(t *testing.T, target string, header ...string) *signer.Request {
	t.Helper()
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	r, err := signer.NewRequest("PUT", "http://examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com"+target, h)
	require.NoError(t, err)
	return r
}

func TestIsS3(t *testing.T) {
	for name, c := range map[string]struct {
		request *signer.Request
		s3      bool
	}{
		"V4 header":          {request(t, "/k", "Authorization", "AWS4-HMAC-SHA256 Credential=a"), true},
		"V2 header":          {request(t, "/k", "Authorization", "AWS a:b"), true},
		"V4 URL":             {request(t, "/k?X-Amz-Signature=0"), true},
		"V2 URL":             {request(t, "/k?AWSAccessKeyId=a&Signature=b"), true},
		"no signature":       {request(t, "/k", "x-amz-meta-a", "1"), true},
		"plain":              {request(t, "/k"), false},
		"COS header":         {request(t, "/k", "Authorization", "q-sign-algorithm=sha1", "x-amz-acl", "public-read"), false},
		"COS URL":            {request(t, "/k?q-signature=0", "x-amz-acl", "public-read"), false},
		"COS URL as a whole": {request(t, "/k?sign=q-signature%3D0", "x-amz-acl", "public-read"), false},
	} {
		require.Equal(t, c.s3, dialect.IsS3(c.request), name)
	}
}

func TestRead(t *testing.T) {
	r := request(t, "/k?X-Amz-Signature=0&x-amz-meta-color=dark+red%2B&x-amz-acl=private",
		"x-amz-acl", "public-read", "x-cos-acl", "private", "x-amz-server-side-encryption", "aws:kms",
		"x-amz-server-side-encryption-aws-kms-key-id", "k", "x-amz-checksum-crc32", "AAAAAA==", "x-amz-date", "20261124T080000Z",
		"x-amz-meta-mtime", "1.5", "x-amz-metadata-directive", "REPLACE", "x-amz-copy-source", "/b/k", "x-amz-copy-source-if-match", "e",
		"Content-Encoding", "aws-chunked,gzip", "Content-Type", "text/plain")
	h := dialect.Read(r)
	for name, want := range map[string]string{
		"X-Cos-Acl": "public-read", "X-Cos-Meta-Color": "dark red+", "X-Cos-Meta-Mtime": "1.5", "X-Cos-Metadata-Directive": "REPLACE",
		"X-Cos-Server-Side-Encryption": "cos/kms", "X-Cos-Server-Side-Encryption-Cos-Kms-Key-Id": "k",
		"X-Cos-Copy-Source": "/b/k", "X-Cos-Copy-Source-If-Match": "e", "Content-Encoding": "gzip", "Content-Type": "text/plain",
		"X-Cos-Checksum-Crc32": "", "X-Cos-Date": "",
	} {
		require.Equal(t, want, h.Get(name), name)
	}
	require.Equal(t, "private", r.Header.Get("X-Cos-Acl"), "what arrived stays as it is")
	require.Equal(t, "aws-chunked,gzip", r.Header.Get("Content-Encoding"))

	require.Empty(t, dialect.Read(request(t, "/k", "Content-Encoding", "aws-chunked"))["Content-Encoding"])
}

func TestAnswerName(t *testing.T) {
	for own, want := range map[string]string{
		"x-cos-meta-mtime": "x-amz-meta-mtime", "x-cos-request-id": "x-amz-request-id", "x-cos-version-id": "x-amz-version-id",
		"x-cos-server-side-encryption-cos-kms-key-id": "x-amz-server-side-encryption-aws-kms-key-id",
		"x-cos-hash-crc64ecma":                        "", "ETag": "",
	} {
		name, ok := dialect.AnswerName(own)
		require.Equal(t, want, name)
		require.Equal(t, want != "", ok)
	}
	require.Equal(t, "aws:kms", dialect.AnswerValue("x-amz-server-side-encryption", "cos/kms"))
}
