package clients

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// accelerated is a client of the acceleration host, configured as on the SDK's page about
// endpoints.
func (e endpoint) accelerated(t *testing.T) *cos.Client {
	t.Helper()
	c := e.client(t, e.Bucket, e.Key)
	c.BaseURL.BucketURL = &url.URL{Scheme: "http", Host: e.Bucket + ".cos.accelerate.myqcloud.com"}
	return c
}

// setAcceleration enables or suspends the acceleration of the bucket.
func (e endpoint) setAcceleration(t *testing.T, status string) {
	t.Helper()
	c := e.client(t, e.Bucket, e.Key)
	resp, err := c.Bucket.PutAccelerate(t.Context(), &cos.BucketPutAccelerateOptions{Status: status, Type: "COS"})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	got, _, err := c.Bucket.GetAccelerate(t.Context())
	require.NoError(t, err)
	require.Equal(t, status, got.Status)
	require.Equal(t, "COS", got.Type)
}

// TestAcceleration: the acceleration host serves uploads and downloads once the bucket has
// acceleration, and never anything else.
func TestAcceleration(t *testing.T) {
	e := theEndpoint(t)
	c := e.accelerated(t)
	const key = "go/accelerated/对象 a+b"
	body := content(21, 70_000)
	upload := func(body []byte) error {
		_, err := c.Object.Put(t.Context(), key, bytes.NewReader(body), nil)
		return err
	}
	never := func() {
		t.Helper()
		_, err := c.Object.Delete(t.Context(), key)
		refused(t, err, http.StatusBadRequest, "ActionAccelerateNotSupported")
		_, _, err = c.Bucket.Get(t.Context(), nil)
		refused(t, err, http.StatusBadRequest, "ActionAccelerateNotSupported")
		_, _, err = c.Object.DeleteMulti(t.Context(), &cos.ObjectDeleteMultiOptions{Objects: []cos.Object{{Key: key}}})
		refused(t, err, http.StatusBadRequest, "ActionAccelerateNotSupported")
		_, _, err = c.Object.Copy(t.Context(), key+"2", c.BaseURL.BucketURL.Host+"/"+key, nil)
		refused(t, err, http.StatusBadRequest, "ActionAccelerateNotSupported")
		e.notStored(t, key+"2")
	}

	refused(t, upload(body), http.StatusBadRequest, "BucketAccelerateNotEnabled")
	_, _, err := c.Object.InitiateMultipartUpload(t.Context(), key, nil)
	refused(t, err, http.StatusBadRequest, "BucketAccelerateNotEnabled")
	e.notStored(t, key)
	never()

	e.setAcceleration(t, "Enabled")
	t.Run("enabled", func(t *testing.T) {
		require.NoError(t, upload(body))
		e.stored(t, key, body)
		resp, err := c.Object.Get(t.Context(), key, nil)
		require.NoError(t, err)
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, body, got)
		never()
		e.stored(t, key, body)

		signed := content(22, 1000)
		u, err := c.Object.GetPresignedURL(t.Context(), http.MethodPut, key, e.Key.ID, e.Key.Secret, time.Hour, nil)
		require.NoError(t, err)
		require.Equal(t, c.BaseURL.BucketURL.Host, u.Host)
		plain, answer := e.do(t, http.MethodPut, u, nil, bytes.NewReader(signed))
		require.Equal(t, http.StatusOK, plain.StatusCode, "%s", answer)
		e.stored(t, key, signed)

		parts := content(23, 3000)
		init, _, err := c.Object.InitiateMultipartUpload(t.Context(), key, nil)
		require.NoError(t, err)
		part, err := c.Object.UploadPart(t.Context(), key, init.UploadID, 1, bytes.NewReader(parts), nil)
		require.NoError(t, err)
		_, _, err = c.Object.CompleteMultipartUpload(t.Context(), key, init.UploadID, &cos.CompleteMultipartUploadOptions{
			Parts: []cos.Object{{PartNumber: 1, ETag: part.Header.Get("ETag")}},
		})
		require.NoError(t, err)
		e.stored(t, key, parts)
	})

	e.setAcceleration(t, "Suspended")
	refused(t, upload(body), http.StatusBadRequest, "BucketAccelerateNotEnabled")
	e.stored(t, key, content(23, 3000))
}
