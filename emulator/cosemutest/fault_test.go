package cosemutest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/cosemutest"
	"github.com/cosemu/cosemu/signer"
)

func TestFaultIsMetAndRemoved(t *testing.T) {
	t.Parallel()
	cos := cosemutest.New(t)
	put := func(tb testing.TB, key string) int {
		_, err := cos.For(tb).Client().Put(t.Context(), key, strings.NewReader("x"), nil)
		if refusal, ok := errors.AsType[*signer.Error](err); ok {
			return refusal.Status
		}
		require.NoError(t, err)
		return 200
	}
	planned := attempt(func(tb testing.TB) {
		cos := cos.For(tb)
		f := cos.Fault(cosemutest.Fault{Fault: cosemutest.FaultAnswer, Code: "SlowDown", Key: "f/*", Times: 2})
		require.Equal(t, 0, f.Hits())
		require.Equal(t, []int{503, 200, 503}, []int{put(tb, "f/a"), put(tb, "b"), put(tb, "f/c")})
		require.Equal(t, 2, f.Hits())
		cos.ExpectFaultsMet()
		cos.ExpectNoObject("f/a")
		require.Equal(t, f.ID, cos.WaitFor(cosemutest.Filter{Diagnosis: "fault-injected"}, 2)[0].Fault.ID)
		cos.Fault(cosemutest.Fault{Fault: cosemutest.FaultAnswer, Code: "InternalError", Times: cosemutest.Always})
		require.Equal(t, []int{500, 500, 500}, []int{put(tb, "a"), put(tb, "a"), put(tb, "a")})
	})
	require.Empty(t, planned.failure)
	require.Empty(t, cos.Emulator().Faults().List(""), "they end with the test")
	require.Equal(t, 200, put(t, "f/a"))

	missed := attempt(func(tb testing.TB) {
		cos := cos.For(tb)
		f := cos.Fault(cosemutest.Fault{Fault: cosemutest.FaultAnswer, Code: "SlowDown", Key: "f/a", Times: 2})
		put(tb, "f/a")
		defer func() { require.Equal(t, 1, f.Hits()) }()
		cos.ExpectFaultsMet()
	})
	requireFailure(t, missed, "faults were not met as often as planned:", "answer: 1 of 2 hits")
	removed := attempt(func(tb testing.TB) {
		cos := cos.For(tb)
		f := cos.Fault(cosemutest.Fault{Fault: cosemutest.FaultCorrupt})
		f.Remove()
		cos.ExpectFaultsMet()
		f.Hits()
	})
	requireFailure(t, removed, "no such fault")
	for _, f := range []cosemutest.Fault{
		{},
		{Fault: "explode"},
		{Fault: cosemutest.FaultAnswer},
		{Fault: cosemutest.FaultDelay},
		{Fault: cosemutest.FaultCorrupt, Times: -2},
		{Fault: cosemutest.FaultCorrupt, OfRequest: true},
	} {
		require.Contains(t, attempt(func(tb testing.TB) { cos.For(tb).Fault(f) }).failure, "cosemutest: Fault: ")
	}
	require.Empty(t, cos.Emulator().Faults().List(""))
}

// TestFaultOfAnAccount: other accounts do not meet it.
func TestFaultOfAnAccount(t *testing.T) {
	t.Parallel()
	server := cosemutest.New(t)
	a, b := server.Account(t), server.Account(t)
	a.Fault(cosemutest.Fault{Fault: cosemutest.FaultClose, Times: cosemutest.Always})
	req := func(cos *cosemutest.Server) error {
		res, err := http.Post(cos.Presign(http.MethodPost, "k", time.Minute), "", nil) //nolint:noctx // a test
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			return res.Body.Close()
		}
		return err
	}
	require.ErrorIs(t, req(a), io.EOF)
	require.NoError(t, req(b))
	b.ExpectFaultsMet()
	a.ExpectFaultsMet()
	a.Reset()
	require.Empty(t, server.Emulator().Faults().List(""))
	require.NoError(t, req(a))
}

// Uploads are refused twice. The code under test has to try again.
func ExampleServer_Fault() {
	cos, err := cosemutest.Start()
	if err != nil {
		panic(err)
	}
	defer func() { _ = cos.Close() }()
	cos.Fault(cosemutest.Fault{Fault: cosemutest.FaultAnswer, Code: "SlowDown", Operation: "PutObject", Times: 2})

	url := cos.Presign(http.MethodPut, "k", time.Hour)
	for range 3 { // the code under test, which tries again
		req, _ := http.NewRequest(http.MethodPut, url, strings.NewReader("x")) //nolint:noctx // an example
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			panic(err)
		}
		_ = res.Body.Close()
		fmt.Println(res.Status)
	}
	cos.ExpectFaultsMet()
	cos.ExpectStored("k", "x")
	// Output:
	// 503 Service Unavailable
	// 503 Service Unavailable
	// 200 OK
}
