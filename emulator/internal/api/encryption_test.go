package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// TestCustomerKeys: a key of the client's own is never passed over, whichever of
// its headers are there and whatever carries them; nothing is stored in clear.
//
// holds: header x-cos-server-side-encryption-customer-algorithm; header x-cos-server-side-encryption-customer-key
// holds: header x-cos-server-side-encryption-customer-key-md5; header x-cos-server-side-encryption-cos-kms-key-id
// holds: header x-cos-server-side-encryption-context; header x-cos-copy-source-server-side-encryption-customer-algorithm
// holds: header x-cos-copy-source-server-side-encryption-customer-key; header x-cos-copy-source-server-side-encryption-customer-key-md5
// holds: code NotImplemented; code InvalidArgument; code SSEContentNotSupported; code SsecDecryptHeaderInvalid
func TestCustomerKeys(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/source", []byte("x")).status)
	id := s.initiate("parts")
	secret := []byte("0123456789abcdef0123456789abcdef")
	sum := md5.Sum(secret)
	const prefix = "x-cos-server-side-encryption-customer-"
	algorithm := []string{prefix + "algorithm", "AES256"}
	key := []string{prefix + "key", base64.StdEncoding.EncodeToString(secret)}
	digest := []string{prefix + "key-MD5", base64.StdEncoding.EncodeToString(sum[:])}
	for _, c := range []struct {
		name   string
		header []string
		status int
		code   string
	}{
		{"all three", slices.Concat(algorithm, key, digest), 501, "NotImplemented"},
		{"the algorithm", algorithm, 501, "NotImplemented"},
		{"the key", key, 400, "InvalidArgument"},
		{"the MD5", digest, 400, "InvalidArgument"},
		{"no algorithm", slices.Concat(key, digest), 400, "InvalidArgument"},
		{"no key", slices.Concat(algorithm, digest), 400, "InvalidArgument"},
		{"no MD5", slices.Concat(algorithm, key), 400, "InvalidArgument"},
		{"an empty one before the key", slices.Concat([]string{prefix + "key", ""}, key), 400, "InvalidArgument"},
		{"another algorithm", slices.Concat([]string{prefix + "algorithm", "AES128"}, key, digest), 400, "SSEContentNotSupported"},
		{"a short key", slices.Concat(algorithm, []string{prefix + "key", "c2hvcnQ="}, digest), 400, "InvalidArgument"},
		{"another MD5", slices.Concat(algorithm, key, []string{prefix + "key-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="}), 400, "InvalidArgument"},
	} {
		if c.name != "an empty one before the key" { // a form has the first of each field alone
			f := policyForm(testTime(), "")
			f.set("key", "dst")
			for i := 0; i < len(c.header); i += 2 {
				f.set(c.header[i], c.header[i+1])
			}
			got := s.send(f.message(t))
			s.requireRefused(got, "form: "+c.name, c.status, c.code, "")
		}
		for carrier, call := range map[string][2]string{
			"put": {"PUT", "/dst"}, "append": {"POST", "/dst?append&position=0"}, "initiate": {"POST", "/dst?uploads"},
			"part": {"PUT", "/parts?partNumber=1&uploadId=" + id}, "copy": {"PUT", "/dst"}, "part copy": {"PUT", "/parts?partNumber=1&uploadId=" + id},
		} {
			header, body := slices.Clone(c.header), []byte("x")
			if strings.HasSuffix(carrier, "copy") {
				header, body = append(header, "x-cos-copy-source", testHost+"/source"), nil
			}
			s.requireRefused(s.do(call[0], call[1], body, header...), carrier+": "+c.name, c.status, c.code, "")
			if body != nil {
				continue
			}
			for i := 0; i < len(header); i += 2 { // the same of the source
				header[i] = strings.Replace(header[i], "x-cos-server", "x-cos-copy-source-server", 1)
			}
			want := c.code
			if c.status == 400 {
				want = "SsecDecryptHeaderInvalid"
			}
			s.requireRefused(s.do(call[0], call[1], nil, header...), "source, "+carrier+": "+c.name, c.status, want, "")
		}
		s.requireNothing(testBucket, "dst")
		s.requireParts("parts", id)
	}
	s.requireRefused(s.do(http.MethodPut, "/dst", []byte("x"), "x-cos-server-side-encryption-cos-kms-key-id", "k"), "KMS key alone", 400, "InvalidArgument", "")
	s.requireRefused(s.do(http.MethodPut, "/dst", []byte("x"), "x-cos-server-side-encryption-context", "e30="), "KMS context alone", 400, "InvalidArgument", "")
	s.requireNothing(testBucket, "dst")
	require.Equal(t, 200, s.do(http.MethodPut, "/dst", []byte("x"), prefix+"key", "").status, "the control: an empty header is none")
	require.Equal(t, 200, s.do(http.MethodPut, "/copy", nil, "x-cos-copy-source", testHost+"/source").status)
}
