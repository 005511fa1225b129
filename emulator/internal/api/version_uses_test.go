package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// TestVersionConditions: ranges and conditions are about the version that was
// asked for.
func TestVersionConditions(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.versioning("Enabled").status)
	old := s.putVersion("k", "old version")
	etag := s.do(http.MethodHead, "/k", nil).header.Get("ETag")
	s.clock.Advance(time.Hour)
	s.putVersion("k", "new")
	target := "/k?versionId=" + old
	got := s.do(http.MethodGet, target, nil, "Range", "bytes=4-10")
	require.Equal(t, 206, got.status)
	require.Equal(t, "version", string(got.body))
	require.Equal(t, "bytes 4-10/11", got.header.Get("Content-Range"))
	require.Equal(t, old, got.header.Get("X-Cos-Version-Id"))
	require.Equal(t, 200, s.do(http.MethodGet, target, nil, "If-Match", etag).status)
	s.requireRefused(s.do(http.MethodGet, "/k", nil, "If-Match", etag), "another's ETag", 412, "PreconditionFailed", "")
	require.Equal(t, 304, s.do(http.MethodGet, target, nil, "If-None-Match", etag).status)
	require.Equal(t, 200, s.do(http.MethodGet, "/k", nil, "If-None-Match", etag).status)
	since := testTime().Add(time.Minute).Format(http.TimeFormat)
	require.Equal(t, 304, s.do(http.MethodGet, target, nil, "If-Modified-Since", since).status)
	require.Equal(t, 200, s.do(http.MethodGet, "/k", nil, "If-Modified-Since", since).status)
}

// TestCopyVersions: a version as a source, of a whole copy and of a part; a
// marker as a source; and an old version made the current one.
//
// holds: answer x-cos-copy-source-version-id
func TestCopyVersions(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, Region: testRegion}, {Name: "target-1250000000", Region: testRegion}}})
	require.Equal(t, 200, s.versioning("Enabled").status)
	old := s.putVersion("k", "old", "x-cos-meta-a", "b")
	current := s.putVersion("k", "current")
	copied := func(source string) *answer {
		return s.send(s.signedBy(testKey(), http.MethodPut, "target-1250000000.cos."+testRegion+".myqcloud.com", "/copy", nil, "x-cos-copy-source", testHost+source))
	}
	for source, want := range map[string][2]string{
		"/k": {"current", current}, "/k?versionId=" + old: {"old", old}, "/k?versionid=" + old: {"old", old}, "/k?versionId=": {"current", current},
	} {
		got := copied(source)
		require.Equal(t, 200, got.status, "%s: %s", source, got.body)
		require.Equal(t, want[1], got.header.Get("X-Cos-Copy-Source-Version-Id"))
		require.NotContains(t, string(got.body), "VersionId", "the target has none")
		s.requireStored("target-1250000000", "copy", []byte(want[0]))
	}
	restored := s.do(http.MethodPut, "/k", nil, "x-cos-copy-source", testHost+"/k?versionId="+old)
	require.Equal(t, 200, restored.status, "%s", restored.body)
	require.Equal(t, "old", string(s.do(http.MethodGet, "/k", nil).body))
	require.Equal(t, "b", s.do(http.MethodGet, "/k", nil).header.Get("X-Cos-Meta-A"))
	s.requireVersion("k", current, "current")

	id := s.initiate("joined")
	part := s.do(http.MethodPut, "/joined?partNumber=1&uploadId="+id, nil, "x-cos-copy-source", testHost+"/k?versionId="+current)
	require.Equal(t, 200, part.status, "%s", part.body)
	require.Equal(t, current, part.header.Get("X-Cos-Copy-Source-Version-Id"))

	marker := s.do(http.MethodDelete, "/k", nil).header.Get("X-Cos-Version-Id")
	before, err := s.store.Stat("target-1250000000", "copy")
	require.NoError(t, err)
	s.requireRefused(copied("/k"), "deleted", 404, "NoSuchKey", "")
	s.requireRefused(copied("/k?versionId="+marker), "a marker", 400, "InvalidCopySource", "")
	s.requireRefused(copied("/k?versionId=MTg0"), "absent", 404, "NoSuchVersion", "")
	byMarker := s.do(http.MethodPut, "/joined?partNumber=2&uploadId="+id, nil, "x-cos-copy-source", testHost+"/k?versionId="+marker)
	s.requireRefused(byMarker, "a part of a marker", 400, "InvalidCopySource", "")
	after, err := s.store.Stat("target-1250000000", "copy")
	require.NoError(t, err)
	require.Equal(t, before, after)
	s.requireParts("joined", id, 1)
}

// TestVersionCondition: a policy's condition on the version sees the one that
// the call will take, however the parameter is spelt; and each new call asks
// for the action of its name.
func TestVersionCondition(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.versioning("Enabled").status)
	old, current := s.putVersion("k", "old"), s.putVersion("k", "new")
	key := cutKey(t, statement("allow", "name/cos:*", within("*")),
		statement("deny", "name/cos:DeleteObject", within("*"), `{"string_equal":{"cos:versionid":"`+old+`"}}`))
	s.with(key)
	for _, name := range []string{"versionId", "VersionId"} {
		s.requireDenied(s.as(key, http.MethodDelete, "/k?"+name+"="+old, nil), name)
		s.requireVersion("k", old, "old")
	}
	require.Equal(t, 204, s.as(key, http.MethodDelete, "/k?VersionId="+current, nil).status)
	s.requireVersion("k", "", "old")

	for action, call := range map[string]struct {
		method, target, body string
	}{
		"GetBucketObjectVersions": {http.MethodGet, "/?versions", ""},
		"GetBucketVersioning":     {http.MethodGet, "/?versioning", ""},
		"PutBucketVersioning":     {http.MethodPut, "/?versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"},
		"PutObjectTagging":        {http.MethodPut, "/k?tagging", tagDocument("a", "b")},
		"GetObjectTagging":        {http.MethodGet, "/k?tagging", ""},
		"DeleteObjectTagging":     {http.MethodDelete, "/k?tagging", ""},
		"AppendObject":            {http.MethodPost, "/new?append&position=0", "x"},
	} {
		key := cutKey(t, statement("allow", "name/cos:*", within("*")), statement("deny", "name/cos:"+action, within("*")))
		s.with(key)
		s.requireDenied(s.as(key, call.method, call.target, []byte(call.body)), action)
		s.requireNothing(testBucket, "new")
		require.Contains(t, string(s.do(http.MethodGet, "/?versioning", nil).body), "Enabled", action)
		s.requireRefused(s.do(http.MethodGet, "/k?tagging", nil), action, 404, "NoSuchTagSet", "")
		other := cutKey(t, statement("allow", "name/cos:"+action, within("*")))
		s.with(other)
		require.NotEqual(t, 403, s.as(other, call.method, call.target, []byte(call.body)).status, "%s allowed by its name alone", action)
		require.Equal(t, 200, s.versioning("Enabled").status)
		require.Equal(t, 204, s.do(http.MethodDelete, "/k?tagging", nil).status)
	}
}
