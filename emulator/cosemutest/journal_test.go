package cosemutest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/cosemutest"
)

func TestWaitForWaits(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	done := make(chan error, 1)
	first := make(chan struct{})
	go func() {
		_, err := cos.Client().Put(context.Background(), "a/1", strings.NewReader("x"), nil)
		close(first)
		if err == nil {
			_, err = cos.Client().Put(context.Background(), "a/2", strings.NewReader("x"), nil)
		}
		done <- err
	}()
	one := cos.WaitFor(cosemutest.Filter{Key: "a/*"}, 1)
	require.Equal(t, "a/1", one[0].Key)
	two := cos.WaitFor(cosemutest.Filter{Method: http.MethodPut, Status: 200, Verdict: cosemutest.Accepted, Limit: 1}, 2)
	<-first
	require.NoError(t, <-done)
	require.Len(t, two, 2, "a limit plays no part")
	require.Equal(t, []string{"a/1", "a/2"}, []string{two[0].Key, two[1].Key}, "the oldest first")
	require.Equal(t, two, cos.Requests(cosemutest.Filter{}))

	rest := cos.Requests(cosemutest.Filter{After: two[0].Seq})
	require.Equal(t, two[1:], rest)
}

func TestWaitForSaysWhatDidArrive(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t, cosemutest.WithWaitLimit(time.Millisecond))
	f := attempt(func(tb testing.TB) { cos.For(tb).WaitFor(cosemutest.Filter{}, 1) })
	requireFailure(t, f, "1 request wanted within 1ms, 0 came; no request arrived at all")

	_, err := cos.Client().Put(t.Context(), "b", strings.NewReader("hello"), nil)
	require.NoError(t, err)
	url := cos.Presign(http.MethodPut, "a", time.Minute)
	cos.Clock.Advance(time.Hour)
	_, err = cos.Client().PutURL(t.Context(), url, strings.NewReader("hello"), nil)
	require.Error(t, err)
	seen := cos.Requests(cosemutest.Filter{})
	require.Len(t, seen, 2)

	f = attempt(func(tb testing.TB) {
		cos.For(tb).WaitFor(cosemutest.Filter{Bucket: cos.Bucket, Key: "a", Status: 200, Verdict: cosemutest.Accepted}, 2)
	})
	requireFailure(t, f, `2 requests with bucket "test-1250000000", key "a", status 200, verdict accepted wanted within 1ms, 0 came:`,
		"\n  ", `PUT "test-1250000000/b": accepted, 200, 5 bytes (other key)`,
		"\n  ", `PUT "test-1250000000/a": refused, 403 AccessDenied: Request has expired [expired`, "], request id "+seen[1].ID+" (other status, verdict)",
		"\n    The signature expired ")
	require.NotContains(t, f.failure, "q-sign", "a signature is nobody's business")

	f = attempt(func(tb testing.TB) {
		cos.For(tb).WaitFor(cosemutest.Filter{Method: "GET", Code: "NoSuchKey", Since: cos.Clock.Now().Add(time.Hour), After: seen[0].Seq}, 1)
	})
	requireFailure(t, f, "1 request with method GET, code NoSuchKey, time since ", " wanted",
		`PUT "test-1250000000/a"`, "(other method, code, time since)")
	require.NotContains(t, f.failure, "test-1250000000/b", "what came before is left out")

	why := cos.WaitFor(cosemutest.Filter{Operation: "PutObject", Diagnosis: "expired"}, 1)
	require.Equal(t, "a", why[0].Key)
	f = attempt(func(tb testing.TB) {
		cos.For(tb).WaitFor(cosemutest.Filter{Operation: "GetObject", Diagnosis: "method", Bucket: cos.Bucket}, 1)
	})
	requireFailure(t, f, "operation GetObject, diagnosis method wanted", `PUT "test-1250000000/a"`, "(other operation, diagnosis)")

	f = attempt(func(tb testing.TB) { cos.For(tb).WaitFor(cosemutest.Filter{}, 0) })
	requireFailure(t, f, "a count of 0")
	cos.WaitFor(cosemutest.Filter{}, 2)
}

func TestAFailureListsTheLatest(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t, cosemutest.WithWaitLimit(0))
	for i := range 25 {
		_, err := cos.Client().Put(t.Context(), fmt.Sprintf("object %02d", i), strings.NewReader("x"), nil)
		require.NoError(t, err)
	}
	f := attempt(func(tb testing.TB) { cos.For(tb).WaitFor(cosemutest.Filter{Key: "none"}, 1) })
	requireFailure(t, f, "… 5 earlier", "object 05", "object 24")
	require.NotContains(t, f.failure, "object 04")
}

func TestAFailureSaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options []cosemutest.Option
		want    string
	}{
		{nil, "refused, 403 SignatureDoesNotMatch: "},
		{[]cosemutest.Option{cosemutest.WithVerifyReport()}, "reported, 200, COS would refuse it with SignatureDoesNotMatch: "},
	} {
		cos := cosemutest.New(t, append(c.options, cosemutest.WithWaitLimit(0))...)
		url := cos.Presign(http.MethodPut, "a", time.Hour, "Content-Type", "image/png")
		_, _ = cos.Client().PutURL(t.Context(), url, strings.NewReader("x"), http.Header{"Content-Type": {"image/gif"}})
		f := attempt(func(tb testing.TB) { cos.For(tb).WaitFor(cosemutest.Filter{Key: "b"}, 1) })
		requireFailure(t, f, c.want, " [header-value], request id ", " (other key)",
			"\n    ", "Content-Type", "image/png", "image/gif")
	}
}

func TestExpectNoRequest(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	real := cos.Clock.Real()
	cos.ExpectNoRequest(cosemutest.Filter{}, 30*time.Millisecond)
	require.GreaterOrEqual(t, cos.Clock.Real().Sub(real), 30*time.Millisecond, "it takes its time")

	// A request that arrives meanwhile ends the wait.
	done := make(chan error, 1)
	f := attempt(func(tb testing.TB) {
		go func() {
			_, err := cos.Client().Put(context.Background(), "a", strings.NewReader("x"), nil)
			done <- err
		}()
		cos.For(tb).ExpectNoRequest(cosemutest.Filter{Key: "a", Method: "PUT"}, time.Hour)
	})
	require.NoError(t, <-done)
	requireFailure(t, f, `no request with method PUT, key "a" wanted, but there is:`, `PUT "test-1250000000/a": accepted, 200, 1 bytes`)

	// So does an earlier request, unless the filter excludes it.
	f = attempt(func(tb testing.TB) { cos.For(tb).ExpectNoRequest(cosemutest.Filter{}, time.Hour) })
	requireFailure(t, f, "no request wanted, but there is:")
	cos.ExpectNoRequest(cosemutest.Filter{Key: "b"}, 0)
	cos.ExpectNoRequest(cosemutest.Filter{After: cos.Emulator().Journal().Last()}, time.Millisecond)
}
