package api_test

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// TestS3Names: who comes as an S3 client is understood and answered by S3's names
// for headers, and nobody else is.
//
// holds: answer x-amz-*
func TestS3Names(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, ACL: api.ACLPublicReadWrite}}})
	s3 := func(method, target string, body string, header ...string) *answer {
		h := http.Header{"X-Amz-User-Agent": {"aws-sdk-js/3"}}
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return s.send(&message{method: method, target: target, host: testHost, header: h, body: []byte(body)})
	}
	put := s3("PUT", "/dir/a", "hello", "x-amz-meta-mtime", "1764000000.5", "x-amz-storage-class", "STANDARD_IA", "x-amz-tagging", "a=1")
	require.Equal(t, 200, put.status, string(put.body))
	require.Equal(t, put.header.Get("x-cos-request-id"), put.header.Get("x-amz-request-id"))
	head := s3("HEAD", "/dir/a", "")
	for _, name := range []string{"x-amz-meta-mtime", "x-cos-meta-mtime"} {
		require.Equal(t, "1764000000.5", head.header.Get(name))
	}
	require.Equal(t, "STANDARD_IA", head.header.Get("x-amz-storage-class"))
	require.Equal(t, "1", s3("GET", "/dir/a", "").header.Get("x-amz-tagging-count"))

	copied := s3("PUT", "/dir/b", "", "x-amz-copy-source", testBucket+"/dir/a", "x-amz-metadata-directive", "REPLACE", "x-amz-meta-mtime", "2")
	require.Equal(t, 200, copied.status, string(copied.body))
	require.Equal(t, "2", s3("HEAD", "/dir/b", "").header.Get("x-amz-meta-mtime"))
	require.Equal(t, testRegion, s3("HEAD", "/", "").header.Get("x-amz-bucket-region"))
	require.Equal(t, 404, s3("GET", "/none", "").status)
	require.NotEmpty(t, s3("GET", "/none", "").header.Get("x-amz-request-id"))

	// COS's own signature makes it a COS client.
	own := s.send(s.signed("PUT", "/own", []byte("x"), "x-amz-meta-mtime", "1"))
	require.Equal(t, 200, own.status)
	require.Empty(t, own.header.Get("x-amz-request-id"))
	require.Empty(t, s.send(s.signed("HEAD", "/own", nil)).header.Get("x-cos-meta-mtime"))
}

// TestListV2 walks a bucket page by page.
//
// holds: call GetBucket; param list-type; param continuation-token; param start-after; param fetch-owner
func TestListV2(t *testing.T) {
	s := start(t, api.Config{})
	keys := []string{"a", "b/1", "b/2", "c d", "e+f", "中"}
	for _, key := range keys {
		require.Equal(t, 200, s.send(s.signed("PUT", "/"+url.PathEscape(key), []byte("x"))).status)
	}
	type page struct {
		Name                  string
		KeyCount              int
		MaxKeys               int
		IsTruncated           bool
		ContinuationToken     string
		NextContinuationToken string
		StartAfter            string
		Contents              []struct {
			Key   string
			Owner *struct{ ID string }
		}
		CommonPrefixes []struct{ Prefix string }
	}
	list := func(query string) page {
		a := s.send(s.signed("GET", "/?list-type=2"+query, nil))
		require.Equal(t, 200, a.status, string(a.body))
		var p page
		require.NoError(t, xml.Unmarshal(a.body, &p))
		require.Equal(t, len(p.Contents)+len(p.CommonPrefixes), p.KeyCount)
		return p
	}
	var got []string
	token, pages := "", 0
	for more := true; more; pages++ {
		query := "&max-keys=2"
		if token != "" {
			query += "&continuation-token=" + url.QueryEscape(token)
		}
		p := list(query)
		require.Equal(t, token, p.ContinuationToken)
		for _, c := range p.Contents {
			require.Nil(t, c.Owner)
			got = append(got, c.Key)
		}
		more, token = p.IsTruncated, p.NextContinuationToken
		require.Equal(t, more, token != "")
	}
	require.Equal(t, keys, got)
	require.Equal(t, 3, pages)

	p := list("&start-after=c%20d&fetch-owner=true")
	require.Equal(t, "c d", p.StartAfter)
	require.Equal(t, "e+f", p.Contents[0].Key)
	require.Equal(t, testAppID, p.Contents[0].Owner.ID)
	p = list("&delimiter=%2F")
	require.Equal(t, "b/", p.CommonPrefixes[0].Prefix)
	require.Len(t, p.Contents, 4)

	for _, bad := range []string{"/?list-type=1", "/?list-type=2&continuation-token=", "/?list-type=2&continuation-token=%2A"} {
		a := s.send(s.signed("GET", bad, nil))
		require.Equal(t, 400, a.status)
		require.Contains(t, string(a.body), "InvalidArgument")
	}
}
