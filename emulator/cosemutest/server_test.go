package cosemutest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/cosemutest"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer"
)

// send makes a request with nothing but the standard library's client, and
// returns the status and the body of the answer. Headers are names and values
// in turn.
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

// code is the code of a refusal.
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

	// Any client on this machine can use a URL, and the object is there.
	url := cos.Presign(http.MethodPut, "a b/照片+.txt", time.Hour)
	require.True(t, strings.HasPrefix(url, cos.URL+"/test-1250000000/"), url)
	status, _ := send(t, http.DefaultClient, http.MethodPut, url, "hello")
	require.Equal(t, 200, status)
	require.Equal(t, "hello", string(cos.ExpectStored("a b/照片+.txt", "hello").Body))

	// So can the names below localhost, through the transport.
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
	cos.ExpectNothing("a")

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

// TestPermissiveCORS: a page's preflight is refused, unless the server or the
// bucket lets every page in.
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
	cos.ExpectNothing("*")
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
		for _, host := range []string{"port.test:9000", "127.0.0.1:1"} { // the port is the alias's alone
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

func TestManyServersAtOnce(t *testing.T) {
	t.Parallel()
	servers := make([]*cosemutest.Server, 12)
	failed := make([]error, len(servers))
	var wg sync.WaitGroup
	for i := range servers {
		wg.Go(func() {
			cos, err := cosemutest.Start()
			if err == nil {
				servers[i] = cos
				_, err = cos.Client().Put(context.Background(), fmt.Sprint("object ", i), strings.NewReader(cos.Addr), nil)
			}
			failed[i] = err
		})
	}
	wg.Wait()
	for i, cos := range servers {
		require.NoError(t, failed[i])
		defer func() { require.NoError(t, cos.Close()) }()
		objects := cos.Objects()
		require.Len(t, objects, 1)
		require.Equal(t, fmt.Sprint("object ", i), objects[0].Key)
		require.Equal(t, cos.Addr, string(objects[0].Body))
		require.Len(t, cos.Requests(cosemutest.Filter{}), 1)
	}
}

// A server shared by tests reports to the one that asks.
func TestFor(t *testing.T) {
	t.Parallel()
	shared := cosemutest.New(t)
	shared.Put("a", "x")
	f := attempt(func(tb testing.TB) { shared.For(tb).ExpectNothing("a") })
	requireFailure(t, f, `nothing wanted at "a"`, `["a"] is stored`, "no request named it")
	require.Empty(t, f.clean, "it is not closed with the borrower")
	shared.ExpectStored("a", "x")
}

func TestWithoutATestAFailurePanics(t *testing.T) {
	t.Parallel()
	cos, err := cosemutest.Start()
	require.NoError(t, err)
	defer func() { require.NoError(t, cos.Close()) }()
	cos.ExpectNothing("a")
	require.PanicsWithValue(t, `cosemutest: "a" wanted in test-1250000000, but nothing is stored there; no request named it`,
		func() { cos.ExpectStored("a", "x") })
}

// Not parallel: it counts the goroutines of the process.
func TestCloseLeavesNothing(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	before := runtime.NumGoroutine()
	f := attempt(func(tb testing.TB) {
		cos := cosemutest.New(tb)
		status, _ := send(t, &http.Client{Transport: cos.Transport()}, http.MethodGet, other.URL, "")
		require.Equal(t, 404, status)
		status, _ = send(t, &http.Client{Transport: cos.Transport()}, http.MethodPut, cos.PresignCloud(http.MethodPut, "a", time.Hour), "x")
		require.Equal(t, 200, status)
		_, err := cos.Client().Put(t.Context(), "a", strings.NewReader("y"), nil)
		require.NoError(t, err)
		require.Greater(t, runtime.NumGoroutine(), before, "while it runs there are some")
	})
	require.Empty(t, f.failure)
	require.Empty(t, f.errors)
	// The condition itself runs in one.
	require.Eventually(t, func() bool { return runtime.NumGoroutine()-1 <= before }, 10*time.Second, time.Millisecond)
}

// An upload that hangs does not keep the server from closing, and leaves
// nothing behind.
func TestCloseDuringAnUpload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cos, err := cosemutest.Start(cosemutest.WithDisk(dir))
	require.NoError(t, err)
	_, err = cos.Client().Put(t.Context(), "whole", strings.NewReader("whole"), nil)
	require.NoError(t, err)

	r, w := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		_, err := cos.Client().Put(context.Background(), "half", r, nil)
		failed <- err
	}()
	// The body is announced, so this is read once the emulator has asked for it.
	_, err = w.Write([]byte("half of it"))
	require.NoError(t, err)
	require.NoError(t, cos.Close())
	require.NoError(t, cos.Close(), "once more does nothing")
	require.NoError(t, w.Close())
	require.Error(t, <-failed)
	_, err = cos.Client().Get(t.Context(), "whole", nil)
	require.Error(t, err)

	again := cosemutest.New(t, cosemutest.WithDisk(dir))
	again.ExpectNothing("half")
	again.ExpectStored("whole", "whole")
}

// A test that imports this package pulls in the emulator and no more.
func TestImports(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "github.com/cosemu/cosemu/emulator/cosemutest").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	require.Contains(t, deps, "github.com/cosemu/cosemu/storage")
	for _, d := range deps {
		for _, heavy := range []string{"stretchr/testify", "danielgtaylor/huma", "alecthomas/kong", "cosemu/emulator/control", "cosemu/cosemu/cmd"} {
			require.NotContains(t, d, heavy)
		}
	}
}
