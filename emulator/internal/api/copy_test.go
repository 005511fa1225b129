package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// TestCopy copies within a bucket and between buckets, metadata kept and
// replaced, by every form of source that SDKs write.
//
// holds: call PutObject?x-cos-copy-source; header x-cos-copy-source; header x-cos-metadata-directive; header x-cos-copy-source-if-none-match
// holds: code InvalidCopySource; code NoSuchVersion; code InvalidRequest; code NoSuchKey; code NoSuchBucket
func TestCopy(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{
		{Name: testBucket}, {Name: "target-1250000000"}, {Name: "foreign-1300000001"},
	}})
	require.Equal(t, 200, s.do(http.MethodPut, "/dir/a+b", []byte(sampleBody), "Content-Type", "image/jpeg", "x-cos-meta-a", "b").status)
	target := "target-1250000000.cos.ap-guangzhou.myqcloud.com"
	for name, source := range map[string]string{
		"raw slashes": testHost + "/dir/a%2Bb",
		"escaped":     testHost + "/dir%2Fa%2Bb",
		"with a port": testHost + ":9000/dir/a%2Bb",
		"path style":  s.addr + "/" + testBucket + "/dir/a%2Bb",
		"a version":   testHost + "/dir/a%2Bb?versionId=null",
	} {
		got := s.send(s.signedBy(testKey(), http.MethodPut, target, "/copy", nil, "x-cos-copy-source", source))
		require.Equal(t, 200, got.status, "%s: %s", name, got.body)
		require.Equal(t, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<CopyObjectResult>\n\t<ETag>"+sampleETag+"</ETag>\n\t<CRC64>"+
			sampleCRC64+"</CRC64>\n\t<LastModified>2026-11-24T08:00:00Z</LastModified>\n</CopyObjectResult>", string(got.body))
		s.requireStored("target-1250000000", "copy", []byte(sampleBody))
		head := s.send(s.signedBy(testKey(), http.MethodHead, target, "/copy", nil))
		require.Equal(t, "image/jpeg", head.header.Get("Content-Type"))
		require.Equal(t, "b", head.header.Get("X-Cos-Meta-A"))
		s.remove("target-1250000000", "copy")
	}
	itself := []string{"x-cos-copy-source", testHost + "/dir/a%2Bb", "x-cos-metadata-directive", "Replaced", "Content-Type", "text/plain"}
	require.Equal(t, 200, s.do(http.MethodPut, "/dir/a+b", nil, itself...).status, "a raw + in the path is a plus in the key")
	require.Equal(t, "text/plain", s.do(http.MethodGet, "/dir/a+b", nil).header.Get("Content-Type"))

	for _, c := range []struct {
		name   string
		header []string
		status int
		code   string
	}{
		{"onto itself", []string{"x-cos-copy-source", testHost + "/to"}, 400, "InvalidRequest"},
		{"no key", []string{"x-cos-copy-source", testHost}, 400, "InvalidCopySource"},
		{"no such key", []string{"x-cos-copy-source", testHost + "/nothing"}, 404, "NoSuchKey"},
		{"no such bucket", []string{"x-cos-copy-source", "nobody-1250000000.cos.ap-guangzhou.myqcloud.com/a"}, 404, "NoSuchBucket"},
		{"no such version", []string{"x-cos-copy-source", testHost + "/dir/a%2Bb?versionId=MTg0"}, 404, "NoSuchVersion"},
		{"another account's", []string{"x-cos-copy-source", "foreign-1300000001.cos.ap-guangzhou.myqcloud.com/a"}, 403, "AccessDenied"},
		{"condition", []string{"x-cos-copy-source", testHost + "/dir/a%2Bb", "x-cos-copy-source-If-None-Match", sampleETag}, 412, "PreconditionFailed"},
		{"directive", []string{"x-cos-copy-source", testHost + "/dir/a%2Bb", "x-cos-metadata-directive", "Keep"}, 400, "InvalidArgument"},
		{"forbidden to overwrite", []string{"x-cos-copy-source", testHost + "/dir/a%2Bb", "x-cos-forbid-overwrite", "true"}, 409, "FileAlreadyExists"},
	} {
		require.Equal(t, 200, s.do(http.MethodPut, "/to", []byte("before")).status)
		s.requireRefused(s.do(http.MethodPut, "/to", nil, c.header...), c.name, c.status, c.code, "")
		s.requireStored(testBucket, "to", []byte("before"))
	}
}

// TestDeleteMultiple: the documented answers, byte for byte, and each refusal.
//
// holds: call DeleteObject?delete; code MalformedXML; code XMLSizeLimit; code BadDigest; code InvalidRequest
func TestDeleteMultiple(t *testing.T) {
	s := start(t, api.Config{})
	remove := func(doc string) *answer {
		t.Helper()
		for _, key := range []string{"example-object-1.jpg", "example-object-2.jpg", "stays"} {
			require.Equal(t, 200, s.do(http.MethodPut, "/"+key, []byte("x")).status)
		}
		sum := md5.Sum([]byte(doc))
		return s.do(http.MethodPost, "/?delete", []byte(doc), "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	}
	two := "<Object>\n\t\t<Key>example-object-1.jpg</Key>\n\t</Object>\n\t<Object>\n\t\t<Key>example-object-2.jpg</Key>\n\t</Object>\n"
	got := remove("<Delete>\n\t<Quiet>false</Quiet>\n\t" + two + "</Delete>")
	require.Equal(t, 200, got.status, "%s", got.body)
	require.Equal(t, "<DeleteResult>\n\t<Deleted>\n\t\t<Key>example-object-1.jpg</Key>\n\t</Deleted>\n\t<Deleted>\n\t\t<Key>example-object-2.jpg</Key>\n\t</Deleted>\n</DeleteResult>", string(got.body))
	require.Len(t, got.body, 144, "the printed Content-Length")
	s.requireNothing(testBucket, "example-object-1.jpg")
	s.requireNothing(testBucket, "example-object-2.jpg")
	s.requireStored(testBucket, "stays", []byte("x"))

	require.Equal(t, "<DeleteResult/>", string(remove("<Delete><Quiet>true</Quiet>"+two+"</Delete>").body))
	mixed := remove("<Delete><Quiet>true</Quiet><Object><Key>stays</Key><VersionId>MTg0</VersionId></Object><Object><Key>a&amp;b</Key></Object></Delete>")
	require.Equal(t, "<DeleteResult>\n\t<Error>\n\t\t<Key>stays</Key>\n\t\t<VersionId>MTg0</VersionId>\n\t\t<Code>NoSuchVersion</Code>\n\t\t<Message>"+
		between(string(mixed.body), "<Message>", "</Message>")+"</Message>\n\t</Error>\n</DeleteResult>", string(mixed.body))

	many := strings.Repeat("<Object><Key>k</Key></Object>", 1001)
	for name, doc := range map[string]string{
		"none": "<Delete></Delete>", "too many": "<Delete>" + many + "</Delete>", "cut": "<Delete><Object><Key>stays</Key>", "another": "<Remove/>",
	} {
		message := ""
		if name == "too many" {
			message = "delete key size is greater than 1000"
		}
		s.requireRefused(remove(doc), name, 400, "MalformedXML", message)
		s.requireStored(testBucket, "stays", []byte("x"))
	}
	huge := s.signed(http.MethodPost, "/?delete", nil)
	huge.header.Set("Content-Length", fmt.Sprint(100<<20))
	huge.header.Set("Expect", "100-continue")
	s.requireRefused(s.send(huge), "huge", 400, "XMLSizeLimit", "")
	for _, header := range [][]string{nil, {"Content-MD5", ""}} {
		got := s.do(http.MethodPost, "/?delete", []byte("<Delete><Object><Key>stays</Key></Object></Delete>"), header...)
		s.requireRefused(got, "no MD5", 400, "InvalidRequest", "Missing required header for this request: Content-MD5")
	}
	digest := base64.StdEncoding.EncodeToString(make([]byte, 16))
	wrong := s.do(http.MethodPost, "/?delete", []byte("<Delete><Object><Key>stays</Key></Object></Delete>"), "Content-MD5", digest)
	s.requireRefused(wrong, "wrong MD5", 400, "BadDigest", "")
	s.requireStored(testBucket, "stays", []byte("x"))
}

// TestCopyOfParts: a copy keeps the digests of its source (choice 218).
func TestCopyOfParts(t *testing.T) {
	s := start(t, api.Config{})
	id := s.initiate("parts")
	body := pseudo(3, mib+5)
	etags := []string{s.putPart("parts", id, 1, body[:mib]), s.putPart("parts", id, 2, body[mib:])}
	require.Equal(t, 200, s.complete("parts", id, partList(etags...)).status)
	source := s.do(http.MethodHead, "/parts", nil).header
	require.Regexp(t, `^"[0-9a-f]{32}-2"$`, source.Get("ETag"))
	require.Equal(t, 200, s.do(http.MethodPut, "/copy", nil, "x-cos-copy-source", testHost+"/parts").status)
	s.requireStored(testBucket, "copy", body)
	copied := s.do(http.MethodHead, "/copy", nil).header
	require.Equal(t, source.Get("ETag"), copied.Get("ETag"))
	require.Equal(t, crc(body), copied.Get("x-cos-hash-crc64ecma"))
}
