package api_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// listing reads a ListBucketResult as an SDK does.
type listing struct {
	XMLName     xml.Name `xml:"ListBucketResult"`
	Name        string
	Prefix      string
	Marker      string
	MaxKeys     int
	IsTruncated bool
	NextMarker  string
	Prefixes    []string `xml:"CommonPrefixes>Prefix"`
	Contents    []struct {
		Key, ETag, StorageClass string
		LastModified            time.Time
		Size                    int64
	}
}

func (l *listing) keys() []string {
	var out []string
	for _, c := range l.Contents {
		out = append(out, c.Key)
	}
	return out
}

func (s *server) list(target string) *listing {
	s.tb.Helper()
	got := s.do(http.MethodGet, target, nil)
	require.Equal(s.tb, 200, got.status, "%s", got.body)
	require.Equal(s.tb, "application/xml", got.header.Get("Content-Type"))
	require.Equal(s.tb, testRegion, got.header.Get("X-Cos-Bucket-Region"))
	var l listing
	require.NoError(s.tb, xml.Unmarshal(got.body, &l))
	return &l
}

// fill puts an object past the API, with metadata that no body gives.
func (s *server) fill(o storage.Object) {
	s.tb.Helper()
	staged, err := s.store.Stage(o.Size)
	require.NoError(s.tb, err)
	_, err = staged.Write([]byte(strings.Repeat("x", int(o.Size))))
	require.NoError(s.tb, err)
	_, err = staged.Commit(testBucket, o, storage.CommitOptions{})
	require.NoError(s.tb, err)
}

// TestListGolden asks for the listings that the documentation prints, over
// buckets that hold what they show, and compares every byte.
//
// holds: call GetBucket; param prefix; param delimiter; param marker; param max-keys; param encoding-type
func TestListGolden(t *testing.T) {
	for _, c := range []struct{ file, target, beyond string }{
		{"list-encoding-type-url.xml", "/?encoding-type=url", ""},
		{"list-delimiter.xml", "/?delimiter=%2F", ""},
		{"list-prefix-delimiter.xml", "/?prefix=example-folder-1%2F&delimiter=%2F", "other/object"},
		{"list-max-keys.xml", "/?max-keys=3", "example-object-4.jpg"},
		{"list-max-keys-marker.xml", "/?max-keys=3&marker=example-object-3.jpg", "example-object-2.jpg"},
		{"list-delimiter-max-keys.xml", "/?delimiter=%2F&max-keys=3", "example-folder-4/object"},
		{"list-delimiter-max-keys-marker.xml", "/?delimiter=%2F&max-keys=3&marker=example-folder-3%2F", "example-folder-3/object"},
	} {
		t.Run(c.file, func(t *testing.T) {
			golden, err := os.ReadFile("../../../testdata/golden/" + c.file)
			require.NoError(t, err)
			var shown listing
			require.NoError(t, xml.Unmarshal(golden, &shown))

			s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, Region: "ap-beijing"}}})
			for _, o := range shown.Contents {
				s.fill(storage.Object{
					Key: signer.Decode(o.Key), Size: o.Size, ETag: strings.Trim(o.ETag, `"`), Modified: o.LastModified, StorageClass: o.StorageClass,
				})
			}
			for _, p := range shown.Prefixes {
				s.fill(storage.Object{Key: p + "a", Size: 1, StorageClass: "STANDARD"})
				s.fill(storage.Object{Key: p + "b", Size: 1, StorageClass: "STANDARD"})
			}
			if c.beyond != "" { // on another page, and not to be seen on this one
				s.fill(storage.Object{Key: c.beyond, Size: 1, StorageClass: "STANDARD"})
			}
			host := testBucket + ".cos.ap-beijing.myqcloud.com"
			got := s.send(s.signedBy(testKey(), http.MethodGet, host, c.target, nil))
			require.Equal(t, 200, got.status)
			require.Equal(t, string(golden), string(got.body))
		})
	}
}

// TestListPages walks a bucket page by page, with and without a delimiter, and
// sees every name once and in order.
//
// holds: call GetBucket; param marker; param max-keys; param delimiter; param prefix; code InvalidDelimiter; code InvalidArgument; answer x-cos-bucket-region
func TestListPages(t *testing.T) {
	s := start(t, api.Config{})
	var keys, names []string
	for i := range 50 {
		key := fmt.Sprintf("k%02d", i)
		keys = append(keys, key)
		names = append(names, key)
	}
	names = append(names, "m/")
	for i := range 20 {
		keys = append(keys, fmt.Sprintf("m/%02d", i))
	}
	keys, names = append(keys, "z+%&'<>"), append(names, "z+%&'<>")
	for _, key := range keys {
		s.fill(storage.Object{Key: key, Size: 1, StorageClass: "STANDARD"})
	}
	require.Equal(t, keys, s.walk("/?max-keys=7"))
	require.Equal(t, names, s.walk("/?max-keys=7&delimiter=%2F"))
	require.Equal(t, []string{"m/00", "m/01"}, s.list("/?prefix=m/&max-keys=2").keys())

	require.Empty(t, s.list("/?max-keys=0").keys())
	require.Equal(t, 1000, s.list("/?max-keys=5000").MaxKeys)
	for target, code := range map[string]string{
		"/?max-keys=-1":          "InvalidArgument",
		"/?max-keys=many":        "InvalidArgument",
		"/?delimiter=ab":         "InvalidDelimiter",
		"/?encoding-type=base64": "InvalidArgument",
	} {
		got := s.do(http.MethodGet, target, nil)
		require.Equal(t, 400, got.status, target)
		require.Equal(t, code, got.code(), target)
	}
}

func (s *server) walk(target string) []string {
	s.tb.Helper()
	var seen []string
	for marker := ""; ; {
		page := s.list(target + "&marker=" + signer.Encode(marker))
		names := append(page.keys(), page.Prefixes...)
		slices.Sort(names)
		seen = append(seen, names...)
		require.LessOrEqual(s.tb, len(names), page.MaxKeys)
		if !page.IsTruncated {
			return seen
		}
		require.Greater(s.tb, page.NextMarker, marker)
		marker = page.NextMarker
	}
}

// TestService lists the caller's own buckets, in the documented form.
//
// holds: call GetService; param region
func TestService(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{
		{Name: "examplebucket1-1250000000", Region: "ap-beijing"},
		{Name: "examplebucket3-1250000000", Region: "eu-frankfurt"},
		{Name: "foreign-1300000001", Region: "ap-beijing"},
	}})
	head := "<ListAllMyBucketsResult>\n\t<Owner>\n\t\t<ID>qcs::cam::uin/1250000000:uin/1250000000</ID>\n\t\t<DisplayName>1250000000</DisplayName>\n\t</Owner>\n\t<Buckets>\n"
	bucket := func(name, region string) string {
		return "\t\t<Bucket>\n\t\t\t<Name>" + name + "</Name>\n\t\t\t<Location>" + region + "</Location>\n\t\t\t<CreationDate>2026-11-24T08:00:00Z</CreationDate>\n\t\t</Bucket>\n"
	}
	tail := "\t</Buckets>\n</ListAllMyBucketsResult>"
	one, three := bucket("examplebucket1-1250000000", "ap-beijing"), bucket("examplebucket3-1250000000", "eu-frankfurt")
	for _, c := range []struct{ host, target, want string }{
		{"service.cos.myqcloud.com", "/", head + one + three + tail},
		{"cos.eu-frankfurt.myqcloud.com", "/", head + three + tail},
		{"service.cos.myqcloud.com", "/?region=ap-beijing", head + one + tail},
		{"service.cos.tencentcos.cn", "/", head + one + three + tail},
	} {
		got := s.send(s.signedBy(testKey(), http.MethodGet, c.host, c.target, nil))
		require.Equal(t, 200, got.status, "%s", got.body)
		require.Equal(t, c.want, string(got.body), c.host+c.target)
	}
	none := s.send(s.signedBy(testKey(), http.MethodGet, "cos.ap-nowhere.myqcloud.com", "/", nil))
	require.Equal(t, strings.Replace(head, "\t<Buckets>\n", "\t<Buckets/>\n", 1)+"</ListAllMyBucketsResult>", string(none.body))
	anonymous := s.send(&message{method: http.MethodGet, host: "service.cos.myqcloud.com", target: "/"})
	s.requireRefused(anonymous, "anonymous", 403, "AccessDenied", "Access Denied.")
}
