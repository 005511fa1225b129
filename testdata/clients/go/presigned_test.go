package clients

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// TestPresigned uploads with a URL from each function of the SDK that makes one.
func TestPresigned(t *testing.T) {
	e := theEndpoint(t)
	const day = 24 * time.Hour
	for _, tc := range []struct {
		name string
		url  func(t *testing.T, c *cos.Client, method, key string) (*url.URL, error)
		temp bool
	}{
		{name: "GetPresignedURL", url: func(t *testing.T, c *cos.Client, method, key string) (*url.URL, error) {
			return c.Object.GetPresignedURL(t.Context(), method, key, e.Key.ID, e.Key.Secret, day, nil)
		}},
		{name: "GetPresignedURL merged", url: func(t *testing.T, c *cos.Client, method, key string) (*url.URL, error) {
			return c.Object.GetPresignedURL(t.Context(), method, key, e.Key.ID, e.Key.Secret, day,
				&cos.PresignedURLOptions{SignMerged: true})
		}},
		{name: "GetPresignedURL host unsigned", url: func(t *testing.T, c *cos.Client, method, key string) (*url.URL, error) {
			return c.Object.GetPresignedURL(t.Context(), method, key, e.Key.ID, e.Key.Secret, day, nil, false)
		}},
		{name: "GetPresignedURL2", url: func(t *testing.T, c *cos.Client, method, key string) (*url.URL, error) {
			return c.Object.GetPresignedURL2(t.Context(), method, key, day, nil)
		}},
		{name: "GetPresignedURL2 merged with parameters", url: func(t *testing.T, c *cos.Client, method, key string) (*url.URL, error) {
			return c.Object.GetPresignedURL2(t.Context(), method, key, day, &cos.PresignedURLOptions{
				SignMerged: true,
				Query:      &url.Values{"X-Trace": {"a+b c;d"}, "empty": {""}},
			})
		}},
		{name: "GetPresignedURL3", url: func(t *testing.T, c *cos.Client, method, key string) (*url.URL, error) {
			return c.Object.GetPresignedURL3(t.Context(), method, key, day, nil)
		}},
		{name: "GetPresignedURL3 slashes escaped", url: func(t *testing.T, c *cos.Client, method, key string) (*url.URL, error) {
			return c.Object.GetPresignedURL3(t.Context(), method, key, day, &cos.PresignedURLOptions{EncodeDelimiter: true})
		}},
		{name: "an AuthTime", url: func(t *testing.T, c *cos.Client, method, key string) (*url.URL, error) {
			return c.Object.GetPresignedURL2(t.Context(), method, key, day, &cos.PresignedURLOptions{AuthTime: cos.NewAuthTime(time.Hour)})
		}},
		{name: "temporary key", temp: true, url: func(t *testing.T, c *cos.Client, method, key string) (*url.URL, error) {
			return c.Object.GetPresignedURL2(t.Context(), method, key, day, nil)
		}},
		{name: "temporary key merged", temp: true, url: func(t *testing.T, c *cos.Client, method, key string) (*url.URL, error) {
			return c.Object.GetPresignedURL3(t.Context(), method, key, day, &cos.PresignedURLOptions{SignMerged: true})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cred := e.Key
			if tc.temp {
				cred = e.Temp
			}
			c := e.client(t, e.Bucket, cred)
			key := "go/presigned/" + tc.name + "/ü+&;=?#%41.bin"
			body := content(5, 70_000)

			u, err := tc.url(t, c, http.MethodPut, key)
			require.NoError(t, err)

			// The URL with one changed digit of its signature is refused first.
			resp, answer := e.do(t, http.MethodPut, tampered(t, u), nil, bytes.NewReader(body))
			require.Equal(t, http.StatusForbidden, resp.StatusCode, "%s", answer)
			require.Contains(t, string(answer), "<Code>SignatureDoesNotMatch</Code>")
			e.notStored(t, key)

			resp, answer = e.do(t, http.MethodPut, u, nil, bytes.NewReader(body))
			require.Equal(t, http.StatusOK, resp.StatusCode, "%s", answer)
			require.Empty(t, answer)
			require.Equal(t, etag(body), resp.Header.Get("ETag"))
			e.stored(t, key, body)

			// A URL for PUT is not valid for GET.
			resp, answer = e.do(t, http.MethodGet, u, nil, nil)
			require.Equal(t, http.StatusForbidden, resp.StatusCode)
			require.Contains(t, string(answer), "<Code>SignatureDoesNotMatch</Code>")

			u, err = tc.url(t, c, http.MethodGet, key)
			require.NoError(t, err)
			resp, answer = e.do(t, http.MethodGet, u, nil, nil)
			require.Equal(t, http.StatusOK, resp.StatusCode)
			require.True(t, bytes.Equal(body, answer))
		})
	}
}

// tampered returns u with the last digit of its signature changed.
func tampered(t *testing.T, u *url.URL) *url.URL {
	t.Helper()
	for _, mark := range []string{"q-signature=", "q-signature%3D"} {
		before, after, ok := strings.Cut(u.RawQuery, mark)
		if !ok {
			continue
		}
		digit := byte('0')
		if after[39] == digit {
			digit = '1'
		}
		v := *u
		v.RawQuery = before + mark + after[:39] + string(digit) + after[40:]
		return &v
	}
	require.FailNow(t, "no signature", "%s", u)
	return nil
}

// TestPresignedHeaders: the uploader must send the headers that are signed in a URL.
func TestPresignedHeaders(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	const key = "go/presigned-headers.json"
	u, err := c.Object.GetPresignedURL2(t.Context(), http.MethodPut, key, time.Hour, &cos.PresignedURLOptions{
		Header: &http.Header{"Content-Type": {"application/json"}, "X-Cos-Meta-From": {"go test"}},
	})
	require.NoError(t, err)

	for name, h := range map[string]http.Header{
		"charset added": {"Content-Type": {"application/json; charset=utf-8"}, "X-Cos-Meta-From": {"go test"}},
		"type missing":  {"X-Cos-Meta-From": {"go test"}},
		"meta missing":  {"Content-Type": {"application/json"}},
	} {
		resp, answer := e.do(t, http.MethodPut, u, h, strings.NewReader("{}"))
		require.Equal(t, http.StatusForbidden, resp.StatusCode, name)
		require.Contains(t, string(answer), "<Code>SignatureDoesNotMatch</Code>", name)
		e.notStored(t, key)
	}

	resp, answer := e.do(t, http.MethodPut, u,
		http.Header{"Content-Type": {"application/json"}, "X-Cos-Meta-From": {"go test"}}, strings.NewReader("{}"))
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", answer)
	head, err := c.Object.Head(t.Context(), key, nil)
	require.NoError(t, err)
	require.Equal(t, "application/json", head.Header.Get("Content-Type"))
	require.Equal(t, "go test", head.Header.Get("x-cos-meta-from"))
}

// TestPresignedExpired uses a URL before and after its end, by moving the clock.
func TestPresignedExpired(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	const key = "go/presigned-expired"
	u, err := c.Object.GetPresignedURL2(t.Context(), http.MethodPut, key, time.Hour, nil)
	require.NoError(t, err)

	t.Run("after", func(t *testing.T) {
		e.clock(t, 61*time.Minute)
		resp, answer := e.do(t, http.MethodPut, u, nil, strings.NewReader("late"))
		require.Equal(t, http.StatusForbidden, resp.StatusCode)
		require.Contains(t, string(answer), "<Code>AccessDenied</Code>")
		require.Contains(t, string(answer), "<Message>Request has expired</Message>")
		require.Contains(t, string(answer), "<ServerTime>")
	})
	e.notStored(t, key)
	t.Run("shortly before", func(t *testing.T) {
		e.clock(t, 58*time.Minute)
		resp, answer := e.do(t, http.MethodPut, u, nil, strings.NewReader("in time"))
		require.Equal(t, http.StatusOK, resp.StatusCode, "%s", answer)
	})
	e.stored(t, key, []byte("in time"))
}

// TestPresignedChunked uploads a stream of unknown length.
func TestPresignedChunked(t *testing.T) {
	e := theEndpoint(t)
	body := content(6, 1_000_003)
	u, err := e.client(t, e.Bucket, e.Key).Object.GetPresignedURL2(t.Context(), http.MethodPut, "go/presigned-chunked", time.Hour, nil)
	require.NoError(t, err)
	resp, answer := e.do(t, http.MethodPut, u, nil, io.MultiReader(bytes.NewReader(body))) // hides the length
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", answer)
	e.stored(t, "go/presigned-chunked", body)
}

// TestPathStyle uses path style, at the emulator's address and at the region's host. The SDK has no
// such mode: the bucket becomes the first part of the key, so it is signed.
func TestPathStyle(t *testing.T) {
	e := theEndpoint(t)
	for name, base := range map[string]string{
		"address": "http://" + e.API,
		"region":  "http://cos." + e.Region + ".myqcloud.com",
	} {
		t.Run(name, func(t *testing.T) {
			b, err := url.Parse(base)
			require.NoError(t, err)
			c := cos.NewClient(&cos.BaseURL{BucketURL: b}, &http.Client{Transport: &cos.AuthorizationTransport{
				SecretID: e.Key.ID, SecretKey: e.Key.Secret, Transport: e.transport(t),
			}})
			key := "go/path style/" + name
			u, err := c.Object.GetPresignedURL2(t.Context(), http.MethodPut, e.Bucket+"/"+key, time.Hour, nil)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(u.String(), base+"/"+e.Bucket+"/"))
			resp, answer := e.do(t, http.MethodPut, tampered(t, u), nil, strings.NewReader("no"))
			require.Equal(t, http.StatusForbidden, resp.StatusCode, "%s", answer)
			e.notStored(t, key)
			resp, answer = e.do(t, http.MethodPut, u, nil, strings.NewReader(name))
			require.Equal(t, http.StatusOK, resp.StatusCode, "%s", answer)
			e.stored(t, key, []byte(name))

			// With signed headers it sends the slash between the two as %2F.
			_, err = c.Object.Put(t.Context(), e.Bucket+"/"+key+" header", strings.NewReader(name), nil)
			require.NoError(t, err)
			e.stored(t, key+" header", []byte(name))
		})
	}
}

// TestPresignedWithTwoWindows: an AuthTime with two different windows is signed with q-key-time, so
// anybody could change q-sign-time. It is refused, and the finding has advice (choice 302).
func TestPresignedWithTwoWindows(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	now := time.Now()
	const key = "go/presigned/two windows"
	u, err := c.Object.GetPresignedURL2(t.Context(), http.MethodPut, key, time.Hour, &cos.PresignedURLOptions{AuthTime: &cos.AuthTime{
		SignStartTime: now, SignEndTime: now.Add(time.Hour),
		KeyStartTime: now.Add(-time.Hour), KeyEndTime: now.Add(24 * time.Hour),
	}})
	require.NoError(t, err)
	resp, answer := e.do(t, http.MethodPut, u, nil, strings.NewReader("x"))
	require.Equal(t, http.StatusForbidden, resp.StatusCode, "%s", answer)
	require.Equal(t, "signature-format", resp.Header.Get("X-Cosemu-Diagnosis"))
	e.notStored(t, key)
}
