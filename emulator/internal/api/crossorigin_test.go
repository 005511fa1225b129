package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/storage"
)

// Two rules: everybody may read, one page may do everything.
const corsDoc = `<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>` +
	`<AllowedMethod>HEAD</AllowedMethod><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>` +
	`<CORSRule><ID>page</ID><AllowedOrigin>https://example.com</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>` +
	`<AllowedMethod>DELETE</AllowedMethod><AllowedHeader>Content-Type</AllowedHeader><AllowedHeader>Authorization</AllowedHeader>` +
	`<ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-cos-request-id</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds></CORSRule>` +
	`</CORSConfiguration>`

const page = "https://example.com"

func (s *server) preflight(host, target, origin, method, headers string) *answer {
	s.tb.Helper()
	h := http.Header{"Origin": {origin}, "Access-Control-Request-Method": {method}}
	if headers != "" {
		h.Set("Access-Control-Request-Headers", headers)
	}
	return s.send(&message{method: http.MethodOptions, host: host, target: target, header: h})
}

// corsHeaders are the headers of an answer that are about other origins.
func corsHeaders(a *answer) map[string]string {
	got := map[string]string{}
	for name, values := range a.header {
		if strings.HasPrefix(name, "Access-Control-") || name == "Vary" {
			got[name] = strings.Join(values, "|")
		}
	}
	return got
}

func (s *server) requireForbidden(a *answer, resource string) {
	s.tb.Helper()
	require.Equal(s.tb, 403, a.status)
	require.Equal(s.tb, "AccessForbidden", a.code())
	require.Contains(s.tb, string(a.body), "<Message>CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "+
		"request method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the resource&apos;s CORS spec</Message>")
	require.Contains(s.tb, string(a.body), "<Resource>"+resource+"</Resource>")
	require.NotEmpty(s.tb, a.header.Get("x-cos-trace-id"))
	require.Empty(s.tb, corsHeaders(a))
	require.Contains(s.tb, a.header.Get("x-cosemu-diagnosis"), "cors-no-rule")
}

// holds: call PutBucketCORS; call GetBucketCORS; call DeleteBucketCORS; code NoSuchCORSConfiguration; code MalformedXML; code XMLSizeLimit; code InvalidRequest
func TestBucketCORS(t *testing.T) {
	s := start(t, api.Config{})
	ask := func(method string, doc []byte, header ...string) *answer {
		t.Helper()
		return s.do(method, "/?cors", doc, header...)
	}
	none := func() {
		t.Helper()
		s.requireRefused(ask(http.MethodGet, nil), "none", 404, "NoSuchCORSConfiguration", "")
	}
	none()
	sum := md5.Sum([]byte(corsDoc))
	good, wrong := base64.StdEncoding.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(make([]byte, 16))
	for _, c := range []struct {
		name, doc, md5 string
		code           string
	}{
		{"no XML", "rules", "", "MalformedXML"},
		{"nothing", "", "", "MalformedXML"},
		{"cut short", corsDoc[:len(corsDoc)-5], "", "MalformedXML"},
		{"a method there is none of", strings.Replace(corsDoc, ">HEAD<", ">PATCH<", 1), "", "InvalidRequest"},
		{"too long", corsDoc + strings.Repeat(" ", cors.MaxXML), "", "XMLSizeLimit"},
		{"another digest", corsDoc, wrong, "BadDigest"},
		{"no digest", corsDoc, "x", "InvalidDigest"},
	} {
		var header []string
		if c.md5 != "" {
			header = []string{"Content-Md5", c.md5}
		}
		s.requireRefused(ask(http.MethodPut, []byte(c.doc), header...), c.name, 400, c.code, "")
		none()
	}
	anonymous := &message{method: http.MethodPut, host: testHost, target: "/?cors", body: []byte(corsDoc)}
	s.requireRefused(s.send(anonymous), "anonymous", 403, "AccessDenied", "Access Denied.")
	none()

	put := ask(http.MethodPut, []byte(corsDoc), "Content-Md5", good)
	require.Equal(t, 200, put.status, "%s", put.body)
	require.Empty(t, put.body)
	got := ask(http.MethodGet, nil)
	require.Equal(t, 200, got.status)
	require.Equal(t, "application/xml", got.header.Get("Content-Type"))
	require.True(t, strings.HasPrefix(string(got.body), "<?xml version='1.0' encoding='utf-8' ?>\n<CORSConfiguration>\n\t<CORSRule>\n\t\t<AllowedOrigin>*</AllowedOrigin>\n"), "%s", got.body)
	require.Contains(t, string(got.body), "\n\t<CORSRule>\n\t\t<ID>page</ID>\n\t\t<AllowedOrigin>https://example.com</AllowedOrigin>\n")

	require.Equal(t, 204, ask(http.MethodDelete, nil).status)
	none()
	require.Equal(t, 204, ask(http.MethodDelete, nil).status)
}

// holds: call OptionsObject; header origin; header access-control-request-method; header access-control-request-headers; code AccessForbidden
// holds: answer access-control-allow-origin; answer access-control-allow-credentials; answer access-control-allow-methods; answer access-control-allow-headers; answer access-control-expose-headers; answer access-control-max-age
func TestPreflight(t *testing.T) {
	s := start(t, api.Config{})
	forbidden := s.preflight(testHost, "/dir/a.txt", page, "PUT", "content-type")
	s.requireForbidden(forbidden, testHost+"/dir/a.txt")
	require.Equal(t, 200, s.do(http.MethodPut, "/?cors", []byte(corsDoc)).status)

	// The whole signed URL stands in a preflight's target; nobody judges it.
	target := "/dir/a.txt?q-sign-algorithm=sha1&q-ak=AKIDnobody&q-sign-time=1;2&q-key-time=1;2&q-header-list=&q-url-param-list=&q-signature=00"
	got := s.preflight(testHost, target, page, "PUT", "authorization,content-type")
	require.Equal(t, 200, got.status, "%s", got.body)
	require.Equal(t, "0", got.header.Get("Content-Length"))
	require.NotEmpty(t, got.header.Get("x-cos-request-id"))
	require.Equal(t, map[string]string{
		"Access-Control-Allow-Origin":      page,
		"Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Methods":     "PUT,DELETE",
		"Access-Control-Allow-Headers":     "content-type,authorization",
		"Access-Control-Expose-Headers":    "ETag,x-cos-request-id",
		"Access-Control-Max-Age":           "600",
	}, corsHeaders(got))

	got = s.preflight(testHost, "/", page, "GET", "") // the first rule that fits
	require.Equal(t, 200, got.status)
	require.Equal(t, map[string]string{
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET,HEAD", "Access-Control-Max-Age": "60",
	}, corsHeaders(got))

	for name, ask := range map[string][3]string{
		"origin":  {"https://example.com.evil.test", "PUT", ""},
		"method":  {page, "POST", ""},
		"headers": {page, "PUT", "content-type,x-cos-acl"},
	} {
		got := s.preflight(testHost, "/dir/%E5%AF%B9.txt", ask[0], ask[1], ask[2])
		require.Equal(t, 403, got.status, name)
		s.requireForbidden(got, testHost+"/dir/对.txt")
	}
	bare := s.send(&message{method: http.MethodOptions, host: testHost, target: "/a"})
	s.requireForbidden(bare, testHost+"/a")

	entry, found := s.e.Journal().Get(forbidden.header.Get("x-cos-request-id"))
	require.True(t, found)
	require.Equal(t, "OptionsObject", entry.Operation)
	require.Equal(t, []string{"cors-no-rule"}, entry.Diagnosis)
}

// A preflight reads no further than the rules: whoever asks, whatever he may.
//
// holds: call OptionsObject; code NoSuchBucket
func TestPreflightOfBucketsThatAreNotThere(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/?cors", []byte(corsDoc)).status)
	for _, host := range []string{
		"nobucket-1250000000.cos.ap-guangzhou.myqcloud.com",
		testBucket + ".cos.ap-shanghai.myqcloud.com",
	} {
		s.requireRefused(s.preflight(host, "/a", page, "PUT", ""), host, 404, "NoSuchBucket", "")
	}
	s.requireForbidden(s.preflight("service.cos.myqcloud.com", "/", page, "GET", ""), "service.cos.myqcloud.com")
	require.Equal(t, 200, s.preflight(s.addr, "/"+testBucket+"/a", page, "PUT", "").status)
}

// Answers to actual requests are readable for the page, refusals too; and a
// page without a rule is served all the same.
//
// holds: header origin; answer access-control-allow-origin; answer access-control-allow-credentials; answer access-control-allow-methods; answer access-control-expose-headers; answer access-control-max-age
func TestCrossOrigin(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/?cors", []byte(corsDoc)).status)
	allowed := map[string]string{
		"Access-Control-Allow-Origin":      page,
		"Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Methods":     "PUT,DELETE",
		"Access-Control-Expose-Headers":    "ETag,x-cos-request-id",
		"Access-Control-Max-Age":           "600",
	}
	readable := map[string]string{
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET,HEAD", "Access-Control-Max-Age": "60",
	}
	from := func(origin string, m *message) *answer {
		t.Helper()
		if m.header == nil {
			m.header = http.Header{}
		}
		if origin != "" {
			m.header.Set("Origin", origin)
		}
		return s.send(m)
	}
	body := []byte("from a page")
	put := func(key string) *message { return s.signed(http.MethodPut, key, body) }

	for name, spoil := range map[string]func(*message){
		"SignatureDoesNotMatch": func(m *message) { m.target = "/other" },
		"InvalidAccessKeyId": func(m *message) {
			m.header.Set("Authorization", strings.Replace(m.header.Get("Authorization"), "q-ak=AKID", "q-ak=AKIE", 1))
		},
		"AccessDenied": func(m *message) { m.header.Del("Authorization") },
		"BadDigest":    func(m *message) { m.header.Set("Content-Md5", base64.StdEncoding.EncodeToString(make([]byte, 16))) },
	} {
		m := put("/a")
		spoil(m)
		got := from(page, m)
		require.Equal(t, name, got.code(), "%s", got.body)
		require.Equal(t, allowed, corsHeaders(got), name)
		s.requireNothing(testBucket, "a")
		s.requireNothing(testBucket, "other")
	}
	got := from(page, put("/a"))
	require.Equal(t, 200, got.status, "%s", got.body)
	require.Equal(t, allowed, corsHeaders(got))
	s.requireStored(testBucket, "a", body)

	missing := from("https://anybody.test", s.signed(http.MethodGet, "/missing", nil))
	s.requireRefused(missing, "missing", 404, "NoSuchKey", "")
	require.Equal(t, readable, corsHeaders(missing))
	require.Equal(t, readable, corsHeaders(from(page, s.signed(http.MethodHead, "/missing", nil))))
	require.Equal(t, readable, corsHeaders(from(page, s.signed(http.MethodGet, "/a", nil))))

	for _, origin := range []string{"", "https://anybody.test"} {
		got := from(origin, put("/b"+origin))
		require.Equal(t, 200, got.status, "CORS decides nothing else")
		require.Empty(t, corsHeaders(got))
	}
	deleted := from(page, s.signed(http.MethodDelete, "/a", nil))
	require.Equal(t, 204, deleted.status)
	require.Equal(t, allowed, corsHeaders(deleted))
}

// What was configured last holds from the next request on; Vary only when the
// configuration asks for it.
//
// holds: answer vary
func TestCORSChanges(t *testing.T) {
	s := start(t, api.Config{})
	vary := func() string {
		t.Helper()
		got := s.do(http.MethodPut, "/a", []byte("x"))
		require.Equal(t, 200, got.status)
		return got.header.Get("Vary")
	}
	set := func(doc string) {
		t.Helper()
		require.Equal(t, 200, s.do(http.MethodPut, "/?cors", []byte(doc)).status)
	}
	asks := func() int { t.Helper(); return s.preflight(testHost, "/a", page, "PUT", "").status }
	set(corsDoc)
	require.Empty(t, vary())
	require.Equal(t, 200, asks())
	for range 2 {
		set(strings.Replace(corsDoc, "</CORSConfiguration>", "<ResponseVary>true</ResponseVary></CORSConfiguration>", 1))
		require.Equal(t, "Origin", vary())
		set(strings.Replace(corsDoc, page, page+":8443", 1))
		require.Empty(t, vary())
		require.Equal(t, 403, asks())
	}
	require.Equal(t, 204, s.do(http.MethodDelete, "/?cors", nil).status)
	require.Equal(t, 403, s.preflight(testHost, "/a", page+":8443", "PUT", "").status)
	set(corsDoc)
	require.Equal(t, 200, asks())
	require.NoError(t, s.e.Reset())
	require.Equal(t, 403, asks())
}

func TestDefaultCORS(t *testing.T) {
	const strict, open = "strict-1250000000", "open-1250000000"
	buckets := []api.BucketConfig{
		{Name: testBucket},
		{Name: strict, CORS: api.CORSNone},
		{Name: open, CORS: api.CORSPermissive},
	}
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	host := func(bucket string) string { return bucket + ".cos.ap-guangzhou.myqcloud.com" }
	missing := "missing-1250000000"
	for _, c := range []struct {
		mode    api.CORSMode
		buckets []api.BucketConfig
		open    []string // those whose preflights are allowed
	}{
		{"", buckets, []string{open}},
		{api.CORSPermissive, buckets, []string{testBucket, open, missing}},
		{api.CORSNone, nil, nil},
		{api.CORSPermissive, []api.BucketConfig{{Name: strict}, {Name: open, CORS: api.CORSNone}}, []string{testBucket, strict, missing}},
	} {
		if c.buckets == nil {
			c.buckets = []api.BucketConfig{{Name: testBucket}, {Name: strict}, {Name: open}}
		}
		s := startOn(t, api.Config{DefaultCORS: c.mode, Buckets: c.buckets}, st)
		var allowed []string
		for _, bucket := range []string{testBucket, strict, open, missing} {
			got := s.preflight(host(bucket), "/a", page, "PUT", "x-cos-meta-a,content-type")
			actual := s.send(&message{method: http.MethodPut, host: host(bucket), target: "/a", header: http.Header{"Origin": {page}}})
			require.Contains(t, []int{403, 404}, actual.status)
			if got.status != 200 {
				require.Empty(t, corsHeaders(got))
				require.Empty(t, corsHeaders(actual))
				continue
			}
			allowed = append(allowed, bucket)
			require.Equal(t, "*", got.header.Get("Access-Control-Allow-Origin"))
			require.Equal(t, "x-cos-meta-a,content-type", got.header.Get("Access-Control-Allow-Headers"))
			require.Equal(t, "*", actual.header.Get("Access-Control-Allow-Origin"))
			require.Contains(t, actual.header.Get("Access-Control-Expose-Headers"), "ETag")
		}
		require.Equal(t, c.open, allowed, "%q", c.mode)
	}

	// A configuration of the bucket's own takes the default's place.
	s := startOn(t, api.Config{DefaultCORS: api.CORSPermissive}, st)
	s.requireRefused(s.do(http.MethodGet, "/?cors", nil), "the default is no configuration", 404, "NoSuchCORSConfiguration", "")
	require.Equal(t, 200, s.preflight(testHost, "/a", "https://x.test", "PUT", "").status)
	require.Equal(t, 200, s.do(http.MethodPut, "/?cors", []byte(corsDoc)).status)
	require.Equal(t, 403, s.preflight(testHost, "/a", "https://x.test", "PUT", "").status)
	require.Equal(t, 200, s.preflight(testHost, "/a", page, "PUT", "").status)

	require.NoError(t, s.e.CreateBucket(api.BucketConfig{Name: "made-1250000000", CORS: api.CORSNone}))
	require.Equal(t, 403, s.preflight(host("made-1250000000"), "/a", page, "PUT", "").status)
}

func TestDefaultCORSMistakes(t *testing.T) {
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	_, err = api.New(api.Config{DefaultCORS: "open"}, st)
	require.ErrorContains(t, err, `default_cors: "open"`)
	_, err = api.New(api.Config{Buckets: []api.BucketConfig{{Name: testBucket, CORS: "open"}}}, st)
	require.ErrorContains(t, err, `cors: "open"`)
	_, err = api.New(api.Config{Buckets: []api.BucketConfig{{Name: testBucket, CORS: "permissive"}}}, st)
	require.NoError(t, err)
}

// Judge says of a preflight what would come of it.
func TestJudgePreflight(t *testing.T) {
	s := start(t, api.Config{})
	h := http.Header{"Origin": {page}, "Access-Control-Request-Method": {"PUT"}}
	entry, err := s.e.Judge(http.MethodOptions, "http://"+testHost+"/a", h)
	require.NoError(t, err)
	require.Equal(t, "AccessForbidden", entry.Code)
	require.Equal(t, 200, s.do(http.MethodPut, "/?cors", []byte(corsDoc)).status)
	entry, err = s.e.Judge(http.MethodOptions, "http://"+testHost+"/a", h)
	require.NoError(t, err)
	require.Empty(t, entry.Code)
}

// Under `verify: report` the page sees the answer, and the verdict if its rule
// exposes it.
//
// holds: answer x-cosemu-verdict
func TestCrossOriginUnderReport(t *testing.T) {
	s := start(t, api.Config{Verify: api.VerifyReport, DefaultCORS: api.CORSPermissive})
	m := s.signed(http.MethodPut, "/a", []byte("x"))
	m.header.Set("Origin", page)
	s.clock.Advance(2 * time.Hour)
	got := s.send(m)
	require.Equal(t, 200, got.status)
	require.Equal(t, "403 AccessDenied", got.header.Get("x-cosemu-verdict"))
	require.Equal(t, "*", got.header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, slices.Sorted(maps.Keys(corsHeaders(got))), "Access-Control-Expose-Headers")
}
