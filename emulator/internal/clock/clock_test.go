package clock_test

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/clock"
)

func moment() time.Time { return time.Date(2020, 6, 17, 5, 37, 29, 0, time.UTC) }

// requireAbout checks that the clock runs at a distance from the real time.
func requireAbout(tb testing.TB, c *clock.Clock, offset time.Duration) {
	tb.Helper()
	before := time.Now().Round(0).Add(offset)
	got := c.Now()
	after := time.Now().Round(0).Add(offset)
	require.False(tb, got.Before(before) || got.After(after), "%v is not between %v and %v", got, before, after)
	s := c.State()
	require.False(tb, s.Frozen)
	require.Equal(tb, offset, s.Offset)
	require.False(tb, s.Now.Before(got))
}

func requireFrozen(tb testing.TB, c *clock.Clock, at time.Time) {
	tb.Helper()
	require.True(tb, c.Now().Equal(at), c.Now())
	s := c.State()
	require.True(tb, s.Frozen)
	require.True(tb, s.Now.Equal(at))
	require.InDelta(tb, time.Until(at), s.Offset, float64(time.Minute))
}

func TestRunning(t *testing.T) {
	c := clock.New()
	requireAbout(t, c, 0)
	requireAbout(t, &clock.Clock{}, 0)
	c.Shift(-20 * time.Minute)
	requireAbout(t, c, -20*time.Minute)
	c.Shift(8 * time.Hour)
	requireAbout(t, c, 8*time.Hour)
	c.Advance(15 * time.Minute)
	requireAbout(t, c, 8*time.Hour+15*time.Minute)
	c.Advance(-9 * time.Hour)
	requireAbout(t, c, -45*time.Minute)
	c.Shift(0)
	requireAbout(t, c, 0)
}

func TestFrozen(t *testing.T) {
	c := clock.New()
	c.Freeze(moment())
	requireFrozen(t, c, moment())
	c.Advance(15 * time.Minute)
	requireFrozen(t, c, moment().Add(15*time.Minute))
	c.Advance(-time.Hour)
	requireFrozen(t, c, moment().Add(-45*time.Minute))
	c.Freeze(moment())
	requireFrozen(t, c, moment())
	c.Shift(time.Minute)
	requireAbout(t, c, time.Minute)
	c.Freeze(c.Now())
	require.True(t, c.State().Frozen)
}

// TestSet: Set makes a running or frozen clock run from a time.
func TestSet(t *testing.T) {
	c := clock.New()
	for range 2 {
		c.Set(moment())
		s := c.State()
		require.False(t, s.Frozen)
		require.WithinDuration(t, moment(), s.Now, time.Minute)
		require.False(t, s.Now.Before(moment()))
		c.Freeze(moment().AddDate(1, 0, 0))
	}
}

func TestReset(t *testing.T) {
	c := clock.New()
	c.Freeze(moment())
	c.Reset()
	requireAbout(t, c, 0)

	c.Freeze(moment())
	c.Keep()
	c.Advance(time.Hour)
	c.Shift(time.Hour)
	c.Reset()
	requireFrozen(t, c, moment())

	c.Shift(-time.Hour)
	c.Keep()
	c.Freeze(moment())
	c.Reset()
	requireAbout(t, c, -time.Hour)
}

// TestWallClock: times of the clock compare by what they show. A monotonic reading would make them
// differ from the real time.
func TestWallClock(t *testing.T) {
	c := clock.New()
	require.NotContains(t, c.Now().String(), "m=")
	c.Shift(time.Hour)
	require.NotContains(t, c.Now().String(), "m=")
	c.Freeze(time.Now())
	require.NotContains(t, c.Now().String(), "m=")
	require.NotContains(t, c.State().Now.String(), "m=")
	require.Contains(t, c.Real().String(), "m=", "durations are measured by it")
}

// TestFar: offsets stop at the limits of a duration.
func TestFar(t *testing.T) {
	c := clock.New()
	c.Shift(math.MaxInt64 - 1)
	c.Advance(time.Hour)
	require.Equal(t, time.Duration(math.MaxInt64), c.State().Offset)
	c.Shift(math.MinInt64 + 1)
	c.Advance(-time.Hour)
	require.Equal(t, time.Duration(math.MinInt64), c.State().Offset)
	c.Advance(time.Hour)
	require.Equal(t, math.MinInt64+time.Hour, c.State().Offset)
}

// TestConcurrent: concurrent calls of Advance all count.
func TestConcurrent(t *testing.T) {
	c := clock.New()
	c.Freeze(moment())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 250 {
				c.Advance(time.Second)
				_ = c.Now()
				_ = c.State()
			}
		})
	}
	wg.Wait()
	requireFrozen(t, c, moment().Add(2000*time.Second))
}

func TestAllocations(t *testing.T) {
	c := clock.New()
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = c.Now() }))
	c.Shift(time.Hour)
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = c.Now() }))
}

func BenchmarkNow(b *testing.B) {
	c := clock.New()
	c.Shift(time.Hour)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_ = c.Now()
		}
	})
}
