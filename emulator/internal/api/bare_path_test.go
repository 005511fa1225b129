package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// TestBarePath: an SDK that is given an address sends the key alone as the
// path. Whoever forgets the alias is told of it, and never of a bucket that was
// made of the key.
func TestBarePath(t *testing.T) {
	s := start(t, api.Config{})
	const at = "127.0.0.1:9000"
	for _, target := range []string{"/hello.txt", "/photos/cat.jpg", "/photos/", "/%E7%85%A7%E7%89%87/1.jpg", "/Reports-20260101/a", "/report-20260101/a"} {
		for _, method := range []string{"PUT", "GET", "HEAD", "DELETE"} {
			a := s.send(s.signedBy(testKey(), method, at, target, nil, "Content-Type", "text/plain"))
			require.GreaterOrEqual(t, a.status, 400, target)
			require.Equal(t, "path-bucket", a.causes(), "%s %s", method, target)
			f := s.firstFinding()
			require.False(t, f.Proven, "another reading is possible: a bucket that is not there")
			require.Contains(t, f.Advice.En, "--aliases "+at+"="+testBucket, target)
			require.Contains(t, f.Advice.Zh, "--aliases "+at+"="+testBucket, target)
		}
	}
	s.requireNothing(testBucket, "hello.txt")
	s.requireNothing(testBucket, "photos/cat.jpg")

	// Without a signature it is the same mistake.
	a := s.send(&message{method: "GET", target: "/photos/cat.jpg", host: "localhost:9000"})
	require.Equal(t, 400, a.status)
	require.True(t, strings.HasPrefix(a.causes(), "path-bucket"), a.causes())
	require.Contains(t, s.firstFinding().Advice.En, "--aliases localhost:9000="+testBucket)

	// What else is wrong comes behind it.
	m := s.signedBy(testKey(), "PUT", at, "/hello.txt", []byte("hi"), "Content-Type", "text/plain")
	m.header.Set("Content-Type", "image/png")
	require.Equal(t, 400, s.send(m).status)
	require.Equal(t, "path-bucket", string(s.firstFinding().ID))

	// With the alias the very request is served.
	aliased := start(t, api.Config{Aliases: map[string]string{at: testBucket}})
	require.Equal(t, 200, aliased.send(aliased.signedBy(testKey(), "PUT", at, "/hello.txt", []byte("hello"), "Content-Type", "text/plain")).status)
	aliased.requireStored(testBucket, "hello.txt", []byte("hello"))
}

// TestBarePathIsNoOther: what has another cause is not told of aliases.
func TestBarePathIsNoOther(t *testing.T) {
	s := start(t, api.Config{})
	for _, c := range []struct{ host, target, want string }{
		{"127.0.0.1:9000", "/examplebucket/a.txt", "bucket-no-appid"},        // examplebucket-1250000000 is there
		{"127.0.0.1:9000", "/other-1250000000/a.txt", ""},                    // a bucket of this account that is not there
		{"hello.cos.ap-guangzhou.myqcloud.com", "/a.txt", "bucket-no-appid"}, // the host names the bucket
		{"cos.ap-guangzhou.myqcloud.com", "/hello/a.txt", "bucket-no-appid"}, // no alias for the cloud's own hosts
	} {
		a := s.send(s.signedBy(testKey(), http.MethodPut, c.host, c.target, []byte("hi")))
		require.GreaterOrEqual(t, a.status, 400, c.target)
		require.Equal(t, c.want, a.causes(), "%s%s", c.host, c.target)
	}
}

// TestBarePathOfARealHost: a URL of the cloud's host, sent to an address
// without its bucket, is proven to be that, and the alias makes it work.
func TestBarePathOfARealHost(t *testing.T) {
	const at = "127.0.0.1:9000"
	s := start(t, api.Config{})
	m := s.signed("PUT", "/photos/a.png", []byte("hi"))
	m.host = at
	a := s.send(m)
	require.Equal(t, 400, a.status, "there is no bucket photos")
	require.Equal(t, "host", a.causes())
	f := s.firstFinding()
	require.True(t, f.Proven)
	require.Contains(t, f.Advice.En, "--aliases "+at+"="+testBucket)
	require.Contains(t, f.Advice.Zh, "--aliases "+at+"="+testBucket)
	s.requireNothing(testBucket, "photos/a.png")

	aliased := start(t, api.Config{Aliases: map[string]string{at: testBucket}})
	require.Equal(t, 403, aliased.send(m).status, "the cloud's host is signed")
	aliased.requireNothing(testBucket, "photos/a.png")
	require.Equal(t, 200, aliased.send(aliased.signedBy(testKey(), "PUT", at, "/photos/a.png", []byte("hi"))).status, "the advice holds")
}
