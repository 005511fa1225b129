package control

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// TestS3Entry: a request that is signed the S3 way is shown with what was signed,
// and explained like any other.
func TestS3Entry(t *testing.T) {
	r := start(t, Options{})
	p := r.presign(`{"bucket":"` + testBucket + `","key":"s3/a b","s3":true}`)
	require.Contains(t, p.Curl, "X-Amz-Signature=")
	a := put(t, p.URL)
	require.Equal(t, http.StatusOK, a.status)
	r.settled(a)
	latest := func() entry {
		var list struct {
			Requests []entry
			Last     uint64
		}
		r.call("GET", "/api/v1/requests?limit=1", "").want(t, http.StatusOK, &list)
		require.Len(t, list.Requests, 1)
		return list.Requests[0]
	}
	s := latest().Signature
	require.Equal(t, "AWS4", s.Family)
	require.Equal(t, "AWS4-HMAC-SHA256", s.Algorithm)
	require.Equal(t, "query", s.Carrier)
	require.Equal(t, "UNSIGNED-PAYLOAD", s.Payload)
	require.True(t, strings.HasSuffix(s.Scope, "/ap-guangzhou/s3/aws4_request"), s.Scope)
	require.True(t, strings.HasPrefix(s.HTTPString, "PUT\n/"+testBucket+"/s3/a%20b\n"), s.HTTPString)
	require.True(t, strings.HasPrefix(s.StringToSign, "AWS4-HMAC-SHA256\n"), s.StringToSign)

	broken := strings.Replace(p.URL, "a%20b", "c", 1)
	require.Equal(t, http.StatusForbidden, put(t, broken).status)
	for url, status := range map[string]int{p.URL: 200, broken: 403} {
		body, err := json.Marshal(map[string]any{"method": "PUT", "url": url, "headers": map[string]string{}})
		require.NoError(t, err)
		var x Explanation
		r.call("POST", "/api/v1/explain", string(body)).want(t, http.StatusOK, &x)
		require.Equal(t, status, x.Request.Status, url)
	}
	r.call("POST", "/api/v1/presign", `{"bucket":"`+testBucket+`","key":"a","s3":true,"expires":"8d"}`).wantProblem(t, http.StatusUnprocessableEntity)

	in := signer.PresignInput{
		Credentials: signer.Credentials{SecretID: testID, SecretKey: testSecret}, Method: http.MethodPut, Family: signer.AWS4, Carrier: signer.CarrierHeader, Scheme: "http",
		Host: r.api, Bucket: testBucket, PathStyle: true, Region: "ap-guangzhou", Key: "h", Start: startTime(), Expires: time.Hour,
	}
	signed, err := signer.Presign(in)
	require.NoError(t, err)
	a = put(t, signed.URL, "Authorization", signed.Header.Get("Authorization"),
		"X-Amz-Date", signed.Header.Get("X-Amz-Date"), "X-Amz-Content-Sha256", signed.Header.Get("X-Amz-Content-Sha256"))
	require.Equal(t, http.StatusOK, a.status)
	r.settled(a)
	curl := latest().Request.Curl
	require.Contains(t, curl, signed.Header.Get("Authorization"), "the line sends the same signature")
}
