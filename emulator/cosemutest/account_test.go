package cosemutest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/cosemutest"
	"github.com/stretchr/testify/require"
)

func TestAccountsSideBySide(t *testing.T) {
	server := cosemutest.New(t)
	t.Run("all", func(t *testing.T) {
		for i := range 40 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				cos := server.Account(t, "photos")
				require.Equal(t, "photos-"+cos.AppID, cos.Bucket)
				useAccount(t, cos, time.Date(2000+i, 1, 2, 3, 4, 5, 0, time.UTC))
			})
		}
	})
	require.Empty(t, server.Emulator().Accounts().List(), "they end with their tests")
	require.Empty(t, server.Requests(cosemutest.Filter{}))
	buckets, err := server.Emulator().Buckets()
	require.NoError(t, err)
	require.Len(t, buckets, 1)
}

func useAccount(t *testing.T, cos *cosemutest.Server, at time.Time) {
	t.Helper()
	for range 3 {
		cos.Clock.Freeze(at)
		url := cos.Presign(http.MethodPut, "k", time.Minute)
		require.Equal(t, 200, upload(t, url, cos.Bucket))
		require.Equal(t, at, cos.ExpectStored("k", cos.Bucket).Modified)
		cos.Clock.Advance(2 * time.Minute)
		require.Equal(t, 403, upload(t, url, "late"))
		found := cos.WaitFor(cosemutest.Filter{Method: "PUT"}, 2)
		require.Len(t, found, 2)
		require.Equal(t, []int{200, 403}, []int{found[0].Status, found[1].Status})
		cos.Reset()
		cos.ExpectNoObject("k")
		require.Empty(t, cos.Requests(cosemutest.Filter{}))
		require.WithinDuration(t, time.Now(), cos.Clock.Now(), time.Hour, "the server's")
	}
}

func upload(t *testing.T, url, body string) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodPut, url, strings.NewReader(body))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

func TestShared(t *testing.T) {
	a, b := cosemutest.Shared(t), cosemutest.Shared(t)
	require.Equal(t, a.URL, b.URL, "one server")
	require.NotEqual(t, a.AppID, b.AppID)
	a.Put("k", "of a")
	b.ExpectNoObject("k")
	require.Equal(t, 403, upload(t, a.As(b.Credentials).Presign(http.MethodPut, "k", time.Minute), "of b"))
	a.ExpectStored("k", "of a")
}
