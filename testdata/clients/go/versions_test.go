package clients

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// read returns a version of an object; "" is the current version.
func read(t *testing.T, c *cos.Client, key, version string) string {
	t.Helper()
	var id []string
	if version != "" {
		id = []string{version}
	}
	resp, err := c.Object.Get(t.Context(), key, nil, id...)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}

// TestVersions enables and suspends versioning in a bucket of its own, and takes an object through
// its versions and delete markers.
func TestVersions(t *testing.T) {
	e := theEndpoint(t)
	const name = "go-versions-1250000000"
	c := e.client(t, name, e.Key)
	_, err := c.Bucket.Put(t.Context(), nil)
	require.NoError(t, err)
	put := func(body string) string {
		t.Helper()
		resp, err := c.Object.Put(t.Context(), "k", bytes.NewReader([]byte(body)), nil)
		require.NoError(t, err)
		return resp.Header.Get("x-cos-version-id")
	}
	require.Empty(t, put("before"))
	set := func(status string) {
		t.Helper()
		_, err := c.Bucket.PutVersioning(t.Context(), &cos.BucketPutVersionOptions{Status: status})
		require.NoError(t, err)
		got, _, err := c.Bucket.GetVersioning(t.Context())
		require.NoError(t, err)
		require.Equal(t, status, got.Status)
	}
	set("Enabled")
	first, second := put("one"), put("two")
	for version, want := range map[string]string{"": "two", second: "two", first: "one", "null": "before"} {
		require.Equal(t, want, read(t, c, "k", version))
	}
	head, err := c.Object.Head(t.Context(), "k", nil, first)
	require.NoError(t, err)
	require.Equal(t, first, head.Header.Get("x-cos-version-id"))

	gone, err := c.Object.Delete(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, "true", gone.Header.Get("x-cos-delete-marker"))
	marker := gone.Header.Get("x-cos-version-id")
	_, err = c.Object.Get(t.Context(), "k", nil)
	refused(t, err, http.StatusNotFound, "NoSuchKey")
	_, err = c.Object.Head(t.Context(), "k", nil)
	require.True(t, cos.IsNotFoundError(err), "%v", err)

	list, _, err := c.Bucket.GetObjectVersions(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, list.DeleteMarker, 1)
	require.Equal(t, marker, list.DeleteMarker[0].VersionId)
	require.True(t, list.DeleteMarker[0].IsLatest)
	var ids []string
	for _, v := range list.Version {
		ids = append(ids, v.VersionId)
	}
	require.Equal(t, []string{second, first, "null"}, ids)

	source := name + ".cos." + e.Region + ".myqcloud.com/k"
	copied, _, err := c.Object.Copy(t.Context(), "copy", source, nil, first)
	require.NoError(t, err)
	require.NotEmpty(t, copied.VersionId)
	require.Equal(t, "one", read(t, c, "copy", ""))
	_, _, err = c.Object.Copy(t.Context(), "copy", source, nil)
	refused(t, err, http.StatusNotFound, "NoSuchKey")
	_, _, err = c.Object.Copy(t.Context(), "copy", source, nil, marker)
	refused(t, err, http.StatusBadRequest, "InvalidCopySource")

	_, err = c.Object.Delete(t.Context(), "k", &cos.ObjectDeleteOptions{VersionId: marker})
	require.NoError(t, err)
	require.Equal(t, "two", read(t, c, "k", ""))
	removed, _, err := c.Object.DeleteMulti(t.Context(), &cos.ObjectDeleteMultiOptions{
		Objects: []cos.Object{{Key: "k", VersionId: second}, {Key: "k", VersionId: "null"}},
	})
	require.NoError(t, err)
	require.Len(t, removed.DeletedObjects, 2)
	require.Empty(t, removed.Errors)
	require.Equal(t, "one", read(t, c, "k", ""))

	set("Suspended")
	require.Empty(t, put("three"))
	require.Equal(t, "three", read(t, c, "k", "null"))
	_, err = c.Bucket.Delete(t.Context())
	refused(t, err, http.StatusConflict, "BucketNotEmpty")
	emptied(t, c)
	_, err = c.Bucket.Delete(t.Context())
	require.NoError(t, err)
}

// emptied removes all versions and delete markers of a bucket.
func emptied(t *testing.T, c *cos.Client) {
	t.Helper()
	list, _, err := c.Bucket.GetObjectVersions(t.Context(), nil)
	require.NoError(t, err)
	for _, v := range list.Version {
		_, err := c.Object.Delete(t.Context(), v.Key, &cos.ObjectDeleteOptions{VersionId: v.VersionId})
		require.NoError(t, err)
	}
	for _, v := range list.DeleteMarker {
		_, err := c.Object.Delete(t.Context(), v.Key, &cos.ObjectDeleteOptions{VersionId: v.VersionId})
		require.NoError(t, err)
	}
}
