package api_test

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// The documents' sample object, its MD5 and CRC-64 (COS docs: PUT Object).
const (
	sampleBody  = "[Object Content]"
	sampleETag  = `"ee8de918d05640145b18f70f4c3aa602"`
	sampleCRC64 = "16749565679157681890"
)

// holds: call PutObject; call GetObject; call HeadObject; call DeleteObject; code NoSuchKey
// holds: header content-type; header cache-control; header content-disposition; header expires; header x-cos-meta-*; header x-cos-storage-class; header x-cos-server-side-encryption
// holds: answer etag; answer x-cos-hash-crc64ecma; answer x-cos-server-side-encryption; answer date; answer content-length; answer content-type; answer cache-control
// holds: answer content-disposition; answer expires; answer x-cos-meta-*; answer x-cos-storage-class; answer accept-ranges; answer last-modified; answer x-cos-error-code; answer x-cos-error-message
func TestObjectLife(t *testing.T) {
	s := start(t, api.Config{})
	put := s.do(http.MethodPut, "/exampleobject", []byte(sampleBody),
		"Content-Type", "image/jpeg", "Cache-Control", "max-age=1", "Content-Disposition", "attachment", "Expires", "never",
		"x-cos-meta-Author", "me & you", "x-cos-storage-class", "STANDARD_IA", "x-cos-server-side-encryption", "AES256")
	require.Equal(t, 200, put.status, "%s", put.body)
	require.Empty(t, put.body)
	require.Equal(t, "0", put.header.Get("Content-Length"))
	require.Equal(t, sampleETag, put.header.Get("ETag"))
	require.Equal(t, sampleCRC64, put.header.Get("X-Cos-Hash-Crc64ecma"))
	require.Equal(t, "AES256", put.header.Get("X-Cos-Server-Side-Encryption"))
	require.Equal(t, "Tue, 24 Nov 2026 08:00:00 GMT", put.header.Get("Date"))
	require.Empty(t, put.header.Get("X-Cos-Trace-Id"), "only failures have one")

	for _, method := range []string{http.MethodGet, http.MethodHead} {
		got := s.do(method, "/exampleobject", nil)
		require.Equal(t, 200, got.status)
		for name, want := range map[string]string{
			"Content-Type": "image/jpeg", "Cache-Control": "max-age=1", "Content-Disposition": "attachment", "Expires": "never",
			"X-Cos-Meta-Author": "me & you", "X-Cos-Storage-Class": "STANDARD_IA", "X-Cos-Server-Side-Encryption": "AES256",
			"ETag": sampleETag, "X-Cos-Hash-Crc64ecma": sampleCRC64, "Content-Length": "16", "Accept-Ranges": "bytes",
			"Last-Modified": "Tue, 24 Nov 2026 08:00:00 GMT",
		} {
			require.Equal(t, want, got.header.Get(name), method+" "+name)
		}
		require.Equal(t, method == http.MethodGet, string(got.body) == sampleBody)
	}
	require.Equal(t, 204, s.do(http.MethodDelete, "/exampleobject", nil).status)
	s.requireNothing(testBucket, "exampleobject")
	require.Equal(t, 204, s.do(http.MethodDelete, "/exampleobject", nil).status, "no such key is no error")

	gone := s.do(http.MethodGet, "/exampleobject", nil)
	s.requireRefused(gone, "gone", 404, "NoSuchKey", "The specified key does not exist.")
	head := s.do(http.MethodHead, "/exampleobject", nil)
	require.Equal(t, 404, head.status)
	require.Equal(t, "NoSuchKey", head.header.Get("X-Cos-Error-Code"))
	require.Equal(t, "The specified key does not exist.", head.header.Get("X-Cos-Error-Message"))
}

// TestEmptyHeaders: what a client sends without a value is not stored.
//
// holds: header cache-control; header content-type; header x-cos-meta-*
func TestEmptyHeaders(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x"), "Cache-Control", "", "Content-Type", "", "x-cos-meta-a", "").status)
	got := s.do(http.MethodGet, "/a", nil)
	require.NotContains(t, got.header, "Cache-Control")
	require.NotContains(t, got.header, "X-Cos-Meta-A")
	require.Equal(t, "application/octet-stream", got.header.Get("Content-Type"))
	require.NotContains(t, got.header, "X-Cos-Storage-Class", "STANDARD is not said")
}

// holds: header range; header if-match; header if-none-match; header if-modified-since; header if-unmodified-since
// holds: answer content-range; answer x-cos-hash-crc64ecma; code PreconditionFailed; code InvalidRange
func TestDownload(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte(sampleBody), "Content-Type", "text/plain").status)
	for _, c := range []struct {
		name, header, value string
		status              int
		body, contentRange  string
	}{
		{"range", "Range", "bytes=8-14", 206, "Content", "bytes 8-14/16"},
		{"open end", "Range", "bytes=8-", 206, "Content]", "bytes 8-15/16"},
		{"suffix", "Range", "bytes=-1", 206, "]", "bytes 15-15/16"},
		{"suffix longer than all", "Range", "bytes=-99", 206, sampleBody, "bytes 0-15/16"},
		{"past the end", "Range", "bytes=8-99", 206, "Content]", "bytes 8-15/16"},
		{"two ranges", "Range", "bytes=0-1,3-4", 200, sampleBody, ""},
		{"no range", "Range", "lines=1", 200, sampleBody, ""},
		{"match", "If-Match", sampleETag, 200, sampleBody, ""},
		{"match fails", "If-Match", `"other"`, 412, "", ""},
		{"none match", "If-None-Match", `"other"`, 200, sampleBody, ""},
		{"none match fails", "If-None-Match", sampleETag, 304, "", ""},
		{"modified since", "If-Modified-Since", "Tue, 24 Nov 2026 07:59:59 GMT", 200, sampleBody, ""},
		{"not modified since", "If-Modified-Since", "Tue, 24 Nov 2026 08:00:00 GMT", 304, "", ""},
		{"unmodified since", "If-Unmodified-Since", "Tue, 24 Nov 2026 08:00:00 GMT", 200, sampleBody, ""},
		{"modified after", "If-Unmodified-Since", "Tue, 24 Nov 2026 07:59:59 GMT", 412, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.do(http.MethodGet, "/a", nil, c.header, c.value)
			require.Equal(t, c.status, got.status, "%s", got.body)
			require.Equal(t, c.contentRange, got.header.Get("Content-Range"))
			switch c.status {
			case 412:
				require.Equal(t, "PreconditionFailed", got.code())
				require.Equal(t, "Precondition not match.", got.message())
				return
			case 304:
				require.Equal(t, "text/plain", got.header.Get("Content-Type"))
				require.Equal(t, sampleETag, got.header.Get("ETag"))
			}
			require.Equal(t, c.body, string(got.body))
			require.Equal(t, sampleCRC64, got.header.Get("X-Cos-Hash-Crc64ecma"), "of the whole object")
		})
	}
	past := s.do(http.MethodGet, "/a", nil, "Range", "bytes=16-")
	s.requireRefused(past, "range", 416, "InvalidRange", "")
}

// holds: param response-content-type; param response-cache-control; param response-content-disposition; code InvalidRequest
func TestResponseOverrides(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, ACL: api.ACLPublicRead}}})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x"), "Content-Type", "text/plain").status)
	target := "/a?response-content-type=application%2Foctet-stream&response-cache-control=max-age%3D86400&response-content-disposition=attachment%3B%20filename%3Dexample.jpg"
	got := s.do(http.MethodGet, target, nil)
	require.Equal(t, "application/octet-stream", got.header.Get("Content-Type"))
	require.Equal(t, "max-age=86400", got.header.Get("Cache-Control"))
	require.Equal(t, "attachment; filename=example.jpg", got.header.Get("Content-Disposition"))

	split := s.do(http.MethodGet, "/a?response-content-type=a%0D%0AX-Evil:%201", nil)
	require.Equal(t, 200, split.status)
	require.NotContains(t, split.header, "X-Evil")

	anonymous := s.send(&message{method: http.MethodGet, host: testHost, target: target})
	s.requireRefused(anonymous, "anonymous", 400, "InvalidRequest", "")
	require.Equal(t, 200, s.send(&message{method: http.MethodGet, host: testHost, target: "/a"}).status)
}

// TestKeys stores keys of every kind and reads them back; beside them, those
// that may not be.
//
// holds: code KeyTooLong; code InvalidObjectName
func TestKeys(t *testing.T) {
	s := start(t, api.Config{})
	for target, key := range map[string]string{
		"/a":                       "a",
		"/a/b":                     "a/b",
		"//double//slash":          "/double//slash",
		"/./dot/../dots":           "./dot/../dots",
		"/%E4%B8%AD%E6%96%87":      "中文",
		"/中文raw":                   "中文raw",
		"/100%25":                  "100%",
		"/100%":                    "100%",
		"/a%zzb":                   "a%zzb",
		"/a%2Bb":                   "a+b",
		"/folder/":                 "folder/",
		"/%00nul":                  "\x00nul",
		"/" + long(850):            long(850),
		"/q%3Fmark":                "q?mark",
		"/" + strings.ToUpper("x"): "X",
	} {
		got := s.do(http.MethodPut, target, []byte(key))
		require.Equal(t, 200, got.status, "%q: %s", target, got.body)
		s.requireStored(testBucket, key, []byte(key))
		require.Equal(t, key, string(s.do(http.MethodGet, target, nil).body))
	}
	for target, code := range map[string]string{
		"/" + long(851):               "KeyTooLong",
		"/" + long(848) + "%E4%B8%AD": "KeyTooLong",
		"/%5Cback":                    "InvalidObjectName",
		"/a%18":                       "InvalidObjectName",
	} {
		got := s.do(http.MethodPut, target, []byte("x"))
		s.requireRefused(got, target, 400, code, "")
	}
}

func long(n int) string { return strings.Repeat("k", n) }

// TestBodies is the law of bodies: nothing is stored unless all of it is right.
//
// holds: header content-md5; code BadDigest; code InvalidDigest; code NotSupportedStorageClass; code InvalidArgument; header x-cos-storage-class; header x-cos-acl; header x-cos-meta-*
func TestBodies(t *testing.T) {
	sum := md5.Sum([]byte(sampleBody))
	right, wrong := base64.StdEncoding.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(make([]byte, 16))
	s := start(t, api.Config{})
	for _, c := range []struct {
		name    string
		header  []string
		chunked bool
		status  int
		code    string
	}{
		{"plain", nil, false, 200, ""},
		{"chunked without a length", nil, true, 200, ""},
		{"right MD5", []string{"Content-MD5", right}, false, 200, ""},
		{"wrong MD5", []string{"Content-MD5", wrong}, false, 400, "BadDigest"},
		{"wrong MD5, chunked", []string{"Content-MD5", wrong}, true, 400, "BadDigest"},
		{"MD5 in hex", []string{"Content-MD5", "ee8de918d05640145b18f70f4c3aa602"}, false, 400, "InvalidDigest"},
		{"no storage class", []string{"x-cos-storage-class", "WARM"}, false, 400, "NotSupportedStorageClass"},
		{"too much metadata", []string{"x-cos-meta-a", strings.Repeat("m", 3000)}, false, 400, "InvalidArgument"},
		{"unknown acl", []string{"x-cos-acl", "everyone"}, false, 400, "InvalidArgument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := s.signed(http.MethodPut, "/a", []byte(sampleBody), c.header...)
			m.chunked = c.chunked
			got := s.send(m)
			require.Equal(t, c.status, got.status, "%s", got.body)
			require.Equal(t, c.code, got.code())
			if c.status == 200 {
				s.requireStored(testBucket, "a", []byte(sampleBody))
				s.remove(testBucket, "a")
				return
			}
			s.requireNothing(testBucket, "a")
		})
	}
}

// TestShortBody: a body that ends before its length is IncompleteBody, and the
// object that was there stays.
//
// holds: code IncompleteBody; header content-length
func TestShortBody(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("old")).status)
	m := s.signed(http.MethodPut, "/a", []byte("new, but cut"))
	m.header.Set("Content-Length", "100")
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write(m.bytes())
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	got := readAnswer(t, conn, m.method)
	s.requireRefused(got, "cut", 400, "IncompleteBody", "")
	require.Equal(t, "body-short", got.header.Get("X-Cosemu-Diagnosis"))
	s.requireStored(testBucket, "a", []byte("old"))
}

// TestTooLarge: a length past 5 GiB is refused before a byte is read.
//
// holds: code EntityTooLarge; header content-length
func TestTooLarge(t *testing.T) {
	s := start(t, api.Config{})
	m := s.signed(http.MethodPut, "/a", nil)
	m.header.Set("Content-Length", strconv.Itoa(5<<30+1))
	m.header.Set("Expect", "100-continue")
	s.requireRefused(s.send(m), "too large", 400, "EntityTooLarge", "")
	s.requireNothing(testBucket, "a")
}

// TestExpectContinue: the verdict comes before the body is asked for.
//
// holds: header expect
func TestExpectContinue(t *testing.T) {
	s := start(t, api.Config{})
	for _, refused := range []bool{true, false} {
		m := s.signed(http.MethodPut, "/a", nil, "Expect", "100-continue", "Content-Length", "3")
		if refused {
			m.header.Set("Authorization", strings.Replace(m.header.Get("Authorization"), "q-signature=", "q-signature=0", 1))
		}
		conn, err := net.Dial("tcp", s.addr)
		require.NoError(t, err)
		require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
		_, err = conn.Write(m.bytes())
		require.NoError(t, err)
		r := bufio.NewReader(conn)
		line, err := r.ReadString('\n')
		require.NoError(t, err)
		if refused {
			require.Equal(t, "HTTP/1.1 403 Forbidden\r\n", line)
			s.requireNothing(testBucket, "a")
		} else {
			require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
			_, err = conn.Write([]byte("abc"))
			require.NoError(t, err)
			_, err = r.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, 200, readAnswer(t, r, m.method).status)
			s.requireStored(testBucket, "a", []byte("abc"))
		}
		require.NoError(t, conn.Close())
	}
}

// TestRefusedWhileSending: a client that sends a body of a few MiB without
// asking first still gets to read why it was refused.
func TestRefusedWhileSending(t *testing.T) {
	s := start(t, api.Config{})
	body := bytes.Repeat([]byte("x"), 4<<20)
	m := s.signed(http.MethodPut, "/a", body)
	good := s.send(m)
	require.Equal(t, 200, good.status, "the control")
	s.remove(testBucket, "a")
	s.clock.Advance(2 * time.Hour)
	s.requireRefused(s.send(m), "expired", 403, "AccessDenied", "Request has expired")
	s.requireNothing(testBucket, "a")
}

// holds: header x-cos-forbid-overwrite; code FileAlreadyExists
func TestForbidOverwrite(t *testing.T) {
	s := start(t, api.Config{})
	put := func(body string) *answer {
		t.Helper()
		return s.do(http.MethodPut, "/a", []byte(body), "x-cos-forbid-overwrite", "true")
	}
	require.Equal(t, 200, put("first").status)
	s.requireRefused(put("second"), "second", 409, "FileAlreadyExists", "")
	s.requireStored(testBucket, "a", []byte("first"))
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("third")).status)
	s.requireStored(testBucket, "a", []byte("third"))
}

// TestReport: under `verify: report` the upload is served, and the answer says
// what the cloud would have said.
//
// holds: answer x-cosemu-verdict
func TestReport(t *testing.T) {
	s := start(t, api.Config{Verify: api.VerifyReport})
	good := s.signed(http.MethodPut, "/a", []byte("x"))
	require.NotContains(t, s.send(good).header, "X-Cosemu-Verdict")
	for verdict, spoil := range map[string]func(*message){
		"403 SignatureDoesNotMatch": func(m *message) { m.method, m.body = http.MethodPut, []byte("y"); m.target = "/b" },
		"403 InvalidAccessKeyId": func(m *message) {
			m.header.Set("Authorization", strings.Replace(m.header.Get("Authorization"), "q-ak=AKID", "q-ak=AKIX", 1))
		},
		"403 AccessDenied": func(m *message) { m.header.Del("Authorization") },
	} {
		m := s.signed(http.MethodPut, "/a", []byte("x"))
		spoil(m)
		got := s.send(m)
		require.Equal(t, 200, got.status, "%s: %s", verdict, got.body)
		require.Equal(t, verdict, got.header.Get("X-Cosemu-Verdict"))
	}
	s.requireStored(testBucket, "b", []byte("y"))
	missing := s.signedBy(testKey(), http.MethodPut, "nobucket-1250000000.cos.ap-guangzhou.myqcloud.com", "/a", []byte("x"))
	s.requireRefused(s.send(missing), "no bucket", 404, "NoSuchBucket", "")
}

// TestUnsupported: what is not there is refused by name, in COS form.
//
// holds: code NotImplemented; code MethodNotAllowed
func TestUnsupported(t *testing.T) {
	s := start(t, api.Config{})
	for _, c := range []struct {
		method, target string
		status         int
		code, names    string
	}{
		{http.MethodGet, "/a?torrent", 501, "NotImplemented", "?torrent"},
		{http.MethodPut, "/?inventory&id=1", 501, "NotImplemented", "?inventory"},
		{http.MethodGet, "/a?imageMogr2/thumbnail/50p", 501, "NotImplemented", "?imageMogr2"},
		{"PATCH", "/a", 405, "MethodNotAllowed", "PATCH"},
		{"BREW", "/a", 405, "MethodNotAllowed", "BREW"},
	} {
		got := s.do(c.method, c.target, nil)
		s.requireRefused(got, c.method+c.target, c.status, c.code, "")
		require.Contains(t, got.message(), c.names)
		anonymous := s.send(&message{method: c.method, host: testHost, target: c.target})
		s.requireRefused(anonymous, c.target, 403, "AccessDenied", "Access Denied.")
	}
	require.Equal(t, 200, s.do(http.MethodPut, "/a?imageMogr2/thumbnail/50p&x=y", []byte("x")).status, "an upload carries it unharmed")
}
