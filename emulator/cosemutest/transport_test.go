package cosemutest_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/cosemutest"
	"github.com/cosemu/cosemu/signer"
)

// authorization is a transport that signs each request, as SDKs have it.
type authorization struct {
	credentials signer.Credentials
	now         func() time.Time
	next        http.RoundTripper
}

func (a *authorization) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	signed, err := signer.NewRequest(req.Method, req.URL.String(), req.Header)
	if err != nil {
		return nil, err
	}
	s, err := signer.Sign(signed, a.credentials, signer.SignOptions{Start: a.now(), End: a.now().Add(time.Minute), Headers: []string{"host"}})
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", s.Authorization())
	return a.next.RoundTrip(req)
}

func TestTransportTakesTheCloudsHosts(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	cos.Put("a", "hello")
	client := &http.Client{Transport: &authorization{cos.Credentials, cos.Clock.Now, cos.Transport()}}
	status, body := send(t, client, http.MethodPut, cos.URL+"/test-1250000000/?accelerate",
		"<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>")
	require.Equal(t, 200, status, body)
	for _, base := range []string{
		"http://test-1250000000.cos.ap-guangzhou.myqcloud.com",
		"https://test-1250000000.cos.ap-guangzhou.myqcloud.com",
		"https://test-1250000000.cos.ap-guangzhou.tencentcos.cn",
		"https://test-1250000000.cos.accelerate.myqcloud.com",
		"https://TEST-1250000000.cos.ap-guangzhou.myqcloud.com",
		"http://test-1250000000.cos.ap-guangzhou.myqcloud.com:8080",
		"https://cos.ap-guangzhou.myqcloud.com/test-1250000000",
		cos.URL + "/test-1250000000",
	} {
		mark := cos.Emulator().Journal().Last()
		status, body := send(t, client, http.MethodGet, base+"/a", "")
		require.Equal(t, 200, status, "%s: %s", base, body)
		require.Equal(t, "hello", body, base)
		u, err := url.Parse(base)
		require.NoError(t, err)
		seen := cos.WaitFor(cosemutest.Filter{After: mark}, 1)
		require.Equal(t, u.Host, seen[0].Request.Host, "the host stays what it was")
	}
	status, body = send(t, client, http.MethodGet, "https://service.cos.myqcloud.com/", "")
	require.Equal(t, 200, status)
	require.Contains(t, body, "<Name>test-1250000000</Name>")

	stranger := &http.Client{Transport: &authorization{signer.Credentials{SecretID: cos.Credentials.SecretID, SecretKey: "wrong"}, cos.Clock.Now, cos.Transport()}}
	status, _ = send(t, stranger, http.MethodGet, "https://test-1250000000.cos.ap-guangzhou.myqcloud.com/a", "")
	require.Equal(t, 403, status, "it is judged there")
}

func TestTransportKeepsTheTarget(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	client := cos.Client()
	client.Addr = "" // only the transport has the address
	for _, key := range []string{"a", "/a", "a//b", "a/../b", "a%2Fb", "a+b c", "照片.jpg", "a?b#c", "./", "*"} {
		answer, err := client.Put(t.Context(), key, strings.NewReader(key), nil)
		require.NoError(t, err, key)
		require.Equal(t, 200, answer.Status)
		cos.ExpectStored(key, key)
		p, err := client.Presign(signer.PresignInput{Method: http.MethodGet, Key: key})
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(p.URL, "https://test-1250000000.cos."), p.URL)
		answer, err = client.GetURL(t.Context(), p.URL, nil)
		require.NoError(t, err, key)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, key, string(body))
	}
	require.Len(t, cos.Objects(), 10)
}

// TestTransportLeavesTheRequestAlone: the transport does not change the caller's request.
func TestTransportLeavesTheRequestAlone(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	text := cos.PresignCloud(http.MethodGet, "a", time.Minute)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, text, nil)
	require.NoError(t, err)
	req.Host = ""
	resp, err := cos.Transport().RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 404, resp.StatusCode, "accepted, but there is no such object")
	require.Same(t, req, resp.Request)
	require.Equal(t, text, req.URL.String())
	require.Empty(t, req.Host)
}

// closed is a body that records Close.
type closed struct {
	io.Reader
	was bool
}

func (c *closed) Close() error {
	c.was = true
	return nil
}

func TestTransportGoesNowhereElse(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	for _, host := range []string{"example.com", "myqcloud.com.example.com", "10.0.0.1", "sts.tencentcloudapi.com", "myqcloud.com", "localhost.example.com"} {
		body := &closed{Reader: strings.NewReader("secret")}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "https://"+host+"/a", body)
		require.NoError(t, err)
		_, err = cos.Transport().RoundTrip(req)
		require.ErrorContains(t, err, `"`+host+`" is neither a host of COS nor this machine`)
		require.True(t, body.was, "a RoundTripper closes the body, errors included")
	}
	require.Empty(t, cos.Requests(cosemutest.Filter{}))
}

// TestTransportReachesOtherServersHere: the code under test may use other servers on this machine.
func TestTransportReachesOtherServersHere(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "other "+r.Host)
	}))
	defer other.Close()
	client := &http.Client{Transport: cos.Transport()}
	status, body := send(t, client, http.MethodGet, other.URL, "")
	require.Equal(t, 200, status)
	require.Equal(t, "other "+strings.TrimPrefix(other.URL, "http://"), body)
	require.Empty(t, cos.Requests(cosemutest.Filter{}))

	// A request with a COS host name in its Host header goes to the emulator. SDKs with a setting for
	// the address send such requests.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://10.0.0.1/a", nil)
	require.NoError(t, err)
	req.Host = "test-1250000000.cos.ap-guangzhou.myqcloud.com"
	resp, err := client.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 403, resp.StatusCode)
	cos.WaitFor(cosemutest.Filter{Bucket: cos.Bucket, Key: "a", Verdict: cosemutest.Refused}, 1)
	client.CloseIdleConnections()
}

// TestARefusedBodyIsNotSent: the client does not send the body of a refused large upload.
func TestARefusedBodyIsNotSent(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	url := cos.PresignCloud(http.MethodPut, "a", time.Minute)
	cos.Clock.Advance(time.Hour)
	body := &counted{Reader: strings.NewReader(strings.Repeat("x", 4<<20))}
	_, err := cos.Client().PutURL(t.Context(), url, body, nil)
	refusal, ok := errors.AsType[*signer.Error](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, 403, refusal.Status)
	require.Zero(t, body.n)
	cos.ExpectNoObject("a")

	cos.Clock.Reset()
	_, err = cos.Client().PutURL(t.Context(), url, body, nil)
	require.NoError(t, err)
	require.Equal(t, 4<<20, body.n)
}

type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}
