package cosemutest_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/cosemutest"
	"github.com/cosemu/cosemu/signer"
)

// send makes a request with net/http and returns status and body of the answer. headers are pairs of
// name and value.
func send(t *testing.T, c *http.Client, method, url, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}

// code returns the error code of a refused request.
func code(t *testing.T, err error) string {
	t.Helper()
	refusal, ok := errors.AsType[*signer.Error](err)
	require.True(t, ok, "%v", err)
	return refusal.Code
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	host, port, err := net.SplitHostPort(cos.Addr)
	require.NoError(t, err)
	require.True(t, net.ParseIP(host).IsLoopback(), host)
	require.NotEqual(t, "0", port)
	require.Equal(t, "http://"+cos.Addr, cos.URL)
	require.Equal(t, "1250000000", cos.AppID)
	require.Equal(t, "test-1250000000", cos.Bucket)
	require.Equal(t, "ap-guangzhou", cos.Region)
	require.NotEmpty(t, cos.Credentials.SecretID)
	require.Empty(t, cos.Credentials.Token)

	// Any client can use the URL, and the object is stored.
	url := cos.Presign(http.MethodPut, "a b/照片+.txt", time.Hour)
	require.True(t, strings.HasPrefix(url, cos.URL+"/test-1250000000/"), url)
	status, _ := send(t, http.DefaultClient, http.MethodPut, url, "hello")
	require.Equal(t, 200, status)
	require.Equal(t, "hello", string(cos.ExpectStored("a b/照片+.txt", "hello").Body))

	// The transport also serves names below localhost.
	p, err := cos.Client().Presign(signer.PresignInput{
		Method: http.MethodGet, Scheme: "http", Host: strings.Replace(cos.Addr, host, cos.Bucket+".localhost", 1), Key: "a b/照片+.txt",
	})
	require.NoError(t, err)
	status, body := send(t, &http.Client{Transport: cos.Transport()}, http.MethodGet, p.URL, "")
	require.Equal(t, 200, status, body)
	require.Equal(t, "hello", body)
}

func TestHeadersOfAPresignedURLMustBeSent(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	url := cos.Presign(http.MethodPut, "a", time.Hour, "Content-Type", "text/css", "x-cos-meta-who", "me")
	status, body := send(t, http.DefaultClient, http.MethodPut, url, "a{}", "Content-Type", "text/css", "X-Cos-Meta-Who", "you")
	require.Equal(t, 403, status)
	require.Contains(t, body, "<Code>SignatureDoesNotMatch</Code>")
	cos.ExpectNoObject("a")

	status, _ = send(t, http.DefaultClient, http.MethodPut, url, "a{}", "Content-Type", "text/css", "X-Cos-Meta-Who", "me")
	require.Equal(t, 200, status)
	o := cos.ExpectStored("a", "a{}")
	require.Equal(t, "text/css", o.Header.Get("Content-Type"))
	require.Equal(t, "me", o.Header.Get("x-cos-meta-who"))
}

func TestTheClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	cos := cosemutest.New(t, cosemutest.WithClock(start))
	require.True(t, cos.Clock.Now().Equal(start))
	require.True(t, cos.Clock.State().Frozen)
	url := cos.Presign(http.MethodPut, "a", time.Hour)
	require.Contains(t, url, fmt.Sprintf("%d%%3B%d", start.Unix(), start.Unix()+3600))

	put := func() int {
		status, _ := send(t, http.DefaultClient, http.MethodPut, url, "x")
		return status
	}
	require.Equal(t, 200, put())
	cos.Clock.Advance(61 * time.Minute)
	require.Equal(t, 403, put())
	cos.Clock.Set(start.Add(30 * time.Minute))
	require.False(t, cos.Clock.State().Frozen, "Set lets it run")
	require.WithinDuration(t, start.Add(30*time.Minute), cos.Clock.Now(), time.Minute)
	require.Equal(t, 200, put())
	cos.Clock.Freeze(start.Add(2 * time.Hour))
	require.Equal(t, 403, put())
	cos.Clock.Shift(0)
	require.WithinDuration(t, cos.Clock.Real(), cos.Clock.Now(), time.Minute)
	cos.Clock.Reset()
	require.Equal(t, 200, put(), "back where it started")
	require.True(t, cos.Clock.Now().Equal(start))
}

func TestKeys(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	ctx := t.Context()
	put := func(s *cosemutest.Server) error {
		_, err := s.Client().Put(ctx, "a", strings.NewReader("x"), nil)
		return err
	}

	second := cos.AddKey(cosemutest.Key{})
	require.NotEqual(t, cos.Credentials.SecretID, second.Credentials.SecretID)
	require.Empty(t, second.Credentials.Token)
	require.NoError(t, put(second))
	require.NoError(t, put(cos), "the first one still works")

	given := cos.AddKey(cosemutest.Key{SecretID: "AKIDgiven", SecretKey: "given", Token: "given-token"})
	require.Equal(t, signer.Credentials{SecretID: "AKIDgiven", SecretKey: "given", Token: "given-token"}, given.Credentials)
	require.NoError(t, put(given))

	temporary := cos.AddKey(cosemutest.Key{Expires: cos.Clock.Now().Add(time.Hour)})
	require.NotEmpty(t, temporary.Credentials.Token)
	require.NoError(t, put(temporary))
	bare := temporary.Credentials
	bare.Token = ""
	require.Equal(t, "InvalidAccessKeyId", code(t, put(cos.As(bare))))
	cos.Clock.Advance(61 * time.Minute)
	require.Equal(t, "ExpiredToken", code(t, put(temporary)))
	require.NoError(t, put(cos))

	stranger := cos.As(signer.Credentials{SecretID: "AKIDnobody", SecretKey: "nobody"})
	require.Equal(t, "InvalidAccessKeyId", code(t, put(stranger)))
	other := cos.AddKey(cosemutest.Key{AppID: "1999999999"})
	require.Equal(t, "AccessDenied", code(t, put(other)))
}

func TestReset(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	second := cos.AddKey(cosemutest.Key{})
	cos.CreateBucket(cosemutest.BucketConfig{Name: "made-1250000000"})
	_, err := second.Client().Put(t.Context(), "a", strings.NewReader("x"), nil)
	require.NoError(t, err)
	cos.WaitFor(cosemutest.Filter{}, 1)
	cos.Clock.Advance(time.Hour)

	cos.Reset()
	cos.ExpectNoObject("*")
	require.Empty(t, cos.Requests(cosemutest.Filter{}))
	require.WithinDuration(t, cos.Clock.Real(), cos.Clock.Now(), time.Minute)
	buckets, err := cos.Emulator().Buckets()
	require.NoError(t, err)
	require.Len(t, buckets, 1)
	_, err = second.Client().Put(t.Context(), "a", strings.NewReader("x"), nil)
	require.Equal(t, "InvalidAccessKeyId", code(t, err))
	_, err = cos.Client().Put(t.Context(), "a", strings.NewReader("x"), nil)
	require.NoError(t, err)
}
