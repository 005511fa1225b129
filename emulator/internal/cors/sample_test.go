package cors_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// sampleDoc is the document that GET Bucket cors answers with on its page, the
// two methods that the page elides put back.
const sampleDoc = `<?xml version='1.0' encoding='utf-8' ?>
<CORSConfiguration>
	<CORSRule>
		<AllowedOrigin>*</AllowedOrigin>
		<AllowedMethod>GET</AllowedMethod>
		<AllowedMethod>HEAD</AllowedMethod>
		<AllowedHeader>Range</AllowedHeader>
		<AllowedHeader>x-cos-server-side-encryption-customer-algorithm</AllowedHeader>
		<AllowedHeader>x-cos-server-side-encryption-customer-key</AllowedHeader>
		<AllowedHeader>x-cos-server-side-encryption-customer-key-MD5</AllowedHeader>
		<ExposeHeader>Content-Length</ExposeHeader>
		<ExposeHeader>ETag</ExposeHeader>
		<ExposeHeader>x-cos-meta-author</ExposeHeader>
		<MaxAgeSeconds>600</MaxAgeSeconds>
	</CORSRule>
	<CORSRule>
		<ID>example-id</ID>
		<AllowedOrigin>https://example.com</AllowedOrigin>
		<AllowedOrigin>https://example.net</AllowedOrigin>
		<AllowedMethod>PUT</AllowedMethod>
		<AllowedMethod>GET</AllowedMethod>
		<AllowedMethod>POST</AllowedMethod>
		<AllowedMethod>DELETE</AllowedMethod>
		<AllowedMethod>HEAD</AllowedMethod>
		<AllowedHeader>*</AllowedHeader>
		<ExposeHeader>Content-Length</ExposeHeader>
		<ExposeHeader>ETag</ExposeHeader>
		<ExposeHeader>x-cos-meta-author</ExposeHeader>
		<MaxAgeSeconds>600</MaxAgeSeconds>
	</CORSRule>
</CORSConfiguration>`

func parse(t *testing.T, doc string) *cors.Rules {
	t.Helper()
	r, err := cors.Parse([]byte(doc))
	require.Nil(t, err)
	return r
}

// lines writes headers as they stand in an answer.
func lines(headers []cors.Header) string {
	var b strings.Builder
	for _, h := range headers {
		fmt.Fprintf(&b, "%s: %s\n", h.Name, h.Value)
	}
	return b.String()
}

func TestSampleRules(t *testing.T) {
	r := parse(t, sampleDoc)
	expose := []string{"Content-Length", "ETag", "x-cos-meta-author"}
	require.Equal(t, []cors.Rule{
		{
			AllowedOrigins: []string{"*"},
			AllowedMethods: []string{"GET", "HEAD"},
			AllowedHeaders: []string{
				"Range", "x-cos-server-side-encryption-customer-algorithm",
				"x-cos-server-side-encryption-customer-key", "x-cos-server-side-encryption-customer-key-MD5",
			},
			ExposeHeaders: expose,
			MaxAge:        new(600),
		},
		{
			ID:             "example-id",
			AllowedOrigins: []string{"https://example.com", "https://example.net"},
			AllowedMethods: []string{"PUT", "GET", "POST", "DELETE", "HEAD"},
			AllowedHeaders: []string{"*"},
			ExposeHeaders:  expose,
			MaxAge:         new(600),
		},
	}, r.Rules)
	require.Nil(t, r.ResponseVary)
	require.Equal(t, sampleDoc, string(r.AppendXML(nil)))
}

// The pages of PUT and GET Bucket cors print 1185 and 1196 bytes for the same
// rules: the request without declaration and with CR LF, the answer as it is
// written here.
func TestSampleLengths(t *testing.T) {
	answer := string(parse(t, sampleDoc).AppendXML(nil))
	_, request, ok := strings.Cut(answer, "?>\n")
	require.True(t, ok)
	request = strings.ReplaceAll(request, "\n", "\r\n")
	require.Equal(t, 1196-1185, len(answer)-len(request))
	require.Equal(t, answer, string(parse(t, request).AppendXML(nil)))
}

// The four samples of the page OPTIONS Object.
func TestPreflightSamples(t *testing.T) {
	r := parse(t, sampleDoc)

	got, refused := r.Preflight("https://example.com", "PUT", "content-md5,content-type,x-cos-meta-author")
	require.Nil(t, refused)
	require.Equal(t, `Access-Control-Allow-Credentials: true
Access-Control-Allow-Headers: content-md5,content-type,x-cos-meta-author
Access-Control-Allow-Methods: PUT,GET,POST,DELETE,HEAD
Access-Control-Allow-Origin: https://example.com
Access-Control-Expose-Headers: Content-Length,ETag,x-cos-meta-author
Access-Control-Max-Age: 600
`, lines(got))

	got, refused = r.Preflight("https://example.com", "GET", "range")
	require.Nil(t, refused)
	require.Equal(t, `Access-Control-Allow-Headers: range,x-cos-server-side-encryption-customer-algorithm,x-cos-server-side-encryption-customer-key,x-cos-server-side-encryption-customer-key-md5
Access-Control-Allow-Methods: GET,HEAD
Access-Control-Allow-Origin: *
Access-Control-Expose-Headers: Content-Length,ETag,x-cos-meta-author
Access-Control-Max-Age: 600
`, lines(got))

	bar := parse(t, strings.ReplaceAll(sampleDoc, "https://example.net", "https://bar.com"))
	got, refused = bar.Preflight("https://bar.com", "PUT", "content-md5,content-type")
	require.Nil(t, refused)
	require.Equal(t, `Access-Control-Allow-Credentials: true
Access-Control-Allow-Headers: content-md5,content-type
Access-Control-Allow-Methods: PUT,GET,POST,DELETE,HEAD
Access-Control-Allow-Origin: https://bar.com
Access-Control-Expose-Headers: Content-Length,ETag,x-cos-meta-author
Access-Control-Max-Age: 600
`, lines(got))

	var none *cors.Rules
	got, refused = none.Preflight("https://example.com", "PUT", "")
	require.Empty(t, got)
	requireForbidden(t, refused)
}

// requireForbidden holds a refusal against the 687 bytes of the fourth sample.
func requireForbidden(t *testing.T, refused *coserr.Error) {
	t.Helper()
	require.NotNil(t, refused)
	require.Equal(t, 403, refused.Status)
	const (
		requestID = "NWYwNzAzNTZfNzNjODJhMDlfMzRiM2ZfMThjMjk4****"
		traceID   = "OGVmYzZiMmQzYjA2OWNhODk0NTRkMTBiOWVmMDAxODc0OWRkZjk0ZDM1NmI1M2E2MTRlY2MzZDhmNmI5MWI1OWE4OGMxZjNjY2JiNTBmMTVmMWY1MzAzYzkyZGQ2ZWM4OWM4Y2M5MzI5ZmUzN2FjZDk1OTRjYWI5Yjg5OTJlZDA="
	)
	body := string(refused.WithResource("examplebucket-1250000000.cos.ap-beijing.myqcloud.com/exampleobject").AppendXML(nil, requestID, traceID))
	require.Len(t, body, 687)
	require.Contains(t, body, "<Code>AccessForbidden</Code>\n\t<Message>CORSResponse: This CORS request is not allowed.")
}
