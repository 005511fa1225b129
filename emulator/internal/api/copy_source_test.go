package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// foundFirst is the first finding about the request that came last.
func (s *server) foundFirst() diagnose.Finding {
	s.tb.Helper()
	entries := s.e.Journal().Select(journal.Filter{Limit: 1})
	require.Len(s.tb, entries, 1)
	report := entries[0].Finding
	require.NotNil(s.tb, report)
	require.NotEmpty(s.tb, report.Findings)
	return report.Findings[0]
}

// TestCopySourceConditions: each condition alone, and the pairs: of a part copy
// those that exclude one another are refused before they are judged (choice
// 217); a copy of a whole object may have any.
//
// holds: header x-cos-copy-source-if-match; header x-cos-copy-source-if-none-match
// holds: header x-cos-copy-source-if-modified-since; header x-cos-copy-source-if-unmodified-since
func TestCopySourceConditions(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/source", []byte(sampleBody)).status)
	before, after := testTime().Add(-time.Hour).Format(http.TimeFormat), testTime().Add(time.Hour).Format(http.TimeFormat)
	const match, none, since, until = "x-cos-copy-source-If-Match", "x-cos-copy-source-If-None-Match", "x-cos-copy-source-If-Modified-Since", "x-cos-copy-source-If-Unmodified-Since"
	id := s.initiate("parts")
	for _, c := range []struct {
		header      []string
		whole, part int
	}{
		{[]string{match, sampleETag}, 200, 200},
		{[]string{match, `"other"`}, 412, 412},
		{[]string{none, `"other"`}, 200, 200},
		{[]string{none, sampleETag}, 412, 412},
		{[]string{since, before}, 200, 200},
		{[]string{since, after}, 412, 412},
		{[]string{until, after}, 200, 200},
		{[]string{until, before}, 412, 412},
		{[]string{match, sampleETag, until, after}, 200, 200},
		{[]string{none, `"other"`, since, before}, 200, 200},
		{[]string{match, sampleETag, none, `"other"`}, 200, 409},
		{[]string{match, sampleETag, since, before}, 200, 409},
		{[]string{until, after, none, `"other"`}, 200, 409},
		{[]string{until, after, since, before}, 200, 409},
		{[]string{match, `"other"`, since, before}, 412, 409},
	} {
		header := append([]string{"x-cos-copy-source", testHost + "/source"}, c.header...)
		for target, status := range map[string]int{"/copy": c.whole, "/parts?partNumber=1&uploadId=" + id: c.part} {
			got := s.do(http.MethodPut, target, nil, header...)
			require.Equal(t, status, got.status, "%s %v: %s", target, c.header, got.body)
			switch status {
			case 412:
				require.Equal(t, "PreconditionFailed", got.code())
			case 409:
				require.Equal(t, "InvalidRequest", got.code())
			}
		}
		if c.whole == 200 {
			s.remove(testBucket, "copy")
		}
		s.requireNothing(testBucket, "copy")
	}
}

// TestCopySourceHosts: every name of the source's bucket that SDKs know (cos-nodejs-sdk-v5
// src/advance.js), and those that are ours alone.
//
// holds: header x-cos-copy-source
func TestCopySourceHosts(t *testing.T) {
	s := start(t, api.Config{Domains: []string{"cos.test"}, Aliases: map[string]string{"uploads.test": testBucket}})
	require.Equal(t, 200, s.do(http.MethodPut, "/a%20b", []byte(sampleBody)).status)
	for _, host := range []string{
		testBucket + ".cos.ap-guangzhou.myqcloud.com", testBucket + ".cos.ap-guangzhou.tencentcos.cn", testBucket + ".cos-internal.ap-guangzhou.myqcloud.com",
		testBucket + ".cosv6.ap-guangzhou.myqcloud.com", testBucket + ".cos-cdc.ap-guangzhou.myqcloud.com", testBucket + ".cos-internal.ap-guangzhou.tencentcos.cn",
		testBucket + ".cos.accelerate.myqcloud.com", testBucket + ".cos.test", "uploads.test", "cos.ap-guangzhou.myqcloud.com/" + testBucket,
		testHost + ":80", s.addr + "/" + testBucket,
	} {
		got := s.do(http.MethodPut, "/copy", nil, "x-cos-copy-source", host+"/a%20b")
		require.Equal(t, 200, got.status, "%s: %s", host, got.body)
		s.requireStored(testBucket, "copy", []byte(sampleBody))
		s.remove(testBucket, "copy")
	}
	for source, code := range map[string]string{
		"nowhere": "InvalidCopySource", "example.com/a%20b": "InvalidCopySource", testHost + "/": "InvalidCopySource",
		testBucket + ".cos.ap-beijing.myqcloud.com/a%20b": "NoSuchBucket",
	} {
		got := s.do(http.MethodPut, "/copy", []byte("x"), "x-cos-copy-source", source)
		require.Equal(t, code, got.code(), source)
		s.requireNothing(testBucket, "copy")
	}
}

// TestCopySourceSpellings: sources as the clients write them, of a whole copy and
// of a part. Beside each the object that must be taken, and another that must not.
//
// holds: header x-cos-copy-source; header x-cos-metadata-directive
func TestCopySourceSpellings(t *testing.T) {
	s := start(t, api.Config{})
	for key, content := range map[string]string{"a b+c": "blank and plus", "p+q": "plus", "x+y": "plus of two", "x y": "blank of two", "中/é": "text"} {
		target := "/" + strings.ReplaceAll(strings.ReplaceAll(key, "+", "%2B"), " ", "%20")
		require.Equal(t, 200, s.do(http.MethodPut, target, []byte(content)).status, key)
	}
	id := s.initiate("parts")
	for _, c := range []struct{ client, source, content string }{
		{"Java, Node, Go, Python, .NET", testHost + "/a%20b%2Bc", "blank and plus"},
		{"PHP copy", testHost + "/a+b%2Bc?versionId=", "blank and plus"},
		{"PHP copy of a key with a slash", testHost + "/%E4%B8%AD%2F%C3%A9?versionId=", "text"},
		{"PHP parts, C", testHost + "/p+q", "plus"},
		{"C, raw text", testHost + "/中/é", "text"},
		{"PHP, both keys there", testHost + "/x+y", "blank of two"},
		{"the plus escaped", testHost + "/x%2By", "plus of two"},
		{"cosfs", "/" + testBucket + "/a%20b%2Bc", "blank and plus"},
		{"S3", testBucket + "/x%20y", "blank of two"},
		{"a version", "/" + testBucket + "/p%2Bq?versionId=null", "plus"},
	} {
		for _, directive := range []string{"REPLACE", "Replaced", "replaced"} {
			got := s.do(http.MethodPut, "/dst", nil, "x-cos-copy-source", c.source, "x-cos-metadata-directive", directive, "x-cos-meta-a", "new")
			require.Equal(t, 200, got.status, "%s: %s", c.client, got.body)
			s.requireStored(testBucket, "dst", []byte(c.content))
			require.Equal(t, "new", s.do(http.MethodHead, "/dst", nil).header.Get("X-Cos-Meta-A"))
			s.remove(testBucket, "dst")
		}
		part := s.do(http.MethodPut, "/parts?partNumber=1&uploadId="+id, nil, "x-cos-copy-source", c.source, "x-cos-metadata-directive", "REPLACE")
		require.Equal(t, 200, part.status, "%s: %s", c.client, part.body)
		require.Contains(t, string(part.body), crc([]byte(c.content)), c.client)
	}
	for _, directive := range []string{"Keep", "REPLACES", "Copy,Replaced"} {
		got := s.do(http.MethodPut, "/dst", nil, "x-cos-copy-source", testHost+"/p%2Bq", "x-cos-metadata-directive", directive)
		s.requireRefused(got, directive, 400, "InvalidArgument", "x-cos-metadata-directive must be Copy or Replaced.")
		got = s.do(http.MethodPut, "/dst", nil, "x-cos-copy-source", testHost+"/p%2Bq", "x-cos-tagging-directive", directive)
		s.requireRefused(got, directive, 400, "InvalidArgument", "x-cos-tagging-directive must be Copy or Replaced.")
		s.requireNothing(testBucket, "dst")
	}
}

// TestBothReadingsOfASourceAreJudged: that a `+` can be read in two ways opens no
// object that the caller may not read.
func TestBothReadingsOfASourceAreJudged(t *testing.T) {
	other := keyring.Key{SecretID: "AKIDtestKeyOfSomebody00000000000000000", SecretKey: "secretOfSomebody0123456789abcdefg", AppID: "1300000001"}
	s := start(t, api.Config{
		Keys:    []keyring.Key{testKey(), other},
		Buckets: []api.BucketConfig{{Name: testBucket, Region: testRegion}, {Name: "other-1300000001", Region: testRegion}},
	})
	require.Equal(t, 200, s.do(http.MethodPut, "/a%2Bb", []byte("kept")).status)
	require.Equal(t, 200, s.do(http.MethodPut, "/c%20d", []byte("open"), "x-cos-acl", "public-read").status)
	copied := func(source string) *answer {
		return s.send(s.signedBy(other, http.MethodPut, "other-1300000001.cos.ap-guangzhou.myqcloud.com", "/dst", nil, "x-cos-copy-source", source))
	}
	for _, source := range []string{testHost + "/a+b", testHost + "/a%2Bb", "/" + testBucket + "/a+b"} {
		s.requireRefused(copied(source), source, 403, "AccessDenied", "")
		s.requireNothing("other-1300000001", "dst")
	}
	require.Equal(t, 200, copied(testHost+"/c+d").status)
	s.requireStored("other-1300000001", "dst", []byte("open"))
}

// TestAddressWithoutDotsIsNoBucket: where the server itself goes by such a name, a
// source may as well (choice 431).
func TestAddressWithoutDotsIsNoBucket(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/k", []byte("x")).status)
	got := s.send(s.signedBy(testKey(), http.MethodPut, "cosemu-1", "/"+testBucket+"/dst", nil, "x-cos-copy-source", "cosemu-1/"+testBucket+"/k"))
	require.Equal(t, 200, got.status, "%s", got.body)
	s.requireStored(testBucket, "dst", []byte("x"))
}

// TestMissingSourceIsExplained: a copy whose source is not there names the source
// and how it was read; so does a part's. A copy that goes well says nothing.
//
// holds: code NoSuchKey; code NoSuchBucket; code NoSuchVersion; code InvalidCopySource
func TestMissingSourceIsExplained(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/k", []byte("x")).status)
	id := s.initiate("parts")
	for _, c := range []struct{ source, code, says string }{
		{testHost + "/no+thing", "NoSuchKey", `was read as the object "no thing" (each + a blank) or "no+thing" of the bucket "` + testBucket + `". There is no such object.`},
		{testHost + "/a%2520b", "NoSuchKey", `the object "a%20b" of the bucket`},
		{testHost + "/k?versionId=MTg0", "NoSuchVersion", `the object "k", version "MTg0", of the bucket`},
		{"/nobody-1250000000/k", "NoSuchBucket", `the object "k" of the bucket "nobody-1250000000". There is no such bucket.`},
		{testBucket + ".cos.ap-beijing.myqcloud.com/k", "NoSuchBucket", `of the bucket "` + testBucket + ` (ap-beijing)"`},
		{"https://" + testHost + "/k", "InvalidCopySource", `names no bucket and object: "https://`},
	} {
		for _, target := range []string{"/dst", "/parts?partNumber=1&uploadId=" + id} {
			got := s.do(http.MethodPut, target, nil, "x-cos-copy-source", c.source)
			require.Equal(t, c.code, got.code(), "%s: %s", c.source, got.body)
			require.Equal(t, "copy-source", got.header.Get("X-Cosemu-Diagnosis"), c.source)
			f := s.foundFirst()
			require.Contains(t, f.Sentence.En, c.says)
			require.Contains(t, f.Sentence.En, c.source)
			require.Contains(t, f.Sentence.Zh, c.source)
			require.NotEmpty(t, f.Advice.Zh)
		}
		s.requireNothing(testBucket, "dst")
	}
	got := s.do(http.MethodPut, "/dst", nil, "x-cos-copy-source", testHost+"/k")
	require.Equal(t, 200, got.status)
	require.Empty(t, got.header.Get("X-Cosemu-Diagnosis"))
	gone := s.do(http.MethodGet, "/nothing", nil)
	require.Equal(t, "NoSuchKey", gone.code())
	require.Empty(t, gone.header.Get("X-Cosemu-Diagnosis"), "of a download the address says it all")
}
