package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/storage"
)

// versioning sets the state of the test bucket's versioning.
func (s *server) versioning(status string) *answer {
	s.tb.Helper()
	return s.do(http.MethodPut, "/?versioning", []byte("<VersioningConfiguration><Status>"+status+"</Status></VersioningConfiguration>"))
}

// putVersion stores a body and returns its version.
func (s *server) putVersion(key, body string, header ...string) string {
	s.tb.Helper()
	got := s.do(http.MethodPut, "/"+key, []byte(body), header...)
	require.Equal(s.tb, 200, got.status, "%s", got.body)
	return got.header.Get("X-Cos-Version-Id")
}

// requireVersion checks the bytes of one version, past the API.
func (s *server) requireVersion(key, version, want string) {
	s.tb.Helper()
	r, err := s.store.OpenVersion(testBucket, key, version)
	require.NoError(s.tb, err, "%s %s", key, version)
	defer r.Close()
	got, err := io.ReadAll(r)
	require.NoError(s.tb, err)
	require.Equal(s.tb, want, string(got))
}

// TestVersioningState: never, enabled, suspended, enabled, and never again
// never; who may set it is the owner alone.
//
// holds: call PutBucketVersioning; call GetBucketVersioning
func TestVersioningState(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, ACL: api.ACLPublicReadWrite}}})
	state := func() string { return string(s.do(http.MethodGet, "/?versioning", nil).body) }
	require.Equal(t, "<VersioningConfiguration/>", state())
	for _, status := range []string{"Enabled", "Suspended", "Enabled"} {
		got := s.versioning(status)
		require.Equal(t, 200, got.status, "%s", got.body)
		require.Empty(t, got.body)
		want := "<?xml version='1.0' encoding='utf-8' ?>\n<VersioningConfiguration>\n\t<Status>" + status + "</Status>\n</VersioningConfiguration>"
		require.Equal(t, want, state())
		for _, bad := range []string{"", "Disabled", "enabled"} {
			s.requireRefused(s.versioning(bad), bad, 400, "MalformedXML", "")
		}
		s.requireRefused(s.do(http.MethodPut, "/?versioning", []byte("<VersioningConfiguration/>")), "none", 400, "MalformedXML", "")
		anonymous := &message{method: http.MethodPut, target: "/?versioning", host: testHost, body: []byte("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")}
		s.requireRefused(s.send(anonymous), "anonymous", 403, "AccessDenied", "")
		require.Equal(t, want, state(), "refused and unchanged")
	}
}

// TestVersionsEnabled: every upload adds a version, a deletion a marker, and
// each is read and removed by its id.
//
// holds: answer x-cos-version-id; answer x-cos-delete-marker; param versionId; code NoSuchVersion
func TestVersionsEnabled(t *testing.T) {
	s := start(t, api.Config{})
	require.Empty(t, s.putVersion("k", "before"), "no versions yet")
	require.Empty(t, s.do(http.MethodGet, "/k", nil).header.Get("X-Cos-Version-Id"))
	s.requireRefused(s.do(http.MethodDelete, "/k?versionId=MTg0", nil), "no versions yet", 404, "NoSuchVersion", "")
	s.requireStored(testBucket, "k", []byte("before"))
	gone := s.do(http.MethodDelete, "/k?versionId=null", nil)
	require.Equal(t, 204, gone.status)
	require.Empty(t, gone.header.Get("X-Cos-Version-Id")+gone.header.Get("X-Cos-Delete-Marker"))
	s.requireNothing(testBucket, "k")
	require.Empty(t, s.putVersion("k", "before"))
	require.Equal(t, 200, s.versioning("Enabled").status)
	require.Equal(t, "null", s.do(http.MethodGet, "/k", nil).header.Get("X-Cos-Version-Id"), "what was there before")
	first, second := s.putVersion("k", "one"), s.putVersion("k", "two")
	require.Regexp(t, `^MTg0ND[0-9A-Za-z]{21}$`, first) // 20 digits in base64
	require.NotEqual(t, first, second)
	for version, want := range map[string]string{"": "two", second: "two", first: "one", "null": "before"} {
		got := s.do(http.MethodGet, "/k?versionId="+version, nil)
		require.Equal(t, 200, got.status)
		require.Equal(t, want, string(got.body))
		head := s.do(http.MethodHead, "/k?versionId="+version, nil)
		require.Equal(t, 200, head.status)
		for _, a := range []*answer{got, head} {
			if version == "" {
				version = second
			}
			require.Equal(t, version, a.header.Get("X-Cos-Version-Id"))
		}
	}
	for _, absent := range []string{"MTg0NDUxNTc1NjIzMTQ1MDAwODg", "nonsense", "Null"} {
		s.requireRefused(s.do(http.MethodGet, "/k?versionId="+absent, nil), absent, 404, "NoSuchVersion", "")
	}

	gone = s.do(http.MethodDelete, "/k", nil)
	require.Equal(t, 204, gone.status)
	require.Equal(t, "true", gone.header.Get("X-Cos-Delete-Marker"))
	marker := gone.header.Get("X-Cos-Version-Id")
	require.NotEmpty(t, marker)
	for _, target := range []string{"/k", "/k?versionId=" + marker} {
		s.requireRefused(s.do(http.MethodGet, target, nil), target, 404, "NoSuchKey", "")
		require.Equal(t, 404, s.do(http.MethodHead, target, nil).status)
	}
	s.requireVersion("k", first, "one")
	require.NotContains(t, string(s.do(http.MethodGet, "/", nil).body), "<Key>k</Key>", "a list has what is there now")

	old := s.do(http.MethodDelete, "/k?VersionId="+first, nil) // as the Go SDK spells it
	require.Equal(t, 204, old.status)
	require.Equal(t, first, old.header.Get("X-Cos-Version-Id"))
	require.Empty(t, old.header.Get("X-Cos-Delete-Marker"))
	s.requireRefused(s.do(http.MethodGet, "/k?versionId="+first, nil), "for good", 404, "NoSuchVersion", "")
	undone := s.do(http.MethodDelete, "/k?versionId="+marker, nil)
	require.Equal(t, 204, undone.status)
	require.Equal(t, marker, undone.header.Get("X-Cos-Version-Id"))
	require.Equal(t, "true", undone.header.Get("X-Cos-Delete-Marker"))
	require.Equal(t, "two", string(s.do(http.MethodGet, "/k", nil).body), "the next one is the current one")
	require.Equal(t, 204, s.do(http.MethodDelete, "/k?versionId="+marker, nil).status, "absent: choice 214")
	s.requireVersion("k", "null", "before")
}

// TestVersionsSuspended: uploads and deletions put the null version in the
// place of the null version, and leave the others.
func TestVersionsSuspended(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.versioning("Enabled").status)
	kept := s.putVersion("k", "kept")
	require.Equal(t, 200, s.versioning("Suspended").status)
	require.Empty(t, s.putVersion("k", "one"), "null, and not said")
	require.Empty(t, s.putVersion("k", "two"))
	require.Equal(t, "two", string(s.do(http.MethodGet, "/k", nil).body))
	require.Equal(t, "null", s.do(http.MethodGet, "/k", nil).header.Get("X-Cos-Version-Id"))
	require.Len(t, readVersions(t, s.do(http.MethodGet, "/?versions", nil).body).Entries, 2)
	gone := s.do(http.MethodDelete, "/k", nil)
	require.Equal(t, "true", gone.header.Get("X-Cos-Delete-Marker"))
	require.Equal(t, "null", gone.header.Get("X-Cos-Version-Id"))
	list := readVersions(t, s.do(http.MethodGet, "/?versions", nil).body)
	require.Len(t, list.Entries, 2)
	require.Equal(t, "DeleteMarker", list.Entries[0].XMLName.Local)
	require.Equal(t, "null", list.Entries[0].VersionID)
	require.True(t, list.Entries[0].IsLatest)
	require.Equal(t, kept, list.Entries[1].VersionID)
	s.requireVersion("k", kept, "kept")
}

// TestVersionOfEachUpload: how each kind of upload names the version that it
// made, versioning enabled and suspended; each page has its own rule.
func TestVersionOfEachUpload(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/source", []byte("source")).status)
	uploads := map[string]func() *answer{
		"PUT":  func() *answer { return s.do(http.MethodPut, "/k", []byte("x")) },
		"POST": func() *answer { return s.send(policyForm(testTime(), "").message(t)) },
		"copy": func() *answer {
			return s.do(http.MethodPut, "/k", nil, "x-cos-copy-source", testHost+"/source")
		},
		"complete": func() *answer {
			id := s.initiate("k")
			return s.complete("k", id, completion(1, s.putPart("k", id, 1, []byte("part"))))
		},
	}
	for status, null := range map[string]string{"Enabled": "", "Suspended": "null"} {
		require.Equal(t, 200, s.versioning(status).status)
		for name, upload := range uploads {
			got := upload()
			require.Less(t, got.status, 300, "%s: %s", name, got.body)
			o, err := s.store.Stat(testBucket, map[bool]string{true: "up/photo.jpg", false: "k"}[name == "POST"])
			require.NoError(t, err)
			header, element := got.header.Get("X-Cos-Version-Id"), between(string(got.body), "<VersionId>", "</VersionId>")
			switch {
			case name == "copy":
				require.Empty(t, header)
				if null == "" {
					require.Equal(t, o.VersionID, element)
				} else {
					require.Empty(t, element)
				}
			case status == "Enabled":
				require.Equal(t, o.VersionID, header, name)
				require.NotEqual(t, "null", header)
			case name == "complete":
				require.Equal(t, "null", header)
			default:
				require.Empty(t, header, name)
			}
		}
	}
}

// completion is the body of a Complete with one part.
func completion(number int, etag string) string {
	return "<CompleteMultipartUpload><Part><PartNumber>" + string(rune('0'+number)) + "</PartNumber><ETag>" +
		strings.ReplaceAll(etag, `"`, "&quot;") + "</ETag></Part></CompleteMultipartUpload>"
}

// TestForbidOverwriteWithVersions: forbidding has no effect once versioning was
// ever enabled; before, it has.
func TestForbidOverwriteWithVersions(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/k", []byte("one")).status)
	again := func() *answer { return s.do(http.MethodPut, "/k", []byte("two"), "x-cos-forbid-overwrite", "true") }
	s.requireRefused(again(), "never", 409, "FileAlreadyExists", "")
	s.requireStored(testBucket, "k", []byte("one"))
	for _, status := range []string{"Enabled", "Suspended"} {
		require.Equal(t, 200, s.versioning(status).status)
		require.Equal(t, 200, again().status, status)
		s.requireStored(testBucket, "k", []byte("two"))
		id := s.initiate("k", "x-cos-forbid-overwrite", "true")
		doc := completion(1, s.putPart("k", id, 1, []byte("three")))
		require.Equal(t, 200, s.complete("k", id, doc, "x-cos-forbid-overwrite", "true").status)
		s.requireStored(testBucket, "k", []byte("three"))
	}
}

// TestDeleteMultipleVersions: the documents' samples of versions, to the byte:
// 200 for a marker that is made, 140 for a version and 253 for a marker that
// are removed.
func TestDeleteMultipleVersions(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.versioning("Enabled").status)
	const key = "example-object-1.jpg"
	version := s.putVersion(key, "x")
	remove := func(version string) string {
		if version != "" {
			version = "<VersionId>" + version + "</VersionId>"
		}
		doc := []byte("<Delete><Quiet>false</Quiet><Object><Key>" + key + "</Key>" + version + "</Object></Delete>")
		sum := md5.Sum(doc)
		got := s.do(http.MethodPost, "/?delete", doc, "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
		require.Equal(t, 200, got.status, "%s", got.body)
		return string(got.body)
	}
	made := remove("")
	marker := between(made, "<DeleteMarkerVersionId>", "</DeleteMarkerVersionId>")
	require.Equal(t, "<DeleteResult>\n\t<Deleted>\n\t\t<Key>"+key+"</Key>\n\t\t<DeleteMarker>true</DeleteMarker>\n\t\t<DeleteMarkerVersionId>"+
		marker+"</DeleteMarkerVersionId>\n\t</Deleted>\n</DeleteResult>", made)
	require.Len(t, made, 200)
	s.requireNothing(testBucket, key)
	s.requireVersion(key, version, "x")
	removed := remove(marker)
	require.Equal(t, "<DeleteResult>\n\t<Deleted>\n\t\t<Key>"+key+"</Key>\n\t\t<DeleteMarker>true</DeleteMarker>\n\t\t<DeleteMarkerVersionId>"+
		marker+"</DeleteMarkerVersionId>\n\t\t<VersionId>"+marker+"</VersionId>\n\t</Deleted>\n</DeleteResult>", removed)
	require.Len(t, removed, 253)
	s.requireStored(testBucket, key, []byte("x"))
	removed = remove(version)
	require.Equal(t, "<DeleteResult>\n\t<Deleted>\n\t\t<Key>"+key+"</Key>\n\t\t<VersionId>"+version+"</VersionId>\n\t</Deleted>\n</DeleteResult>", removed)
	require.Len(t, removed, 140)
	require.Empty(t, readVersions(t, s.do(http.MethodGet, "/?versions", nil).body).Entries)
}

// TestBucketNotEmptyWithVersions: a bucket that has versions alone, or markers
// alone, is not empty.
func TestBucketNotEmptyWithVersions(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.versioning("Enabled").status)
	version := s.putVersion("k", "x")
	marker := s.do(http.MethodDelete, "/k", nil).header.Get("X-Cos-Version-Id")
	for _, id := range []string{version, marker} {
		s.requireRefused(s.do(http.MethodDelete, "/", nil), "before "+id, 409, "BucketNotEmpty", "")
		require.Equal(t, 204, s.do(http.MethodDelete, "/k?versionId="+id, nil).status)
	}
	require.Equal(t, 204, s.do(http.MethodDelete, "/", nil).status)
}

// TestVersionsSurvive: what was enabled stays so in a data folder, and ids go
// on from where they were.
func TestVersionsSurvive(t *testing.T) {
	dir := t.TempDir()
	open := func() *storage.Store {
		st, err := storage.OpenDisk(dir, storage.Options{})
		require.NoError(t, err)
		return st
	}
	st := open()
	s := startOn(t, api.Config{}, st)
	require.Equal(t, 200, s.versioning("Enabled").status)
	first := s.putVersion("k", "one")
	require.NoError(t, st.Close())
	st = open()
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	s = startOn(t, api.Config{}, st)
	require.Contains(t, string(s.do(http.MethodGet, "/?versioning", nil).body), "Enabled")
	second := s.putVersion("k", "two")
	require.NotEqual(t, first, second)
	s.requireVersion("k", first, "one")
	s.requireVersion("k", "", "two")
}
