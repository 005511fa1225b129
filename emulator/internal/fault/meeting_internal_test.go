package fault

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

// TestThrottle: a body comes at its rate, to the second, and never waits longer than a request may.
func TestThrottle(t *testing.T) {
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	p := New(Config{Store: st, Real: time.Now, Now: func(string) time.Time { return time.Now() }, Log: slog.New(slog.DiscardHandler)})
	for _, c := range []struct {
		rate   int64
		size   int
		within time.Duration
	}{
		{100, 1000, 10 * time.Second},
		{1, 100, 100 * time.Second},
		{1, 100_000, MaxWait},
		{1 << 50, 100_000, 0},
	} {
		_, err = p.Add(Spec{Word: Throttle, BytesPerSecond: c.rate, Times: 1, When: After})
		require.NoError(t, err)
		now := time.Unix(0, 0)
		waits := call.Pacing{Now: func() time.Time { return now }, Wait: func(_ context.Context, d time.Duration) error {
			now = now.Add(d)
			return nil
		}}
		r := httptest.NewRequest(http.MethodPut, "/k", strings.NewReader(strings.Repeat("x", c.size)))
		r, body := p.Reading(r)
		in := &call.Call{Entry: &journal.Entry{}}
		in.HTTP, in.Op = r, &call.Operation{Name: "PutObject"}
		m := p.Arrived(in, body, waits)
		require.NotNil(t, m)
		require.NoError(t, m.Meet(After))
		n, err := io.Copy(io.Discard, r.Body)
		require.NoError(t, err)
		require.EqualValues(t, c.size, n)
		require.InDelta(t, c.within.Seconds(), now.Sub(time.Unix(0, 0)).Seconds(), 1, c)
		m.End()
	}
}
