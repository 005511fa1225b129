package control

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestUploadOutlivesLease: an upload that takes longer than its account's lease is stored. Another
// account with the same lease is removed meanwhile.
func TestUploadOutlivesLease(t *testing.T) {
	r := start(t, Options{})
	a, idle := r.account(`{"ttl":"1s"}`), r.account(`{"ttl":"1s"}`)
	body, in := io.Pipe()
	req, err := http.NewRequest(http.MethodPut, r.urlAs(a, "PUT", a.Buckets[0], "k"), body)
	require.NoError(t, err)
	req.ContentLength = 10
	done := make(chan answer, 1)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			done <- answer{body: err.Error()}
			return
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		done <- answer{status: res.StatusCode, body: string(text)}
	}()
	_, err = in.Write([]byte("12345"))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		list := r.Accounts().List() // it removes what is over
		_, err := r.Store().Bucket(idle.Buckets[0])
		return len(list) == 1 && list[0].AppID == a.AppID && err != nil
	}, 20*time.Second, 10*time.Millisecond)
	_, err = in.Write([]byte("67890"))
	require.NoError(t, err)
	require.NoError(t, in.Close())
	got := <-done
	require.Equal(t, http.StatusOK, got.status, got.body)
	require.Equal(t, "1234567890", r.as(a, "GET", a.Buckets[0], "k", "").body)
}
