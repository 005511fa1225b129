package cosemutest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/cosemutest"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer"
)

func TestBuckets(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t,
		cosemutest.WithBucket(cosemutest.BucketConfig{Name: "first-1999999999", Region: "ap-beijing"}),
		cosemutest.WithBucket(cosemutest.BucketConfig{Name: "public-1999999999", ACL: api.ACLPublicRead}))
	require.Equal(t, "first-1999999999", cos.Bucket)
	require.Equal(t, "ap-beijing", cos.Region)
	require.Equal(t, "1999999999", cos.AppID)

	cos.Put("a", "first")
	public := cos.In("public-1999999999")
	require.Equal(t, "ap-guangzhou", public.Region)
	public.Put("a", "public")
	status, body := send(t, http.DefaultClient, http.MethodGet, cos.URL+"/public-1999999999/a", "")
	require.Equal(t, 200, status)
	require.Equal(t, "public", body)
	status, _ = send(t, http.DefaultClient, http.MethodGet, cos.URL+"/first-1999999999/a", "")
	require.Equal(t, 403, status)

	made := cos.CreateBucket(cosemutest.BucketConfig{Name: "made-1999999999", Region: "eu-frankfurt"})
	require.Equal(t, "eu-frankfurt", made.Region)
	_, err := made.Client().Put(t.Context(), "a", strings.NewReader("made"), nil)
	require.NoError(t, err, "the key pair's account owns it too")
	made.ExpectStored("a", "made")
	cos.ExpectStored("a", "first")

	_, err = cos.In("absent-1999999999").Client().Put(t.Context(), "a", strings.NewReader(""), nil)
	require.Equal(t, "NoSuchBucket", code(t, err))
}

// TestPermissiveCORS: a preflight request is refused, unless server or bucket are permissive.
func TestPermissiveCORS(t *testing.T) {
	t.Parallel()
	allowed := func(cos *cosemutest.Server) bool {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, cos.URL+"/"+cos.Bucket+"/a", http.NoBody)
		require.NoError(t, err)
		req.Header.Set("Origin", "https://page.test")
		req.Header.Set("Access-Control-Request-Method", http.MethodPut)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		require.Equal(t, resp.StatusCode == http.StatusOK, resp.Header.Get("Access-Control-Allow-Origin") == "*")
		return resp.StatusCode == http.StatusOK
	}
	open := cosemutest.New(t, cosemutest.WithPermissiveCORS())
	require.True(t, allowed(open))
	require.True(t, allowed(open.CreateBucket(cosemutest.BucketConfig{Name: "made-1250000000"})))
	require.False(t, allowed(open.CreateBucket(cosemutest.BucketConfig{Name: "strict-1250000000", CORS: api.CORSNone})))

	strict := cosemutest.New(t)
	require.False(t, allowed(strict))
	require.True(t, allowed(strict.CreateBucket(cosemutest.BucketConfig{Name: "made-1250000000", CORS: api.CORSPermissive})))
}

func TestOptions(t *testing.T) {
	t.Parallel()
	t.Run("report", func(t *testing.T) {
		t.Parallel()
		cos := cosemutest.New(t, cosemutest.WithVerifyReport())
		url := cos.Presign(http.MethodPut, "a", time.Minute)
		cos.Clock.Advance(time.Hour)
		answer, err := cos.Client().PutURL(t.Context(), url, strings.NewReader("x"), nil)
		require.NoError(t, err)
		require.Equal(t, "403 AccessDenied", answer.Cosemu.Get("x-cosemu-verdict"))
		cos.ExpectStored("a", "x")
		cos.WaitFor(cosemutest.Filter{Verdict: cosemutest.Reported, Code: "AccessDenied"}, 1)
	})
	t.Run("key", func(t *testing.T) {
		t.Parallel()
		cos := cosemutest.New(t, cosemutest.WithKey(cosemutest.Key{SecretID: "AKIDmine", SecretKey: "mine"}))
		require.Equal(t, signer.Credentials{SecretID: "AKIDmine", SecretKey: "mine"}, cos.Credentials)
		_, err := cos.Client().Put(t.Context(), "a", strings.NewReader("x"), nil)
		require.NoError(t, err)
	})
	t.Run("config", func(t *testing.T) {
		t.Parallel()
		cos := cosemutest.New(t, cosemutest.WithConfig(func(c *api.Config) {
			c.Region = "ap-tokyo"
			c.Aliases = map[string]string{"uploads.test": "test-1250000000", "Port.test:9000": "test-1250000000", "127.0.0.1:1": "test-1250000000"}
		}))
		require.Equal(t, "ap-tokyo", cos.Region)
		cos.Put("a", "x")
		p, err := cos.Client().Presign(signer.PresignInput{Method: http.MethodGet, Host: "uploads.test", Key: "a"})
		require.NoError(t, err)
		status, body := send(t, &http.Client{Transport: cos.Transport()}, http.MethodGet, p.URL, "")
		require.Equal(t, 200, status, body)
		require.Equal(t, "x", body)
		for _, host := range []string{"port.test:9000", "127.0.0.1:1"} { // an alias with a port matches this port only
			p, err = cos.Client().Presign(signer.PresignInput{Method: http.MethodGet, Host: host, Key: "a"})
			require.NoError(t, err)
			status, body = send(t, &http.Client{Transport: cos.Transport()}, http.MethodGet, strings.Replace(p.URL, "https://", "http://", 1), "")
			require.Equal(t, 200, status, body)
			require.Equal(t, "x", body)
		}
		_, err = (&http.Client{Transport: cos.Transport()}).Get("http://port.test:9001/a")
		require.ErrorContains(t, err, "neither a host of COS nor this machine")
	})
	t.Run("disk", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		cos, err := cosemutest.Start(cosemutest.WithDisk(dir))
		require.NoError(t, err)
		cos.Put("a", "kept")
		_, err = cosemutest.Start(cosemutest.WithDisk(dir))
		require.ErrorContains(t, err, dir, "one server to a folder")
		require.NoError(t, cos.Close())
		cosemutest.New(t, cosemutest.WithDisk(dir)).ExpectStored("a", "kept")
	})
	t.Run("log", func(t *testing.T) {
		t.Parallel()
		f := attempt(func(tb testing.TB) {
			cos := cosemutest.New(tb, cosemutest.WithLog(tb))
			_, err := cos.Client().Put(t.Context(), "a/b", strings.NewReader("x"), nil)
			require.NoError(t, err)
			_, err = cos.Client().Get(t.Context(), "none", nil)
			require.Error(t, err)
		})
		lines := strings.Split(strings.TrimSpace(f.log.String()), "\n")
		require.Len(t, lines, 2)
		require.Contains(t, lines[0], "method=PUT bucket=test-1250000000 key=a/b status=200")
		require.Contains(t, lines[1], "method=GET bucket=test-1250000000 key=none status=404 code=NoSuchKey")
		require.NotContains(t, f.log.String(), "time=")
		require.NotContains(t, f.log.String(), "q-sign")
	})
}

func TestAServerThatCannotStart(t *testing.T) {
	t.Parallel()
	for want, option := range map[string]cosemutest.Option{
		"no-appid": cosemutest.WithBucket(cosemutest.BucketConfig{Name: "no-appid"}),
		"AKIDkey":  cosemutest.WithKey(cosemutest.Key{SecretID: "AKIDkey"}),
		"perhaps":  cosemutest.WithConfig(func(c *api.Config) { c.Verify = "perhaps" }),
		"\x00":     cosemutest.WithDisk("/dev/null/\x00"),
	} {
		_, err := cosemutest.Start(option)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "cosemutest: ")
		f := attempt(func(tb testing.TB) { cosemutest.New(tb, option) })
		require.Contains(t, f.failure, want)
		require.True(t, strings.HasSuffix(f.at, "_test.go"), f.at)
	}
}
