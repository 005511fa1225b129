package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

// TestForgedPort: a port that was signed and did not arrive is no way from one
// alias to another.
func TestForgedPort(t *testing.T) {
	s := start(t, api.Config{
		Buckets: buckets(victim, second), Endpoint: local,
		Aliases: map[string]string{
			"uploads.test:80": victim, "uploads.test:443": victim, "uploads.test:9000": victim, "uploads.test": second,
			"127.0.0.1:80": victim, "127.0.0.1:9000": second, "one.test:80": victim,
		},
	})
	for _, f := range []forgery{
		{name: "custom domain, 80", signedHost: "uploads.test:80", signedPath: "/a", host: "uploads.test", target: "/a"},
		{name: "custom domain, 443", signedHost: "uploads.test:443", signedPath: "/a", host: "uploads.test", target: "/a"},
		{name: "custom domain, our port", signedHost: "uploads.test:9000", signedPath: "/a", host: "uploads.test", target: "/a"},
		{name: "custom domain, no port", signedHost: "uploads.test", signedPath: "/a", host: "uploads.test:9000", target: "/a"},
		{name: "custom domain, nobody's port", signedHost: "uploads.test", signedPath: "/a", host: "uploads.test:81", target: "/a", bucket: second, key: "a"},
		{name: "address, 80", signedHost: "127.0.0.1:80", signedPath: "/a", host: "127.0.0.1", target: "/" + second + "/a"},
		{name: "address, our port", signedHost: local, signedPath: "/a", host: "127.0.0.1", target: "/" + victim + "/a"},
		{name: "address, path style", signedHost: "127.0.0.1:80", signedPath: "/" + second + "/a", host: "127.0.0.1", target: "/" + second + "/a", bucket: second, key: "a"},
		{name: "one port", signedHost: "one.test:80", signedPath: "/a", host: "one.test", target: "/a", bucket: victim, key: "a"},
		{name: "one port, Node.js", signedHost: "one.test:80", signedPath: "/a", host: "one.test", target: "/" + victim + "/a", bucket: victim, key: "a"},
		{name: "one port, turned", signedHost: "one.test:80", signedPath: "/a", host: "one.test", target: "/" + second + "/a"},
		{name: "one port, another one signed", signedHost: "one.test:443", signedPath: "/a", host: "one.test", target: "/a"},
	} {
		t.Run(f.name, func(t *testing.T) {
			a := f.send(s)
			if f.bucket == "" {
				require.Equal(t, "SignatureDoesNotMatch", a.code())
				require.Empty(t, s.stored())
				return
			}
			require.Equal(t, 200, a.status, "%s", a.body)
			require.Equal(t, []string{f.bucket + "/" + f.key}, s.stored())
			s.remove(f.bucket, f.key)
		})
	}
}

// TestForgedPlus: a raw `+` in a parameter stands for the one character that was
// signed. In a path it is signed as a blank and is a plus in the key (choice
// 304).
func TestForgedPlus(t *testing.T) {
	s := start(t, api.Config{})
	for _, key := range []string{"a%20b", "a%2Bb"} {
		require.Equal(t, 200, s.do(http.MethodPut, "/"+key, []byte("x")).status)
	}
	list := func(signed, query string) *answer {
		h := http.Header{"Authorization": {signRaw(s, testKey(), "host", "get\n/\nprefix="+signed+"\nhost="+testHost+"\n")}}
		h.Set("Authorization", withParams(h.Get("Authorization"), "prefix"))
		return s.send(&message{method: http.MethodGet, target: "/?prefix=" + query, host: testHost, header: h})
	}
	for _, c := range []struct{ signed, query, key string }{
		{"a%2Bb", "a+b", "a+b"},
		{"a%2Bb", "a%2Bb", "a+b"},
		{"a%20b", "a+b", "a b"},
		{"a%20b", "a%20b", "a b"},
		{"a%20b", "a%2Bb", ""},
		{"a%2Bb", "a%20b", ""},
	} {
		a := list(c.signed, c.query)
		if c.key == "" {
			require.Equal(t, "SignatureDoesNotMatch", a.code(), c)
			continue
		}
		require.Contains(t, string(a.body), "<Key>"+c.key+"</Key>", c)
		require.NotContains(t, string(a.body), map[string]string{"a+b": "<Key>a b", "a b": "<Key>a+b"}[c.key], c)
	}
	plus := func(signed string) int {
		h := http.Header{"Authorization": {signRaw(s, testKey(), "host", "put\n"+signed+"\n\nhost="+testHost+"\n")}}
		return s.send(&message{method: http.MethodPut, target: "/p+q", host: testHost, header: h, body: []byte("x")}).status
	}
	require.Equal(t, 403, plus("/p+q"))
	require.Equal(t, 200, plus("/p q"))
	s.requireStored(testBucket, "p+q", []byte("x"))
}

// TestForgedToken: a token that was signed as a header is the one that counts,
// wherever it is sent.
func TestForgedToken(t *testing.T) {
	key := testKey()
	key.SecretID, key.Token, key.Expires = "AKIDtemporary0000000000000000000000", "signed-token", testTime().Add(time.Hour)
	s := start(t, api.Config{Keys: []keyring.Key{testKey(), key}})
	put := func(query string, header ...string) *answer {
		h := http.Header{"Authorization": {signRaw(s, key, "host;x-cos-security-token", "put\n/a\n\nhost="+testHost+"&x-cos-security-token=signed-token\n")}}
		for i := 0; i < len(header); i += 2 {
			h.Add(header[i], header[i+1])
		}
		return s.send(&message{method: http.MethodPut, target: "/a" + query, host: testHost, header: h, body: []byte("x")})
	}
	for _, query := range []string{
		"?x-cos-security-token=other", "?x-cos-security-token=other&x-cos-security-token=signed-token", "?token=signed-token", "",
		"?x-cos-security-token=signed-token2", "?x-cos-security-token=", "?x-cos-security-token=SIGNED-TOKEN",
	} {
		require.Equal(t, 403, put(query).status, query)
		require.Empty(t, s.stored())
	}
	require.Equal(t, 403, put("?x-cos-security-token=signed-token", "X-Cos-Security-Token", "other").status)
	require.Equal(t, 403, put("?x-cos-security-token=signed-token", "X-Cos-Security-Token", "").status)
	require.Equal(t, 403, put("", "X-Cos-Security-Token", "signed-token", "X-Cos-Security-Token", "other").status)
	require.Empty(t, s.stored())
	require.Equal(t, 200, put("?x-cos-security-token=signed-token").status, "control")
	require.Equal(t, 200, put("", "X-Cos-Security-Token", "signed-token").status, "control")
}

// TestForgedForm: the field Signature of a form that is signed for `POST /`
// names no bucket either.
func TestForgedForm(t *testing.T) {
	post := func(s *server, target string) *answer {
		f := &webForm{file: "x", fields: [][2]string{
			{"key", "a"}, {"Signature", signRaw(s, testKey(), "host", "post\n/\n\nhost=127.0.0.1%3A9000\n")},
		}}
		m := f.message(t)
		m.host, m.target = local, target
		return s.send(m)
	}
	s := start(t, api.Config{Buckets: buckets(victim, second), Aliases: map[string]string{local: victim}})
	require.Equal(t, 403, post(s, "/"+second).status)
	require.Equal(t, 403, post(s, "/"+second+"/").status)
	require.Empty(t, s.stored())
	require.Equal(t, 204, post(s, "/").status)
	require.Equal(t, 204, post(s, "/"+victim).status)
	require.Equal(t, []string{victim + "/a"}, s.stored())

	s = start(t, api.Config{Buckets: buckets(victim, second)})
	require.Equal(t, 403, post(s, "/"+victim).status)
	require.Equal(t, 403, post(s, "/"+second).status)
	require.Empty(t, s.stored())

	s = start(t, api.Config{Buckets: buckets(victim)})
	require.Equal(t, 204, post(s, "/"+victim+"/").status)
}

// TestSTSAtAlias: an address that stands for a bucket goes on answering for STS,
// as a custom domain does not.
func TestSTSAtAlias(t *testing.T) {
	s := start(t, api.Config{Aliases: map[string]string{local: testBucket, "uploads.test": testBucket}})
	a := s.send(s.stsMessage(testKey(), local, nil))
	require.Contains(t, string(a.body), "TmpSecretId")
	a = s.send(s.stsMessage(testKey(), "uploads.test", nil))
	require.NotContains(t, string(a.body), "TmpSecretId")
	require.NotEmpty(t, a.code(), "it is a request for COS")
}
