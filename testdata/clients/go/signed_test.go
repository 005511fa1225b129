package clients

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// TestObject uploads, reads and deletes an object with signed headers. The Go SDK sends the slashes
// of its key as %2F.
func TestObject(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	body := content(1, 300_000)

	for _, key := range []string{
		"simple.bin",
		"go/object/nested.bin",
		"go/对象 and a+b&c=d;e%20f.bin",
		"go//double//slash",
		"go/dots/../kept/./as sent",
	} {
		t.Run(key, func(t *testing.T) {
			put, err := c.Object.Put(t.Context(), key, bytes.NewReader(body), &cos.ObjectPutOptions{
				ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{
					ContentType:        "text/x-log; charset=utf-8",
					ContentDisposition: `attachment; filename="a b.log"`,
					XCosMetaXXX:        &http.Header{"X-Cos-Meta-Run": []string{"7 of 9"}},
				},
			})
			require.NoError(t, err)
			require.Equal(t, etag(body), put.Header.Get("ETag"))
			require.NotEmpty(t, put.Header.Get("x-cos-hash-crc64ecma"))

			head, err := c.Object.Head(t.Context(), key, nil)
			require.NoError(t, err)
			require.Equal(t, etag(body), head.Header.Get("ETag"))
			require.Equal(t, strconv.Itoa(len(body)), head.Header.Get("Content-Length"))
			require.Equal(t, "text/x-log; charset=utf-8", head.Header.Get("Content-Type"))
			require.Equal(t, `attachment; filename="a b.log"`, head.Header.Get("Content-Disposition"))
			require.Equal(t, "7 of 9", head.Header.Get("x-cos-meta-run"))
			require.Equal(t, put.Header.Get("x-cos-hash-crc64ecma"), head.Header.Get("x-cos-hash-crc64ecma"))
			e.stored(t, key, body)

			_, err = c.Object.Delete(t.Context(), key)
			require.NoError(t, err)
			e.notStored(t, key)
			_, err = c.Object.Get(t.Context(), key, nil)
			refused(t, err, http.StatusNotFound, "NoSuchKey")
		})
	}
}

// TestEmptyBody uploads an empty body: length 0, not chunked, and the object exists.
func TestEmptyBody(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	resp, err := c.Object.Put(t.Context(), "go/empty", bytes.NewReader(nil), nil)
	require.NoError(t, err)
	require.Equal(t, etag(nil), resp.Header.Get("ETag"))
	require.Equal(t, "0", resp.Header.Get("x-cos-hash-crc64ecma"))
	e.stored(t, "go/empty", []byte{})
}

// TestOverwrite replaces an object.
func TestOverwrite(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	for i, size := range []int{200_000, 10, 70_000} {
		body := content(uint64(20+i), size)
		_, err := c.Object.Put(t.Context(), "go/overwritten", bytes.NewReader(body), nil)
		require.NoError(t, err)
		e.stored(t, "go/overwritten", body)
	}
}

// lengths records the Content-Length of each request.
type lengths struct {
	next http.RoundTripper
	seen []int64
}

func (l *lengths) RoundTrip(r *http.Request) (*http.Response, error) {
	l.seen = append(l.seen, r.ContentLength)
	return l.next.RoundTrip(r)
}

// TestChunked uploads from a pipe of unknown length.
func TestChunked(t *testing.T) {
	e := theEndpoint(t)
	rec := &lengths{next: e.transport(t)}
	c := e.clientOver(t, e.Bucket, e.Key, rec)
	body := content(3, 3_000_001)

	pr, pw := io.Pipe()
	go func() {
		_, err := io.Copy(pw, bytes.NewReader(body))
		_ = pw.CloseWithError(err)
	}()
	resp, err := c.Object.Put(t.Context(), "go/chunked", pr, nil)
	require.NoError(t, err)
	require.NotContains(t, rec.seen, int64(len(body)), "the upload was not chunked")
	require.Equal(t, etag(body), resp.Header.Get("ETag"))
	e.stored(t, "go/chunked", body)
}

// TestRange reads parts of an object.
func TestRange(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	body := content(4, 1000)
	_, err := c.Object.Put(t.Context(), "go/range", bytes.NewReader(body), nil)
	require.NoError(t, err)

	for _, tc := range []struct {
		ask, contentRange string
		want              []byte
	}{
		{"bytes=0-0", "bytes 0-0/1000", body[:1]},
		{"bytes=100-299", "bytes 100-299/1000", body[100:300]},
		{"bytes=990-", "bytes 990-999/1000", body[990:]},
		{"bytes=-10", "bytes 990-999/1000", body[990:]},
		{"bytes=990-5000", "bytes 990-999/1000", body[990:]},
	} {
		resp, err := c.Object.Get(t.Context(), "go/range", &cos.ObjectGetOptions{Range: tc.ask})
		require.NoError(t, err, tc.ask)
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err, tc.ask)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusPartialContent, resp.StatusCode, tc.ask)
		require.Equal(t, tc.contentRange, resp.Header.Get("Content-Range"), tc.ask)
		require.Equal(t, tc.want, got, tc.ask)
	}

	_, err = c.Object.Get(t.Context(), "go/range", &cos.ObjectGetOptions{Range: "bytes=1000-"})
	refused(t, err, http.StatusRequestedRangeNotSatisfiable, "InvalidRange")
}

// TestResponseParameters sets answer headers by signed query parameters.
func TestResponseParameters(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	_, err := c.Object.Put(t.Context(), "go/response", strings.NewReader("x"), nil)
	require.NoError(t, err)
	resp, err := c.Object.Get(t.Context(), "go/response", &cos.ObjectGetOptions{
		ResponseContentType:        "text/markdown; charset=utf-8",
		ResponseContentDisposition: `attachment; filename="报告.md"`,
		ResponseCacheControl:       "no-store",
	})
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	require.Equal(t, "text/markdown; charset=utf-8", resp.Header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="报告.md"`, resp.Header.Get("Content-Disposition"))
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
}

// TestList lists a bucket in pages, with and without a delimiter.
func TestList(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	keys := []string{"go-list/a", "go-list/b/1", "go-list/b/2", "go-list/b&b", "go-list/c d+e", "go-list/中"}
	for _, k := range keys {
		_, err := c.Object.Put(t.Context(), k, strings.NewReader(k), nil)
		require.NoError(t, err)
	}
	slices.Sort(keys)

	var flat []string
	marker := ""
	for range keys {
		page, _, err := c.Bucket.Get(t.Context(), &cos.BucketGetOptions{Prefix: "go-list/", Marker: marker, MaxKeys: 2})
		require.NoError(t, err)
		require.Equal(t, e.Bucket, page.Name)
		require.LessOrEqual(t, len(page.Contents), 2)
		for _, o := range page.Contents {
			flat = append(flat, o.Key)
			require.Equal(t, etag([]byte(o.Key)), o.ETag)
			require.EqualValues(t, len(o.Key), o.Size)
		}
		if !page.IsTruncated {
			break
		}
		marker = page.NextMarker
	}
	require.Equal(t, keys, flat)

	page, _, err := c.Bucket.Get(t.Context(), &cos.BucketGetOptions{Prefix: "go-list/", Delimiter: "/"})
	require.NoError(t, err)
	require.Equal(t, []string{"go-list/b/"}, page.CommonPrefixes)
	require.Len(t, page.Contents, len(keys)-2)
	require.False(t, page.IsTruncated)
}

// TestBucket creates a bucket, finds it in the account's list, and deletes it.
func TestBucket(t *testing.T) {
	e := theEndpoint(t)
	_, appID, ok := cutLast(e.Bucket, "-")
	require.True(t, ok)
	name := "made-by-go-" + appID
	c := e.client(t, name, e.Key)

	there, err := c.Bucket.IsExist(t.Context())
	require.NoError(t, err)
	require.False(t, there)
	_, err = c.Object.Put(t.Context(), "k", strings.NewReader("v"), nil)
	refused(t, err, http.StatusNotFound, "NoSuchBucket")

	_, err = c.Bucket.Put(t.Context(), nil)
	require.NoError(t, err)
	there, err = c.Bucket.IsExist(t.Context())
	require.NoError(t, err)
	require.True(t, there)

	mine, _, err := c.Service.Get(t.Context())
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(mine.Buckets, func(b cos.Bucket) bool {
		return b.Name == name && b.Region == e.Region
	}), "%v", mine.Buckets)

	_, err = c.Object.Put(t.Context(), "k", strings.NewReader("v"), nil)
	require.NoError(t, err)
	_, err = c.Bucket.Delete(t.Context())
	refused(t, err, http.StatusConflict, "BucketNotEmpty")
	_, err = c.Object.Delete(t.Context(), "k")
	require.NoError(t, err)
	_, err = c.Bucket.Delete(t.Context())
	require.NoError(t, err)
	there, err = c.Bucket.IsExist(t.Context())
	require.NoError(t, err)
	require.False(t, there)
}

// cutLast splits s at the last sep.
func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
