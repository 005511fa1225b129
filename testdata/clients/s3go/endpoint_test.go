package clients

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"
)

const mib = 1 << 20

// endpoint is a running emulator, from the environment.
type endpoint struct {
	API     string // host:port of the COS API
	Console string // host:port of the control listener
	Bucket  string
	Region  string
	Key     credential
	Temp    credential // a temporary key, with its token
}

type credential struct{ ID, Secret, Token string }

// theEndpoint reads the environment. Without it the suite fails and does not skip, so that a run
// without tests does not pass.
func theEndpoint(t *testing.T) endpoint {
	t.Helper()
	get := func(name string) string {
		v := os.Getenv(name)
		require.NotEmpty(t, v, "%s is not set: start this suite with ../run s3go", name)
		return v
	}
	return endpoint{
		API:     get("COSEMU_API"),
		Console: get("COSEMU_CONSOLE"),
		Bucket:  get("COSEMU_BUCKET"),
		Region:  get("COSEMU_REGION"),
		Key:     credential{ID: get("COSEMU_SECRET_ID"), Secret: get("COSEMU_SECRET_KEY")},
		Temp: credential{
			ID:     get("COSEMU_TEMP_SECRET_ID"),
			Secret: get("COSEMU_TEMP_SECRET_KEY"),
			Token:  get("COSEMU_TEMP_TOKEN"),
		},
	}
}

// service is the host that S3 clients get as their endpoint.
func (e endpoint) service() string { return "cos." + e.Region + ".myqcloud.com" }

// transport connects to the emulator for each host, so that Host header and signature stay those of
// COS.
func (e endpoint) transport(t *testing.T) *http.Transport {
	t.Helper()
	tr := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, e.API)
		},
		MaxIdleConnsPerHost: 4,
	}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// aws is a client of aws-sdk-go-v2 that signs with c. Its checksums are set as COS needs it.
func (e endpoint) aws(t *testing.T, c credential, change ...func(*s3.Options)) *s3.Client {
	t.Helper()
	options := s3.Options{
		Region:                     e.Region,
		BaseEndpoint:               aws.String("http://" + e.service()),
		Credentials:                awscredentials.NewStaticCredentialsProvider(c.ID, c.Secret, c.Token),
		HTTPClient:                 &http.Client{Transport: e.transport(t)},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
	}
	return s3.New(options, change...)
}

// atAddress aims a client at the emulator's own address, with the bucket in the path.
func (e endpoint) atAddress(o *s3.Options) {
	o.BaseEndpoint = aws.String("http://" + e.API)
	o.UsePathStyle = true
}

// over lets a client send through rt.
func over(rt http.RoundTripper) func(*s3.Options) {
	return func(o *s3.Options) { o.HTTPClient = &http.Client{Transport: rt} }
}

// signV2 and signV4 are the two ways in which minio-go signs.
func signV2(c credential) *credentials.Credentials {
	return credentials.NewStaticV2(c.ID, c.Secret, c.Token)
}

func signV4(c credential) *credentials.Credentials {
	return credentials.NewStaticV4(c.ID, c.Secret, c.Token)
}

// minio is a client of minio-go with the COS hosts, or with change another one.
func (e endpoint) minio(t *testing.T, c *credentials.Credentials, change ...func(host *string, o *minio.Options)) *minio.Client {
	t.Helper()
	host := e.service()
	options := &minio.Options{Creds: c, Region: e.Region, Transport: e.transport(t), BucketLookup: minio.BucketLookupDNS}
	for _, f := range change {
		f(&host, options)
	}
	client, err := minio.New(host, options)
	require.NoError(t, err)
	return client
}

// stored checks that the content of key is exactly want.
func (e endpoint) stored(t *testing.T, key string, want []byte) {
	t.Helper()
	resp, err := e.aws(t, e.Key).GetObject(t.Context(), &s3.GetObjectInput{Bucket: &e.Bucket, Key: &key})
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got), "%q came back changed: sent %d bytes, got %d", key, len(want), len(got))
}

// notStored checks that a refused upload stored nothing.
func (e endpoint) notStored(t *testing.T, key string) {
	t.Helper()
	_, err := e.aws(t, e.Key).HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &e.Bucket, Key: &key})
	var answer *awshttp.ResponseError
	require.ErrorAs(t, err, &answer, "%q exists after a refused upload", key)
	require.Equal(t, http.StatusNotFound, answer.HTTPStatusCode())
}

// refused checks that err is a refusal with this status and code, by either client, and that it
// names the request. It returns the answer's headers where the client has them.
func refused(t *testing.T, err error, status int, code string) http.Header {
	t.Helper()
	require.Error(t, err)
	if e := minio.ToErrorResponse(err); e.Code != "" {
		require.Equal(t, code, e.Code, "%v", err)
		require.Equal(t, status, e.StatusCode)
		require.NotEmpty(t, e.RequestID)
		return nil
	}
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode(), "%v", err)
	var answer *awshttp.ResponseError
	require.ErrorAs(t, err, &answer)
	require.Equal(t, status, answer.HTTPStatusCode())
	require.NotEmpty(t, answer.ServiceRequestID())
	return answer.Response.Header
}

// clock moves the emulator's clock by d until the end of the test.
func (e endpoint) clock(t *testing.T, d time.Duration) {
	t.Helper()
	u := "http://" + e.Console + "/api/v1/clock"
	send := func(ctx context.Context, method string, body []byte) {
		req, err := http.NewRequestWithContext(ctx, method, u, bytes.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, 2, resp.StatusCode/100, "%s %s: %s", method, u, b)
	}
	b, err := json.Marshal(map[string]string{"offset": d.String()})
	require.NoError(t, err)
	t.Cleanup(func() { send(context.WithoutCancel(t.Context()), http.MethodDelete, nil) })
	send(t.Context(), http.MethodPut, b)
}

// recorder records what a client sends.
type recorder struct {
	next http.RoundTripper
	seen []*http.Request
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.seen = append(r.seen, req)
	return r.next.RoundTrip(req)
}

// content returns n bytes made from seed.
func content(seed uint64, n int) []byte {
	src := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), 's', '3'})
	b := make([]byte, n)
	_, _ = src.Read(b) // never fails
	return b
}

// etag returns the ETag of a body that is uploaded in one request.
func etag(b []byte) string {
	sum := md5.Sum(b)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// stream hides everything of a body but Read: its length is not known and it cannot be sent again.
func stream(b []byte) io.Reader { return io.MultiReader(bytes.NewReader(b)) }
