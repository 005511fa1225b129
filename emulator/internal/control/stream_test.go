package control

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An event is a server-sent event, or a comment with the name ":".
type event struct{ name, id, data string }

// A follower reads a stream.
type follower struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (r *rig) follow(query string, change ...func(*http.Request)) *follower {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	r.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.console+"/api/v1/requests/stream"+query, http.NoBody)
	require.NoError(r.t, err)
	for _, c := range change {
		c(req)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	r.t.Cleanup(func() { _ = res.Body.Close() })
	require.Equal(r.t, http.StatusOK, res.StatusCode)
	require.Equal(r.t, "text/event-stream", res.Header.Get("Content-Type"))
	require.Equal(r.t, "no-store", res.Header.Get("Cache-Control"))
	s := bufio.NewScanner(res.Body)
	s.Buffer(nil, 1<<20)
	return &follower{r.t, s}
}

// next returns the next event, or the next comment if comments is true.
func (f *follower) next(comments bool) event {
	f.t.Helper()
	var e event
	for f.lines.Scan() {
		name, value, _ := strings.Cut(f.lines.Text(), ": ")
		switch name {
		case "":
			if e.name != "" {
				return e
			}
		case ":":
			if comments {
				e.name = ":"
			}
		case "event":
			e.name = value
		case "id":
			e.id = value
		case "data":
			e.data = value
		default:
			require.Fail(f.t, "unknown line", f.lines.Text())
		}
	}
	require.NoError(f.t, f.lines.Err())
	require.Fail(f.t, "the stream ended")
	return e
}

func (f *follower) request() shownRequest {
	f.t.Helper()
	e := f.next(false)
	require.Equal(f.t, "request", e.name, e.data)
	var q shownRequest
	require.NoError(f.t, json.Unmarshal([]byte(e.data), &q))
	require.Equal(f.t, strconv.FormatUint(q.Seq, 10), e.id)
	return q
}

func (f *follower) state() (oldest, last uint64, instance string) {
	f.t.Helper()
	e := f.next(false)
	require.Equal(f.t, "state", e.name, e.data)
	require.Empty(f.t, e.id, "it is no place to go on from")
	var s struct {
		Oldest, Last uint64
		Instance     string
	}
	require.NoError(f.t, json.Unmarshal([]byte(e.data), &s))
	require.NotEmpty(f.t, s.Instance)
	return s.Oldest, s.Last, s.Instance
}

func TestStream(t *testing.T) {
	r := start(t, Options{})
	r.upload("past")
	live := r.follow("?brief=true")
	oldest, last, instance := live.state()
	require.Equal(t, []uint64{1, 1}, []uint64{oldest, last})
	past := live.request()
	require.Equal(t, "past", past.Key)
	require.Nil(t, past.Request)

	refused := r.follow("?verdict=refused&after=1")
	refused.state()
	r.upload("good")
	bad := put(t, strings.Replace(r.presign(`{"bucket":"`+testBucket+`","key":"bad"}`).URL, "q-signature=", "q-signature=0", 1))
	require.Equal(t, 403, bad.status)
	require.Equal(t, "good", live.request().Key)
	require.Equal(t, "bad", live.request().Key)
	full := refused.request()
	require.Equal(t, "bad", full.Key)
	require.Equal(t, bad.header.Get("X-Cos-Request-Id"), full.ID)
	require.NotNil(t, full.Finding)

	// A client that reconnects continues where it was.
	again := r.follow("?after=0", header("Last-Event-ID", "2"))
	_, _, same := again.state()
	require.Equal(t, instance, same)
	require.Equal(t, "bad", again.request().Key)

	// Cleared requests are gone, and the stream reports that.
	r.call("DELETE", "/api/v1/requests", "").want(t, http.StatusNoContent, nil)
	oldest, last, _ = live.state()
	require.Equal(t, []uint64{0, 3}, []uint64{oldest, last})
	r.upload("next")
	require.Equal(t, "next", live.request().Key)
	require.NoError(t, r.Reset())
	live.state()

	// An id from another process starts at the oldest request.
	other := start(t, Options{})
	other.upload("first")
	stranger := other.follow("", header("Last-Event-ID", "500"))
	_, last, elsewhere := stranger.state()
	require.EqualValues(t, 1, last)
	require.NotEqual(t, instance, elsewhere)
	require.Equal(t, "first", stranger.request().Key)

	r.call("GET", "/api/v1/requests/stream?verdikt=x", "").wantProblem(t, 422)
	r.call("GET", "/api/v1/requests/stream", "", header("Last-Event-ID", "x")).wantProblem(t, 422)
}

// TestStreamBeats: an idle stream sends signs of life.
func TestStreamBeats(t *testing.T) {
	r := start(t, Options{heartbeat: 10 * time.Millisecond})
	f := r.follow("")
	f.state()
	require.Equal(t, ":", f.next(true).name)
	require.Equal(t, ":", f.next(true).name)
	r.upload("a")
	require.Equal(t, "a", f.request().Key)
}

// TestStreamOfMany: a slow reader gets all recorded requests in order and blocks nothing.
func TestStreamOfMany(t *testing.T) {
	r := start(t, Options{})
	f := r.follow("?brief=true")
	f.state()
	const n = 300
	for range n {
		r.upload("x")
	}
	for i := range n {
		require.EqualValues(t, i+1, f.request().Seq)
	}
}
