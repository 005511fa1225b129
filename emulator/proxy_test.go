package emulator_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator"
)

// TestProxy: what a program with a proxy setting sends is served where it is
// for a host of ours, refused by name elsewhere, and forwarded nowhere.
func TestProxy(t *testing.T) {
	s := start(t, emulator.Config{Domains: []string{"cos.test"}, Aliases: map[string]string{"uploads.test": testBucket}})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("here")).status)
	for _, host := range []string{testHost, "uploads.test", testBucket + ".cos.test"} {
		m := s.signedBy(testKey(), http.MethodGet, host, "/a", nil)
		m.target = "http://" + host + m.target
		got := s.send(m)
		require.Equal(t, 200, got.status, "%s: %s", host, got.body)
		require.Equal(t, "here", string(got.body))
	}
	for _, m := range []*message{
		{method: http.MethodGet, host: "www.example.com", target: "http://www.example.com/" + testBucket + "/a"},
		{method: http.MethodPut, host: "cos.test.example.com", target: "http://cos.test.example.com/a", body: []byte("x")},
		{method: http.MethodConnect, host: testHost + ":443", target: testHost + ":443"},
	} {
		got := s.send(m)
		s.requireRefused(got, m.target, 501, "NotImplemented", "")
		requireCommonHeaders(t, got)
	}
	s.requireStored(testBucket, "a", []byte("here"))
}
