package clients

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"
)

// spoiler changes each request behind the client that signed it.
type spoiler struct {
	next  http.RoundTripper
	spoil func(*http.Request, []byte) []byte // gets the body and returns another one
}

func (s spoiler) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		_ = req.Body.Close()
	}
	req = req.Clone(req.Context())
	body = s.spoil(req, body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	return s.next.RoundTrip(req)
}

// headerSigners upload a body with a client that signs in a header.
func (e endpoint) headerSigners() map[string]func(t *testing.T, c credential, rt http.RoundTripper, key string, body []byte) error {
	type put = func(t *testing.T, c credential, rt http.RoundTripper, key string, body []byte) error
	byMinio := func(version string) put {
		return func(t *testing.T, c credential, rt http.RoundTripper, key string, body []byte) error {
			client := e.minio(t, minioSigners()[version](c), func(_ *string, o *minio.Options) { o.Transport = rt })
			_, err := client.PutObject(t.Context(), e.Bucket, key, bytes.NewReader(body), int64(len(body)), minio.PutObjectOptions{
				UserMetadata: map[string]string{"Run": "7"}, SendContentMd5: true,
			})
			return err
		}
	}
	return map[string]put{
		"aws": func(t *testing.T, c credential, rt http.RoundTripper, key string, body []byte) error {
			// Its second try would correct its clock.
			once := func(o *s3.Options) { o.RetryMaxAttempts = 1 }
			_, err := e.aws(t, c, over(rt), once).PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: &e.Bucket, Key: &key, Body: bytes.NewReader(body), Metadata: map[string]string{"run": "7"},
			})
			return err
		},
		"minio V4": byMinio("V4"),
		"minio V2": byMinio("V2"),
	}
}

// TestRefused changes what a client signed in a header, on its way. Each change is refused and stores
// nothing, and the request as it was signed is stored beside it.
func TestRefused(t *testing.T) {
	e := theEndpoint(t)
	const mismatch = "SignatureDoesNotMatch"
	header := func(name, value string) func(*http.Request, []byte) []byte {
		return func(r *http.Request, b []byte) []byte {
			r.Header.Set(name, value)
			return b
		}
	}
	replace := func(old, with string) func(*http.Request, []byte) []byte {
		expr := regexp.MustCompile(old)
		return func(r *http.Request, b []byte) []byte {
			r.Header.Set("Authorization", expr.ReplaceAllString(r.Header.Get("Authorization"), with))
			return b
		}
	}
	flip := func(old, with string) func(*http.Request, []byte) []byte {
		return func(_ *http.Request, b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(with), 1) }
	}
	spoiled := map[string]struct {
		spoil       func(*http.Request, []byte) []byte
		aws, v4, v2 string // the code; "" where the client sends nothing of the kind
	}{
		"key":       {spoil: func(r *http.Request, b []byte) []byte { r.URL.Path += "x"; return b }, aws: mismatch, v4: mismatch, v2: mismatch},
		"parameter": {spoil: func(r *http.Request, b []byte) []byte { r.URL.RawQuery = "response-content-type=a"; return b }, aws: mismatch, v4: mismatch, v2: mismatch},
		"metadata":  {spoil: header("x-amz-meta-run", "8"), aws: mismatch, v4: mismatch, v2: mismatch},
		"an ACL":    {spoil: header("x-amz-acl", "public-read"), aws: "AccessDenied", v4: "AccessDenied", v2: mismatch},
		"COS's ACL": {spoil: header("x-cos-acl", "public-read"), aws: "AccessDenied", v4: "AccessDenied", v2: "AccessDenied"},
		"key id":    {spoil: replace(e.Key.ID, "AKIDnobodyHasThis0000000000000000000"), aws: "InvalidAccessKeyId", v4: "InvalidAccessKeyId", v2: "InvalidAccessKeyId"},
		"digit":     {spoil: replace("[0-9a-f]{8}$", "00000000"), aws: mismatch, v4: mismatch},
		"V2 digits": {spoil: replace("(AWS [^:]*:).{4}", "${1}AAAA"), v2: mismatch},
		"body":      {spoil: flip("line 2", "line X"), aws: "XAmzContentSHA256Mismatch", v4: mismatch, v2: "BadDigest"},
		"chunk's signature": {
			spoil: func(_ *http.Request, b []byte) []byte {
				return regexp.MustCompile("chunk-signature=.{8}").ReplaceAll(b, []byte("chunk-signature=00000000"))
			}, v4: mismatch,
		},
		"decoded length": {spoil: header("x-amz-decoded-content-length", "7"), v4: mismatch},
		"payload":        {spoil: header("x-amz-content-sha256", "UNSIGNED-PAYLOAD"), aws: mismatch, v4: mismatch},
	}
	body := []byte("line 1\n" + strings.Repeat("line 2\n", 20_000))
	for name, put := range e.headerSigners() {
		t.Run(name, func(t *testing.T) {
			key := "refused in header/" + name
			for what, c := range spoiled {
				code := map[string]string{"aws": c.aws, "minio V4": c.v4, "minio V2": c.v2}[name]
				if code == "" {
					continue
				}
				t.Run(what, func(t *testing.T) {
					refused(t, put(t, e.Key, spoiler{e.transport(t), c.spoil}, key, body), status(code), code)
					e.notStored(t, key)
					e.notStored(t, key+"x")
				})
			}
			wrong := e.Key
			wrong.Secret += "x"
			refused(t, put(t, wrong, e.transport(t), key, body), http.StatusForbidden, mismatch)
			e.notStored(t, key)
			for _, off := range []time.Duration{20 * time.Minute, -20 * time.Minute} {
				t.Run(off.String(), func(t *testing.T) {
					e.clock(t, off)
					refused(t, put(t, e.Key, e.transport(t), key, body), http.StatusForbidden, "RequestTimeTooSkewed")
				})
				e.notStored(t, key)
			}
			same := func(_ *http.Request, b []byte) []byte { return b }
			require.NoError(t, put(t, e.Key, spoiler{e.transport(t), same}, key, body), "control")
			e.stored(t, key, body)
		})
	}
}

// status is that of a code.
func status(code string) int {
	switch code {
	case "InvalidArgument", "BadDigest", "XAmzContentSHA256Mismatch":
		return http.StatusBadRequest
	}
	return http.StatusForbidden
}
