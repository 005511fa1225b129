package clients

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

const mib = 1 << 20

// requests records the method and query of each request.
type requests struct {
	next http.RoundTripper
	mu   sync.Mutex
	seen []string
}

func (r *requests) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.seen = append(r.seen, req.Method+" "+req.URL.RawQuery)
	r.mu.Unlock()
	return r.next.RoundTrip(req)
}

// count returns how many of them have this method and contain part.
func (r *requests) count(method, part string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, s := range r.seen {
		if strings.HasPrefix(s, method+" ") && strings.Contains(s, part) {
			n++
		}
	}
	return n
}

func file(t *testing.T, body []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "body")
	require.NoError(t, os.WriteFile(name, body, 0o600))
	return name
}

// TestUpload is the SDK's high-level upload of 25 MiB in parts, then with many at once. The SDK
// compares the CRC-64 of each part and of the whole.
func TestUpload(t *testing.T) {
	e := theEndpoint(t)
	body := content(40, 25*mib)
	name := file(t, body)
	for _, tc := range []struct {
		key   string
		opt   cos.MultiUploadOptions
		parts int
	}{
		{"go/upload/own choice", cos.MultiUploadOptions{}, 2},
		{"go/upload/25 parts", cos.MultiUploadOptions{PartSize: 1, ThreadPoolSize: 8}, 25},
		{"go/upload/last is shorter", cos.MultiUploadOptions{PartSize: 8, ThreadPoolSize: 3, CheckPoint: true}, 4},
	} {
		t.Run(tc.key, func(t *testing.T) {
			rec := &requests{next: e.transport(t)}
			c := e.clientOver(t, e.Bucket, e.Key, rec)
			tc.opt.OptIni = &cos.InitiateMultipartUploadOptions{
				ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{
					ContentType: "video/mp4", XCosMetaXXX: &http.Header{"X-Cos-Meta-Run": []string{"7 of 9"}},
				},
			}
			done, resp, err := c.Object.Upload(t.Context(), tc.key, name, &tc.opt)
			require.NoError(t, err)
			require.Equal(t, e.Bucket, done.Bucket)
			require.Equal(t, tc.key, done.Key)
			require.NotEmpty(t, resp.Header.Get("x-cos-hash-crc64ecma"))
			require.Equal(t, tc.parts, rec.count(http.MethodPut, "partNumber="))

			head, err := c.Object.Head(t.Context(), tc.key, nil)
			require.NoError(t, err)
			require.Equal(t, done.ETag, head.Header.Get("ETag"))
			require.Equal(t, "video/mp4", head.Header.Get("Content-Type"))
			require.Equal(t, "7 of 9", head.Header.Get("x-cos-meta-run"))
			e.stored(t, tc.key, body)

			down := filepath.Join(t.TempDir(), "down")
			_, err = c.Object.Download(t.Context(), tc.key, down, &cos.MultiDownloadOptions{PartSize: 3, ThreadPoolSize: 4})
			require.NoError(t, err)
			got, err := os.ReadFile(down)
			require.NoError(t, err)
			require.True(t, bytes.Equal(body, got))
		})
	}
}

// TestUploadResumed: the SDK finds an unfinished upload, compares its parts, and sends only the
// missing ones.
func TestUploadResumed(t *testing.T) {
	e := theEndpoint(t)
	const key = "go/upload/resumed"
	body := content(41, 6*mib)
	c := e.client(t, e.Bucket, e.Key)
	begun, _, err := c.Object.InitiateMultipartUpload(t.Context(), key, nil)
	require.NoError(t, err)
	for _, n := range []int{5, 2} {
		_, err := c.Object.UploadPart(t.Context(), key, begun.UploadID, n, bytes.NewReader(body[(n-1)*mib:n*mib]), nil)
		require.NoError(t, err)
	}
	rec := &requests{next: e.transport(t)}
	_, _, err = e.clientOver(t, e.Bucket, e.Key, rec).Object.Upload(t.Context(), key, file(t, body),
		&cos.MultiUploadOptions{PartSize: 1, ThreadPoolSize: 3, CheckPoint: true})
	require.NoError(t, err)
	require.Equal(t, 4, rec.count(http.MethodPut, "partNumber="))
	require.Equal(t, 4, rec.count(http.MethodPut, "uploadId="+begun.UploadID))
	require.Zero(t, rec.count(http.MethodPost, "uploads"))
	e.stored(t, key, body)
}

// TestParts makes each call of a multipart upload, and refused ones too.
func TestParts(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	const key = "go/parts/对象 a+b"
	begun, _, err := c.Object.InitiateMultipartUpload(t.Context(), key, nil)
	require.NoError(t, err)
	require.Equal(t, e.Bucket, begun.Bucket)
	require.Equal(t, key, begun.Key)
	id := begun.UploadID
	bodies := [][]byte{content(42, mib), content(43, mib-1), content(44, 10)}
	opt := &cos.CompleteMultipartUploadOptions{}
	for i, b := range bodies {
		resp, err := c.Object.UploadPart(t.Context(), key, id, i+1, bytes.NewReader(b), nil)
		require.NoError(t, err)
		require.Equal(t, etag(b), resp.Header.Get("ETag"))
		opt.Parts = append(opt.Parts, cos.Object{PartNumber: i + 1, ETag: resp.Header.Get("ETag")})
	}

	page, _, err := c.Object.ListParts(t.Context(), key, id, &cos.ObjectListPartsOptions{MaxParts: "2"})
	require.NoError(t, err)
	require.True(t, page.IsTruncated)
	require.Equal(t, "2", page.NextPartNumberMarker)
	require.Len(t, page.Parts, 2)
	require.Equal(t, etag(bodies[1]), page.Parts[1].ETag)
	require.EqualValues(t, mib-1, page.Parts[1].Size)
	rest, _, err := c.Object.ListParts(t.Context(), key, id, &cos.ObjectListPartsOptions{PartNumberMarker: "2"})
	require.NoError(t, err)
	require.Len(t, rest.Parts, 1)
	require.False(t, rest.IsTruncated)

	uploads, _, err := c.Bucket.ListMultipartUploads(t.Context(), &cos.ListMultipartUploadsOptions{Prefix: "go/parts/", EncodingType: "url"})
	require.NoError(t, err)
	require.Len(t, uploads.Uploads, 1)
	require.Equal(t, id, uploads.Uploads[0].UploadID)

	_, _, err = c.Object.CompleteMultipartUpload(t.Context(), key, id, opt)
	refused(t, err, http.StatusBadRequest, "EntityTooSmall")
	wrong := *opt
	wrong.Parts = []cos.Object{{PartNumber: 1, ETag: etag(bodies[2])}}
	_, _, err = c.Object.CompleteMultipartUpload(t.Context(), key, id, &wrong)
	refused(t, err, http.StatusBadRequest, "InvalidPart")
	_, err = c.Object.UploadPart(t.Context(), key, id+"0", 1, bytes.NewReader(bodies[0]), nil)
	refused(t, err, http.StatusNotFound, "NoSuchUpload")
	e.notStored(t, key)

	resp, err := c.Object.UploadPart(t.Context(), key, id, 2, bytes.NewReader(bodies[0]), nil)
	require.NoError(t, err, "a part can be replaced")
	opt.Parts[1].ETag = resp.Header.Get("ETag")
	done, _, err := c.Object.CompleteMultipartUpload(t.Context(), key, id, opt)
	require.NoError(t, err)
	e.stored(t, key, bytes.Join([][]byte{bodies[0], bodies[0], bodies[2]}, nil))
	again, _, err := c.Object.CompleteMultipartUpload(t.Context(), key, id, opt)
	require.NoError(t, err, "the answer might have been lost")
	require.Equal(t, done.ETag, again.ETag)

	left, _, err := c.Object.InitiateMultipartUpload(t.Context(), key, nil)
	require.NoError(t, err)
	source := e.Bucket + ".cos." + e.Region + ".myqcloud.com/" + key
	copied, _, err := c.Object.CopyPart(t.Context(), key, left.UploadID, 1, source, &cos.ObjectCopyPartOptions{XCosCopySourceRange: "bytes=0-1048575"})
	require.NoError(t, err)
	require.Equal(t, etag(bodies[0]), copied.ETag)
	_, err = c.Object.AbortMultipartUpload(t.Context(), key, left.UploadID)
	require.NoError(t, err)
	_, err = c.Object.AbortMultipartUpload(t.Context(), key, left.UploadID)
	refused(t, err, http.StatusNotFound, "NoSuchUpload")
	uploads, _, err = c.Bucket.ListMultipartUploads(t.Context(), &cos.ListMultipartUploadsOptions{Prefix: "go/parts/"})
	require.NoError(t, err)
	require.Empty(t, uploads.Uploads)
}
