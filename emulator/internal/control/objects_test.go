package control

import (
	"crypto/md5"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

const objectsPath = "/api/v1/buckets/" + testBucket + "/objects"

// store stores an object without a request.
func (r *rig) store(key, body string) {
	r.t.Helper()
	st, err := r.Store().Stage(int64(len(body)))
	require.NoError(r.t, err)
	_, err = st.Write([]byte(body))
	require.NoError(r.t, err)
	_, err = st.Commit(testBucket, storage.Object{Key: key, ETag: "etag", Modified: startTime()}, storage.CommitOptions{})
	require.NoError(r.t, err)
}

type objectPage struct {
	Objects []struct {
		Key, ETag, Modified string
		Size                int64
		StorageClass        string `json:"storage_class"`
	}
	Prefixes   []string
	NextMarker string `json:"next_marker"`
}

func (r *rig) objects(query string) objectPage {
	r.t.Helper()
	a := r.call("GET", objectsPath+query, "")
	require.Equal(r.t, 200, a.status, a.body)
	var p objectPage
	require.NoError(r.t, json.Unmarshal([]byte(a.body), &p))
	return p
}

func TestObjectsAreListed(t *testing.T) {
	r := start(t, Options{})
	require.Equal(t, objectPage{Objects: r.objects("").Objects, Prefixes: []string{}}, r.objects(""))
	require.Empty(t, r.objects("").Objects)
	for _, key := range []string{"a", "dir/one", "dir/two", "dir/deep/x", "z"} {
		r.store(key, "body of "+key)
	}
	names := func(p objectPage) string {
		var out []string
		for _, o := range p.Objects {
			out = append(out, o.Key)
		}
		return strings.Join(out, " ") + "|" + strings.Join(p.Prefixes, " ") + "|" + p.NextMarker
	}
	for query, want := range map[string]string{
		"":                                   "a dir/deep/x dir/one dir/two z||",
		"?delimiter=/":                       "a z|dir/|",
		"?delimiter=%2F&prefix=dir%2F":       "dir/one dir/two|dir/deep/|",
		"?limit=2":                           "a dir/deep/x||dir/deep/x",
		"?limit=2&marker=dir/deep/x":         "dir/one dir/two||dir/two",
		"?limit=2&marker=dir/two":            "z||",
		"?delimiter=/&limit=2":               "a|dir/|dir/",
		"?delimiter=/&limit=2&marker=dir%2F": "z||",
		"?prefix=none":                       "||",
	} {
		require.Equal(t, want, names(r.objects(query)), query)
	}
	o := r.objects("?prefix=a").Objects[0]
	require.Equal(t, []any{int64(9), "etag", "2026-11-24T08:00:00Z", "STANDARD"}, []any{o.Size, o.ETag, o.Modified, o.StorageClass})
	r.call("GET", "/api/v1/buckets/none-1/objects", "").wantProblem(t, 404)
	r.call("GET", objectsPath+"?limit=0", "").wantProblem(t, 422)
	r.call("GET", objectsPath+"?perfix=a", "").wantProblem(t, 422)
}

// TestObjectsAreDownloadedAndDeleted: each key can be downloaded and deleted, and no object runs as
// a page of this listener.
func TestObjectsAreDownloadedAndDeleted(t *testing.T) {
	r := start(t, Options{})
	large := strings.Repeat("0123456789abcdef", 1<<16)
	for key, file := range map[string]string{
		"plain.txt":              "plain.txt",
		"dir//../a b+c&d=e;f%2F": "a b+c&d=e;f%2F",
		"/":                      "object",
		"..":                     "object",
		"图片/猫.html":              "猫.html",
		"quote\"\r\nX-Evil: 1":   "quote\"\r\nX-Evil: 1",
		`back\slash`:             "slash",
	} {
		r.store(key, large)
		r.store("other", "stays")
		at := "?key=" + url.QueryEscape(key)
		a := r.call("GET", objectsPath+"/content"+at, "")
		require.Equal(t, 200, a.status, key)
		require.Len(t, a.body, len(large), key)
		require.Equal(t, md5.Sum([]byte(large)), md5.Sum([]byte(a.body)), key)
		require.Equal(t, "application/octet-stream", a.header.Get("Content-Type"))
		require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
		require.Contains(t, a.header.Get("Content-Security-Policy"), "sandbox")
		require.Empty(t, a.header.Get("X-Evil"))
		kind, params, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
		require.NoError(t, err, a.header.Get("Content-Disposition"))
		require.Equal(t, []string{"attachment", file}, []string{kind, params["filename"]})

		r.call("DELETE", objectsPath+at, "", header("Sec-Fetch-Site", "cross-site")).wantProblem(t, 403)
		r.call("GET", objectsPath+"/content"+at, "").want(t, 200, nil)
		r.call("DELETE", objectsPath+at, "").want(t, http.StatusNoContent, nil)
		r.call("GET", objectsPath+"/content"+at, "").wantProblem(t, 404)
		r.call("DELETE", objectsPath+at, "").wantProblem(t, 404)
		require.Len(t, r.objects("").Objects, 1, "only the one was deleted")
	}
	r.call("DELETE", objectsPath, "").wantProblem(t, 422)
	r.call("DELETE", objectsPath+"?key=", "").wantProblem(t, 422)
	r.call("GET", "/api/v1/buckets/none-1/objects/content?key=a", "").wantProblem(t, 404)
	r.call("DELETE", "/api/v1/buckets/none-1/objects?key=a", "").wantProblem(t, 404)
	require.Len(t, r.objects("").Objects, 1)
}

// TestObjectsOfABucketWithVersions: the list has the current versions. Deleting an object keeps its
// versions.
func TestObjectsOfABucketWithVersions(t *testing.T) {
	r := start(t, Options{})
	require.NoError(t, r.Store().SetVersioning(testBucket, storage.VersioningEnabled))
	for _, body := range []string{"one", "two!"} {
		r.store("k", body)
	}
	list := r.objects("").Objects
	require.Len(t, list, 1)
	require.EqualValues(t, len("two!"), list[0].Size)
	r.call("DELETE", objectsPath+"?key=k", "").want(t, http.StatusNoContent, nil)
	require.Empty(t, r.objects("").Objects)
	r.call("GET", objectsPath+"/content?key=k", "").wantProblem(t, 404)
	r.call("DELETE", objectsPath+"?key=k", "").wantProblem(t, 404)
	versions, err := r.Store().ListVersions(testBucket, storage.VersionOptions{Max: 10})
	require.NoError(t, err)
	require.Len(t, versions.Versions, 3)
}
