// Package clock is the emulator's time: the real one, one at a fixed distance
// from it, or one that stands still. Signatures, the Date header and the
// ServerTime of errors all follow it, so a test can let an upload expire
// without waiting for it.
package clock

import (
	"math"
	"sync/atomic"
	"time"
)

// Clock tells the emulator's time. The zero value tells the real time. It is
// safe for concurrent use, and Now takes no lock.
type Clock struct {
	now  atomic.Pointer[setting] // nil: the real time
	kept atomic.Pointer[setting] // what Reset returns to
}

// setting is one way for a clock to go. It is never changed, only replaced.
type setting struct {
	frozen bool
	at     time.Time     // where a frozen clock stands
	offset time.Duration // how far a running clock is from the real time
	since  time.Time     // the real time at which it was made so
}

// State is a clock at one moment.
type State struct {
	// Now is the emulator's time.
	Now time.Time
	// Frozen tells whether it stands still.
	Frozen bool
	// Offset is how far Now is from the real time: fixed while the clock runs,
	// shrinking while it stands. It saturates at about 292 years.
	Offset time.Duration
	// Since is the real time at which the clock was set; zero when it never was.
	Since time.Time
}

// New returns a clock that tells the real time.
func New() *Clock { return &Clock{} }

// Real is the real time, whatever the clock says. Unlike Now it can be used to
// measure durations.
func (*Clock) Real() time.Time { return time.Now() }

// Now is the emulator's time. It has no monotonic reading: two times are
// compared by the wall clock, as their readers in headers and errors do.
func (c *Clock) Now() time.Time { return c.now.Load().time(time.Now()) }

// State returns the clock's time and how it goes, read at one moment.
func (c *Clock) State() State {
	s, real := c.now.Load(), time.Now()
	st := State{Now: s.time(real)}
	switch {
	case s == nil:
	case s.frozen:
		st.Frozen, st.Offset, st.Since = true, s.at.Sub(real.Round(0)), s.since
	default:
		st.Offset, st.Since = s.offset, s.since
	}
	return st
}

// Freeze stops the clock at t.
func (c *Clock) Freeze(t time.Time) {
	c.now.Store(&setting{frozen: true, at: t.Round(0), since: now()})
}

// Shift lets the clock run at a fixed distance from the real time, also when it
// stood still. Shift(0) returns to the real time.
func (c *Clock) Shift(offset time.Duration) { c.now.Store(&setting{offset: offset, since: now()}) }

// Set lets the clock run on from t, also when it stood still.
func (c *Clock) Set(t time.Time) { c.Shift(time.Until(t.Round(0))) }

// Advance moves the clock by d, back when d is negative: one that stands then
// stands there, one that runs goes on from there.
func (c *Clock) Advance(d time.Duration) {
	for {
		old := c.now.Load()
		next := setting{}
		if old != nil {
			next = *old
		}
		if next.frozen {
			next.at = next.at.Add(d)
		} else {
			next.offset = add(next.offset, d)
		}
		next.since = now()
		if c.now.CompareAndSwap(old, &next) {
			return
		}
	}
}

// Keep makes the present setting, frozen or shifted, the one that Reset returns
// to. A running clock is kept as its distance from the real time.
func (c *Clock) Keep() { c.kept.Store(c.now.Load()) }

// Reset returns to the setting that was kept, or to the real time when none was.
func (c *Clock) Reset() { c.now.Store(c.kept.Load()) }

func (s *setting) time(real time.Time) time.Time {
	switch {
	case s == nil:
		return real.Round(0)
	case s.frozen:
		return s.at
	}
	return real.Round(0).Add(s.offset)
}

// now is the real time without its monotonic reading.
func now() time.Time { return time.Now().Round(0) }

// add is a+b, held at the ends of what a Duration can say.
func add(a, b time.Duration) time.Duration {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	}
	return sum
}
