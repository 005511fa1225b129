package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/storage"
)

// tagDocument is a set of tags as COS shows it.
func tagDocument(pairs ...string) string {
	var b strings.Builder
	b.WriteString("<Tagging>\n\t<TagSet>\n")
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("\t\t<Tag>\n\t\t\t<Key>" + pairs[i] + "</Key>\n\t\t\t<Value>" + pairs[i+1] + "</Value>\n\t\t</Tag>\n")
	}
	b.WriteString("\t</TagSet>\n</Tagging>")
	return b.String()
}

// TestObjectTagging sets, shows, replaces and removes the tags of an object;
// its body, its time and its metadata stay.
//
// holds: call PutObjectTagging; call GetObjectTagging; call DeleteObjectTagging; code NoSuchTagSet; code InvalidTag
func TestObjectTagging(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/k", []byte("body"), "x-cos-meta-a", "b").status)
	before := s.do(http.MethodHead, "/k", nil)
	s.requireRefused(s.do(http.MethodGet, "/k?tagging", nil), "none", 404, "NoSuchTagSet", "")
	for _, doc := range []string{tagDocument("age", "18", "name", "xiaoming"), tagDocument("部门", "a +-_=.:/")} {
		sum := md5.Sum([]byte(doc))
		got := s.do(http.MethodPut, "/k?tagging", []byte(doc), "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
		require.Equal(t, 200, got.status, "%s", got.body)
		require.Empty(t, got.body)
		shown := s.do(http.MethodGet, "/k?tagging", nil)
		require.Equal(t, 200, shown.status)
		require.Equal(t, "application/xml", shown.header.Get("Content-Type"))
		require.Equal(t, doc, string(shown.body))

		eleven := []string{}
		for _, k := range strings.Split("abcdefghijk", "") {
			eleven = append(eleven, k, "v")
		}
		for name, bad := range map[string]string{
			"InvalidTag":          tagDocument("a*", "b"),
			"InvalidTag: long":    tagDocument(strings.Repeat("k", 129), "b"),
			"InvalidTag: system":  tagDocument("qcs:a", "b"),
			"InvalidTag: twice":   tagDocument("a", "b", "a", "c"),
			"InvalidTag: eleven":  tagDocument(eleven...),
			"MalformedXML":        "<Tagging><TagSet>",
			"MalformedXML: empty": "",
		} {
			code, _, _ := strings.Cut(name, ":")
			s.requireRefused(s.do(http.MethodPut, "/k?tagging", []byte(bad)), name, 400, code, "")
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
			s.requireRefused(s.send(&message{method: method, target: "/k?tagging", host: testHost, body: []byte(doc)}), method, 403, "AccessDenied", "")
		}
		require.Equal(t, doc, string(s.do(http.MethodGet, "/k?tagging", nil).body), "refused and unchanged")
	}
	for range 2 {
		require.Equal(t, 204, s.do(http.MethodDelete, "/k?tagging", nil).status)
	}
	s.requireRefused(s.do(http.MethodGet, "/k?tagging", nil), "none", 404, "NoSuchTagSet", "")
	after := s.do(http.MethodHead, "/k", nil)
	for _, name := range []string{"Etag", "Last-Modified", "X-Cos-Meta-A"} {
		require.Equal(t, before.header.Get(name), after.header.Get(name))
	}
	s.requireStored(testBucket, "k", []byte("body"))
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		s.requireRefused(s.do(method, "/nothing?tagging", []byte(tagDocument("a", "b"))), method, 404, "NoSuchKey", "")
	}
	s.requireNothing(testBucket, "nothing")
}

// TestVersionTagging: each version has its own tags, under both spellings of
// the parameter; a marker has none.
func TestVersionTagging(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.versioning("Enabled").status)
	old, current := s.putVersion("k", "old"), s.putVersion("k", "new")
	require.Equal(t, 200, s.do(http.MethodPut, "/k?tagging&versionId="+old, []byte(tagDocument("is", "old"))).status)
	require.Equal(t, 200, s.do(http.MethodPut, "/k?tagging", []byte(tagDocument("is", "new"))).status)
	for target, want := range map[string]string{
		"/k?tagging": "new", "/k?tagging&versionId=" + current: "new", "/k?tagging&VersionId=" + old: "old", "/k?tagging&versionId=" + old: "old",
	} {
		require.Equal(t, tagDocument("is", want), string(s.do(http.MethodGet, target, nil).body), target)
	}
	require.Equal(t, 204, s.do(http.MethodDelete, "/k?tagging&VersionId="+old, nil).status)
	s.requireRefused(s.do(http.MethodGet, "/k?tagging&versionId="+old, nil), "old", 404, "NoSuchTagSet", "")
	require.Equal(t, 200, s.do(http.MethodGet, "/k?tagging", nil).status)
	s.requireRefused(s.do(http.MethodGet, "/k?tagging&versionId=MTg0", nil), "absent", 404, "NoSuchVersion", "")
	marker := s.do(http.MethodDelete, "/k", nil).header.Get("X-Cos-Version-Id")
	for _, target := range []string{"/k?tagging", "/k?tagging&versionId=" + marker} {
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
			s.requireRefused(s.do(method, target, []byte(tagDocument("a", "b"))), target, 404, "NoSuchKey", "")
		}
	}
	s.requireVersion("k", current, "new")
}

// TestTaggingHeader: every upload may bring tags along.
//
// holds: header x-cos-tagging; answer x-cos-tagging-count
func TestTaggingHeader(t *testing.T) {
	s := start(t, api.Config{})
	const list = "age=18&%E5%90%8D=a%20b%2B&owner=a%40b.example%2Fc%3Ad"
	want := []storage.Field{{Name: "age", Value: "18"}, {Name: "名", Value: "a b+"}, {Name: "owner", Value: "a@b.example/c:d"}}
	require.Equal(t, 200, s.do(http.MethodPut, "/source", []byte("x")).status)
	uploads := map[string]func(list string) *answer{
		"put":    func(l string) *answer { return s.do(http.MethodPut, "/put", []byte("x"), "x-cos-tagging", l) },
		"append": func(l string) *answer { return s.appendTo("append", 0, []byte("x"), "x-cos-tagging", l) },
		"copy": func(l string) *answer {
			return s.do(http.MethodPut, "/copy", nil, "x-cos-copy-source", testHost+"/source", "x-cos-tagging-directive", "Replaced", "x-cos-tagging", l)
		},
		"parts": func(l string) *answer {
			got := s.do(http.MethodPost, "/parts?uploads", nil, "x-cos-tagging", l)
			id := between(string(got.body), "<UploadId>", "</UploadId>")
			if got.status != 200 {
				return got
			}
			return s.complete("parts", id, completion(1, s.putPart("parts", id, 1, []byte("x"))))
		},
		"form": func(l string) *answer {
			f := policyForm(testTime(), "")
			f.set("key", "form")
			f.set("x-cos-tagging", l)
			return s.send(f.message(t))
		},
	}
	for key, upload := range uploads {
		for _, bad := range []string{"a=*", "=b", "a=b&a=c", "a=%zz", strings.Repeat("k", 128), "qcs%3Ax=1", "project=1"} {
			s.requireRefused(upload(bad), key, 400, "InvalidTag", "")
			s.requireNothing(testBucket, key)
		}
		got := upload(list)
		require.Less(t, got.status, 300, "%s: %s", key, got.body)
		o, err := s.store.Stat(testBucket, key)
		require.NoError(t, err)
		require.Equal(t, want, o.Tags, key)
		for _, method := range []string{http.MethodHead, http.MethodGet} {
			require.Equal(t, "3", s.do(method, "/"+key, nil).header.Get("X-Cos-Tagging-Count"), key)
		}
	}
	require.Empty(t, s.do(http.MethodHead, "/source", nil).header["X-Cos-Tagging-Count"], "of an object without tags")
}

// TestTaggingDirective: a copy keeps the source's tags, unless it is told to
// replace them.
//
// holds: header x-cos-tagging-directive
func TestTaggingDirective(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/source", []byte("x"), "x-cos-tagging", "of=source").status)
	for _, c := range []struct {
		header []string
		want   []storage.Field
	}{
		{nil, []storage.Field{{Name: "of", Value: "source"}}},
		{[]string{"x-cos-tagging-directive", "Copy", "x-cos-tagging", "of=request"}, []storage.Field{{Name: "of", Value: "source"}}},
		{[]string{"x-cos-tagging-directive", "Replaced", "x-cos-tagging", "of=request"}, []storage.Field{{Name: "of", Value: "request"}}},
		{[]string{"x-cos-tagging-directive", "Replaced"}, nil},
	} {
		got := s.do(http.MethodPut, "/copy", nil, append(c.header, "x-cos-copy-source", testHost+"/source")...)
		require.Equal(t, 200, got.status, "%s", got.body)
		o, err := s.store.Stat(testBucket, "copy")
		require.NoError(t, err)
		require.Equal(t, c.want, o.Tags)
	}
	bad := s.do(http.MethodPut, "/other", nil, "x-cos-copy-source", testHost+"/source", "x-cos-tagging-directive", "Keep")
	s.requireRefused(bad, "directive", 400, "InvalidArgument", "")
	s.requireNothing(testBucket, "other")
}

// TestBucketTaggingHeader: a bucket may be made with up to fifty tags.
func TestBucketTaggingHeader(t *testing.T) {
	s := start(t, api.Config{})
	host := "tagged-1250000000.cos." + testRegion + ".myqcloud.com"
	many := strings.Join(strings.Split("a b c d e f g h i j k l m n o p q r s t u v w x y z", " "), "=&")
	refused := s.send(s.signedBy(testKey(), http.MethodPut, host, "/", nil, "x-cos-tagging", many+"&"+strings.ToUpper(many)+"&last"))
	s.requireRefused(refused, "53", 400, "InvalidTag", "")
	require.Equal(t, 404, s.send(s.signedBy(testKey(), http.MethodHead, host, "/", nil)).status)
	require.Equal(t, 200, s.send(s.signedBy(testKey(), http.MethodPut, host, "/", nil, "x-cos-tagging", "team=a+b&"+many)).status)
	shown := s.send(s.signedBy(testKey(), http.MethodGet, host, "/?tagging", nil))
	require.Equal(t, 200, shown.status, "%s", shown.body)
	require.Contains(t, string(shown.body), "\t\t\t<Key>team</Key>\n\t\t\t<Value>a b</Value>\n")
	require.Equal(t, 27, strings.Count(string(shown.body), "<Tag>"))
}
