package cosemutest_test

import (
	"context"
	"fmt"
	"io"
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
)

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

// TestFor: the failure of a view fails the test that the view is for.
func TestFor(t *testing.T) {
	t.Parallel()
	shared := cosemutest.New(t)
	shared.Put("a", "x")
	f := attempt(func(tb testing.TB) { shared.For(tb).ExpectNoObject("a") })
	requireFailure(t, f, `nothing wanted at "a"`, `["a"] is stored`, "no request named it")
	require.Empty(t, f.clean, "it is not closed with the borrower")
	shared.ExpectStored("a", "x")
}

func TestWithoutATestAFailurePanics(t *testing.T) {
	t.Parallel()
	cos, err := cosemutest.Start()
	require.NoError(t, err)
	defer func() { require.NoError(t, cos.Close()) }()
	cos.ExpectNoObject("a")
	require.PanicsWithValue(t, `cosemutest: "a" wanted in test-1250000000, but nothing is stored there; no request named it`,
		func() { cos.ExpectStored("a", "x") })
}

// TestCloseLeavesNothing is not parallel, since it counts the goroutines of the process.
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
	// The condition runs in a goroutine too.
	require.Eventually(t, func() bool { return runtime.NumGoroutine()-1 <= before }, 10*time.Second, time.Millisecond)
}

// TestCloseDuringAnUpload: the server closes although an upload hangs, and nothing of it is stored.
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
	// The client sends the body after the emulator has answered Expect: 100-continue.
	_, err = w.Write([]byte("half of it"))
	require.NoError(t, err)
	require.NoError(t, cos.Close())
	require.NoError(t, cos.Close(), "once more does nothing")
	require.NoError(t, w.Close())
	require.Error(t, <-failed)
	_, err = cos.Client().Get(t.Context(), "whole", nil)
	require.Error(t, err)

	again := cosemutest.New(t, cosemutest.WithDisk(dir))
	again.ExpectNoObject("half")
	again.ExpectStored("whole", "whole")
}

// TestImports: this package imports the emulator, but neither the control API nor the command.
func TestImports(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "github.com/cosemu/cosemu/emulator/cosemutest").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	require.Contains(t, deps, "github.com/cosemu/cosemu/storage")
	for _, d := range deps {
		for _, heavy := range []string{"stretchr/testify", "danielgtaylor/huma", "alecthomas/kong", "cosemu/emulator/internal/control", "cosemu/cosemu/cmd"} {
			require.NotContains(t, d, heavy)
		}
	}
}
