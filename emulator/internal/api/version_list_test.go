package api_test

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// versionEntry is a Version or a DeleteMarker.
type versionEntry struct {
	XMLName                            xml.Name
	Key, VersionID, ETag, StorageClass string
	IsLatest                           bool
	LastModified                       time.Time
	Size                               int64
}

// made is when the version was made: its id says it to the microsecond.
func (v *versionEntry) made(t *testing.T) time.Time {
	t.Helper()
	if v.VersionID == "" || v.VersionID == "null" {
		return v.LastModified
	}
	text, err := base64.RawStdEncoding.DecodeString(v.VersionID)
	require.NoError(t, err)
	n, err := strconv.ParseUint(string(text), 10, 64)
	require.NoError(t, err)
	return time.UnixMicro(int64(math.MaxUint64 - n)).UTC()
}

// versionListing reads a ListVersionsResult, its entries in the order in which
// they stand.
type versionListing struct {
	IsTruncated         bool
	NextKeyMarker       string
	NextVersionIDMarker string
	Prefixes            []string
	Entries             []versionEntry
}

func readVersions(t *testing.T, doc []byte) *versionListing {
	t.Helper()
	doc = []byte(strings.ReplaceAll(string(doc), "VersionId", "VersionID"))
	var raw struct {
		XMLName             xml.Name `xml:"ListVersionsResult"`
		IsTruncated         bool
		NextKeyMarker       string
		NextVersionIDMarker string         `xml:"NextVersionIDMarker"`
		Prefixes            []string       `xml:"CommonPrefixes>Prefix"`
		Any                 []versionEntry `xml:",any"`
	}
	require.NoError(t, xml.Unmarshal(doc, &raw))
	out := &versionListing{IsTruncated: raw.IsTruncated, NextKeyMarker: raw.NextKeyMarker, NextVersionIDMarker: raw.NextVersionIDMarker, Prefixes: raw.Prefixes}
	for _, v := range raw.Any {
		if v.XMLName.Local == "Version" || v.XMLName.Local == "DeleteMarker" {
			out.Entries = append(out.Entries, v)
		}
	}
	return out
}

// bring makes the version as the listing shows it, past the API: of a time and
// with an ETag that no body gives.
func (s *server) bring(t *testing.T, v *versionEntry) {
	t.Helper()
	switch v.VersionID {
	case "":
	case "null":
		require.NoError(t, s.store.SetVersioning(testBucket, storage.VersioningSuspended))
	default:
		require.NoError(t, s.store.SetVersioning(testBucket, storage.VersioningEnabled))
	}
	key := signer.Decode(v.Key)
	if v.XMLName.Local == "DeleteMarker" {
		_, err := s.store.Delete(testBucket, key, v.made(t))
		require.NoError(t, err)
		return
	}
	s.fill(storage.Object{Key: key, Size: v.Size, ETag: strings.Trim(v.ETag, `"`), Modified: v.made(t), StorageClass: v.StorageClass})
}

// TestVersionsGolden asks for the listings of versions that the documentation
// prints, over buckets that have what they show, and compares every byte: the
// ids follow from the times.
//
// holds: call GetBucketObjectVersions; param version-id-marker; param key-marker
func TestVersionsGolden(t *testing.T) {
	pages := []string{"max-keys", "max-keys-both-markers", "max-keys-key-marker"} // of one bucket
	for _, c := range []struct {
		file, target string
		bucket       []string // the files that show what is in the bucket
	}{
		{"never", "/?versions", nil},
		{"null", "/?versions", nil},
		{"markers", "/?versions", nil},
		{"encoding-type-url", "/?versions&encoding-type=url", nil},
		{"delimiter", "/?versions&delimiter=%2F", nil},
		{"prefix-delimiter", "/?versions&prefix=example-folder-1%2F&delimiter=%2F", nil},
		{"max-keys", "/?versions&max-keys=3", pages},
		{"max-keys-both-markers", "/?versions&max-keys=3&key-marker=example-object-2.jpg&version-id-marker=MTg0NDUxMzY2NDIxMjk3MzMwOTM", pages},
		{"max-keys-key-marker", "/?versions&max-keys=3&key-marker=example-object-2.jpg", pages},
		{"delimiter-max-keys", "/?versions&delimiter=%2F&max-keys=3", []string{"delimiter-max-keys", "delimiter-max-keys-marker"}},
		{"delimiter-max-keys-marker", "/?versions&delimiter=%2F&max-keys=3&key-marker=example-folder-3%2F&version-id-marker=", nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, Region: "ap-beijing"}}})
			if c.bucket == nil {
				c.bucket = []string{c.file}
			}
			s.bringAll(t, c.bucket)
			golden, err := os.ReadFile("../../../testdata/golden/versions-" + c.file + ".xml")
			require.NoError(t, err)
			host := testBucket + ".cos.ap-beijing.myqcloud.com"
			got := s.send(s.signedBy(testKey(), http.MethodGet, host, c.target, nil))
			require.Equal(t, 200, got.status)
			require.Equal(t, "application/xml", got.header.Get("Content-Type"))
			require.Equal(t, string(golden), string(got.body))
		})
	}
}

// bringAll makes all that the files show, the oldest first. What is truncated
// with nothing behind it in any file gets something.
func (s *server) bringAll(t *testing.T, files []string) {
	t.Helper()
	var all []versionEntry
	seen := map[string]bool{}
	for _, file := range files {
		doc, err := os.ReadFile("../../../testdata/golden/versions-" + file + ".xml")
		require.NoError(t, err)
		list := readVersions(t, doc)
		for _, p := range list.Prefixes {
			s.fill(storage.Object{Key: p + "a", Size: 1, StorageClass: "STANDARD"})
			s.fill(storage.Object{Key: p + "b", Size: 1, StorageClass: "STANDARD"})
		}
		for _, v := range list.Entries {
			if name := v.Key + " " + v.VersionID; !seen[name] {
				seen[name] = true
				all = append(all, v)
			}
		}
		if file == "delimiter-max-keys-marker" {
			s.fill(storage.Object{Key: "z", Size: 1, StorageClass: "STANDARD"})
		}
	}
	slices.SortStableFunc(all, func(a, b versionEntry) int { return a.made(t).Compare(b.made(t)) })
	for i := range all {
		s.bring(t, &all[i])
	}
}

// TestVersionPages walks versions page by page, by both markers, and sees each
// once, by key and the newest first.
func TestVersionPages(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.versioning("Enabled").status)
	var want []string
	for _, key := range []string{"a", "b/1", "b/2", "z+%&'<>"} {
		var ids []string
		for n := range 3 {
			if n == 1 {
				ids = append(ids, s.do(http.MethodDelete, "/"+signer.Encode(key), nil).header.Get("X-Cos-Version-Id"))
				continue
			}
			ids = append(ids, s.do(http.MethodPut, "/"+signer.Encode(key), []byte{byte(n)}).header.Get("X-Cos-Version-Id"))
		}
		slices.Reverse(ids)
		for _, id := range ids {
			require.NotEmpty(t, id)
			want = append(want, key+" "+id)
		}
	}
	walk := func(query string) (seen []string) {
		key, version := "", ""
		for range len(want) + 2 {
			got := s.do(http.MethodGet, "/?versions"+query+"&key-marker="+signer.Encode(key)+"&version-id-marker="+version, nil)
			require.Equal(t, 200, got.status, "%s", got.body)
			page := readVersions(t, got.body)
			seen = append(seen, page.Prefixes...)
			for _, v := range page.Entries {
				seen = append(seen, v.Key+" "+v.VersionID)
			}
			if !page.IsTruncated {
				return seen
			}
			key, version = page.NextKeyMarker, page.NextVersionIDMarker
		}
		t.Fatal("no last page")
		return nil
	}
	for n := 1; n <= 5; n++ {
		require.Equal(t, want, walk(fmt.Sprintf("&max-keys=%d", n)))
	}
	require.Equal(t, slices.Concat(want[:3], []string{"b/"}, want[9:]), walk("&max-keys=1&delimiter=%2F"))
	require.Equal(t, want[3:9], walk("&max-keys=4&prefix=b%2F"))
	require.Empty(t, readVersions(t, s.do(http.MethodGet, "/?versions&max-keys=0", nil).body).Entries)
	for target, code := range map[string]string{
		"/?versions&max-keys=-1":                             "InvalidArgument",
		"/?versions&delimiter=ab":                            "InvalidDelimiter",
		"/?versions&encoding-type=base64":                    "InvalidArgument",
		"/?versions&key-marker=a&version-id-marker=nosuchid": "InvalidArgument",
	} {
		got := s.do(http.MethodGet, target, nil)
		require.Equal(t, 400, got.status, target)
		require.Equal(t, code, got.code(), target)
	}
}
