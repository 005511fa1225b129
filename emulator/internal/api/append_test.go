package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc64"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// appendTo appends to a key.
func (s *server) appendTo(key string, position int, body []byte, header ...string) *answer {
	s.tb.Helper()
	return s.do(http.MethodPost, fmt.Sprintf("/%s?append&position=%d", key, position), body, header...)
}

// TestAppend: pieces of all sizes, one behind the other; each answer has what
// the Go SDK looks at, and the object is what a PUT of all of it would have
// been, its ETag aside.
//
// holds: call AppendObject; param position; answer x-cos-next-append-position; answer x-cos-content-sha1; answer x-cos-object-type
func TestAppend(t *testing.T) {
	s := start(t, api.Config{})
	var whole []byte
	etags := map[string]bool{}
	for i, size := range []int{5, 0, 70_000, 1, 2 * mib, 300} {
		piece := pseudo(byte(i), size)
		got := s.appendTo("log", len(whole), piece, "Content-Type", "text/plain", "x-cos-meta-n", strconv.Itoa(i), "x-cos-storage-class", "STANDARD_IA")
		require.Equal(t, 200, got.status, "%s", got.body)
		whole = append(whole, piece...)
		sum := md5.Sum(piece)
		require.Equal(t, hex.EncodeToString(sum[:]), got.header.Get("X-Cos-Content-Sha1"))
		require.Equal(t, strconv.Itoa(len(whole)), got.header.Get("X-Cos-Next-Append-Position"))
		require.Equal(t, strconv.FormatUint(crc64.Checksum(whole, crc64.MakeTable(crc64.ECMA)), 10), got.header.Get("X-Cos-Hash-Crc64ecma"))
		require.Regexp(t, `^"[0-9a-f]{32}"$`, got.header.Get("ETag"))
		require.False(t, etags[got.header.Get("ETag")], "another object, another ETag")
		etags[got.header.Get("ETag")] = true
		s.requireStored(testBucket, "log", whole)
	}
	head := s.do(http.MethodHead, "/log", nil)
	require.Equal(t, "appendable", head.header.Get("X-Cos-Object-Type"))
	require.Equal(t, "0", head.header.Get("X-Cos-Meta-N"), "choice 208: of the first")
	require.Equal(t, "STANDARD_IA", head.header.Get("X-Cos-Storage-Class"))
	require.Equal(t, strconv.Itoa(len(whole)), head.header.Get("Content-Length"))
	part := s.do(http.MethodGet, "/log", nil, "Range", "bytes=3-70009")
	require.Equal(t, whole[3:70010], part.body, "over the seams")
	require.Equal(t, 200, s.do(http.MethodPut, "/log", []byte("normal")).status)
	require.Empty(t, s.do(http.MethodHead, "/log", nil).header.Get("X-Cos-Object-Type"), "a PUT makes it a normal one")
	s.requireRefused(s.appendTo("log", 6, []byte("x")), "normal", 409, "ObjectNotAppendable", "The operation is not valid for the current state of the object.")
	s.requireStored(testBucket, "log", []byte("normal"))
}

// TestAppendRefused: each refusal beside an append that is right, and nothing
// changes.
//
// holds: code AppendPositionErr; code ObjectNotAppendable; code InvalidBucketState
func TestAppendRefused(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/normal", []byte("normal")).status)
	require.Equal(t, 200, s.appendTo("log", 0, []byte("0123456789")).status)
	digest := base64.StdEncoding.EncodeToString(make([]byte, md5.Size))
	chunked := s.signed(http.MethodPost, "/log?append&position=10", []byte("x"))
	chunked.chunked = true
	short := s.signed(http.MethodPost, "/log?append&position=10", []byte("x"))
	short.header.Set("Content-Length", "100")
	for _, c := range []struct {
		name   string
		got    *answer
		status int
		code   string
	}{
		{"no position", s.do(http.MethodPost, "/log?append", []byte("x")), 400, "InvalidArgument"},
		{"negative", s.do(http.MethodPost, "/log?append&position=-1", []byte("x")), 400, "InvalidArgument"},
		{"no number", s.do(http.MethodPost, "/log?append&position=ten", []byte("x")), 400, "InvalidArgument"},
		{"before the end", s.appendTo("log", 9, []byte("x")), 409, "AppendPositionErr"},
		{"behind the end", s.appendTo("log", 11, []byte("x")), 409, "AppendPositionErr"},
		{"far behind", s.do(http.MethodPost, "/log?append&position=9223372036854775807", []byte("x")), 409, "AppendPositionErr"},
		{"new, not at 0", s.appendTo("new", 1, []byte("x")), 409, "AppendPositionErr"},
		{"normal", s.appendTo("normal", 6, []byte("x")), 409, "ObjectNotAppendable"},
		{"wrong MD5", s.appendTo("log", 10, []byte("x"), "Content-MD5", digest), 400, "BadDigest"},
		{"chunked", s.send(chunked), 411, "MissingContentLength"},
		{"class", s.appendTo("new", 0, []byte("x"), "x-cos-storage-class", "INTELLIGENT_TIERING"), 400, "NotSupportedStorageClass"},
		{"anonymous", s.send(&message{method: http.MethodPost, target: "/log?append&position=10", host: testHost, body: []byte("x")}), 403, "AccessDenied"},
	} {
		s.requireRefused(c.got, c.name, c.status, c.code, "")
		s.requireStored(testBucket, "log", []byte("0123456789"))
		s.requireStored(testBucket, "normal", []byte("normal"))
		s.requireNothing(testBucket, "new")
	}
	require.Equal(t, 200, s.appendTo("log", 10, []byte("ab")).status)
	s.requireStored(testBucket, "log", []byte("0123456789ab"))

	require.Equal(t, 200, s.versioning("Enabled").status)
	s.requireRefused(s.appendTo("log", 12, []byte("x")), "versioned", 409, "InvalidBucketState", "")
	s.requireRefused(s.appendTo("new", 0, []byte("x")), "versioned", 409, "InvalidBucketState", "")
	s.requireStored(testBucket, "log", []byte("0123456789ab"))
	s.requireNothing(testBucket, "new")
}

// TestAppendAfterVersioning: where versioning was on and is off again, appends go
// on (choice 209): to the null version, beside those that were made meanwhile.
//
// holds: call AppendObject; code AppendPositionErr; code ObjectNotAppendable
func TestAppendAfterVersioning(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.appendTo("log", 0, []byte("01")).status)
	require.Equal(t, 200, s.versioning("Enabled").status)
	kept := s.putVersion("other", "kept")
	require.Equal(t, 204, s.do(http.MethodDelete, "/gone", nil).status)
	require.Equal(t, 200, s.versioning("Suspended").status)
	for key, at := range map[string]int{"log": 2, "new": 0, "gone": 0} {
		got := s.appendTo(key, at, []byte("23"))
		require.Equal(t, 200, got.status, "%s: %s", key, got.body)
		require.Equal(t, strconv.Itoa(at+2), got.header.Get("X-Cos-Next-Append-Position"))
		require.Equal(t, 200, s.appendTo(key, at+2, []byte("4")).status, key)
		s.requireRefused(s.appendTo(key, at+2, []byte("4")), key, 409, "AppendPositionErr", "")
		require.Equal(t, "appendable", s.do(http.MethodHead, "/"+key, nil).header.Get("X-Cos-Object-Type"))
	}
	s.requireStored(testBucket, "log", []byte("01234"))
	s.requireStored(testBucket, "new", []byte("234"))
	s.requireStored(testBucket, "gone", []byte("234"))
	s.requireRefused(s.appendTo("other", 4, []byte("x")), "a version", 409, "ObjectNotAppendable", "")
	s.requireVersion("other", kept, "kept")
}

// TestAppendAtOnce: of many appends to one position one is taken, and the
// others are told.
func TestAppendAtOnce(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.appendTo("log", 0, []byte("0123456789")).status)
	const many = 8
	messages := make([]*message, many)
	for i := range messages {
		messages[i] = s.signed(http.MethodPost, "/log?append&position=10", pseudo(byte(i), 100))
	}
	answers := make([]*answer, many)
	var wg sync.WaitGroup
	for i := range messages {
		wg.Go(func() { answers[i] = s.send(messages[i]) })
	}
	wg.Wait()
	taken := -1
	for i, a := range answers {
		if a.status == 200 {
			require.Equal(t, -1, taken, "only one")
			taken = i
			continue
		}
		s.requireRefused(a, fmt.Sprint(i), 409, "AppendPositionErr", "")
	}
	require.GreaterOrEqual(t, taken, 0)
	s.requireStored(testBucket, "log", append([]byte("0123456789"), pseudo(byte(taken), 100)...))
}

// TestAppendedCannotBeCopied: it is no source, of a copy nor of a part (choice
// 211); a normal one is.
//
// holds: code InvalidObjectState/409
func TestAppendedCannotBeCopied(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.appendTo("log", 0, []byte("x")).status)
	id := s.initiate("parts")
	for _, target := range []string{"/copy", "/parts?partNumber=1&uploadId=" + id} {
		s.requireRefused(s.do(http.MethodPut, target, nil, "x-cos-copy-source", testHost+"/log"), target, 409, "InvalidObjectState", "")
	}
	s.requireNothing(testBucket, "copy")
	s.requireParts("parts", id)
	require.Equal(t, 200, s.do(http.MethodPut, "/log", []byte("x")).status)
	require.Equal(t, 200, s.do(http.MethodPut, "/copy", nil, "x-cos-copy-source", testHost+"/log").status)
}
