package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
)

// signRaw signs an HttpString that the test wrote itself, host and object ACL
// in the list of headers.
func signRaw(s *server, key keyring.Key, list, httpString string) string {
	now := s.clock.Now().Unix()
	times := fmt.Sprintf("%d;%d", now, now+3600)
	k := signer.NewSigningKey(key.SecretKey, times)
	return "q-sign-algorithm=sha1&q-ak=" + key.SecretID + "&q-sign-time=" + times + "&q-key-time=" + times +
		"&q-header-list=" + list + "&q-url-param-list=&q-signature=" + k.Sign(signer.StringToSign(times, httpString))
}

// TestForgedHost: what is written raw into the signed text, the host whose
// colon was not encoded, cannot hold another header.
func TestForgedHost(t *testing.T) {
	s := start(t, api.Config{})
	const target = "/" + testBucket + "/a"
	put := func(host, list, httpString string, header ...string) *answer {
		h := http.Header{"Authorization": {signRaw(s, testKey(), list, "put\n"+target+"\n\n"+httpString+"\n")}}
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return s.send(&message{method: http.MethodPut, target: target, host: host, header: h, body: []byte("x")})
	}
	private := "x-cos-acl=private"
	for _, host := range []string{"127.0.0.1:9000", "[::1]:9000", "cosemu_1.test-a:9000"} {
		require.Equal(t, 200, put(host, "host;x-cos-acl", "host="+host+"&"+private, "x-cos-acl", "private").status, "control: %s", host)
		require.Equal(t, 403, put(host, "host;x-cos-acl", "host="+host+"&"+private, "x-cos-acl", "public-read").status, "another value")
		require.Equal(t, 403, put(host, "host", "host="+host+"&"+private, "x-cos-acl", "public-read").status, "taken off the list")
		s.remove(testBucket, "a")
	}
	for _, f := range []struct{ host, signed string }{
		{"127.0.0.1:9000&x-cos-acl=private", "host=127.0.0.1:9000&x-cos-acl=private"},
		{"127.0.0.1&x-cos-acl=private:9000", "host=127.0.0.1&x-cos-acl=private:9000"},
		{"a=b:9000", "host=a=b:9000"},
		{"127.0.0.1&x-cos-acl=private", "host=127.0.0.1&x-cos-acl=private:80"}, // with a guessed port
		{"127.0.0.1:9000%26x-cos-acl%3Dprivate", "host=127.0.0.1:9000%26x-cos-acl%3Dprivate"},
		{"127.0.0.1:9000;a", "host=127.0.0.1:9000;a"},
		{"127.0.0.1:", "host=127.0.0.1:"},
		{"a:b:9000", "host=a:b:9000"},
		{"127.0.0.1:9o", "host=127.0.0.1:9o"},
	} {
		a := put(f.host, "host", f.signed, "x-cos-acl", "public-read")
		require.Contains(t, []int{400, 403}, a.status, f.host)
		require.NotEqual(t, 200, a.status)
		require.Empty(t, s.stored(), f.host)
	}
}

// withParams puts names on the list of signed parameters.
func withParams(auth, names string) string {
	return strings.Replace(auth, "q-url-param-list=", "q-url-param-list="+names, 1)
}
