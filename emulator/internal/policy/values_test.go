package policy_test

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/stretchr/testify/require"
)

func TestHTTPValues(t *testing.T) {
	query, err := url.ParseQuery("prefix=dir%2F&versionId=null&response-content-type=image%2Fjpeg&empty=")
	require.NoError(t, err)
	v := &policy.HTTPValues{
		Header: http.Header{
			"Content-Type": {"image/png"}, "X-Cos-Acl": {"private"}, "X-Cos-Storage-Class": {"STANDARD"}, "X-Cos-Forbid-Overwrite": {"true"},
			"X-Cos-Tagging": {"a=b&c=%E4%B8%AD%26&d"}, "X-Custom": {"no"},
		},
		Param: func(name string) (string, bool) {
			return query.Get(name), query.Has(name)
		},
		Host: "b-1.cos.ap-x.myqcloud.com", ContentLength: 12, IP: netip.MustParseAddr("::ffff:10.0.0.1"), TLSVersion: tls.VersionTLS12,
		Now: time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 8*3600)), Caller: &sub,
	}
	for key, want := range map[string][]string{
		policy.KeyIP: {"10.0.0.1"}, policy.KeyCurrentTime: {"2026-01-01T19:04:05Z"}, policy.KeyUIN: {"100000000002"}, policy.KeyOwnerUIN: {"100000000001"},
		policy.KeyRequestTag: {"a&b", "c&中&", "d&"}, policy.KeySecureTransport: {"true"}, policy.KeyTLSVersion: {"1.2"}, policy.KeyContentLength: {"12"},
		policy.KeyContentType: {"image/png"}, policy.KeyHost: {"b-1.cos.ap-x.myqcloud.com"}, policy.KeyStorageClass: {"STANDARD"}, policy.KeyACL: {"private"},
		policy.KeyVersionID: {"null"}, policy.KeyPrefix: {"dir/"}, policy.KeyResponseContentType: {"image/jpeg"}, "cos:x-cos-forbid-overwrite": {"true"},
	} {
		got, ok := v.Lookup(key)
		require.True(t, ok, key)
		require.Equal(t, want, got, key)
		require.True(t, policy.KnownKey(key), key)
	}
	for _, key := range []string{policy.KeyVPC, "cos:x-custom", "x-cos-acl", "cos:empty", "cos:X-Cos-Acl", ""} {
		_, ok := v.Lookup(key)
		require.False(t, ok, key)
	}
	v.Tags = []string{"e&f"}
	got, _ := v.Lookup(policy.KeyRequestTag)
	require.Equal(t, []string{"e&f"}, got)
}

// A request that has nothing lacks everything, but came without TLS.
func TestHTTPValuesOfABareRequest(t *testing.T) {
	for _, v := range []*policy.HTTPValues{{ContentLength: -1}, {ContentLength: -1, Caller: &anon}} {
		for _, key := range []string{
			policy.KeyIP, policy.KeyCurrentTime, policy.KeyUIN, policy.KeyOwnerUIN, policy.KeyRequestTag, policy.KeyVPC, policy.KeyTLSVersion,
			policy.KeyContentLength, policy.KeyContentType, policy.KeyHost, policy.KeyVersionID, policy.KeyPrefix, policy.KeyResponseContentType, policy.KeyACL,
		} {
			_, ok := v.Lookup(key)
			require.False(t, ok, key)
		}
		got, ok := v.Lookup(policy.KeySecureTransport)
		require.True(t, ok)
		require.Equal(t, []string{"false"}, got)
	}
}
