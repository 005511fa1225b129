package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer"
)

// TestS3BesideJunk: what is no signature, put beside one of AWS, changes nothing
// of what the signed headers mean: a signed copy stays a copy.
func TestS3BesideJunk(t *testing.T) {
	for name, spoil := range map[string]func(*message){
		"nothing":             func(*message) {},
		"Authorization":       func(m *message) { m.header.Set("Authorization", "Bearer x") },
		"empty Authorization": func(m *message) { m.header.Set("Authorization", "") },
		"sign":                func(m *message) { m.target = strings.Replace(m.target, "?", "?sign=x&", 1) },
		"q-signature":         func(m *message) { m.target = strings.Replace(m.target, "?", "?q-signature=x&", 1) },
	} {
		for _, family := range []signer.Family{signer.AWS4, signer.AWS2} {
			s := start(t, api.Config{})
			require.Equal(t, 200, s.send(s.signed("PUT", "/source", []byte("right"))).status)
			in := bySDK(family, signer.CarrierQuery)
			in.Header.Set("X-Amz-Copy-Source", "/"+testBucket+"/source")
			m := s3Message(t, in, "")
			spoil(m)
			if name != "nothing" {
				m.body = []byte("forged")
			}
			a := s.send(m)
			if name == "nothing" {
				require.Equal(t, 200, a.status, string(a.body))
			}
			if a.status == 200 {
				s.requireStored(testBucket, "k", []byte("right"))
			} else {
				s.requireNothing(testBucket, "k")
			}
		}
	}
}

// TestS3BesideCOS: in a request that COS's own signature signs, x-amz-* headers
// have no effect, whatever stands in Authorization.
func TestS3BesideCOS(t *testing.T) {
	s := start(t, api.Config{})
	in := bySDK(signer.QSign, signer.CarrierQuery)
	m := s3Message(t, in, "x")
	m.header.Set("Authorization", "AWSx")
	m.header.Set("X-Amz-Acl", "public-read")
	require.Equal(t, 200, s.send(m).status)
	o, err := s.store.Stat(testBucket, "k")
	require.NoError(t, err)
	require.NotContains(t, o.ACL, "public-read")
}

// TestAWS2HeadersInTheURL: a Content-MD5 that moved into the URL is judged as the
// header would be.
func TestAWS2HeadersInTheURL(t *testing.T) {
	sum := md5.Sum([]byte("good"))
	digest := base64.StdEncoding.EncodeToString(sum[:])
	in := bySDK(signer.AWS2, signer.CarrierQuery)
	in.Header.Set("Content-MD5", digest)
	in.Header.Set("Content-Type", "text/plain")
	for body, status := range map[string]int{"good": 200, "evil": 400} {
		s := start(t, api.Config{})
		m := s3Message(t, in, body)
		m.header = http.Header{}
		m.target += "&content-md5=" + url.QueryEscape(digest) + "&content-type=text%2Fplain"
		a := s.send(m)
		require.Equal(t, status, a.status, "%s: %s", body, a.body)
		if status != 200 {
			s.requireNothing(testBucket, "k")
			continue
		}
		o, err := s.store.Stat(testBucket, "k")
		require.NoError(t, err)
		require.Equal(t, "Content-Type", o.Header[0].Name)
		require.Equal(t, "text/plain", o.Header[0].Value)
	}
}

// TestAWS2MergedSubresources: two sub-resources that are sent as the value of one
// would have the same text. A file name may have its "&".
func TestAWS2MergedSubresources(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.send(s.signed("PUT", "/k", []byte("kept"))).status)
	get := func(query url.Values) *message {
		in := bySDK(signer.AWS2, signer.CarrierQuery)
		in.Method, in.Query = http.MethodGet, query
		return s3Message(t, in, "")
	}
	m := get(url.Values{"response-content-disposition": {"attachment; filename=a&b.txt"}})
	require.Equal(t, 200, s.send(m).status)

	m = get(url.Values{"response-expires": {"1"}, "versionId": {"none"}})
	require.Equal(t, 404, s.send(m).status, "the version is not there")
	merged := strings.Replace(m.target, "response-expires=1&versionId=none", "response-expires=1%26versionId%3Dnone", 1)
	require.NotEqual(t, m.target, merged, "else nothing is forged")
	m.target = merged
	require.Equal(t, 403, s.send(m).status)
}
