package clients

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"
)

// signed is a pre-signed PUT, as it is given to an uploader.
type signed struct {
	url    *url.URL
	header http.Header
	body   string
	method string
}

// A presigner makes a URL for a PUT of key, with the Content-Type image/png where its signature
// covers a header.
type presigner struct {
	name    string
	v4      bool
	presign func(t *testing.T, c credential, key string) signed
}

func (e endpoint) presigners() []presigner {
	parse := func(t *testing.T, raw string) *url.URL {
		u, err := url.Parse(raw)
		require.NoError(t, err)
		return u
	}
	byAWS := func(change ...func(*s3.Options)) func(*testing.T, credential, string) signed {
		return func(t *testing.T, c credential, key string) signed {
			p, err := s3.NewPresignClient(e.aws(t, c, change...), s3.WithPresignExpires(time.Hour)).PresignPutObject(t.Context(),
				&s3.PutObjectInput{Bucket: &e.Bucket, Key: &key, ContentType: aws.String("image/png")})
			require.NoError(t, err)
			p.SignedHeader.Del("Host")
			return signed{url: parse(t, p.URL), header: p.SignedHeader}
		}
	}
	byMinio := func(change ...func(*string, *minio.Options)) func(*testing.T, credential, string) signed {
		return func(t *testing.T, c credential, key string) signed {
			h := http.Header{"Content-Type": {"image/png"}}
			u, err := e.minio(t, signV4(c), change...).PresignHeader(t.Context(), http.MethodPut, e.Bucket, key, time.Hour, nil, h)
			require.NoError(t, err)
			return signed{url: u, header: h}
		}
	}
	byMinioV2 := func(change ...func(*string, *minio.Options)) func(*testing.T, credential, string) signed {
		return func(t *testing.T, c credential, key string) signed {
			u, err := e.minio(t, signV2(c), change...).PresignedPutObject(t.Context(), e.Bucket, key, time.Hour)
			require.NoError(t, err)
			return signed{url: u, header: http.Header{}} // it covers a Content-Type, too: none
		}
	}
	inPath := func(host *string, o *minio.Options) { *host, o.BucketLookup = e.API, minio.BucketLookupPath }
	return []presigner{
		{"aws", true, byAWS()},
		{"aws path", true, byAWS(e.atAddress)},
		{"minio V4", true, byMinio()},
		{"minio V4 path", true, byMinio(inPath)},
		{"minio V2", false, byMinioV2()},
		{"minio V2 path", false, byMinioV2(inPath)},
	}
}

// send uploads as a program without an SDK.
func (e endpoint) send(t *testing.T, s signed) (status int, code string, body []byte) {
	t.Helper()
	method := s.method
	if method == "" {
		method = http.MethodPut
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.url.String(), strings.NewReader(s.body))
	require.NoError(t, err)
	req.URL = s.url // with its own encoding
	for k, v := range s.header {
		req.Header[k] = v
	}
	resp, err := (&http.Client{Transport: e.transport(t)}).Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NotEmpty(t, resp.Header.Get("x-amz-request-id"))
	_, rest, _ := bytes.Cut(body, []byte("<Code>"))
	before, _, _ := bytes.Cut(rest, []byte("</Code>"))
	return resp.StatusCode, string(before), body
}

// TestPresigned uploads with a URL from each client.
func TestPresigned(t *testing.T) {
	e := theEndpoint(t)
	for _, p := range e.presigners() {
		for _, c := range []credential{e.Key, e.Temp} {
			if c.Token != "" && !p.v4 {
				continue // minio-go signs no token with V2
			}
			for _, key := range oddKeys() {
				key := "presigned/" + p.name + "/" + c.ID + "/" + key
				s := p.presign(t, c, key)
				s.body = key
				status, _, answer := e.send(t, s)
				require.Equal(t, http.StatusOK, status, "%s %q: %s", p.name, key, answer)
				require.Empty(t, answer)
				e.stored(t, key, []byte(key))
			}
		}
	}
}

// TestPresignedRefused spoils a URL of each client in each way. Each is refused and stores nothing,
// and the URL as it was signed works beside it.
func TestPresignedRefused(t *testing.T) {
	e := theEndpoint(t)
	const mismatch = "SignatureDoesNotMatch"
	query := func(old, with string) func(*testing.T, *signed) {
		return func(t *testing.T, s *signed) {
			require.Contains(t, s.url.RawQuery, old)
			s.url.RawQuery = strings.Replace(s.url.RawQuery, old, with, 1)
		}
	}
	set := func(name, value string) func(*testing.T, *signed) {
		return func(_ *testing.T, s *signed) { s.header.Set(name, value) }
	}
	type spoiled struct {
		name  string
		spoil func(*testing.T, *signed)
		v4    string // the code
		v2    string
	}
	for _, p := range e.presigners() {
		t.Run(p.name, func(t *testing.T) {
			expires := "X-Amz-Expires=3600"
			if !p.v4 {
				expires = "Expires=1"
			}
			for _, tc := range []spoiled{
				{"signature", func(t *testing.T, s *signed) { s.url = tampered(t, s.url) }, mismatch, mismatch},
				{"key", func(_ *testing.T, s *signed) { s.url.Path += "x" }, mismatch, mismatch},
				{"method", func(_ *testing.T, s *signed) { s.method = http.MethodDelete }, mismatch, mismatch},
				{"header changed", set("Content-Type", "text/html"), mismatch, mismatch},
				{"S3's header added", set("x-amz-acl", "public-read"), "AccessDenied", mismatch},
				{"COS's header added", set("x-cos-acl", "public-read"), "AccessDenied", "AccessDenied"},
				{"parameter added", func(_ *testing.T, s *signed) { s.url.RawQuery += "&response-content-type=a" }, mismatch, mismatch},
				{"expiry", query(expires, expires+"0"), mismatch, mismatch},
				{"key id", query(e.Key.ID, "AKIDnobodyHasThis0000000000000000000"), "InvalidAccessKeyId", "InvalidAccessKeyId"},
				{"secret", func(t *testing.T, s *signed) {
					other := e.Key
					other.Secret += "x"
					*s = p.presign(t, other, "refused/"+p.name)
				}, mismatch, mismatch},
			} {
				key := "refused/" + p.name
				s := p.presign(t, e.Key, key)
				tc.spoil(t, &s)
				want := tc.v4
				if !p.v4 {
					want = tc.v2
				}
				s.body = "no"
				status, code, answer := e.send(t, s)
				require.Equal(t, want, code, "%s: %s", tc.name, answer)
				require.Equal(t, http.StatusForbidden, status, tc.name)
				e.notStored(t, key)
				e.notStored(t, key+"x")
			}
			key := "refused/" + p.name
			s := p.presign(t, e.Key, key)
			s.body = "yes"
			late, early := s, s
			t.Run("late", func(t *testing.T) {
				e.clock(t, 61*time.Minute)
				_, code, answer := e.send(t, late)
				require.Equal(t, "AccessDenied", code)
				require.Contains(t, string(answer), "<Message>Request has expired</Message>")
			})
			e.notStored(t, key)
			if p.v4 { // V2 has no time from which it is valid
				t.Run("early", func(t *testing.T) {
					e.clock(t, -20*time.Minute)
					_, code, _ := e.send(t, early)
					require.Equal(t, "RequestTimeTooSkewed", code)
				})
				e.notStored(t, key)
			}
			status, _, answer := e.send(t, s)
			require.Equal(t, http.StatusOK, status, "control: %s", answer)
			e.stored(t, key, []byte("yes"))
		})
	}
}

// tampered returns u with the first character of its signature changed.
func tampered(t *testing.T, u *url.URL) *url.URL {
	t.Helper()
	before, after, ok := strings.Cut(u.RawQuery, "Signature=")
	require.True(t, ok)
	v := *u
	v.RawQuery = before + "Signature=" + other(after)
	return &v
}

// other returns a text with its first character changed.
func other(s string) string {
	if s[0] == '0' {
		return "1" + s[1:]
	}
	return "0" + s[1:]
}
