package control

import (
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTenThousandAccounts: accounts are made, listed and expire over HTTP, and the last ones cost
// what the first ones did. Times are printed; the bounds are ratios and counts.
func TestTenThousandAccounts(t *testing.T) {
	const n, part, workers = 10_000, 1000, 4
	r := start(t, Options{})
	var ahead atomic.Int64
	real := r.Accounts().Real
	r.Accounts().Real = func() time.Time { return real().Add(time.Duration(ahead.Load())) }
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	defer client.CloseIdleConnections()
	ask := func(method, path, body string) (int, int64) {
		req, err := http.NewRequest(method, "http://"+r.console+path, strings.NewReader(body))
		if err != nil {
			return 0, 0
		}
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		res, err := client.Do(req)
		if err != nil {
			return 0, 0
		}
		defer res.Body.Close()
		size, _ := io.Copy(io.Discard, res.Body) // a part of it is too short
		return res.StatusCode, size
	}
	ask(http.MethodGet, "/api/v1/accounts", "") // makes the calls
	before := heap()
	var took []time.Duration
	var bad atomic.Int64
	for from := 0; from < n; from += part {
		began := time.Now()
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := from + w; i < from+part; i += workers {
					if status, _ := ask(http.MethodPost, "/api/v1/accounts", `{"name":"`+strconv.Itoa(i)+`","ttl":"10m"}`); status != http.StatusCreated {
						bad.Add(1)
					}
				}
			})
		}
		wg.Wait()
		took = append(took, time.Since(began))
	}
	require.Zero(t, bad.Load())
	bytes := (heap() - before) / n
	began := time.Now()
	status, size := ask(http.MethodGet, "/api/v1/accounts", "")
	listed := time.Since(began)
	require.Equal(t, http.StatusOK, status)
	require.Greater(t, size, int64(n*100))

	ahead.Store(int64(10 * time.Minute))
	began = time.Now()
	calls := 0
	for ; len(r.Keys().List()) > 1 && calls < n; calls++ {
		ahead.Add(int64(time.Second)) // a call a second looks for leases
		status, size = ask(http.MethodGet, "/api/v1/accounts", "")
		require.Equal(t, http.StatusOK, status)
		require.Less(t, size, int64(100), "a lease that is over is not listed, even before it is swept")
	}
	t.Logf("%d accounts over HTTP: made in %s, %s each at first and %s at last, %d bytes of memory each, "+
		"listed in %s, removed by %d calls in %s", n, sum(took), took[0]/part, took[len(took)-1]/part, bytes, listed, calls, time.Since(began))
	require.Less(t, took[len(took)-1], 5*took[0], "the last thousand beside the first")
	require.Less(t, bytes, uint64(32<<10))
	require.LessOrEqual(t, calls, n/32+2)
	buckets, err := r.Buckets()
	require.NoError(t, err)
	require.Len(t, buckets, 1)
	docs, err := r.Store().Documents("account")
	require.NoError(t, err)
	require.Empty(t, docs)
}

func sum(list []time.Duration) (all time.Duration) {
	for _, d := range list {
		all += d
	}
	return all
}
