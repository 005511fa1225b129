package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// TestHostileDocuments: every document that a request may carry is refused where
// it is deeper, or has a longer tag, than any that means something; beside each
// the same call with a document that does (choice 322).
func TestHostileDocuments(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, http.StatusOK, s.do("PUT", "/k", []byte("x")).status)
	begun := s.do("POST", "/parts?uploads", nil)
	upload := between(string(begun.body), "<UploadId>", "</UploadId>")
	part := s.do("PUT", "/parts?partNumber=1&uploadId="+upload, []byte("x"))
	owner := "<Owner><ID>qcs::cam::uin/1250000000:uin/1250000000</ID></Owner><AccessControlList/>"
	for _, d := range []struct{ method, target, root, inner string }{
		{"PUT", "/?cors", "CORSConfiguration", "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>"},
		{"PUT", "/?acl", "AccessControlPolicy", owner},
		{"PUT", "/k?acl", "AccessControlPolicy", owner},
		{"PUT", "/?tagging", "Tagging", "<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>"},
		{"PUT", "/k?tagging", "Tagging", "<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>"},
		{"PUT", "/?lifecycle", "LifecycleConfiguration", "<Rule><ID>a</ID><Filter/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>"},
		{"PUT", "/?versioning", "VersioningConfiguration", "<Status>Suspended</Status>"},
		{"POST", "/?delete", "Delete", "<Object><Key>gone</Key></Object>"},
		{"POST", "/parts?uploadId=" + upload, "CompleteMultipartUpload", "<Part><PartNumber>1</PartNumber><ETag>" + part.header.Get("ETag") + "</ETag></Part>"},
	} {
		for name, inner := range map[string]string{
			"deep":       strings.Repeat("<a>", 20) + strings.Repeat("</a>", 20),
			"attributes": "<a " + strings.Repeat(`b="" `, 2000) + "/>",
			"never ends": strings.Repeat("<a>", 20_000),
		} {
			a := s.document(d.method, d.target, "<"+d.root+">"+d.inner+inner+"</"+d.root+">")
			require.Equal(t, http.StatusBadRequest, a.status, "%s %s: %s", d.target, name, a.body)
		}
		a := s.document(d.method, d.target, "<"+d.root+">"+d.inner+"</"+d.root+">")
		require.Less(t, a.status, 300, "%s: %s", d.target, a.body)
	}
	s.requireStored(testBucket, "k", []byte("x"))
	s.requireStored(testBucket, "parts", []byte("x"))
}

// document sends a document with its MD5, which some calls want.
func (s *server) document(method, target, doc string) *answer {
	s.tb.Helper()
	sum := md5.Sum([]byte(doc))
	return s.do(method, target, []byte(doc), "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]), "Content-Type", "application/xml")
}

// TestTooManyDeletes: a document with more objects than may be deleted at once
// is refused, and deletes none; with as many it deletes all.
func TestTooManyDeletes(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, http.StatusOK, s.do("PUT", "/k", []byte("x")).status)
	doc := func(n int) string {
		return "<Delete><Quiet> true </Quiet>" + strings.Repeat("<Object><Key>k</Key></Object>", n) + "</Delete>"
	}
	for _, bad := range []string{
		doc(1001), doc(0), "<Delete><Object><Key>k</Key><Key>l</Key></Object></Delete>", "<Delete><Quiet>maybe</Quiet><Object><Key>k</Key></Object></Delete>",
		doc(1) + doc(1), "<Delete>" + strings.Repeat("<Object/>", 500_000) + "</Delete>",
	} {
		a := s.document("POST", "/?delete", bad)
		require.Equal(t, "MalformedXML", a.code(), "%.60s: %s", bad, a.body)
	}
	s.requireStored(testBucket, "k", []byte("x"))
	a := s.document("POST", "/?delete", doc(1000))
	require.Equal(t, http.StatusOK, a.status)
	require.Contains(t, string(a.body), "<DeleteResult/>", "quiet")
	s.requireNothing(testBucket, "k")
}

// TestHostilePolicies: a policy is bounded like a document.
func TestHostilePolicies(t *testing.T) {
	s := start(t, api.Config{})
	policy := func(extra string) []byte {
		return []byte(`{"version":"2.0","statement":[{"effect":"allow","principal":{"qcs":["*"]},"action":["name/cos:GetObject"],"resource":["*"]` +
			extra + `}]}`)
	}
	a := s.do("PUT", "/?policy", policy(`,"sid":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)), "Content-Type", "application/json")
	require.GreaterOrEqual(t, a.status, 400)
	require.Less(t, a.status, 500)
	a = s.do("PUT", "/?policy", policy(`,"sid":"a"`), "Content-Type", "application/json")
	require.Less(t, a.status, 300, "%s", a.body)

	form := policyForm(s.clock.Now(), `,["eq","$key",`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`]`)
	require.Equal(t, "InvalidPolicyDocument", s.send(form.message(t)).code())
	require.Less(t, s.send(policyForm(s.clock.Now(), "").message(t)).status, 300)

	for _, body := range []string{strings.Repeat("[", 100_000), `{"Tags":[` + strings.Repeat("1,", 400_000) + "1]}"} {
		a := s.send(&message{
			method: "POST", host: "sts.tencentcloudapi.com", target: "/", body: []byte(body),
			header: http.Header{"Content-Type": {"application/json"}, "X-Tc-Action": {"GetFederationToken"}, "X-Tc-Version": {"2018-08-13"}},
		})
		require.Equal(t, http.StatusOK, a.status)
		require.Contains(t, string(a.body), `"Code"`)
		require.Contains(t, string(a.body), `"Error"`)
	}
}

// TestSTSIsAnsweredWhateverComes: a call of 50 MB gets its answer, though
// nobody reads all of it; and the client can still send the next one.
func TestSTSIsAnsweredWhateverComes(t *testing.T) {
	s := start(t, api.Config{})
	for _, contentType := range []string{"application/json", "application/x-www-form-urlencoded"} {
		for _, length := range []int{100, 50 << 20} {
			conn, err := net.Dial("tcp", s.addr)
			require.NoError(t, err)
			require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
			go func() { // the client reads while it sends, as all do that see an answer
				_, _ = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: sts.tencentcloudapi.com\r\nContent-Type: %s\r\nX-TC-Action: GetFederationToken\r\n"+
					"Content-Length: %d\r\n\r\n", contentType, length)
				_, _ = io.CopyN(conn, endless{}, int64(length))
			}()
			a := readAnswer(t, conn, "POST")
			require.Equal(t, http.StatusOK, a.status)
			require.Contains(t, string(a.body), `"Error"`)
			require.NoError(t, conn.Close())
		}
	}
}

// endless is a body of any length.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
