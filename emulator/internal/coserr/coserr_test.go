package coserr_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
)

// TestBodies compares bodies with those that the documentation prints or that were published.
func TestBodies(t *testing.T) {
	const example = "examplebucket-1250000000.cos.ap-beijing.myqcloud.com/exampleobject"
	const trace = "OGVmYzZiMmQzYjA2OWNhODk0NTRkMTBiOWVmMDAxODc0OWRkZjk0ZDM1NmI1M2E2MTRlY2MzZDhmNmI5MWI1O"
	for _, c := range []struct {
		file           string
		length         int // the published Content-Length; 0: none
		err            *coserr.Error
		status         int
		request, trace string
	}{
		{
			"page-get-object-412", 480, coserr.New(coserr.PreconditionFailed).WithResource(example), 412,
			"NWYyMTFjODZfOGRjOTJhMDlfMmIyMWVfOTJl****",
			trace + "TdjMDczODYwZjM5YTU3ZmZmOWI5MmY4NjkxY2I3MGNiNjkyOWZiNzUxZjg5MGY2OWU4NmI0YWMwNTlhNTExYWU=",
		},
		{
			"page-get-object-403", 513, coserr.New(coserr.InvalidObjectState).WithResource(example).WithStorageClass("ARCHIVE"), 403,
			"NWUwNGEwMjRfZDcyNzVkNjRfNjZlM183Zjcx****",
			trace + "TBjNjIyOGVlZmJlNDg4NDQ1MzAzMjA2ZDg4OGQ3MDhlMjIzYjI1ZWUwODY5YjdlMTBjY2EwNTgyZWMyMjc0Mjc=",
		},
		{
			"page-options-object-403", 687, coserr.New(coserr.AccessForbidden).WithResource(example), 403,
			"NWYwNzAzNTZfNzNjODJhMDlfMzRiM2ZfMThjMjk4****",
			trace + "WE4OGMxZjNjY2JiNTBmMTVmMWY1MzAzYzkyZGQ2ZWM4OWM4Y2M5MzI5ZmUzN2FjZDk1OTRjYWI5Yjg5OTJlZDA=",
		},
		{
			"seen-malformed-xml", 0,
			coserr.New(coserr.MalformedXML).WithResource("backup0-1253554307.cos.ap-guangzhou.myqcloud.com/a.txt"), 400,
			"NWE0MWI5MjdfMTliYjk0MGFfZDI5MV80MTBkM2I=",
			trace + "TI5MWRkM2I1ZDU3ZWE5Y2YzNDYzZTEzY2JlMjU3NDQ0MTAzNGQyNTFiM2NjYjgzZjgwNGNmNTRjMmM3OWNhZGM=",
		},
		{
			"seen-access-denied", 0,
			coserr.New(coserr.AccessDenied).WithResource("shoujike-img-1251612692.cos.ap-beijing.myqcloud.com/1.png"), 403,
			"NWM4MDhmZDJfNzljMDBiMDlfMmRmYzBfMTM2OTNiZA==",
			trace + "TQyYWVlY2QwZTk2MDVmZDQ3MmI2Y2I4ZmI5ZmM4ODFjMGU5NjQzNGY1N2ZkZTM2MmQ2NzI2NGU1ZGIyNDgxZDc=",
		},
		{
			"seen-access-denied-server-time", 0,
			coserr.New(coserr.AccessDenied).
				WithServerTime(time.Date(2019, 4, 9, 11, 39, 20, 999, time.FixedZone("CST", 8*3600))).
				WithResource("wechat-12567014540.cos.ap-chengdu.myqcloud.com/wx3797508a5e86abc4.o6zAJswgmdYeKPMcMCHrceK2dEPg.XJUjCYfLQYu658775cd5728cea06330e944b2fa97b7b.jpg"), 403,
			"NWNhYzEzZThfNGQ5ZTU4NjRfNmFhNV83YTZjOGY=",
			trace + "TQyYWVlY2QwZTk2MDVmZDQ3MmI2Y2I4ZmI5ZmM4ODFjYjEzMGU3N2I0OTJjYTAwYWExNjJhODI1NTRkOGZlM2Y=",
		},
		{
			"seen-no-trace", 0,
			coserr.New(coserr.InvalidRequest).WithMessage("Missing required header for this request: Appid").
				WithResource("-..myqcloud.com/files/v2/1111/bucket/log"), 400,
			"NTkxNzIwODFfY2JhMzNiXzM0ZDhfZjU3MzVk", "",
		},
		{
			"seen-signature", 0,
			coserr.New(coserr.SignatureDoesNotMatch).WithSignature(
				"sha1\n1615113257;1615199657\nc7503b92a8581b3f3f68c8f7f64a8917b03a1a95\n",
				"put\n/imagesresume-zh en_页面_1.png\n\nhost=o2-1258123310.cos.ap-beijing.myqcloud.com\n",
			).WithResource("o2-00000000.cos.ap-beijing.myqcloud.com/imagesresume-zh+en_页面_1.png"), 403,
			"NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ==", "",
		},
	} {
		t.Run(c.file, func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join("testdata", c.file+".xml"))
			require.NoError(t, err)
			got := c.err.AppendXML([]byte("before"), c.request, c.trace)
			require.Equal(t, "before"+string(want), string(got))
			require.Equal(t, c.status, c.err.Status)
			if c.length != 0 {
				require.Len(t, want, c.length)
			}
		})
	}
}

// TestEscaped: an XML reader returns the original text, and can read each body.
func TestEscaped(t *testing.T) {
	for _, c := range []struct{ name, text, bytes, read string }{
		{"plain", "a/b c+d.txt", "a/b c+d.txt", "a/b c+d.txt"},
		{"none", "", "", ""},
		{"the five", `<a href="x">it's & so</a>`, "&lt;a href=&quot;x&quot;&gt;it&apos;s &amp; so&lt;/a&gt;", `<a href="x">it's & so</a>`},
		{"an escape is escaped", "&amp;", "&amp;amp;", "&amp;"},
		{"section end", "]]>", "]]&gt;", "]]>"},
		{"line feed and tab stay", "a\n\tb", "a\n\tb", "a\n\tb"},
		{"carriage return", "a\r\nb", "a&#xD;\nb", "a\r\nb"},
		{"letters", "中文 ü 😀", "中文 ü 😀", "中文 ü 😀"},
		{"control characters", "\x00a\x1bb\x1f", "\uFFFDa\uFFFDb\uFFFD", "\uFFFDa\uFFFDb\uFFFD"},
		{"no UTF-8", "a\xffb\xc3", "a\uFFFDb\uFFFD", "a\uFFFDb\uFFFD"},
		{"surrogate", "\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD", "\uFFFD\uFFFD\uFFFD"},
		{"no characters", "\uFFFE\uFFFFx", "\uFFFD\uFFFDx", "\uFFFD\uFFFDx"},
		{"the replacement itself", "\uFFFD", "\uFFFD", "\uFFFD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.bytes, string(xmldoc.AppendEscaped(nil, c.text)))
			require.Equal(t, c.read, readElement(t, coserr.New(coserr.NoSuchKey).WithResource(c.text), "Resource"))
		})
	}
}

// readElement reads an element of the error's body, like a client.
func readElement(tb testing.TB, e *coserr.Error, name string) string {
	tb.Helper()
	body := e.AppendXML(nil, "request", "trace")
	d := xml.NewDecoder(strings.NewReader(string(body)))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var doc struct {
		Elements []struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}
	require.NoError(tb, d.Decode(&doc), "%q", body)
	for _, el := range doc.Elements {
		if el.XMLName.Local == name {
			return el.Text
		}
	}
	tb.Fatalf("no <%s> in %q", name, body)
	return ""
}

func FuzzAppendEscaped(f *testing.F) {
	f.Add("a&b<c>\"d'\r\n\t\x00\xff中\uFFFE")
	f.Add("\xf0\x9f\x98")
	f.Fuzz(func(t *testing.T, s string) {
		got := readElement(t, coserr.New(coserr.NoSuchKey).WithResource(s), "Resource")
		want := strings.Map(func(r rune) rune {
			if r == '\uFFFE' || r == '\uFFFF' || r < ' ' && r != '\n' && r != '\t' && r != '\r' {
				return '\uFFFD'
			}
			return r
		}, s)
		require.Equal(t, want, got)
	})
}

// TestMessages compares messages with the documentation and with published answers.
func TestMessages(t *testing.T) {
	for code, want := range map[coserr.Code]string{
		coserr.AccessDenied:                 "Access Denied.",
		coserr.ActionAccelerateNotSupported: "The action is not supported by the accelerate host.", // coscmd issue 274
		coserr.BadDigest:                    "The Content-MD5 you specified is not match.",         // rclone issue 8483
		"BucketAlreadyExists":               "The requested bucket name is not available.",
		coserr.BucketAlreadyOwnedByYou:      "Your previous request to create the named bucket succeeded and you already own it.", // tencent-website issue 2
		coserr.EntityTooSmall:               "Your proposed upload is smaller than the minimum allowed object size.",              // clickhouse-backup issue 464
		coserr.InvalidAccessKeyID:           "The Access Key Id you provided does not exist in our records",                       // cos-php-sdk-v5 issue 57
		coserr.InvalidPolicyDocument:        "You must provide condition if you specify a policy in post object request.",
		coserr.MalformedPOSTRequest:         "The body of your POST request is not well-formed multipart/form-data.",
		coserr.MissingContentLength:         "You must provide the Content-Length HTTP header.",
		coserr.NoSuchBucket:                 "The specified bucket does not exist.",
		coserr.NoSuchKey:                    "The specified key does not exist.",
		coserr.ObjectNotAppendable:          "The operation is not valid for the current state of the object.",
		"PathConflict":                      "Path conflict.",
		coserr.SignatureDoesNotMatch:        "The Signature you specified is invalid.",
	} {
		require.Equal(t, want, coserr.New(code).Message)
	}
}

// TestTable compares the table with the documented list of codes.
func TestTable(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "codes.tsv"))
	require.NoError(t, err)
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		listed[strings.TrimSpace(line)] = true
	}
	require.Len(t, listed, 134)
	for _, e := range coserr.Entries() {
		row := e.Code + "\t" + http.StatusText(e.Status)
		require.True(t, listed[row], "not documented: %s", row)
		delete(listed, row)
		require.NotContains(t, e.Code, "/")
		require.NotEmpty(t, e.Message)
		require.Equal(t, strings.TrimSpace(e.Message), e.Message)
	}
	require.Empty(t, listed, "documented, not in the table")
}

func TestTwoStatuses(t *testing.T) {
	class, state := coserr.New(coserr.InvalidObjectState), coserr.New(coserr.InvalidObjectStateConflict)
	require.Equal(t, 403, class.Status)
	require.Equal(t, 409, state.Status)
	require.Equal(t, coserr.Code("InvalidObjectState"), class.Code)
	require.Equal(t, class.Code, state.Code)
}

func TestUnknownCode(t *testing.T) {
	e := coserr.New("Nonsense")
	require.Equal(t, 500, e.Status)
	require.Equal(t, coserr.Code("Nonsense"), e.Code)
	require.NotEmpty(t, e.Message)
}

func TestErrorText(t *testing.T) {
	e := coserr.New(coserr.SignatureDoesNotMatch).WithSignature("sha1\n1;2\nabc\n", "put\n/secret-key-name\n\n\n")
	require.Equal(t, "SignatureDoesNotMatch: The Signature you specified is invalid.", e.Error())
	cause := errors.New("disk full")
	e = coserr.New(coserr.InternalError).WithCause(cause)
	require.ErrorIs(t, e, cause)
	require.Contains(t, e.Error(), "disk full")
	require.NotContains(t, string(e.AppendXML(nil, "r", "t")), "disk full")
	require.Equal(t, coserr.MessageExpired, coserr.New(coserr.AccessDenied).WithMessage(coserr.MessageExpired).Message)
}

func TestHeaderText(t *testing.T) {
	require.Equal(t, "The specified key does not exist.", coserr.HeaderText("The specified key does not exist."))
	require.Equal(t, "a  b c 中", coserr.HeaderText("a\r\nb\x7fc\x00中"))
}

func BenchmarkAppendXML(b *testing.B) {
	e := coserr.New(coserr.SignatureDoesNotMatch).WithSignature(
		"sha1\n1615113257;1615199657\nc7503b92a8581b3f3f68c8f7f64a8917b03a1a95\n",
		"put\n/a\n\nhost=o2-1258123310.cos.ap-beijing.myqcloud.com&x=y\n",
	).WithResource("/a")
	buf := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		buf = e.AppendXML(buf[:0], "NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ==", "")
	}
}
