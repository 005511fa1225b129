package control

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// flood sends the same request n times on one connection.
func (r *rig) flood(text string, n int) {
	r.t.Helper()
	c, err := net.Dial("tcp", r.api)
	require.NoError(r.t, err)
	defer c.Close()
	require.NoError(r.t, c.SetDeadline(time.Now().Add(time.Minute)))
	in := bufio.NewReader(c)
	for range n {
		_, err := io.WriteString(c, text)
		require.NoError(r.t, err)
		res, err := http.ReadResponse(in, nil)
		require.NoError(r.t, err)
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(r.t, err)
		require.NoError(r.t, res.Body.Close())
	}
}

func manyHeaders(n int) string {
	var b strings.Builder
	b.WriteString("GET /" + testBucket + "/large HTTP/1.1\r\nHost: a\r\n")
	for i := range n {
		fmt.Fprintf(&b, "%04x:\r\n", i)
	}
	return b.String() + "\r\n"
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestLargeRequests: large requests take no more memory than the limit of the journal, and their
// entries tell what was left out. An ordinary request is recorded completely.
func TestLargeRequests(t *testing.T) {
	r := start(t, Options{})
	before := liveHeap()
	r.flood(manyHeaders(8000), 600)
	require.Less(t, liveHeap()-before, int64(52<<20), "the journal's 48 MiB, and what a server has")
	r.flood("GET /"+testBucket+"/plain HTTP/1.1\r\nHost: a\r\n\r\n", 1)

	shown := func(key string) (e entry) {
		t.Helper()
		id := r.requests("?limit=1&key="+key, 200).Requests[0].ID
		r.call("GET", "/api/v1/requests/"+id, "").want(t, 200, &e)
		return e
	}
	large := shown("large")
	require.NotNil(t, large.Omitted)
	require.Equal(t, 8000, large.Omitted.Headers+len(large.Request.Headers))
	require.Greater(t, len(large.Request.Headers), 100)
	require.Empty(t, large.Request.Curl, "it would send another request")
	plain := shown("plain")
	require.Nil(t, plain.Omitted)
	require.Contains(t, plain.Request.Curl, "/plain")
}

// pieces is a client that records the size of the largest write.
type pieces struct {
	header  http.Header
	all     strings.Builder
	largest int
}

func (p *pieces) Header() http.Header { return p.header }
func (p *pieces) WriteHeader(int)     {}

func (p *pieces) Write(b []byte) (int, error) {
	p.largest = max(p.largest, len(b))
	return p.all.Write(b)
}

// TestListIsStreamed: a list of requests is sent entry by entry and is complete.
func TestListIsStreamed(t *testing.T) {
	r := start(t, Options{})
	r.flood(manyHeaders(2000), 100)
	for _, query := range []string{"?limit=10000", "/wait?count=100&timeout=60s"} {
		p := &pieces{header: http.Header{}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.console+"/api/v1/requests"+query, nil)
		require.NoError(t, err)
		r.handler.ServeHTTP(p, req)
		var list requestList
		require.NoError(t, json.Unmarshal([]byte(p.all.String()), &list), query)
		require.Len(t, list.Requests, 100)
		require.EqualValues(t, 100, list.Last)
		for i, e := range list.Requests {
			require.EqualValues(t, 100-i, e.Seq)
			require.NotNil(t, e.Omitted)
		}
		require.Equal(t, "application/json", p.header.Get("Content-Type"))
		require.Less(t, p.largest, p.all.Len()/10, "%s: never much of it at a time", query)
	}
}
