package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// onLoopback is the server as a listener on loopback alone serves it.
func onLoopback(t *testing.T, cfg api.Config) *server {
	t.Helper()
	s := start(t, cfg)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	serveAlso(t, l, s.e.Loopback())
	s.addr = l.Addr().String()
	return s
}

// TestHostOnLoopback: on a listener that only this machine reaches, a host name
// that anybody can make resolve to it is refused, whatever the request.
func TestHostOnLoopback(t *testing.T) {
	s := onLoopback(t, api.Config{
		Domains: []string{"cos.test"}, Aliases: map[string]string{"uploads.test": testBucket}, Endpoint: "127.0.0.1:9000",
	})
	require.Equal(t, 200, s.accelerate("Enabled").status)
	for _, ours := range []string{
		testHost, testBucket + ".cos." + testRegion + ".tencentcos.cn", testBucket + ".cos.accelerate.myqcloud.com",
		"uploads.test", "uploads.test:9000", testBucket + ".cos.test:9000",
	} {
		require.Equal(t, 200, s.send(s.signedBy(testKey(), http.MethodPut, ours, "/k", []byte("hello"))).status, ours)
		s.requireStored(testBucket, "k", []byte("hello"))
		s.remove(testBucket, "k")
	}
	for _, ours := range []string{"127.0.0.1:9000", "127.0.0.1", "[::1]:9000", "192.168.1.5", "localhost:9000", "LOCALHOST.", "cos.test", "cos." + testRegion + ".myqcloud.com"} {
		require.Equal(t, 200, s.send(s.signedBy(testKey(), http.MethodPut, ours, "/"+testBucket+"/k", []byte("hello"))).status, ours)
		s.requireStored(testBucket, "k", []byte("hello"))
		s.remove(testBucket, "k")
	}
	// Below localhost nobody else has names, configured or not.
	require.NotContains(t, s.send(&message{method: http.MethodGet, host: "a.localhost", target: "/"}).message(), "--aliases")
	require.Equal(t, 200, s.do(http.MethodPut, "/kept", []byte("kept")).status)
	for _, foreign := range []string{
		"evil.example", "evil.example:9000", "localhost.evil.example", "127.0.0.1.evil.example", "cosemu:9000", "myqcloud.com.evil.example",
		"xmyqcloud.com", "uploads.test.evil.example", "evillocalhost",
	} {
		path := "/" + testBucket
		for _, m := range []*message{
			s.signedBy(testKey(), http.MethodPut, foreign, path+"/k", []byte("hello")),
			s.signedBy(testKey(), http.MethodGet, foreign, path+"/kept", nil),
			s.signedBy(testKey(), http.MethodDelete, foreign, path+"/kept", nil),
			{method: http.MethodOptions, host: foreign, target: path + "/kept", header: http.Header{"Origin": {"http://" + foreign}}},
			{method: http.MethodPost, host: foreign, target: "/", body: []byte("Action=GetCallerIdentity"), header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}},
			{method: http.MethodGet, host: foreign, target: "http://" + foreign + path + "/kept"},
		} {
			got := s.send(m)
			if strings.HasPrefix(m.target, "http") && !strings.HasSuffix(foreign, ":9000") { // to a proxy, of somebody else's
				require.Equal(t, 501, got.status, "%s %s", m.method, m.target)
				continue
			}
			s.requireRefused(got, m.method+" "+foreign, 403, "AccessDenied", "")
			require.Equal(t, "host", got.header.Get("X-Cosemu-Diagnosis"))
			entry := s.latest()
			require.Equal(t, []string{"host"}, entry.Diagnosis)
			f := entry.Finding.Findings[0]
			for _, text := range []string{got.message(), f.Advice.En, f.Advice.Zh} {
				require.Contains(t, text, "--aliases")
				require.Contains(t, text, "--domains")
			}
		}
	}
	s.requireNothing(testBucket, "k")
	s.requireStored(testBucket, "kept", []byte("kept"))
}

// TestHostElsewhere: a listener that others reach takes every name, such as that
// of a container.
func TestHostElsewhere(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.send(s.signedBy(testKey(), http.MethodPut, "cosemu:9000", "/"+testBucket+"/k", []byte("hello"))).status)
	s.requireStored(testBucket, "k", []byte("hello"))
}

// fromPage is the request as a browser sends it for a page.
func (m *message) fromPage(site, mode string) *message {
	out := *m
	out.header = m.header.Clone()
	if out.header == nil {
		out.header = http.Header{}
	}
	out.header.Set("Sec-Fetch-Site", site)
	out.header.Set("Sec-Fetch-Mode", mode)
	out.header.Set("Origin", "https://evil.example")
	return &out
}

// TestPageOfAnotherSite: what a page of another site can have sent without being
// asked is a POST Object and nothing else.
func TestPageOfAnotherSite(t *testing.T) {
	s := start(t, api.Config{})
	deletion := []byte("<Delete><Object><Key>kept</Key></Object></Delete>")
	put := func() {
		t.Helper()
		require.Equal(t, 200, s.do(http.MethodPut, "/kept", []byte("kept")).status)
		require.Equal(t, 200, s.do(http.MethodPut, "/image.png", []byte("png")).status)
	}
	put()
	sum := md5.Sum(deletion)
	del := s.signed(http.MethodPost, "/?delete", deletion, "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	appended := s.signed(http.MethodPost, "/log?append&position=0", []byte("line"))
	initiate := s.signed(http.MethodPost, "/big?uploads", nil)
	get := s.signed(http.MethodGet, "/kept", nil)
	federate := &message{
		method: http.MethodPost, host: "127.0.0.1:9000", target: "/", body: []byte("Action=GetFederationToken"),
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	}
	for _, c := range []struct {
		name string
		m    *message
		mode string
	}{
		{"delete by a form", del, "navigate"},
		{"delete by a form in a frame", del, "nested-navigate"},
		{"delete by fetch", del, "no-cors"},
		{"delete by fetch with CORS", del, "cors"},
		{"append by a form", appended, "navigate"},
		{"append by fetch", appended, "no-cors"},
		{"initiate by a form", initiate, "navigate"},
		{"a link", get, "navigate"},
		{"no mode", del, ""},
		{"STS by a form", federate, "navigate"},
		{"STS by fetch", federate, "no-cors"},
		{"STS by fetch with CORS", federate, "cors"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.send(c.m.fromPage("cross-site", c.mode))
			s.requireRefused(got, c.name, 403, "AccessDenied", "")
			require.Equal(t, "cross-site", got.header.Get("X-Cosemu-Diagnosis"))
			require.Equal(t, []string{"cross-site"}, s.latest().Diagnosis)
			s.requireStored(testBucket, "kept", []byte("kept"))
			s.requireNothing(testBucket, "log")
		})
	}
	require.Equal(t, 200, s.send(get.fromPage("cross-site", "no-cors")).status, "an image in a page")
	require.Equal(t, 200, s.send(get.fromPage("cross-site", "cors")).status, "a fetch: whether the page sees it is for the CORS rules")
	for _, site := range []string{"none", "same-origin", "same-site"} {
		for _, m := range []*message{get, appended, del} {
			require.Equal(t, 200, s.send(m.fromPage(site, "navigate")).status, "%s %s", site, m.target)
		}
		s.remove(testBucket, "log")
		put()
	}
	// POST Object is for pages of other sites.
	form := policyForm(testTime(), formConditions)
	form.set("key", "up/by-form")
	for _, mode := range []string{"navigate", "no-cors", "cors"} {
		got := s.send(form.message(t).fromPage("cross-site", mode))
		require.Equal(t, 204, got.status, "%s: %s", mode, got.body)
		s.requireStored(testBucket, "up/by-form", []byte(sampleBody))
		s.remove(testBucket, "up/by-form")
	}
	// With a CORS rule for it a page may do what the rule says.
	require.NoError(t, s.store.PutConfig(testBucket, "cors", []byte(
		`<CORSConfiguration><CORSRule><AllowedOrigin>https://evil.example</AllowedOrigin><AllowedMethod>POST</AllowedMethod></CORSRule></CORSConfiguration>`)))
	require.Equal(t, 200, s.send(del.fromPage("cross-site", "cors")).status)
	put()
	require.Equal(t, 403, s.send(del.fromPage("cross-site", "navigate")).status)
	s.requireStored(testBucket, "kept", []byte("kept"))
}

// TestPageUnderReport: what protects cosemu itself holds in every mode.
func TestPageUnderReport(t *testing.T) {
	s := start(t, api.Config{Verify: api.VerifyReport})
	m := s.signed(http.MethodPost, "/log?append&position=0", []byte("line"))
	require.Equal(t, 403, s.send(m.fromPage("cross-site", "navigate")).status)
	s.requireNothing(testBucket, "log")
	require.Equal(t, 200, s.send(m).status)
}
