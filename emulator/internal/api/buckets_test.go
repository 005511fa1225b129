package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/storage"
)

// holds: call PutBucket; call HeadBucket; call DeleteBucket; answer x-cos-bucket-region; code BucketAlreadyOwnedByYou; code BucketNotEmpty
func TestBucketLife(t *testing.T) {
	s := start(t, api.Config{})
	const name = "fresh-1250000000"
	host := name + ".cos.ap-shanghai.myqcloud.com"
	ask := func(method string) *answer {
		t.Helper()
		return s.send(s.signedBy(testKey(), method, host, "/", nil))
	}
	require.Equal(t, 404, ask(http.MethodHead).status)
	require.Equal(t, 200, ask(http.MethodPut).status)
	again := ask(http.MethodPut)
	s.requireRefused(again, "again", 409, "BucketAlreadyOwnedByYou", "")
	head := ask(http.MethodHead)
	require.Equal(t, 200, head.status)
	require.Equal(t, "ap-shanghai", head.header.Get("X-Cos-Bucket-Region"))

	put := s.send(s.signedBy(testKey(), http.MethodPut, host, "/a", []byte("x")))
	require.Equal(t, 200, put.status)
	s.requireRefused(ask(http.MethodDelete), "not empty", 409, "BucketNotEmpty", "")
	s.requireStored(name, "a", []byte("x"))
	require.Equal(t, 204, s.send(s.signedBy(testKey(), http.MethodDelete, host, "/a", nil)).status)
	require.Equal(t, 204, ask(http.MethodDelete).status)
	_, err := s.store.Bucket(name)
	require.ErrorIs(t, err, storage.ErrNoBucket)
}

// TestBucketRefused: each wrong creation beside the right one.
//
// holds: code InvalidBucketName; code BucketNameTooLong; code AccessDenied
func TestBucketRefused(t *testing.T) {
	s := start(t, api.Config{})
	for _, c := range []struct {
		name, bucket string
		status       int
		code         string
	}{
		{"control", "good-1250000000", 200, ""},
		{"another account's", "good-1300000001", 403, "AccessDenied"},
		{"no name", "Bad_Name-1250000000", 400, "InvalidBucketName"},
		{"too long", "a-name-that-is-far-too-long-to-fit-into-a-host-name-of-sixty-1250000000", 400, "BucketNameTooLong"},
	} {
		m := s.signedBy(testKey(), http.MethodPut, s.addr, "/"+c.bucket, nil)
		got := s.send(m)
		require.Equal(t, c.status, got.status, "%s: %s", c.name, got.body)
		require.Equal(t, c.code, got.code(), c.name)
	}
	anonymous := s.send(&message{method: http.MethodPut, host: "anon-1250000000.cos.ap-guangzhou.myqcloud.com", target: "/"})
	s.requireRefused(anonymous, "anonymous", 403, "AccessDenied", "Access Denied.")
	buckets, err := s.e.Buckets()
	require.NoError(t, err)
	require.Len(t, buckets, 2, "the configured one and the control")
}

// TestAddressing reaches one object by every form of address.
//
// holds: code NoSuchBucket
func TestAddressing(t *testing.T) {
	s := start(t, api.Config{
		Domains: []string{"localhost", "cos.test"},
		Aliases: map[string]string{"uploads.test": testBucket},
	})
	require.Equal(t, 200, s.do(http.MethodPut, "/dir/a.txt", []byte("here")).status)
	for _, c := range []struct{ host, target string }{
		{testHost, "/dir/a.txt"},
		{testHost, "/dir%2Fa.txt"},
		{testBucket + ".cos.ap-guangzhou.tencentcos.cn", "/dir/a.txt"},
		{testBucket + ".cos-internal.ap-guangzhou.tencentcos.cn", "/dir/a.txt"},
		{testBucket + ".cos-dualstack.ap-guangzhou.myqcloud.com", "/dir/a.txt"},
		{"cos.ap-guangzhou.myqcloud.com", "/" + testBucket + "/dir/a.txt"},
		{s.addr, "/" + testBucket + "/dir/a.txt"},
		{"localhost:9000", "/" + testBucket + "/dir/a.txt"},
		{testBucket + ".localhost:9000", "/dir/a.txt"},
		{testBucket + ".cos.ap-guangzhou.cos.test", "/dir/a.txt"},
		{"uploads.test", "/dir/a.txt"},
		{"some-container:9000", "/" + testBucket + "/dir/a.txt"},
	} {
		got := s.send(s.signedBy(testKey(), http.MethodGet, c.host, c.target, nil))
		require.Equal(t, 200, got.status, "%s %s: %s", c.host, c.target, got.body)
		require.Equal(t, "here", string(got.body), c.host)
	}
	for _, host := range []string{
		testBucket + ".cos.ap-shanghai.myqcloud.com",        // not in that region
		"nobucket-1250000000.cos.ap-guangzhou.myqcloud.com", // nowhere
	} {
		got := s.send(s.signedBy(testKey(), http.MethodGet, host, "/dir/a.txt", nil))
		s.requireRefused(got, host, 404, "NoSuchBucket", "The specified bucket does not exist.")
	}
}

// TestAnonymous: what each canned ACL opens to requests without a signature.
//
// holds: code AccessDenied
func TestAnonymous(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{
		{Name: testBucket},
		{Name: "open-1250000000", ACL: api.ACLPublicRead},
		{Name: "wide-1250000000", ACL: api.ACLPublicReadWrite},
	}})
	for bucket, want := range map[string]struct{ get, put, del int }{
		testBucket:        {403, 403, 403},
		"open-1250000000": {200, 403, 403},
		"wide-1250000000": {200, 200, 204},
	} {
		host := bucket + ".cos.ap-guangzhou.myqcloud.com"
		require.Equal(t, 200, s.send(s.signedBy(testKey(), http.MethodPut, host, "/a", []byte("mine"))).status)
		bare := func(method, target string, body []byte) int {
			t.Helper()
			got := s.send(&message{method: method, host: host, target: target, body: body})
			if got.status == 403 {
				s.requireRefused(got, method, 403, "AccessDenied", "Access Denied.")
			}
			return got.status
		}
		require.Equal(t, want.get, bare(http.MethodGet, "/a", nil), bucket)
		require.Equal(t, want.get, bare(http.MethodGet, "/", nil), bucket)
		require.Equal(t, want.put, bare(http.MethodPut, "/b", []byte("theirs")), bucket)
		if want.put != 200 {
			s.requireNothing(bucket, "b")
		}
		require.Equal(t, want.del, bare(http.MethodDelete, "/a", nil), bucket)
		if want.del != 204 {
			s.requireStored(bucket, "a", []byte("mine"))
		}
	}
}

// TestSignedOnPublic: a signature that is there is judged, though nobody
// needed one.
func TestSignedOnPublic(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, ACL: api.ACLPublicRead}}})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x")).status)
	m := s.signed(http.MethodGet, "/a", nil)
	require.Equal(t, 200, s.send(m).status)
	s.clock.Advance(2 * 3600e9)
	s.requireRefused(s.send(m), "expired", 403, "AccessDenied", "Request has expired")
	require.Equal(t, 200, s.send(&message{method: http.MethodGet, host: testHost, target: "/a"}).status)
}
