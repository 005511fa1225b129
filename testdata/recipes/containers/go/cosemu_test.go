// Package upload tests uploads against cosemu in a container.
//
// First run `make image` in cosemu's repository.
package upload

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// A server is a running cosemu. The code under test uses the API as its proxy, so it
// keeps COS's addresses, and the container can have any port.
type server struct{ api, console string }

func start(t *testing.T) server {
	ctx := context.Background()
	c, err := testcontainers.Run(ctx, "cosemu",
		testcontainers.WithEnv(map[string]string{"COSEMU_DATA": ""}), // in memory
		testcontainers.WithExposedPorts("9000/tcp", "9001/tcp"),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/healthz").WithPort("9001/tcp")))
	testcontainers.CleanupContainer(t, c)
	require.NoError(t, err)
	api, err := c.PortEndpoint(ctx, "9000/tcp", "http")
	require.NoError(t, err)
	console, err := c.PortEndpoint(ctx, "9001/tcp", "http")
	require.NoError(t, err)
	return server{api, console}
}

// control calls the control API. /api/v1/openapi.json describes it.
func (s server) control(t *testing.T, path, body string) {
	answer, err := http.Post(s.console+path, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	answer.Body.Close()
	require.Less(t, answer.StatusCode, 300)
}

func (s server) client(t *testing.T) *cos.Client {
	bucket, err := url.Parse("http://test-1250000000.cos.ap-guangzhou.myqcloud.com")
	require.NoError(t, err)
	proxy, err := url.Parse(s.api)
	require.NoError(t, err)
	return cos.NewClient(&cos.BaseURL{BucketURL: bucket}, &http.Client{Transport: &cos.AuthorizationTransport{
		SecretID: "AKIDcosemuLocalUseOnlyNotARealKey000", SecretKey: "cosemuSecretForLocalTestsOnly000",
		Transport: &http.Transport{Proxy: http.ProxyURL(proxy)},
	}})
}

func TestUpload(t *testing.T) {
	ctx, s := context.Background(), start(t)
	objects := s.client(t).Object

	_, err := objects.Put(ctx, "hello.txt", strings.NewReader("hello"), nil)
	require.NoError(t, err)
	_, err = objects.Head(ctx, "hello.txt", nil)
	require.NoError(t, err)

	// Between two tests.
	s.control(t, "/api/v1/reset", "")
	_, err = objects.Head(ctx, "hello.txt", nil)
	require.True(t, cos.IsNotFoundError(err), "%v", err)

	// The signature has expired: cosemu's clock is a day ahead.
	s.control(t, "/api/v1/clock/advance", `{"by":"1d"}`)
	_, err = objects.Put(ctx, "hello.txt", strings.NewReader("hello"), nil)
	require.ErrorContains(t, err, "Request has expired")
}
