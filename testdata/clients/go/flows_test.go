package clients

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// brittle is a network that fails for good after a number of bytes in both directions.
type brittle struct {
	e     endpoint
	mu    sync.Mutex
	left  int
	conns []net.Conn
}

func (b *brittle) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, b.e.API)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left <= 0 {
		return nil, errors.Join(errors.New("the network is down"), c.Close())
	}
	b.conns = append(b.conns, c)
	return brittleConn{c, b}, nil
}

// passed counts n bytes, and closes all connections when the limit is reached.
func (b *brittle) passed(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left -= n; b.left <= 0 {
		for _, c := range b.conns {
			_ = c.Close()
		}
		b.conns = nil
	}
}

type brittleConn struct {
	net.Conn
	b *brittle
}

func (c brittleConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.b.passed(n)
	return n, err
}

func (c brittleConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.b.passed(n)
	return n, err
}

// brittleClient is an SDK client whose network fails after size bytes.
func (e endpoint) brittleClient(t *testing.T, size int) *cos.Client {
	t.Helper()
	tr := e.transport(t)
	tr.DialContext = (&brittle{e: e, left: size}).dial
	tr.WriteBufferSize = 64 << 10
	return e.clientOver(t, e.Bucket, e.Key, tr)
}

// TestUploadCutOff: the first try fails in the middle. The second one sends the missing parts only.
func TestUploadCutOff(t *testing.T) {
	e := theEndpoint(t)
	const key = "go/flows/cut off"
	body := content(50, 25*mib)
	name := file(t, body)
	opt := &cos.MultiUploadOptions{PartSize: 1, ThreadPoolSize: 3, CheckPoint: true}
	_, _, err := e.brittleClient(t, 25*mib/2).Object.Upload(t.Context(), key, name, opt)
	require.Error(t, err)
	require.False(t, cos.IsNotFoundError(err), "%v", err)
	e.notStored(t, key)
	short := e.journal(t, 1, "key", key, "verdict", "refused")[0]
	require.Equal(t, "IncompleteBody", short.Code)
	require.Less(t, short.Received, int64(mib))

	rec := &requests{next: e.transport(t)}
	_, _, err = e.clientOver(t, e.Bucket, e.Key, rec).Object.Upload(t.Context(), key, name, opt)
	require.NoError(t, err)
	e.stored(t, key, body)
	sent := rec.count(http.MethodPut, "partNumber=")
	require.Less(t, sent, 25)
	require.Zero(t, rec.count(http.MethodPost, "uploads"), "the upload that was there goes on")
	parts := map[string]int{}
	for _, r := range e.journal(t, 25, "key", key, "method", "PUT", "verdict", "accepted") {
		parts[r.Parameter("partNumber")]++
	}
	require.Len(t, parts, 25)
	for number, n := range parts {
		require.Equal(t, 1, n, "part %s", number)
	}
}

// TestDownloadCutOff: the same for a download, with the SDK's record of finished parts.
func TestDownloadCutOff(t *testing.T) {
	e := theEndpoint(t)
	const key = "go/flows/download"
	body := content(51, 25*mib)
	_, err := e.client(t, e.Bucket, e.Key).Object.Put(t.Context(), key, bytes.NewReader(body), nil)
	require.NoError(t, err)

	down := filepath.Join(t.TempDir(), "down")
	opt := &cos.MultiDownloadOptions{PartSize: 1, ThreadPoolSize: 3, CheckPoint: true, CheckPointFile: down + ".record"}
	_, err = e.brittleClient(t, 12*mib).Object.Download(t.Context(), key, down, opt)
	require.Error(t, err)
	require.FileExists(t, opt.CheckPointFile)

	rec := &requests{next: e.transport(t)}
	_, err = e.clientOver(t, e.Bucket, e.Key, rec).Object.Download(t.Context(), key, down, opt)
	require.NoError(t, err)
	got, err := os.ReadFile(down)
	require.NoError(t, err)
	require.True(t, bytes.Equal(body, got))
	fetched := rec.count(http.MethodGet, "")
	require.Less(t, fetched, 25)
	require.Positive(t, fetched)
	require.NoFileExists(t, opt.CheckPointFile)
}

// TestMultiCopy copies a large object and one with other headers. It refuses a missing source and a
// changed one.
func TestMultiCopy(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	const source = "go/flows/源 a+b"
	body := content(52, 25*mib)
	up, resp, err := c.Object.Upload(t.Context(), source, file(t, body), &cos.MultiUploadOptions{
		OptIni: &cos.InitiateMultipartUploadOptions{ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{
			ContentType: "video/mp4", XCosMetaXXX: &http.Header{"X-Cos-Meta-Run": []string{"7 of 9"}},
		}},
	})
	require.NoError(t, err)
	url := e.Bucket + ".cos." + e.Region + ".myqcloud.com/" + source

	copied, _, err := c.Object.MultiCopy(t.Context(), "go/flows/copied", url, &cos.MultiCopyOptions{PartSize: 4, ThreadPoolSize: 3})
	require.NoError(t, err)
	require.Equal(t, up.ETag, copied.ETag, "one piece, up to 5 GiB")
	e.stored(t, "go/flows/copied", body)
	head, err := c.Object.Head(t.Context(), "go/flows/copied", nil)
	require.NoError(t, err)
	require.Equal(t, "video/mp4", head.Header.Get("Content-Type"))
	require.Equal(t, "7 of 9", head.Header.Get("x-cos-meta-run"))
	require.Equal(t, resp.Header.Get("x-cos-hash-crc64ecma"), head.Header.Get("x-cos-hash-crc64ecma"))

	replaced := &cos.MultiCopyOptions{OptCopy: &cos.ObjectCopyOptions{ObjectCopyHeaderOptions: &cos.ObjectCopyHeaderOptions{
		XCosMetadataDirective: "Replaced", ContentType: "text/plain",
	}}}
	_, _, err = c.Object.MultiCopy(t.Context(), "go/flows/replaced", url, replaced)
	require.NoError(t, err)
	e.stored(t, "go/flows/replaced", body)
	head, err = c.Object.Head(t.Context(), "go/flows/replaced", nil)
	require.NoError(t, err)
	require.Equal(t, "text/plain", head.Header.Get("Content-Type"))
	require.Empty(t, head.Header.Get("x-cos-meta-run"))

	_, _, err = c.Object.MultiCopy(t.Context(), "go/flows/none", url+"-absent", nil)
	require.True(t, cos.IsNotFoundError(err), "its HEAD says no more: %v", err)
	_, _, err = c.Object.Copy(t.Context(), "go/flows/none", url+"-absent", nil)
	refused(t, err, http.StatusNotFound, "NoSuchKey")
	changed := &cos.MultiCopyOptions{OptCopy: &cos.ObjectCopyOptions{ObjectCopyHeaderOptions: &cos.ObjectCopyHeaderOptions{
		XCosCopySourceIfMatch: etag([]byte("other")),
	}}}
	_, _, err = c.Object.MultiCopy(t.Context(), "go/flows/none", url, changed)
	refused(t, err, http.StatusPreconditionFailed, "PreconditionFailed")
	e.notStored(t, "go/flows/none")
}

// TestDeleteMulti deletes exactly a thousand objects in one call.
func TestDeleteMulti(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	var keys []cos.Object
	for i := range 1000 {
		keys = append(keys, cos.Object{Key: "go/flows/many/& <" + strconv.Itoa(i) + ">"})
	}
	for _, o := range keys[:20] {
		_, err := c.Object.Put(t.Context(), o.Key, bytes.NewReader([]byte(o.Key)), nil)
		require.NoError(t, err)
	}
	_, _, err := c.Object.DeleteMulti(t.Context(), &cos.ObjectDeleteMultiOptions{Objects: append(keys, cos.Object{Key: "one more"})})
	refused(t, err, http.StatusBadRequest, "MalformedXML")
	e.stored(t, keys[19].Key, []byte(keys[19].Key))

	done, _, err := c.Object.DeleteMulti(t.Context(), &cos.ObjectDeleteMultiOptions{Objects: keys})
	require.NoError(t, err)
	require.Empty(t, done.Errors)
	require.Len(t, done.DeletedObjects, 1000, "those that were not there as well")
	page, _, err := c.Bucket.Get(t.Context(), &cos.BucketGetOptions{Prefix: "go/flows/many/"})
	require.NoError(t, err)
	require.Empty(t, page.Contents)

	done, _, err = c.Object.DeleteMulti(t.Context(), &cos.ObjectDeleteMultiOptions{Objects: keys, Quiet: true})
	require.NoError(t, err)
	require.Empty(t, done.DeletedObjects)
}
