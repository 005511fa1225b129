package control

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// near compares times of a running clock, which moves during the call.
func near(t *testing.T, want, got time.Time) {
	t.Helper()
	require.WithinDuration(t, want, got, 10*time.Second)
}

func TestClock(t *testing.T) {
	r := start(t, Options{})
	var s clockState
	get := func() clockState {
		t.Helper()
		var s clockState
		r.call("GET", "/api/v1/clock", "").want(t, http.StatusOK, &s)
		return s
	}
	require.Equal(t, clockState{Now: startTime(), Frozen: true}, get())

	// Frozen at another time.
	at := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	r.call("PUT", "/api/v1/clock", `{"now":"2027-01-02T11:04:05+08:00","frozen":true}`).want(t, http.StatusOK, &s)
	require.Equal(t, clockState{Now: at, Frozen: true}, s)
	require.Equal(t, s, get())
	require.True(t, r.Clock().Now().Equal(at), "the emulator judges by it")

	// Moved while frozen, forward and back.
	r.call("POST", "/api/v1/clock/advance", `{"by":"15m"}`).want(t, http.StatusOK, &s)
	require.Equal(t, clockState{Now: at.Add(15 * time.Minute), Frozen: true}, s)
	r.call("POST", "/api/v1/clock/advance", `{"by":"-1h"}`).want(t, http.StatusOK, &s)
	require.Equal(t, at.Add(-45*time.Minute), s.Now)

	// Running from where it was frozen.
	r.call("PUT", "/api/v1/clock", `{"frozen":false}`).want(t, http.StatusOK, &s)
	require.False(t, s.Frozen)
	near(t, at.Add(-45*time.Minute), r.Clock().Now())

	// Frozen at the current time.
	r.call("PUT", "/api/v1/clock", `{"frozen":true}`).want(t, http.StatusOK, &s)
	require.True(t, s.Frozen)
	require.Equal(t, s.Now, get().Now)

	// Running from a given time.
	r.call("PUT", "/api/v1/clock", `{"now":"2027-01-02T03:04:05Z"}`).want(t, http.StatusOK, &s)
	require.False(t, s.Frozen)
	near(t, at, r.Clock().Now())
	r.call("POST", "/api/v1/clock/advance", `{"by":"15m"}`).want(t, http.StatusOK, nil)
	near(t, at.Add(15*time.Minute), r.Clock().Now())

	// At a distance from the real time.
	r.call("PUT", "/api/v1/clock", `{"offset":"-20m"}`).want(t, http.StatusOK, &s)
	require.Equal(t, "-20m0s", s.Offset)
	near(t, time.Now().Add(-20*time.Minute), r.Clock().Now())

	// Back to the real time, not to the frozen time at the start.
	r.call("DELETE", "/api/v1/clock", "").want(t, http.StatusOK, &s)
	require.Equal(t, "0s", s.Offset)
	near(t, time.Now(), r.Clock().Now())
}

func TestClockRefusals(t *testing.T) {
	r := start(t, Options{})
	for _, c := range []struct{ method, path, body, says string }{
		{"PUT", "", `{}`, "give now, frozen or offset"},
		{"PUT", "", `{"now":"2027-01-02T03:04:05Z","offset":"1h"}`, "offset goes neither"},
		{"PUT", "", `{"frozen":true,"offset":"1h"}`, "offset goes neither"},
		{"PUT", "", `{"now":"yesterday"}`, "body.now"},
		{"PUT", "", `{"now":"1969-12-31T23:59:59Z"}`, "1970"},
		{"PUT", "", `{"offset":"20"}`, "want a duration"},
		{"PUT", "", `{"offset":"-2000000h"}`, "1970"},
		{"PUT", "", `{"frozen":"yes"}`, "body.frozen"},
		{"PUT", "", `{"nwo":"2027-01-02T03:04:05Z","frozen":true}`, "nwo"},
		{"POST", "/advance", `{"by":""}`, "want a duration"},
		{"POST", "/advance", `{}`, "by"},
		{"POST", "/advance", `{"by":"-2000000h"}`, "1970"},
	} {
		says := r.call(c.method, "/api/v1/clock"+c.path, c.body).wantProblem(t, http.StatusUnprocessableEntity)
		require.Contains(t, says, c.says, c.body)
		require.True(t, r.Clock().Now().Equal(startTime()), "%s changed the clock", c.body)
	}
	r.call("PUT", "/api/v1/clock", `{`).wantProblem(t, http.StatusBadRequest)
	r.call("PUT", "/api/v1/clock", `{"offset":"20m"}`).want(t, http.StatusOK, nil)
}

// TestAURLExpiresByTheClock uses one URL before and after its end.
func TestAURLExpiresByTheClock(t *testing.T) {
	r := start(t, Options{})
	url := r.presign(`{"bucket":"` + testBucket + `","key":"a.txt","expires":"10m"}`).URL
	require.Equal(t, http.StatusOK, put(t, url).status)
	r.call("POST", "/api/v1/clock/advance", `{"by":"15m"}`).want(t, http.StatusOK, nil)
	refused := put(t, url)
	require.Equal(t, http.StatusForbidden, refused.status)
	require.Contains(t, refused.body, "Request has expired")
	r.call("POST", "/api/v1/clock/advance", `{"by":"-15m"}`).want(t, http.StatusOK, nil)
	require.Equal(t, http.StatusOK, put(t, url).status)
}
