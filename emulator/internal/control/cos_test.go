package control

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

// cos sends a request to the COS API through the control API.
func (r *rig) cos(method, key, query, body string, headers ...string) answer {
	r.t.Helper()
	return r.call(method, "/api/v1/cos/"+testBucket+"?key="+url.QueryEscape(key)+"&query="+url.QueryEscape(query), body,
		func(req *http.Request) {
			req.Header.Del("Content-Type")
			req.Header.Set("X-Cosemu-Send", "1")
		}, header(headers...))
}

// TestCosCalls: whatever the COS API can be asked can be asked through the control API, for every
// key, and the journal has it.
func TestCosCalls(t *testing.T) {
	r := start(t, Options{})
	for _, key := range []string{"a.txt", "dir//../a b+c&d=e;f%2F", "/", "..", "图片/猫.html", "?x=y#z"} {
		a := r.cos("PUT", key, "", "body of "+key, "Content-Type", "text/plain", "x-cos-meta-colour", "red", "Cache-Control", "max-age=60")
		require.Equal(t, http.StatusOK, a.status, a.body)
		o, err := r.Store().Stat(testBucket, key)
		require.NoError(t, err, key)
		require.EqualValues(t, len("body of "+key), o.Size)
		got := r.cos("GET", key, "", "")
		require.Equal(t, http.StatusOK, got.status, key)
		require.Equal(t, "body of "+key, got.body)
		require.Equal(t, "text/plain", got.header.Get("X-Cosemu-Answer-Content-Type"))
		require.Equal(t, "max-age=60", got.header.Get("X-Cosemu-Answer-Cache-Control"))
		require.Equal(t, "no-store", got.header.Get("Cache-Control"))
		require.Equal(t, "red", got.header.Get("X-Cos-Meta-Colour"))
		head := r.cos("HEAD", key, "", "")
		require.Equal(t, http.StatusOK, head.status, key)
		require.Equal(t, got.header.Get("Etag"), head.header.Get("Etag"))
		require.Equal(t, http.StatusPartialContent, r.cos("GET", key, "", "", "Range", "bytes=0-3").status)
		require.Equal(t, http.StatusNoContent, r.cos("DELETE", key, "", "").status)
		_, err = r.Store().Stat(testBucket, key)
		require.ErrorIs(t, err, storage.ErrNoObject)
	}
	last := r.Journal().Select(journal.Filter{})
	require.NotEmpty(t, last)
	require.Equal(t, "cosemu-console", last[0].Request.Header.Get("User-Agent"))
	require.Contains(t, r.cos("GET", "", "cors", "").body, "NoSuchCORSConfiguration")

	// A quiet look leaves no trace.
	before := len(r.Journal().Select(journal.Filter{}))
	quiet := r.call("GET", "/api/v1/cos/"+testBucket+"?query=cors&quiet=true", "")
	require.Contains(t, quiet.body, "NoSuchCORSConfiguration")
	require.Equal(t, http.StatusOK, r.call("GET", "/api/v1/cos/"+testBucket+"?quiet=true", "").status)
	r.call("PUT", "/api/v1/cos/"+testBucket+"?key=quiet&quiet=true", "body", header("X-Cosemu-Send", "1")).wantProblem(t, 422)
	require.Len(t, r.Journal().Select(journal.Filter{}), before)

	// The server judges settings, and its refusal is in the journal.
	bad := r.cos("PUT", "", "policy", "{", "Content-Type", "application/json")
	require.Equal(t, http.StatusBadRequest, bad.status, bad.body)
	_, ok := r.Journal().Get(bad.header.Get("X-Cos-Request-Id"))
	require.True(t, ok)
	require.Contains(t, r.cos("GET", "", "policy", "").body, "NoSuchBucketPolicy")
}

// TestCosCallsTakeParts: a large object is uploaded in parts, each larger than the body of any
// other call may be.
func TestCosCallsTakeParts(t *testing.T) {
	r := start(t, Options{})
	part := strings.Repeat("0123456789abcdef", 1<<17) // 2 MiB
	begun := r.cos("POST", "large", "uploads", "", "Content-Type", "image/png")
	require.Equal(t, http.StatusOK, begun.status, begun.body)
	_, rest, _ := strings.Cut(begun.body, "<UploadId>")
	id, _, _ := strings.Cut(rest, "</UploadId>")
	require.NotEmpty(t, id)
	doc := "<CompleteMultipartUpload>"
	for n := 1; n <= 2; n++ {
		a := r.cos("PUT", "large", "partNumber="+strconv.Itoa(n)+"&uploadId="+url.QueryEscape(id), part)
		require.Equal(t, http.StatusOK, a.status, a.body)
		doc += "<Part><PartNumber>" + strconv.Itoa(n) + "</PartNumber><ETag>" + a.header.Get("Etag") + "</ETag></Part>"
	}
	done := r.cos("POST", "large", "uploadId="+url.QueryEscape(id), doc+"</CompleteMultipartUpload>", "Content-Type", "application/xml")
	require.Equal(t, http.StatusOK, done.status, done.body)
	o, err := r.Store().Stat(testBucket, "large")
	require.NoError(t, err)
	require.EqualValues(t, 2*len(part), o.Size)
}

// TestCosCallsRefuse: what the control API refuses by itself stores nothing.
func TestCosCallsRefuse(t *testing.T) {
	r := start(t, Options{})
	at := "/api/v1/cos/" + testBucket + "?key=a"
	ours := header("X-Cosemu-Send", "1")
	for _, method := range []string{"PUT", "POST", "DELETE"} {
		r.call(method, at, "body").wantProblem(t, 422)
		r.call(method, at, "body", ours, header("Origin", "http://evil.test")).wantProblem(t, 403)
		r.call(method, at, "body", ours, header("Sec-Fetch-Site", "cross-site")).wantProblem(t, 403)
		r.call(method, at, "body", ours, host("evil.test")).wantProblem(t, 421)
	}
	r.call("PUT", at+"&query=%25zz", "body", ours).wantProblem(t, 422)
	r.call("PUT", at+"&secret_id=AKIDnobody", "body", ours).wantProblem(t, 422)
	r.call("PUT", at+"&account=1", "body", ours).wantProblem(t, 404)
	r.call("PUT", "/api/v1/cos/none-1250000000?key=a", "body", ours).wantProblem(t, 404)
	_, err := r.Store().Stat(testBucket, "a")
	require.ErrorIs(t, err, storage.ErrNoObject)
	require.Empty(t, r.Journal().Select(journal.Filter{}))

	require.Equal(t, 200, r.call("PUT", at, "body", ours).status)
	_, err = r.Store().Stat(testBucket, "a")
	require.NoError(t, err)
}

// TestCosCallsRunNothing: no stored body is a page, a script or a style sheet of this listener.
func TestCosCallsRunNothing(t *testing.T) {
	r := start(t, Options{})
	for stored, sent := range map[string]string{
		"text/html":                       downloadType,
		"text/javascript":                 downloadType,
		"application/javascript":          downloadType,
		"text/css":                        downloadType,
		"application/xhtml+xml":           downloadType,
		"application/xml":                 downloadType,
		"application/pdf":                 downloadType,
		"image/":                          downloadType,
		"image/png, text/html":            downloadType,
		"image/svg+xml; charset=utf-8":    "image/svg+xml",
		"Image/PNG":                       "image/png",
		"video/mp4":                       "video/mp4",
		"audio/mpeg":                      "audio/mpeg",
		"multipart/x-mixed-replace; b=xx": downloadType,
	} {
		require.Equal(t, 200, r.cos("PUT", "page", "", "<script>alert(1)</script>", "Content-Type", stored).status, stored)
		a := r.cos("GET", "page", "", "")
		require.Equal(t, 200, a.status)
		require.Equal(t, sent, a.header.Get("Content-Type"), stored)
		require.Equal(t, stored, a.header.Get("X-Cosemu-Answer-Content-Type"))
		require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
		require.Equal(t, "default-src 'none'; sandbox", a.header.Get("Content-Security-Policy"))
		require.Equal(t, "same-origin", a.header.Get("Cross-Origin-Resource-Policy"))
		require.Empty(t, a.header.Get("Access-Control-Allow-Origin"))
	}
	a := r.cos("GET", "page", "response-content-type=text/html&response-content-disposition=inline", "")
	require.Equal(t, downloadType, a.header.Get("Content-Type"))
	require.Empty(t, a.header.Get("Content-Disposition"))
}

// TestBucketsAreDeletedWithAllInThem: only with force.
func TestBucketsAreDeletedWithAllInThem(t *testing.T) {
	r := start(t, Options{})
	require.Equal(t, 200, r.cos("PUT", "a", "", "body").status)
	r.call("DELETE", "/api/v1/buckets/"+testBucket, "").wantProblem(t, 409)
	_, err := r.Store().Stat(testBucket, "a")
	require.NoError(t, err)
	r.call("DELETE", "/api/v1/buckets/"+testBucket+"?force=true", "").want(t, 204, nil)
	_, err = r.Store().Bucket(testBucket)
	require.ErrorIs(t, err, storage.ErrNoBucket)
	r.call("DELETE", "/api/v1/buckets/"+testBucket+"?force=true", "").wantProblem(t, 404)
}
