package api_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

// TestStoredHeaders: the rest of what an upload says about its body is given
// back, and a signed download may have it otherwise.
//
// holds: header content-encoding; header content-language; answer content-encoding; answer content-language
// holds: param response-content-encoding; param response-content-language; param response-expires; answer expires
func TestStoredHeaders(t *testing.T) {
	s := start(t, api.Config{})
	put := s.do(http.MethodPut, "/a", []byte("x"), "Content-Encoding", "br", "Content-Language", "zh-CN", "Expires", "Wed, 25 Nov 2026 08:00:00 GMT")
	require.Equal(t, 200, put.status, "%s", put.body)
	for target, want := range map[string][3]string{
		"/a": {"br", "zh-CN", "Wed, 25 Nov 2026 08:00:00 GMT"},
		"/a?response-content-encoding=identity&response-content-language=en&response-expires=0": {"identity", "en", "0"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			got := s.do(method, target, nil)
			require.Equal(t, 200, got.status)
			for i, name := range []string{"Content-Encoding", "Content-Language", "Expires"} {
				require.Equal(t, []string{want[i]}, got.header.Values(name), "%s %s %s", method, target, name)
			}
		}
	}
}

// TestSignedDate: a Date that is signed may be 15 minutes off; nobody looks at
// one that is not (choice 52).
//
// holds: header date; code RequestTimeTooSkewed
func TestSignedDate(t *testing.T) {
	s := start(t, api.Config{})
	at := func(d time.Duration) string { return testTime().Add(d).Format(http.TimeFormat) }
	for off, status := range map[time.Duration]int{0: 200, 15 * time.Minute: 200, -15 * time.Minute: 200, 16 * time.Minute: 403, -16 * time.Minute: 403} {
		got := s.do(http.MethodPut, "/a", []byte("x"), "Date", at(off))
		require.Equal(t, status, got.status, "%s: %s", off, got.body)
		if status == 403 {
			s.requireRefused(got, off.String(), 403, "RequestTimeTooSkewed", "")
			require.Contains(t, string(got.body), "<ServerTime>2026-11-24T08:00:00Z</ServerTime>")
			s.requireNothing(testBucket, "a")
			continue
		}
		s.requireStored(testBucket, "a", []byte("x"))
		require.Equal(t, 204, s.do(http.MethodDelete, "/a", nil).status)
	}
	m := s.signed(http.MethodPut, "/a", []byte("x"))
	m.header.Set("Date", at(-time.Hour))
	require.Equal(t, 200, s.send(m).status)
}

// TestIfRange: a range of another object than the one that is there is passed
// over.
//
// holds: header if-range; header range
func TestIfRange(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte(sampleBody)).status)
	for value, status := range map[string]int{
		sampleETag: 206, `"other"`: 200, "Tue, 24 Nov 2026 08:00:00 GMT": 206, "Tue, 24 Nov 2026 07:59:59 GMT": 200,
	} {
		got := s.do(http.MethodGet, "/a", nil, "Range", "bytes=8-14", "If-Range", value)
		require.Equal(t, status, got.status, value)
		require.Equal(t, map[int]string{200: sampleBody, 206: "Content"}[status], string(got.body), value)
	}
}

// TestSourceConditions: all four conditions of a copy fail with 412 and leave
// the target as it was.
//
// holds: header x-cos-copy-source-if-match; header x-cos-copy-source-if-none-match
// holds: header x-cos-copy-source-if-modified-since; header x-cos-copy-source-if-unmodified-since
// holds: call PutObject?x-cos-copy-source; code PreconditionFailed
func TestSourceConditions(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/from", []byte(sampleBody)).status)
	const now, before = "Tue, 24 Nov 2026 08:00:00 GMT", "Tue, 24 Nov 2026 07:59:59 GMT"
	for name, values := range map[string][2]string{ // what holds and what does not
		"If-Match":            {sampleETag, `"other"`},
		"If-None-Match":       {`"other"`, sampleETag},
		"If-Modified-Since":   {before, now},
		"If-Unmodified-Since": {now, before},
	} {
		for i, value := range values {
			require.Equal(t, 200, s.do(http.MethodPut, "/to", []byte("before")).status)
			got := s.do(http.MethodPut, "/to", nil, "x-cos-copy-source", testHost+"/from", "x-cos-copy-source-"+name, value)
			if i == 0 {
				require.Equal(t, 200, got.status, "%s: %s", name, got.body)
				s.requireStored(testBucket, "to", []byte(sampleBody))
				continue
			}
			s.requireRefused(got, name, 412, "PreconditionFailed", "Precondition not match.")
			s.requireStored(testBucket, "to", []byte("before"))
		}
	}
}

// TestServiceFilters: filters that are not there are not passed over.
//
// holds: param tagkey; param create-time; code NotImplemented
func TestServiceFilters(t *testing.T) {
	s := start(t, api.Config{})
	for target, status := range map[string]int{"/": 200, "/?tagkey=a&tagvalue=b": 501, "/?create-time=1795507200&range=gt": 501} {
		got := s.send(s.signedBy(testKey(), http.MethodGet, "service.cos.myqcloud.com", target, nil))
		require.Equal(t, status, got.status, "%s: %s", target, got.body)
		if status == 501 {
			s.requireRefused(got, target, 501, "NotImplemented", "cosemu does not support GET Service ?tagkey and ?create-time.")
		}
	}
}

// TestTemporaryKey: good with its token until its end; without it, or with
// another's, unknown; past its end expired (choices 51 and 36).
//
// holds: header x-cos-security-token; code ExpiredToken; code InvalidAccessKeyId
func TestTemporaryKey(t *testing.T) {
	temporary := keyring.Key{
		SecretID: "AKIDtemporary", SecretKey: "secretOfTheTemporary", AppID: testAppID, Token: "itstoken", Expires: testTime().Add(30 * time.Minute),
	}
	s := start(t, api.Config{Keys: []keyring.Key{testKey(), temporary}})
	put := func() *message { return s.signedBy(temporary, http.MethodPut, testHost, "/a", []byte("x")) }
	require.Equal(t, 200, s.send(put()).status)
	s.requireStored(testBucket, "a", []byte("x"))
	require.Equal(t, 204, s.do(http.MethodDelete, "/a", nil).status)

	for name, token := range map[string][]string{"none": nil, "another": {"anothertoken"}} {
		m := put()
		m.header["X-Cos-Security-Token"] = token
		s.requireRefused(s.send(m), name, 403, "InvalidAccessKeyId", "")
	}
	late := put()
	s.clock.Advance(30*time.Minute + time.Second)
	s.requireRefused(s.send(late), "late", 400, "ExpiredToken", "")
	s.requireNothing(testBucket, "a")
}

// TestInternalError: what cosemu cannot read of its own is told as such, and
// nothing of the cause leaves the process.
//
// holds: code InternalError
func TestInternalError(t *testing.T) {
	s := start(t, api.Config{})
	require.NoError(t, s.store.PutConfig(testBucket, "cors", []byte(corsDoc)))
	require.Equal(t, 200, s.do(http.MethodGet, "/?cors", nil).status, "the control")
	require.NoError(t, s.store.PutConfig(testBucket, "cors", []byte("spoilt")))
	got := s.do(http.MethodGet, "/?cors", nil)
	s.requireRefused(got, "spoilt", 500, "InternalError", "We encountered an internal error. Please try again.")
	require.NotContains(t, string(got.body), "spoilt")
}

// TestArchived: an object of an archive class is there, and cannot be read.
//
// holds: code InvalidObjectState; answer x-cos-storage-class; header x-cos-storage-class
func TestArchived(t *testing.T) {
	s := start(t, api.Config{})
	for class, status := range map[string]int{"STANDARD_IA": 200, "ARCHIVE": 403, "DEEP_ARCHIVE": 403} {
		require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x"), "x-cos-storage-class", class).status)
		head := s.do(http.MethodHead, "/a", nil)
		require.Equal(t, 200, head.status)
		got := s.do(http.MethodGet, "/a", nil)
		require.Equal(t, status, got.status, class)
		if status == 403 {
			s.requireRefused(got, class, 403, "InvalidObjectState", "The operation is not valid for the object storage class.")
		}
		for _, a := range []*answer{head, got} {
			require.Equal(t, class, a.header.Get("X-Cos-Storage-Class"))
		}
	}
}

// TestNoLength: a body needs a length, or to come in chunks.
//
// holds: header content-length; header transfer-encoding; code MissingContentLength
func TestNoLength(t *testing.T) {
	s := start(t, api.Config{})
	m := s.signed(http.MethodPut, "/a", nil)
	bare := strings.Replace(string(m.bytes()), "Content-Length: 0\r\n", "", 1)
	require.NotContains(t, bare, "Content-Length")
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = conn.Write([]byte(bare))
	require.NoError(t, err)
	s.requireRefused(readAnswer(t, conn, m.method), "neither", 411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
	s.requireNothing(testBucket, "a")

	require.Equal(t, 200, s.send(m).status)
	s.requireStored(testBucket, "a", []byte{})
	chunked := s.signed(http.MethodPut, "/b", []byte("in chunks"))
	chunked.chunked = true
	require.Equal(t, 200, s.send(chunked).status)
	s.requireStored(testBucket, "b", []byte("in chunks"))
}

// TestEncryption: what is asked for is said again, in every answer; what is not
// there is refused before anything is stored.
//
// holds: header x-cos-server-side-encryption; answer x-cos-server-side-encryption; code SSEContentNotSupported
// holds: header x-cos-server-side-encryption-customer-algorithm; code NotImplemented
func TestEncryption(t *testing.T) {
	s := start(t, api.Config{})
	for _, c := range []struct {
		name, value string
		status      int
		code        string
	}{
		{"x-cos-server-side-encryption", "cos/kms", 501, "NotImplemented"},
		{"x-cos-server-side-encryption", "AES128", 400, "SSEContentNotSupported"},
		{"x-cos-server-side-encryption-customer-algorithm", "AES256", 501, "NotImplemented"},
	} {
		s.requireRefused(s.do(http.MethodPut, "/a", []byte("x"), c.name, c.value), c.value, c.status, c.code, "")
		s.requireNothing(testBucket, "a")
	}
	require.Equal(t, "AES256", s.do(http.MethodPut, "/a", []byte("x"), "x-cos-server-side-encryption", "AES256").header.Get("X-Cos-Server-Side-Encryption"))
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		require.Equal(t, "AES256", s.do(method, "/a", nil).header.Get("X-Cos-Server-Side-Encryption"))
	}
}

// TestVersionOfNever: a bucket that never had versions has the object itself,
// called null, and no other.
//
// holds: param versionId; code NoSuchVersion
func TestVersionOfNever(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x")).status)
	for _, id := range []string{"", "null"} {
		got := s.do(http.MethodGet, "/a?versionId="+id, nil)
		require.Equal(t, 200, got.status, "%q", id)
		require.Equal(t, "x", string(got.body))
	}
	s.requireRefused(s.do(http.MethodGet, "/a?versionId=MTg0NDUxNTc1NjIzMTQ1MDAwODg", nil), "get", 404, "NoSuchVersion", "")
	s.requireStored(testBucket, "a", []byte("x"))
}

// TestInheritedACL: an object that has no list of its own says that its bucket
// decides, where SDKs look for it.
//
// holds: call GetObjectACL; answer x-cos-acl
func TestInheritedACL(t *testing.T) {
	s := start(t, api.Config{})
	for header, want := range map[string]string{"": "default", "default": "default", "private": "", "public-read": ""} {
		require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x"), "x-cos-acl", header).status)
		got := s.do(http.MethodGet, "/a?acl", nil)
		require.Equal(t, 200, got.status, "%s", got.body)
		require.Equal(t, want, got.header.Get("X-Cos-Acl"), header)
		require.Equal(t, header == "public-read", strings.Contains(string(got.body), "AllUsers"), header)
	}
}
