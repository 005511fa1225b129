package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

// TestNoAppID: a bucket without its APPID is refused with the cloud's sentence,
// whoever asks and however the bucket is named.
//
// holds: code InvalidRequest
func TestNoAppID(t *testing.T) {
	const says = "Missing required header for this request: Appid, Bucket format should be &lt;bucketname&gt;-&lt;appid&gt;"
	s := start(t, api.Config{})
	for _, c := range []struct{ host, target, resource string }{
		{"examplebucket.cos.ap-guangzhou.myqcloud.com", "/a", "examplebucket.cos.ap-guangzhou.myqcloud.com/a"},
		{"examplebucket-.cos.ap-guangzhou.myqcloud.com", "/a", "examplebucket-.cos.ap-guangzhou.myqcloud.com/a"},
		{"cos.ap-guangzhou.myqcloud.com", "/examplebucket/a", "examplebucket.cos.ap-guangzhou.myqcloud.com/a"},
		{s.addr, "/examplebucket/a", "examplebucket.cos.ap-guangzhou.myqcloud.com/a"},
	} {
		m := s.signedBy(testKey(), http.MethodPut, c.host, c.target, []byte("x"))
		claim := m.header.Get("Authorization")
		for name, m := range map[string]*message{
			"header":    m,
			"query":     {method: http.MethodPut, target: c.target + "?" + strings.ReplaceAll(claim, ";", "%3B"), body: []byte("x")},
			"sign=":     {method: http.MethodPut, target: c.target + "?sign=" + escaped(claim), body: []byte("x")},
			"anonymous": {method: http.MethodPut, target: c.target, body: []byte("x")},
			"GET":       s.signedBy(testKey(), http.MethodGet, c.host, c.target, nil),
			"parts":     s.signedBy(testKey(), http.MethodPost, c.host, c.target+"?uploads", nil),
		} {
			m.host = c.host
			got := s.send(m)
			require.Equal(t, 400, got.status, "%s %s: %s", name, c.host, got.body)
			require.Equal(t, "InvalidRequest", got.code())
			require.Equal(t, says, got.message())
			require.Equal(t, c.resource, between(string(got.body), "<Resource>", "</Resource>"))
			require.Contains(t, got.header.Get("x-cosemu-diagnosis"), "bucket-no-appid", name)
		}
		head := s.send(s.signedBy(testKey(), http.MethodHead, c.host, c.target, nil))
		require.Equal(t, 400, head.status, c.host)
		require.Equal(t, "InvalidRequest", head.header.Get("x-cos-error-code"))
	}
	form := policyForm(s.clock.Now(), "").message(t)
	form.host = "examplebucket.cos.ap-guangzhou.myqcloud.com"
	got := s.send(form)
	s.requireRefused(got, "form", 400, "InvalidRequest", "")
	require.Equal(t, says, got.message())
	got = s.send(s.signedBy(testKey(), http.MethodPut, "img.example.com", "/up/a", []byte("x")))
	s.requireRefused(got, "perhaps a custom domain", 404, "NoSuchBucket", "")
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x")).status)
}

// TestSecretIDs: what no SecretId looks like has a message of its own; a known
// one with a blank is another one, wherever it came.
//
// holds: code InvalidAccessKeyId
func TestSecretIDs(t *testing.T) {
	const unknown, malformed = "The Access Key Id you provided does not exist in our records", "The access key Id format you provided is invalid."
	odd := keyring.Key{SecretID: "minio", SecretKey: testKey().SecretKey, AppID: testAppID}
	s := start(t, api.Config{Keys: []keyring.Key{testKey(), odd}})
	require.Equal(t, 200, s.send(s.signedBy(odd, http.MethodPut, testHost, "/a", nil)).status, "a configured pair may have any id")
	s.remove(testBucket, "a")
	id := testKey().SecretID
	for _, c := range []struct{ id, says string }{
		{"AKIDnobody", unknown},
		{strings.ToUpper(id), unknown},
		{id + "x", unknown},
		{"AKID-_9", unknown},
		{"XXX_ID", malformed},
		{"AKID", malformed},
		{"akid" + id[4:], malformed},
		{id + "!", malformed},
		{id + " ", malformed},
		{" " + id, malformed},
		{id[:9] + " " + id[9:], malformed},
		{id + "\t", malformed},
		{"密钥", malformed},
	} {
		key := keyring.Key{SecretID: c.id, SecretKey: testKey().SecretKey}
		m := s.signedBy(key, http.MethodPut, testHost, "/a", []byte("x"))
		if !strings.ContainsAny(c.id, "\t") {
			s.requireRefused(s.send(m), c.id, 403, "InvalidAccessKeyId", c.says)
		}
		claim := strings.NewReplacer("q-ak="+c.id, "q-ak="+escaped(c.id)).Replace(m.header.Get("Authorization"))
		for _, target := range []string{"/a?" + strings.ReplaceAll(claim, ";", "%3B"), "/a?sign=" + escaped(m.header.Get("Authorization"))} {
			s.requireRefused(s.send(&message{method: http.MethodPut, host: testHost, target: target, body: []byte("x")}), target, 403, "InvalidAccessKeyId", c.says)
		}
		s.requireNothing(testBucket, "a")
		form := policyFormBy(key, s.clock.Now(), "")
		form.set("key", "a")
		s.requireRefused(s.send(form.message(t)), "form "+c.id, 403, "InvalidAccessKeyId", c.says)
		s.requireNothing(testBucket, "a")
	}
	form := policyFormBy(testKey(), s.clock.Now(), "")
	form.set("key", "a")
	require.Equal(t, 204, s.send(form.message(t)).status, "the same form by a known id")
}

// escaped percent-encodes all that is no letter or digit.
func escaped(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
	}
	return b.String()
}

func (s *server) accelerate(status string) *answer {
	return s.do(http.MethodPut, "/?accelerate", []byte("<AccelerateConfiguration><Status>"+status+"</Status></AccelerateConfiguration>"))
}

// TestAcceleration: the acceleration host takes uploads and downloads once the
// bucket has acceleration, and never anything else.
//
// holds: call PutBucketAccelerate; call GetBucketAccelerate
// holds: code ActionAccelerateNotSupported; code BucketAccelerateNotEnabled
func TestAcceleration(t *testing.T) {
	const host, inside, service = testBucket + ".cos.accelerate.myqcloud.com", testBucket + ".cos-internal.accelerate.tencentcos.cn", "cos.accelerate.myqcloud.com"
	s := start(t, api.Config{})
	require.Equal(t, "<AccelerateConfiguration/>", string(s.do(http.MethodGet, "/?accelerate", nil).body))
	to := func(host, method, target string, header ...string) *answer {
		return s.send(s.signedBy(testKey(), method, host, target, []byte("x"), header...))
	}
	taken := func(host, prefix string, status int, code string) {
		for _, method := range []string{http.MethodPut, http.MethodGet, http.MethodHead} {
			got := to(host, method, prefix+"/a")
			require.Equal(t, status, got.status, "%s %s", method, host)
			if method != http.MethodHead {
				require.Equal(t, code, got.code(), "%s %s", method, host)
			}
		}
	}
	never := func() {
		for _, c := range [][3]string{
			{host, http.MethodDelete, "/a"},
			{host, http.MethodGet, "/"},
			{host, http.MethodPut, "/"},
			{host, http.MethodHead, "/"},
			{host, http.MethodDelete, "/"},
			{host, http.MethodPost, "/?delete"},
			{host, http.MethodPut, "/?cors"},
			{host, http.MethodGet, "/?accelerate"},
			{host, http.MethodGet, "/a?acl"},
			{host, http.MethodPut, "/?accelerate"},
			{service, http.MethodGet, "/"},
			{inside, http.MethodDelete, "/a"},
		} {
			got := to(c[0], c[1], c[2])
			require.Equal(t, 400, got.status, c)
			if c[1] != http.MethodHead {
				require.Equal(t, "ActionAccelerateNotSupported", got.code(), c)
			}
		}
		got := to(host, http.MethodPut, "/copy", "x-cos-copy-source", testHost+"/a")
		require.Equal(t, "ActionAccelerateNotSupported", got.code())
		s.requireNothing(testBucket, "copy")
	}
	for _, status := range []string{"", "Suspended"} {
		if status != "" {
			require.Equal(t, 200, s.accelerate(status).status)
		}
		taken(host, "", 400, "BucketAccelerateNotEnabled")
		taken(inside, "", 400, "BucketAccelerateNotEnabled")
		taken(service, "/"+testBucket, 400, "BucketAccelerateNotEnabled")
		s.requireNothing(testBucket, "a")
		never()
	}
	require.Equal(t, 200, s.accelerate("Enabled").status)
	require.Equal(t, "<AccelerateConfiguration><Status>Enabled</Status><Type>COS</Type></AccelerateConfiguration>",
		string(s.do(http.MethodGet, "/?accelerate", nil).body))
	taken(host, "", 200, "")
	taken(inside, "", 200, "")
	taken(service, "/"+testBucket, 200, "")
	s.requireStored(testBucket, "a", []byte("x"))
	require.Equal(t, 200, to(host, http.MethodPost, "/b?uploads").status)
	require.Equal(t, 200, to(host, http.MethodGet, "/?uploads").status)
	never()
	for _, doc := range []string{"", "<AccelerateConfiguration/>", "<AccelerateConfiguration><Status>Disabled</Status></AccelerateConfiguration>"} {
		s.requireRefused(s.do(http.MethodPut, "/?accelerate", []byte(doc)), doc, 400, "MalformedXML", "")
	}
	s.requireRefused(s.do(http.MethodDelete, "/?accelerate", nil), "DELETE", 501, "NotImplemented", "")
	taken(host, "", 200, "")
}

// TestWebsiteHosts: they take no uploads, and show no website where there is none.
//
// holds: code NoSuchWebsiteConfiguration; code MethodNotAllowed
func TestWebsiteHosts(t *testing.T) {
	s := start(t, api.Config{Domains: []string{"cos.test"}})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x")).status)
	for _, host := range []string{
		testBucket + ".cos-website.ap-guangzhou.myqcloud.com", testBucket + ".cos-website-internal.ap-guangzhou.tencentcos.cn",
		testBucket + ".cos-website.ap-guangzhou.cos.test",
	} {
		for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete} {
			got := s.send(s.signedBy(testKey(), method, host, "/b", []byte("x")))
			s.requireRefused(got, method+" "+host, 405, "MethodNotAllowed", "The method "+method+" is not allowed against this resource.")
		}
		s.requireRefused(s.send(s.signedBy(testKey(), http.MethodGet, host, "/a", nil)), host, 404, "NoSuchWebsiteConfiguration", "")
	}
	s.requireNothing(testBucket, "b")
	s.requireStored(testBucket, "a", []byte("x"))
}

// TestOtherServices: hosts of the cloud that are not COS are named, and never
// taken for a path that begins with a bucket.
func TestOtherServices(t *testing.T) {
	s := start(t, api.Config{})
	for _, host := range []string{
		testBucket + ".ci.ap-guangzhou.myqcloud.com", testBucket + ".pic.ap-guangzhou.myqcloud.com",
		testBucket + ".file.myqcloud.com", "gz.file.myqcloud.com", "ci.file.tencentcos.cn",
	} {
		for _, target := range []string{"/a", "/" + testBucket + "/a"} {
			got := s.send(s.signedBy(testKey(), http.MethodPut, host, target, []byte("x")))
			require.Equal(t, 400, got.status, host)
			require.Equal(t, "InvalidRequest", got.code(), host)
			require.Contains(t, got.message(), "not one of COS", host)
			require.NotContains(t, got.header.Get("x-cosemu-diagnosis"), "bucket-no-appid", host)
		}
	}
	s.requireNothing(testBucket, "a")
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x")).status)
}

// TestPostToAKey is no call, and stores nothing.
//
// holds: code MethodNotAllowed
func TestPostToAKey(t *testing.T) {
	s := start(t, api.Config{})
	for _, header := range [][]string{nil, {"Content-Type", "image/png"}, {"Content-Type", "multipart/form-data; boundary=x"}} {
		got := s.do(http.MethodPost, "/a.png", []byte("PNG"), header...)
		s.requireRefused(got, "POST", 405, "MethodNotAllowed", "")
		require.Contains(t, got.message(), "POST Object")
	}
	s.requireRefused(s.send(&message{method: http.MethodPost, host: testHost, target: "/a.png", body: []byte("x")}), "anonymous", 403, "AccessDenied", "")
	s.requireNothing(testBucket, "a.png")
	require.Equal(t, 200, s.do(http.MethodPost, "/a.png?append&position=0", []byte("x")).status)
}

// TestReservedSubResources: what asks for another call is refused by name, and
// never stored as an upload.
//
// holds: code NotImplemented
func TestReservedSubResources(t *testing.T) {
	s := start(t, api.Config{})
	for _, name := range []string{
		"live", "vod", "style", "symlink", "object-lock", "retention", "legal-hold", "restore", "select", "rename", "metadata",
		"website", "encryption", "inventory", "replication", "domain", "domaincertificate", "origin", "origin-protect", "hotlink",
		"notification", "quota", "image-slim", "guetzli", "hdr-image-processing", "recursive", "logging", "torrent",
	} {
		for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodGet, http.MethodDelete} {
			for _, path := range []string{"/a", "/"} {
				got := s.do(method, path+"?"+name, []byte("x"))
				require.Equal(t, 501, got.status, "%s %s?%s: %s", method, path, name, got.body)
				require.Equal(t, "NotImplemented", got.code())
				require.Contains(t, got.message(), "?"+name)
			}
		}
	}
	s.requireNothing(testBucket, "a")
	require.Equal(t, 200, s.do(http.MethodPut, "/a?alive=1&lived", []byte("x")).status, "no sub-resource")
	for _, name := range []string{"ci-process=snapshot", "image_process"} {
		s.requireRefused(s.do(http.MethodPost, "/a?"+name, nil), name, 501, "NotImplemented", "")
	}
}

// TestOtherServiceReported: `verify: report` serves what the cloud's COS would
// refuse, but a request for another service is none of COS.
func TestOtherServiceReported(t *testing.T) {
	s := start(t, api.Config{Verify: api.VerifyReport})
	for _, host := range []string{testBucket + ".ci.ap-guangzhou.myqcloud.com", testBucket + ".file.myqcloud.com"} {
		for _, method := range []string{http.MethodDelete, http.MethodPut, http.MethodGet, http.MethodPost} {
			got := s.send(&message{method: method, host: host, target: "/a"})
			require.Equal(t, "InvalidRequest", got.code(), "%s %s: %s", method, host, got.body)
			require.Contains(t, got.message(), "not one of COS")
		}
		require.Equal(t, 400, s.send(&message{method: http.MethodHead, host: host, target: "/a"}).status)
		_, err := s.store.Bucket(testBucket)
		require.NoError(t, err, "DELETE of an object must not remove its bucket")
	}
	require.Empty(t, s.stored())
	got := s.send(&message{method: http.MethodPut, host: testBucket + ".cos-website.ap-guangzhou.myqcloud.com", target: "/a", body: []byte("x")})
	require.Equal(t, 200, got.status, "the control: a refusal that can be waived is")
	require.Equal(t, "405 MethodNotAllowed", got.header.Get("x-cosemu-verdict"))
}
