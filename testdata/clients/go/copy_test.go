package clients

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// TestCopyOfOtherClients sends the copy source in the form of other clients: cosfs, the C and .NET
// SDKs, PHP.
func TestCopyOfOtherClients(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	for key, body := range map[string]string{"go/copy/a b.zip": "blank", "go/copy/c+d": "plus"} {
		_, err := c.Object.Put(t.Context(), key, strings.NewReader(body), nil)
		require.NoError(t, err)
	}
	host := e.Bucket + ".cos." + e.Region + ".myqcloud.com"
	for _, form := range []struct{ client, source, directive, body string }{
		{"cosfs", "/" + e.Bucket + "/go/copy/a%20b.zip", "REPLACE", "blank"},
		{".NET", host + "/go/copy/a%20b.zip", "Replaced", "blank"},
		{"PHP", host + "/go%2Fcopy%2Fa+b.zip?versionId=", "", "blank"},
		{"C", host + "/go/copy/c+d", "", "plus"},
	} {
		const target = "go/copy/target"
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://"+host+"/"+target, http.NoBody)
		require.NoError(t, err)
		req.Header.Set("x-cos-copy-source", form.source)
		if form.directive != "" {
			req.Header.Set("x-cos-metadata-directive", form.directive)
			req.Header.Set("x-cos-meta-mode", "33188")
		}
		cos.AddAuthorizationHeader(e.Key.ID, e.Key.Secret, "", req, cos.NewAuthTime(3600e9))
		resp, err := e.http(t).Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode, form.client)
		e.stored(t, target, []byte(form.body))
		head, err := c.Object.Head(t.Context(), target, nil)
		require.NoError(t, err)
		if form.directive != "" {
			require.Equal(t, "33188", head.Header.Get("x-cos-meta-mode"), form.client)
		} else if form.body == "blank" {
			require.Equal(t, "application/zip", head.Header.Get("Content-Type"), form.client)
		}
		_, err = c.Object.Delete(t.Context(), target)
		require.NoError(t, err)
	}
}

// TestTaggingCount: an answer has the number of tags of the object.
func TestTaggingCount(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	_, err := c.Object.Put(t.Context(), "go/counted.txt", strings.NewReader("x"), &cos.ObjectPutOptions{
		ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{XOptionHeader: &http.Header{"x-cos-tagging": {"owner=a%40b.example&path=%2Fa%3Ab"}}},
	})
	require.NoError(t, err)
	head, err := c.Object.Head(t.Context(), "go/counted.txt", nil)
	require.NoError(t, err)
	require.Equal(t, "2", head.Header.Get("x-cos-tagging-count"))
	_, err = c.Object.Put(t.Context(), "go/reserved.txt", strings.NewReader("x"), &cos.ObjectPutOptions{
		ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{XOptionHeader: &http.Header{"x-cos-tagging": {"qcs%3Aa=b"}}},
	})
	refused(t, err, http.StatusBadRequest, "InvalidTag")
	e.notStored(t, "go/reserved.txt")
}
