package clients

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// TestAppend appends pieces. The SDK compares x-cos-content-sha1 with the MD5 of each.
func TestAppend(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	var whole []byte
	at := 0
	for seed, size := range []int{1, 70_000, 2 << 20} {
		piece := content(uint64(seed), size)
		next, _, err := c.Object.Append(t.Context(), "go/appended.log", at, bytes.NewReader(piece), nil)
		require.NoError(t, err)
		whole = append(whole, piece...)
		require.Equal(t, len(whole), next)
		at = next
	}
	e.stored(t, "go/appended.log", whole)
	head, err := c.Object.Head(t.Context(), "go/appended.log", nil)
	require.NoError(t, err)
	require.Equal(t, "appendable", head.Header.Get("x-cos-object-type"))
	_, _, err = c.Object.Append(t.Context(), "go/appended.log", 1, bytes.NewReader([]byte("x")), nil)
	refused(t, err, http.StatusConflict, "AppendPositionErr")
	_, err = c.Object.Put(t.Context(), "go/appended.log", bytes.NewReader([]byte("x")), nil)
	require.NoError(t, err)
	_, _, err = c.Object.Append(t.Context(), "go/appended.log", 1, bytes.NewReader([]byte("x")), nil)
	refused(t, err, http.StatusConflict, "ObjectNotAppendable")
	e.stored(t, "go/appended.log", []byte("x"))
}

// TestObjectTagging sets tags with an upload and with a call.
func TestObjectTagging(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	const key = "go/tagged"
	tags := func() []cos.ObjectTaggingTag {
		got, _, err := c.Object.GetTagging(t.Context(), key)
		require.NoError(t, err)
		return got.TagSet
	}
	_, err := c.Object.Put(t.Context(), key, bytes.NewReader([]byte("x")), &cos.ObjectPutOptions{
		ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{XOptionHeader: &http.Header{"x-cos-tagging": {"team=front%20end"}}},
	})
	require.NoError(t, err)
	require.Equal(t, []cos.ObjectTaggingTag{{Key: "team", Value: "front end"}}, tags())
	want := []cos.ObjectTaggingTag{{Key: "age", Value: "18"}, {Key: "年", Value: ""}}
	_, err = c.Object.PutTagging(t.Context(), key, &cos.ObjectPutTaggingOptions{TagSet: want})
	require.NoError(t, err)
	require.Equal(t, want, tags())
	_, err = c.Object.PutTagging(t.Context(), key, &cos.ObjectPutTaggingOptions{TagSet: []cos.ObjectTaggingTag{{Key: "a*"}}})
	refused(t, err, http.StatusBadRequest, "InvalidTag")
	require.Equal(t, want, tags())
	_, err = c.Object.DeleteTagging(t.Context(), key)
	require.NoError(t, err)
	_, _, err = c.Object.GetTagging(t.Context(), key)
	refused(t, err, http.StatusNotFound, "NoSuchTagSet")
}

// TestTrafficLimit: an upload with a limit takes at least the time of its rate.
func TestTrafficLimit(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	put := func(limit int) error {
		_, err := c.Object.Put(t.Context(), "go/slow", bytes.NewReader(content(1, 64<<10)), &cos.ObjectPutOptions{
			ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{XCosTrafficLimit: limit},
		})
		return err
	}
	before := time.Now()
	require.NoError(t, put(819200)) // 100 KiB/s
	require.Greater(t, time.Since(before), 500*time.Millisecond)
	refused(t, put(819199), http.StatusBadRequest, "InvalidArgument")
	e.stored(t, "go/slow", content(1, 64<<10))
}
