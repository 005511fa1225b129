package api_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

// stopwatch is a time that passes by waiting alone, so that the bytes let
// through in a time can be counted exactly.
type stopwatch struct {
	mu      sync.Mutex
	at      time.Time
	looks   int
	longest time.Duration
	ends    bool // the client is gone
}

func (s *stopwatch) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	return s.at
}

func (s *stopwatch) wait(_ context.Context, d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends {
		return context.Canceled
	}
	s.at = s.at.Add(d)
	s.longest = max(s.longest, d)
	return nil
}

// elapsed is the time that passed since the last call.
func (s *stopwatch) elapsed() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.at.Sub(testTime())
	s.at, s.longest = testTime(), 0
	return d
}

func startPaced(t *testing.T) (*server, *stopwatch) {
	t.Helper()
	s, w := start(t, api.Config{}), &stopwatch{at: testTime()}
	s.e.SetPacing(w.now, w.wait)
	return s, w
}

// TestTrafficLimit lets a mebibyte through each call that may be limited, at
// two rates and by each carrier of the limit: it takes the time that the rate
// says, the burst of an eighth of a second aside (choice 200, choice 201).
//
// holds: header x-cos-traffic-limit; param x-cos-traffic-limit
func TestTrafficLimit(t *testing.T) {
	s, w := startPaced(t)
	data := pseudo(1, mib)
	id := s.initiate("parts")
	calls := map[string]func(limit string) *answer{
		"header":    func(l string) *answer { return s.do(http.MethodPut, "/k", data, "x-cos-traffic-limit", l) },
		"parameter": func(l string) *answer { return s.do(http.MethodPut, "/k?x-cos-traffic-limit="+l, data) },
		"header beside parameter": func(l string) *answer {
			return s.do(http.MethodPut, "/k?x-cos-traffic-limit=838860800", data, "x-cos-traffic-limit", l)
		},
		"chunks": func(l string) *answer {
			m := s.signed(http.MethodPut, "/k", data, "x-cos-traffic-limit", l)
			m.chunked = true
			return s.send(m)
		},
		"part": func(l string) *answer {
			return s.do(http.MethodPut, "/parts?partNumber=1&uploadId="+id, data, "x-cos-traffic-limit", l)
		},
		"download": func(l string) *answer { return s.do(http.MethodGet, "/down?x-cos-traffic-limit="+l, nil) },
		"form field": func(l string) *answer {
			f := policyForm(testTime(), "")
			f.file = string(data)
			f.set("x-cos-traffic-limit", l)
			return s.send(f.message(t))
		},
		"header beside a form": func(l string) *answer {
			f := policyForm(testTime(), "")
			f.file = string(data)
			m := f.message(t)
			m.header.Set("x-cos-traffic-limit", l)
			return s.send(m)
		},
	}
	require.Equal(t, 200, s.do(http.MethodPut, "/down", data).status)
	require.Zero(t, w.looks, "what has no limit looks at no time")
	for name, call := range calls {
		for limit, rate := range map[string]float64{"819200": 102400, "8192001": 1024000} {
			got := call(limit)
			require.Less(t, got.status, 300, "%s: %s", name, got.body)
			longest := w.longest
			want := time.Duration(float64(mib)/rate*float64(time.Second)) - time.Second/8
			require.InDelta(t, want, w.elapsed(), float64(5*time.Millisecond), "%s at %s", name, limit)
			require.LessOrEqual(t, longest, time.Second/8, "%s: in small steps", name)
		}
	}
	require.Equal(t, data, s.do(http.MethodGet, "/down", nil, "x-cos-traffic-limit", "819200").body)
	s.requireStored(testBucket, "k", data)
	s.requireStored(testBucket, "up/photo.jpg", data)

	got := s.do(http.MethodGet, "/down", nil, "x-cos-traffic-limit", "819200", "Range", "bytes=0-12799")
	require.Equal(t, 206, got.status)
	w.elapsed()
	require.Equal(t, 206, s.do(http.MethodGet, "/down", nil, "x-cos-traffic-limit", "819200", "Range", "bytes=0-12799").status)
	require.Zero(t, w.elapsed(), "a burst needs no wait")
}

// TestTrafficLimitRefused: a value out of bounds is refused before the body is
// read, beside the bounds themselves, which are accepted.
//
// holds: header x-cos-traffic-limit; param x-cos-traffic-limit; code InvalidArgument
func TestTrafficLimitRefused(t *testing.T) {
	s, _ := startPaced(t)
	for _, v := range []string{"819199", "838860801", "0", "-819200", "1e6", "819200.0", "fast", "99999999999999999999", "819200x"} {
		s.requireRefused(s.do(http.MethodPut, "/k", []byte("x"), "x-cos-traffic-limit", v), v, 400, "InvalidArgument", "")
		s.requireNothing(testBucket, "k")
	}
	f := policyForm(testTime(), "")
	f.set("x-cos-traffic-limit", "1")
	s.requireRefused(s.send(f.message(t)), "form", 400, "InvalidArgument", "")
	s.requireNothing(testBucket, "up/photo.jpg")
	for _, v := range []string{"819200", "838860800", ""} {
		require.Equal(t, 200, s.do(http.MethodPut, "/k", []byte(v), "x-cos-traffic-limit", v).status, v)
		s.requireStored(testBucket, "k", []byte(v))
	}
	s.requireRefused(s.do(http.MethodGet, "/k?x-cos-traffic-limit=1", nil), "GET", 400, "InvalidArgument", "")
	require.Equal(t, 200, s.do(http.MethodHead, "/k?x-cos-traffic-limit=1", nil).status, "nothing to limit")
}

// TestTrafficLimitClientGone: a wait that ends with its client stores nothing.
func TestTrafficLimitClientGone(t *testing.T) {
	s, w := startPaced(t)
	w.ends = true
	got := s.do(http.MethodPut, "/k", pseudo(1, mib), "x-cos-traffic-limit", "819200")
	s.requireRefused(got, "gone", 400, "IncompleteBody", "")
	s.requireNothing(testBucket, "k")
}

// TestTrafficLimitReal is the real time: no machine is so fast that a limited
// body takes less than its rate says.
func TestTrafficLimitReal(t *testing.T) {
	s := start(t, api.Config{})
	data := pseudo(1, 48<<10)
	before := time.Now()
	require.Equal(t, 200, s.do(http.MethodPut, "/k", data, "x-cos-traffic-limit", "819200").status)
	require.Greater(t, time.Since(before), 350*time.Millisecond) // 0.48 s less the burst
	s.requireStored(testBucket, "k", data)
}
