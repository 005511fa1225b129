package clients

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// tagging returns the options of an upload with tags. The SDK has no field for them, only one for
// further headers.
func tagging(tags ...cos.ObjectTaggingTag) *cos.ObjectPutOptions {
	list := url.Values{}
	for _, tag := range tags {
		list.Set(tag.Key, tag.Value)
	}
	return &cos.ObjectPutOptions{ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{
		XOptionHeader: &http.Header{"X-Cos-Tagging": {list.Encode()}},
	}}
}

// TestObjectTags: tags are set with an upload or later, and are counted.
func TestObjectTags(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	const key = "go/object tags"
	put := func(tags ...cos.ObjectTaggingTag) error {
		_, err := c.Object.Put(t.Context(), key, bytes.NewReader(content(31, 10)), tagging(tags...))
		return err
	}
	count := func() string {
		t.Helper()
		head, err := c.Object.Head(t.Context(), key, nil)
		require.NoError(t, err)
		return head.Header.Get("x-cos-tagging-count")
	}
	set := func(tags ...cos.ObjectTaggingTag) error {
		_, err := c.Object.PutTagging(t.Context(), key, &cos.ObjectPutTaggingOptions{TagSet: tags})
		return err
	}
	for _, name := range []string{"qcs:owner", "project", "项目", "a,b"} {
		refused(t, put(cos.ObjectTaggingTag{Key: name, Value: "v"}), http.StatusBadRequest, "InvalidTag")
		e.notStored(t, key)
	}
	tags := []cos.ObjectTaggingTag{{Key: "a@b:c/d", Value: "x:/@ y+z=1"}, {Key: "团队", Value: "前端"}}
	require.NoError(t, put(tags...))
	require.Equal(t, "2", count())
	got, _, err := c.Object.GetTagging(t.Context(), key)
	require.NoError(t, err)
	require.ElementsMatch(t, tags, got.TagSet)
	refused(t, set(cos.ObjectTaggingTag{Key: "qcs:owner", Value: "v"}), http.StatusBadRequest, "InvalidTag")
	require.Equal(t, "2", count())
	require.NoError(t, set(tags[0]))
	require.Equal(t, "1", count())
	_, err = c.Object.DeleteTagging(t.Context(), key)
	require.NoError(t, err)
	require.Empty(t, count())
	require.NoError(t, put())
	require.Empty(t, count())
}
