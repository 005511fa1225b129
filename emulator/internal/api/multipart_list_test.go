package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// TestListPartsSample is the documents' sample: 1119 bytes there, six fewer
// here, as the account is known by its ten-digit APPID (choice 63; COS docs:
// List Parts).
//
// holds: call ListParts
func TestListPartsSample(t *testing.T) {
	s := start(t, api.Config{})
	s.clock.Freeze(time.Date(2020, 3, 25, 10, 7, 13, 0, time.UTC))
	id := s.initiate("exampleobject")
	etags := make([]any, 3)
	for n := range 3 {
		if n == 2 {
			s.clock.Freeze(time.Date(2020, 3, 25, 10, 7, 14, 0, time.UTC))
		}
		etags[n] = strings.Trim(s.putPart("exampleobject", id, n+1, pseudo(byte(n), mib)), `"`)
	}
	got := s.do(http.MethodGet, "/exampleobject?uploadId="+id, nil)
	require.Equal(t, 200, got.status)
	require.Equal(t, "application/xml", got.header.Get("Content-Type"))
	require.Len(t, got.body, 1119-6)
	require.Equal(t, fmt.Sprintf(`<ListPartsResult>
	<Bucket>examplebucket-1250000000</Bucket>
	<EncodingType/>
	<Key>exampleobject</Key>
	<UploadId>`+id+`</UploadId>
	<Owner>
		<ID>1250000000</ID>
		<DisplayName>1250000000</DisplayName>
	</Owner>
	<PartNumberMarker>0</PartNumberMarker>
	<Initiator>
		<ID>qcs::cam::uin/1250000000:uin/1250000000</ID>
		<DisplayName>1250000000</DisplayName>
	</Initiator>
	<Part>
		<PartNumber>1</PartNumber>
		<LastModified>2020-03-25T10:07:13.000Z</LastModified>
		<ETag>&quot;%s&quot;</ETag>
		<Size>1048576</Size>
	</Part>
	<Part>
		<PartNumber>2</PartNumber>
		<LastModified>2020-03-25T10:07:13.000Z</LastModified>
		<ETag>&quot;%s&quot;</ETag>
		<Size>1048576</Size>
	</Part>
	<Part>
		<PartNumber>3</PartNumber>
		<LastModified>2020-03-25T10:07:14.000Z</LastModified>
		<ETag>&quot;%s&quot;</ETag>
		<Size>1048576</Size>
	</Part>
	<StorageClass>Standard</StorageClass>
	<MaxParts>1000</MaxParts>
	<IsTruncated>false</IsTruncated>
</ListPartsResult>`, etags...), string(got.body))
}

// TestListParts pages, and refuses what is no page.
//
// holds: call ListParts; param max-parts; param part-number-marker; param encoding-type; code ListPartUploadIdIsEmpty
func TestListParts(t *testing.T) {
	s := start(t, api.Config{})
	id := s.initiate("a%20b%2Bc", "x-cos-storage-class", "ARCHIVE")
	target := "/a%20b%2Bc?uploadId=" + id
	for _, n := range []int{5, 1, 700, 3} {
		s.putPart("a%20b%2Bc", id, n, []byte{byte(n)})
	}
	page := func(query string) (numbers []string, body string) {
		t.Helper()
		got := s.do(http.MethodGet, target+query, nil)
		require.Equal(t, 200, got.status, "%s", got.body)
		for rest := string(got.body); ; {
			n := between(rest, "<PartNumber>", "</PartNumber>")
			if n == "" {
				return numbers, string(got.body)
			}
			numbers = append(numbers, n)
			_, rest, _ = strings.Cut(rest, "</PartNumber>")
		}
	}
	numbers, body := page("&max-parts=2")
	require.Equal(t, []string{"1", "3"}, numbers)
	require.Contains(t, body, "<NextPartNumberMarker>3</NextPartNumberMarker>\n\t<StorageClass>ARCHIVE</StorageClass>\n\t<MaxParts>2</MaxParts>\n\t<IsTruncated>true</IsTruncated>")
	require.Contains(t, body, "\t<EncodingType/>\n\t<Key>a b+c</Key>\n")
	numbers, body = page("&max-parts=2&part-number-marker=3&encoding-type=url")
	require.Equal(t, []string{"5", "700"}, numbers)
	require.Contains(t, body, "\t<EncodingType>url</EncodingType>\n\t<Key>a%20b%2Bc</Key>\n")
	require.Contains(t, body, "<PartNumberMarker>3</PartNumberMarker>")
	require.NotContains(t, body, "NextPartNumberMarker")
	numbers, body = page("&max-parts=0")
	require.Empty(t, numbers)
	require.Contains(t, body, "<IsTruncated>false</IsTruncated>")
	numbers, body = page("&max-parts=5000&part-number-marker=99999999999999")
	require.Empty(t, numbers)
	require.Contains(t, body, "<MaxParts>1000</MaxParts>")

	for query, code := range map[string]string{
		"&max-parts=x": "InvalidArgument", "&max-parts=-1": "InvalidArgument", "&part-number-marker=x": "InvalidArgument",
		"&part-number-marker=-1": "InvalidArgument", "&encoding-type=base64": "InvalidArgument",
	} {
		s.requireRefused(s.do(http.MethodGet, target+query, nil), query, 400, code, "")
	}
	s.requireRefused(s.do(http.MethodGet, "/a?uploadId=", nil), "empty", 400, "ListPartUploadIdIsEmpty", "")
	s.requireRefused(s.do(http.MethodGet, "/a?uploadId", nil), "empty", 400, "ListPartUploadIdIsEmpty", "")
	s.requireRefused(s.do(http.MethodGet, "/other?uploadId="+id, nil), "another key", 404, "NoSuchUpload", "")
}

// TestListUploadsForm: the elements of the documents' sample, in its order (COS
// docs: List Multipart Uploads; choice 180).
//
// holds: call ListMultipartUploads; param key-marker; param upload-id-marker; param max-uploads; param delimiter
func TestListUploadsForm(t *testing.T) {
	s := start(t, api.Config{})
	first := s.initiate("Object")
	s.clock.Advance(time.Second)
	second := s.initiate("exampleobject", "x-cos-storage-class", "STANDARD_IA")
	s.initiate("dir/a")
	upload := func(key, id, class, initiated string) string {
		account := "\n\t\t\t<ID>qcs::cam::uin/1250000000:uin/1250000000</ID>\n\t\t\t<DisplayName>1250000000</DisplayName>\n\t\t"
		return "\t<Upload>\n\t\t<Key>" + key + "</Key>\n\t\t<UploadId>" + id + "</UploadId>\n\t\t<Initiator>" + account +
			"</Initiator>\n\t\t<Owner>" + account + "</Owner>\n\t\t<StorageClass>" + class + "</StorageClass>\n\t\t<Initiated>" + initiated + "</Initiated>\n\t</Upload>\n"
	}
	got := s.do(http.MethodGet, "/?uploads&delimiter=/", nil)
	require.Equal(t, 200, got.status)
	require.Equal(t, "<ListMultipartUploadsResult>\n\t<Bucket>examplebucket-1250000000</Bucket>\n\t<Encoding-Type/>\n\t<KeyMarker/>\n"+
		"\t<UploadIdMarker/>\n\t<MaxUploads>1000</MaxUploads>\n\t<Prefix/>\n\t<Delimiter>/</Delimiter>\n\t<IsTruncated>false</IsTruncated>\n"+
		upload("Object", first, "Standard", "2026-11-24T08:00:00.000Z")+
		upload("exampleobject", second, "STANDARD_IA", "2026-11-24T08:00:01.000Z")+
		"\t<CommonPrefixes>\n\t\t<Prefix>dir/</Prefix>\n\t</CommonPrefixes>\n</ListMultipartUploadsResult>", string(got.body))

	require.Equal(t, "<ListMultipartUploadsResult>\n\t<Bucket>examplebucket-1250000000</Bucket>\n\t<Encoding-Type/>\n\t<KeyMarker>O</KeyMarker>\n"+
		"\t<UploadIdMarker>x</UploadIdMarker>\n\t<NextKeyMarker>Object</NextKeyMarker>\n\t<NextUploadIdMarker>"+first+"</NextUploadIdMarker>\n"+
		"\t<MaxUploads>1</MaxUploads>\n\t<Prefix/>\n\t<Delimiter/>\n\t<IsTruncated>true</IsTruncated>\n"+
		upload("Object", first, "Standard", "2026-11-24T08:00:00.000Z")+"</ListMultipartUploadsResult>",
		string(s.do(http.MethodGet, "/?uploads=&key-marker=O&upload-id-marker=x&max-uploads=1", nil).body))
}

// TestListUploads walks through all pages by the markers that each names.
//
// holds: call ListMultipartUploads; param key-marker; param upload-id-marker; param max-uploads; param prefix; param encoding-type
func TestListUploads(t *testing.T) {
	s := start(t, api.Config{})
	var want []string
	for _, key := range []string{"a", "a/b c", "a/中", "b"} {
		escaped := strings.NewReplacer(" ", "%20", "中", "%E4%B8%AD").Replace(key)
		lines := []string{}
		for range 3 {
			lines = append(lines, escaped+" "+s.initiate(escaped))
		}
		slices.Sort(lines)
		want = append(want, lines...)
	}
	for _, size := range []int{1, 2, 5, 12, 1000} {
		var got []string
		marker := ""
		for {
			body := string(s.do(http.MethodGet, fmt.Sprintf("/?uploads&encoding-type=url&max-uploads=%d%s", size, marker), nil).body)
			require.Contains(t, body, "<Encoding-Type>url</Encoding-Type>")
			_, rest, _ := strings.Cut(body, "</IsTruncated>")
			for strings.Contains(rest, "<Upload>") {
				got = append(got, between(rest, "<Key>", "</Key>")+" "+between(rest, "<UploadId>", "</UploadId>"))
				_, rest, _ = strings.Cut(rest, "</Upload>")
			}
			if !strings.Contains(body, "<IsTruncated>true") {
				break
			}
			marker = "&key-marker=" + between(body, "<NextKeyMarker>", "<") + "&upload-id-marker=" + between(body, "<NextUploadIdMarker>", "<")
		}
		require.Equal(t, want, got, size)
	}
	some := string(s.do(http.MethodGet, "/?uploads&prefix=a%2F&key-marker=a%2Fb%20c", nil).body)
	require.Equal(t, 3, strings.Count(some, "<Upload>"))
	require.Equal(t, 3, strings.Count(some, "<Key>a/中</Key>"))

	for query, code := range map[string]string{
		"max-uploads=x": "InvalidArgument", "max-uploads=-1": "InvalidArgument", "encoding-type=x": "InvalidArgument", "delimiter=ab": "InvalidDelimiter",
	} {
		s.requireRefused(s.do(http.MethodGet, "/?uploads&"+query, nil), query, 400, code, "")
	}
}
