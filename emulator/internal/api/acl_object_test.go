package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

// acl shows an object's or the bucket's list, as its owner sees it.
func (s *server) acl(target string) string {
	s.tb.Helper()
	a := s.do("GET", target+"?acl", nil)
	require.Equal(s.tb, 200, a.status, string(a.body))
	return string(a.body)
}

// TestObjectACLDocument: the requests of the page on PUT Object acl, and the
// answer of that on GET Object acl.
//
// holds: call PutObjectACL; call GetObjectACL; answer x-cos-acl; code NoSuchKey
func TestObjectACLDocument(t *testing.T) {
	want := goldenBody(t, "acl-object.xml")
	s := startACL(t)
	a := s.do("GET", "/a?acl", nil)
	require.Equal(t, 200, a.status)
	require.Equal(t, "default", a.header.Get("X-Cos-Acl"))

	put := s.do("PUT", "/a?acl", nil, "x-cos-acl", "public-read", "x-cos-grant-read-acp", `id="100000000002"`)
	require.Equal(t, 200, put.status, string(put.body))
	require.Empty(t, put.body)
	a = s.do("GET", "/a?acl", nil)
	require.Equal(t, want, string(a.body))
	require.Empty(t, a.header.Get("X-Cos-Acl"))
	s.requireStored(testBucket, "a", []byte("a"))

	for _, header := range [][]string{nil, {"x-cos-acl", "default"}} {
		require.Equal(t, 200, s.do("PUT", "/a?acl", []byte(want)).status)
		require.Equal(t, want, s.acl("/a"))
		require.Equal(t, 200, s.do("PUT", "/a?acl", nil, header...).status)
		require.Equal(t, "default", s.do("GET", "/a?acl", nil).header.Get("X-Cos-Acl"), "nothing said is default")
	}
	for _, method := range []string{"GET", "PUT"} {
		a = s.do(method, "/absent?acl", nil, "x-cos-acl", "private")
		require.Equal(t, 404, a.status)
		require.Equal(t, "NoSuchKey", a.code())
	}
	s.requireNothing(testBucket, "absent")
}

// TestPutObjectACLRefusals: nothing changes when a list is refused.
//
// holds: call PutObjectACL; code InvalidArgument
func TestPutObjectACLRefusals(t *testing.T) {
	s := startACL(t)
	require.Equal(t, 200, s.do("PUT", "/a?acl", nil, "x-cos-acl", "public-read").status)
	before := s.acl("/a")
	for name, c := range map[string]struct {
		body   string
		header []string
	}{
		"public-read-write": {"", []string{"x-cos-acl", "public-read-write"}},
		"unknown":           {"", []string{"x-cos-acl", "mine"}},
		"grant":             {"", []string{"x-cos-grant-read-acp", `id="me"`}},
		"body":              {"<xml/>", []string{"x-cos-acl", "private"}}, // seen: overtrue/qcloud-cos-client issue 11
		"write":             {strings.Replace(goldenBody(t, "acl-object.xml"), "READ_ACP", "WRITE", 1), nil},
	} {
		a := s.do("PUT", "/a?acl", []byte(c.body), c.header...)
		require.Equal(t, 400, a.status, name)
		require.Equal(t, "InvalidArgument", a.code(), name)
		require.Equal(t, before, s.acl("/a"), name)
	}
	require.Equal(t, 200, s.do("PUT", "/a?acl", []byte(goldenBody(t, "acl-object.xml"))).status, "the control")
}

// TestObjectACLPermissions: what each permission of an object opens, to whom,
// and that nothing of it reaches other objects or the bucket.
//
// holds: header x-cos-grant-read; header x-cos-grant-write-acp; code AccessDenied
func TestObjectACLPermissions(t *testing.T) {
	everybody, signed, others, nobody := [5]bool{true, true, true, true, true}, [5]bool{true, true, true, true}, [5]bool{true, true, true}, [5]bool{true}
	const id = `id="100000000002"`
	statuses := func(whom [5]bool) (want [5]int) {
		for i, may := range whom {
			want[i] = 403
			if may {
				want[i] = 200
			}
		}
		return want
	}
	for _, c := range []struct {
		header, value string
		read, readACP [5]bool
	}{
		{"x-cos-acl", "private", nobody, nobody},
		{"x-cos-acl", "bucket-owner-read", nobody, nobody},
		{"x-cos-acl", "bucket-owner-full-control", nobody, nobody},
		{"x-cos-acl", "public-read", everybody, nobody},
		{"x-cos-acl", "authenticated-read", signed, nobody},
		{"x-cos-grant-read", id, others, nobody},
		{"x-cos-grant-read-acp", id, nobody, others},
		{"x-cos-grant-write-acp", id, nobody, nobody},
		{"x-cos-grant-full-control", id, others, others},
		{"x-cos-grant-write", id, nobody, nobody},
	} {
		t.Run(c.header+" "+c.value, func(t *testing.T) {
			s := startACL(t)
			require.Equal(t, 200, s.do("PUT", "/a?acl", nil, c.header, c.value).status)
			s.requireStatuses(statuses(c.read), "GET", "/a", nil)
			s.requireStatuses(statuses(c.read), "HEAD", "/a", nil)
			s.requireStatuses(statuses(c.readACP), "GET", "/a?acl", nil)
			s.requireStatuses(statuses(nobody), "GET", "/dir/b", nil)
			s.requireStatuses(statuses(nobody), "GET", "/", nil)
			for _, who := range callers()[1:] {
				require.Equal(t, 403, s.as(who, "PUT", "/a", []byte("x")).status)
				require.Equal(t, 403, s.as(who, "DELETE", "/a", nil).status)
			}
			s.requireStored(testBucket, "a", []byte("a"))
		})
	}
}

// TestObjectWriteACP: whom an object lets change its list may open it.
func TestObjectWriteACP(t *testing.T) {
	s := startACL(t)
	require.Equal(t, 200, s.do("PUT", "/a?acl", nil, "x-cos-grant-write-acp", `id="100000000002"`).status)
	before := s.acl("/a")
	for _, who := range []keyring.Key{stranger(), {}} {
		require.Equal(t, 403, s.as(who, "PUT", "/a?acl", nil, "x-cos-acl", "public-read").status)
	}
	require.Equal(t, before, s.acl("/a"))
	require.Equal(t, 403, s.as(otherAccount(), "GET", "/a", nil).status)
	require.Equal(t, 200, s.as(otherAccount(), "PUT", "/a?acl", nil, "x-cos-acl", "public-read").status)
	require.Equal(t, 200, s.as(keyring.Key{}, "GET", "/a", nil).status)
}

// TestACLPriority: the object's list decides over that of its folders, the
// nearest folder's over the farther, and any of them over the bucket's; both to
// open and to close (COS docs: 匿名访问 COS).
func TestACLPriority(t *testing.T) {
	s := startACL(t)
	anonymous := func(key string) int { return s.as(keyring.Key{}, "GET", "/"+key, nil).status }
	set := func(target, canned string) {
		require.Equal(t, 200, s.do("PUT", target+"?acl", nil, "x-cos-acl", canned).status)
	}
	for _, folder := range []string{"dir/", "dir/sub/"} {
		require.Equal(t, 200, s.do("PUT", "/"+folder, nil).status)
	}
	require.Equal(t, 403, anonymous("dir/sub/c"))
	set("/", "public-read")
	require.Equal(t, 200, anonymous("dir/sub/c"), "the bucket's")
	set("/dir/", "private")
	require.Equal(t, 403, anonymous("dir/sub/c"), "the folder's over the bucket's")
	require.Equal(t, 403, anonymous("dir/b"))
	require.Equal(t, 403, anonymous("dir/"), "the folder itself")
	require.Equal(t, 200, anonymous("a"), "outside of it")
	set("/dir/sub/", "public-read")
	require.Equal(t, 200, anonymous("dir/sub/c"), "the nearer folder's")
	require.Equal(t, 403, anonymous("dir/b"))
	set("/dir/sub/c", "private")
	require.Equal(t, 403, anonymous("dir/sub/c"), "the object's")
	set("/dir/sub/c", "default")
	require.Equal(t, 200, anonymous("dir/sub/c"), "none again")
	require.Equal(t, 404, anonymous("dir/sub/absent"), "what may be read may be missing")
	require.Equal(t, 403, anonymous("dir/absent"), "and what may not tells nothing")
}

// TestUploadACL: an object begins with the list that its upload gave it, by
// every way of uploading; one that gives none inherits.
//
// holds: header x-cos-acl; header x-cos-grant-read
func TestUploadACL(t *testing.T) {
	grant := []string{"x-cos-acl", "private", "x-cos-grant-read", `id="100000000002"`}
	s := startACL(t)
	require.Equal(t, 200, s.do("PUT", "/put", []byte("1"), grant...).status)
	require.Equal(t, 200, s.do("PUT", "/copy", nil, append(grant, "x-cos-copy-source", testHost+"/a")...).status)
	id := s.initiate("parts", grant...)
	part := s.do("PUT", "/parts?partNumber=1&uploadId="+id, []byte("1"))
	require.Equal(t, 200, part.status)
	done := s.do("POST", "/parts?uploadId="+id, []byte("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"+
		part.header.Get("ETag")+"</ETag></Part></CompleteMultipartUpload>"))
	require.Equal(t, 200, done.status, string(done.body))
	for _, key := range []string{"put", "copy", "parts"} {
		require.Contains(t, s.acl("/"+key), "qcs::cam::uin/100000000002:uin/100000000002", key)
		s.requireStatuses([5]int{200, 200, 200, 403, 403}, "GET", "/"+key, nil)
	}
	require.Equal(t, 200, s.do("PUT", "/put", []byte("2")).status)
	require.Equal(t, "default", s.do("GET", "/put?acl", nil).header.Get("X-Cos-Acl"), "a later upload begins anew")
	require.Equal(t, 200, s.do("PUT", "/copy2", nil, "x-cos-copy-source", testHost+"/copy").status)
	require.Equal(t, "default", s.do("GET", "/copy2?acl", nil).header.Get("X-Cos-Acl"), "a copy does not take the list along")

	for _, bad := range [][]string{{"x-cos-acl", "public-read-write"}, {"x-cos-grant-read", "x"}, {"x-cos-grant-full-control", `id="a"`}} {
		a := s.do("PUT", "/bad", []byte("1"), bad...)
		require.Equal(t, 400, a.status)
		require.Equal(t, "InvalidArgument", a.code())
		s.requireNothing(testBucket, "bad")
	}
}

// TestFormACL: the fields acl and x-cos-grant-* of a form (COS docs: POST
// Object).
func TestFormACL(t *testing.T) {
	s := startACL(t)
	f := policyForm(s.clock.Now(), "")
	f.set("acl", "public-read")
	f.set("x-cos-grant-read-acp", `id="100000000002"`)
	require.Equal(t, 204, s.send(f.message(t)).status)
	require.Equal(t, goldenBody(t, "acl-object.xml"), s.acl("/up/photo.jpg"))

	for _, bad := range [][2]string{{"acl", "public-read-write"}, {"x-cos-grant-read-acp", "me"}} {
		f := policyForm(s.clock.Now(), "")
		f.set("key", "bad")
		f.set(bad[0], bad[1])
		a := s.send(f.message(t))
		require.Equal(t, 400, a.status)
		require.Equal(t, "InvalidArgument", a.code())
		s.requireNothing(testBucket, "bad")
	}
}

// TestVersionACL: each version has a list of its own (cos-go-sdk-v5
// object_acl.go), which decides over that version.
func TestVersionACL(t *testing.T) {
	s := startACL(t)
	require.Equal(t, 200, s.do("PUT", "/?versioning", []byte("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")).status)
	var ids []string
	for _, canned := range []string{"public-read", "private"} {
		a := s.do("PUT", "/k", []byte(canned), "x-cos-acl", canned)
		require.Equal(t, 200, a.status)
		ids = append(ids, "versionId="+a.header.Get("X-Cos-Version-Id"))
	}
	anonymous := func(target string) int { return s.as(keyring.Key{}, "GET", target, nil).status }
	require.Equal(t, 403, anonymous("/k"))
	require.Equal(t, 200, anonymous("/k?"+ids[0]))
	require.Equal(t, 403, anonymous("/k?"+ids[1]))

	require.Equal(t, 200, s.do("PUT", "/k?acl&"+ids[0], nil, "x-cos-acl", "private").status)
	require.Equal(t, 200, s.do("PUT", "/k?acl", nil, "x-cos-acl", "public-read").status)
	require.Equal(t, 200, anonymous("/k"))
	require.Equal(t, 403, anonymous("/k?"+ids[0]))
	require.Equal(t, 200, anonymous("/k?"+ids[1]), "the current one")
	require.NotContains(t, string(s.do("GET", "/k?acl&"+ids[0], nil).body), "AllUsers")
	require.Contains(t, string(s.do("GET", "/k?acl&"+ids[1], nil).body), "AllUsers")

	require.Equal(t, 404, s.do("GET", "/k?acl&versionId=MTg0", nil).status)
	require.Equal(t, 404, s.do("PUT", "/k?acl&versionId=MTg0", nil, "x-cos-acl", "private").status)
	marker := s.do("DELETE", "/k", nil)
	require.Equal(t, 204, marker.status)
	for _, target := range []string{"/k?acl", "/k?acl&versionId=" + marker.header.Get("X-Cos-Version-Id")} {
		for _, method := range []string{"GET", "PUT"} {
			a := s.do(method, target, nil, "x-cos-acl", "public-read")
			require.Equal(t, 404, a.status, "%s %s", method, target)
			require.Equal(t, "NoSuchKey", a.code(), "%s %s", method, target)
		}
	}
	require.Equal(t, 200, anonymous("/k?"+ids[1]), "nothing has changed")
}
