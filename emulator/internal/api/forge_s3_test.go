package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
)

// signedNames is the claim of a request with the names that it covers, which those
// of S3 do not list.
func signedNames(entry *journal.Entry) *signer.Claim {
	if entry.Claim.Family == signer.QSign {
		return entry.Claim
	}
	c := *entry.Claim
	c.HeaderList, c.ParamList = nil, nil
	for name := range entry.Request.Header {
		if entry.Claim.SignsHeader(name) {
			c.HeaderList = append(c.HeaderList, strings.ToLower(name))
		}
	}
	for _, p := range entry.Request.Params {
		if name := p.DecodedName(); entry.Claim.SignsParam(name) {
			c.ParamList = append(c.ParamList, strings.ToLower(name))
		}
	}
	return &c
}

// s3Shapes are requests as S3 clients sign them: by both versions, in the header
// and in the URL, at every kind of address.
func s3Shapes(tb testing.TB, one, two *api.Emulator, key, temporary keyring.Key) []*shape {
	tb.Helper()
	cloud := victim + ".cos.ap-guangzhou.myqcloud.com"
	var list []*shape
	add := func(name string, e *api.Emulator, in signer.PresignInput, change ...string) {
		for _, family := range []signer.Family{signer.AWS4, signer.AWS2} {
			for _, carrier := range []signer.Carrier{signer.CarrierHeader, signer.CarrierQuery} {
				in := in
				in.Family, in.Carrier, in.Region, in.Start, in.Expires = family, carrier, testRegion, testTime(), time.Hour
				if in.Bucket == "" {
					in.Bucket = victim
				}
				if in.Credentials.SecretID == "" {
					in.Credentials = key.Credentials()
				}
				if in.Method == "" {
					in.Method = http.MethodPut
				}
				m := s3Message(tb, in, "x")
				raw := strings.NewReplacer(change...).Replace(string(m.bytes()))
				list = append(list, &shape{name: family.String() + " " + carrier.String() + ", " + name, e: e, raw: []byte(raw)})
			}
		}
	}
	add("virtual host", two, signer.PresignInput{Host: cloud, Key: "a b/c+d"})
	add("path style", two, signer.PresignInput{Host: local, PathStyle: true, Key: "a b/c"})
	add("path style, one bucket", one, signer.PresignInput{Host: local, PathStyle: true, Key: "photos-2024/b"})
	add("cloud's path style", two, signer.PresignInput{Host: "cos.ap-guangzhou.myqcloud.com", PathStyle: true, Key: "c", Method: http.MethodDelete})
	add("custom domain", two, signer.PresignInput{Host: "uploads.test", Bucket: second, Key: "a/" + victim + "/b"})
	add("port 80 dropped", two, signer.PresignInput{Host: cloud + ":80", Key: "b"}, "Host: "+cloud+":80", "Host: "+cloud)
	add("headers", two, signer.PresignInput{Host: cloud, Key: "b", Header: http.Header{
		"Content-Type": {"text/plain"}, "X-Amz-Acl": {"private"}, "X-Amz-Meta-A": {"a &b,c"},
	}})
	add("list", two, signer.PresignInput{Host: cloud, Method: http.MethodGet, Query: map[string][]string{"list-type": {"2"}, "prefix": {"a b/"}}})
	add("abort", two, signer.PresignInput{Host: cloud, Method: http.MethodDelete, Key: "b", Query: map[string][]string{"uploadId": {"1234"}}})
	add("acl", two, signer.PresignInput{Host: cloud, Method: http.MethodGet, Key: "b", Query: map[string][]string{"acl": {""}}})
	add("token", two, signer.PresignInput{Host: cloud, Key: "b", Credentials: temporary.Credentials()})
	return list
}

// s3Mutations are what an attacker would try on such a request.
func s3Mutations(replace func(old string, puts ...string)) {
	replace("x-amz-acl", "X-AMZ-ACL", "x-amz-acl: public-read\r\nx-amz-acl", "x-cos-acl")
	replace("X-Amz-Acl", "x-amz-acl", "X-Amz-Acl: public-read\r\nX-Amz-Acl", "X-Cos-Acl: public-read\r\nX-Amz-Acl")
	replace("a &b,c", "a &b\r\nX-Amz-Meta-A: c", "a  &b,c", "a &b, c")
	replace("X-Amz-Expires=", "X-Amz-Expires=9&x-amz-expires=", "x-amz-expires=", "X-Amz-Expires=0")
	replace("X-Amz-Date", "x-amz-date", "X-Amz-Date=20261124T090000Z&X-Amz-Date")
	replace("X-Amz-Signature", "x-amz-signature", "prefix=&X-Amz-Signature", "acl&X-Amz-Signature", "versionId=1&X-Amz-Signature", "x-cos-acl=public-read&X-Amz-Signature")
	replace("&Signature=", "&acl&Signature=", "&ACL&Signature=", "&VERSIONID=1&Signature=", "&UploadID=1&Signature=", "&append&position=0&Signature=", "&x-amz-acl=public-read&Signature=", "&x-cos-acl=public-read&Signature=")
	replace("Expires=1", "Expires=2", "expires=1&Expires=1", "Expires=01")
	replace("AWSAccessKeyId", "awsaccesskeyid", "AWSAccessKeyId=a&AWSAccessKeyId")
	replace("SignedHeaders=", "SignedHeaders=accept;", "SignedHeaders=HOST;")
	replace("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	replace("Authorization: AWS", "authorization: AWS", "Authorization: x\r\nAuthorization: AWS", "Authorization:  AWS")
	replace("list-type=2", "list-type=1", "LIST-TYPE=2", "list-type=2&list-type=1", "list%2Dtype=2")
	replace("aws4_request", "aws4_request/", "AWS4_request")
	replace("\r\n\r\n", "\r\nX-Amz-Copy-Source: /"+second+"/a\r\n\r\n", "\r\nx-amz-acl: public-read\r\n\r\n", "\r\nx-amz-date: 20261124T090000Z\r\n\r\n")
}
