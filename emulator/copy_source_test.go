package emulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator"
)

// TestCopySourceConditions: each condition alone, and the pairs: of a part copy
// those that exclude one another are refused before they are judged (choice
// 217); a copy of a whole object may have any.
//
// holds: header x-cos-copy-source-if-match; header x-cos-copy-source-if-none-match
// holds: header x-cos-copy-source-if-modified-since; header x-cos-copy-source-if-unmodified-since
func TestCopySourceConditions(t *testing.T) {
	s := start(t, emulator.Config{})
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
	s := start(t, emulator.Config{Domains: []string{"cos.test"}, Aliases: map[string]string{"uploads.test": testBucket}})
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
