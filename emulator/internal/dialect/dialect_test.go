package dialect_test

import (
	"net/http"
	"net/url"
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

// isS3 asks with the signature that is found in the request.
func isS3(r *signer.Request) bool {
	claim, _ := signer.FindClaim(r) // beside an error it has its family
	return dialect.IsS3(r, claim)
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
		"COS header":         {request(t, "/k", "Authorization", cosSignature, "x-amz-acl", "public-read"), false},
		"COS URL":            {request(t, "/k?"+cosSignature, "x-amz-acl", "public-read"), false},
		"COS URL as a whole": {request(t, "/k?sign="+url.QueryEscape(cosSignature), "x-amz-acl", "public-read"), false},

		// What is no signature decides nothing.
		"V4 URL beside a word":       {request(t, "/k?X-Amz-Signature=0", "Authorization", "Bearer x"), true},
		"V4 URL beside an empty one": {request(t, "/k?X-Amz-Signature=0", "Authorization", ""), true},
		"V2 URL behind a parameter":  {request(t, "/k?sign=x&q-signature=y&AWSAccessKeyId=a&Signature=b"), true},
		"COS URL beside a word":      {request(t, "/k?"+cosSignature, "Authorization", "AWSx", "x-amz-acl", "public-read"), false},
	} {
		require.Equal(t, c.s3, isS3(c.request), name)
	}
}

const cosSignature = "q-sign-algorithm=sha1&q-ak=AKIDa&q-sign-time=1795500000;1795507200&q-key-time=1795500000;1795507200" +
	"&q-header-list=&q-url-param-list=&q-signature=0000000000000000000000000000000000000000"

// In a URL signed by AWS2 two parameters stand for headers that did not come.
func TestReadAWS2(t *testing.T) {
	read := func(header ...string) http.Header {
		r := request(t, "/k?AWSAccessKeyId=a&Signature=b&Expires=1&content-md5=c3Vt&content-type=text%2Fplain", header...)
		claim, _ := signer.FindClaim(r)
		return dialect.Read(r, claim)
	}
	require.Equal(t, []string{"c3Vt"}, read()["Content-Md5"])
	require.Equal(t, []string{"text/plain"}, read()["Content-Type"])
	require.Equal(t, []string{"image/png"}, read("Content-Type", "image/png")["Content-Type"])
}

func TestRead(t *testing.T) {
	r := request(t, "/k?X-Amz-Signature=0&x-amz-meta-color=dark+red%2B&x-amz-acl=private",
		"x-amz-acl", "public-read", "x-cos-acl", "private", "x-amz-server-side-encryption", "aws:kms",
		"x-amz-server-side-encryption-aws-kms-key-id", "k", "x-amz-checksum-crc32", "AAAAAA==", "x-amz-date", "20261124T080000Z",
		"x-amz-meta-mtime", "1.5", "x-amz-metadata-directive", "REPLACE", "x-amz-copy-source", "/b/k", "x-amz-copy-source-if-match", "e",
		"Content-Encoding", "aws-chunked,gzip", "Content-Type", "text/plain")
	h := dialect.Read(r, nil)
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

	require.Empty(t, dialect.Read(request(t, "/k", "Content-Encoding", "aws-chunked"), nil)["Content-Encoding"])
}

// TestCopySource: the slash behind the bucket may be encoded. Nothing behind it is
// touched, so that it is decoded once and by one reader.
func TestCopySource(t *testing.T) {
	for sent, want := range map[string]string{
		"b/k":                      "b/k",
		"/b/k":                     "/b/k",
		"b%2Fk":                    "b/k",
		"b%2fdir%2fk":              "b/dir%2fk",
		"%2Fb%2Fdir%2Fa%20b":       "b/dir%2Fa%20b",
		"/b%2Fk":                   "b/k",
		"%2Fb/k":                   "b/k",
		"b%2Fdir/k":                "b/dir/k",
		"b%2Fk?versionId=a%2Fb":    "b/k?versionId=a%2Fb",
		"b/k%2Fl?versionId=a":      "b/k%2Fl?versionId=a",
		"b?versionId=a%2Fb":        "b?versionId=a%2Fb",
		"b%2Fk%3FversionId%3Da":    "b/k%3FversionId%3Da",
		"b%252Fk":                  "b%252Fk",
		"%252Fb%252Fk":             "%252Fb%252Fk",
		"b%2F%2Fk":                 "b/%2Fk",
		"%2F%2Fb%2Fk":              "/b%2Fk",
		"b.cos.r.myqcloud.com%2Fk": "b.cos.r.myqcloud.com/k",
		"%2":                       "%2", "%2F": "%2F", "": "", "/": "/",
	} {
		got := dialect.Read(request(t, "/k", "x-amz-copy-source", sent), nil)
		require.Equal(t, want, got.Get("X-Cos-Copy-Source"), sent)
		own := dialect.Read(request(t, "/k", "x-cos-copy-source", sent), nil)
		require.Equal(t, sent, own.Get("X-Cos-Copy-Source"), "COS's own header is not S3's")
	}
	once := request(t, "/k?X-Amz-Signature=0&x-amz-copy-source=b%252Fdir%252Fa%2520b")
	require.Equal(t, "b/dir%2Fa%20b", dialect.Read(once, nil).Get("X-Cos-Copy-Source"), "a parameter is decoded before")
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
