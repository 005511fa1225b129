// Package clock is the emulator's clock: the real time, a time at a fixed distance from it, or a
// frozen time. Signatures, the Date header and the ServerTime of errors follow it, so that a test
// can let a URL expire without waiting.
package clock

import (
	"math"
	"sync/atomic"
	"time"
)

// Clock is a clock. The zero value is at the real time. It is safe for concurrent use, and Now
// takes no lock.
type Clock struct {
	now     atomic.Pointer[setting] // nil: that of follows, or the real time
	kept    atomic.Pointer[setting] // the setting for Reset
	follows *Clock                  // nil: none
}

// setting is how a clock runs. It is immutable.
type setting struct {
	frozen bool
	at     time.Time     // the time of a frozen clock
	offset time.Duration // the distance of a running clock from the real time
	since  time.Time     // the real time when the clock was set
}

// State is a clock at one moment.
type State struct {
	// Now is the time of the clock.
	Now time.Time
	// Frozen reports whether the clock stands still.
	Frozen bool
	// Offset is the distance of Now from the real time. It is fixed while the clock runs, and
	// shrinks while it is frozen. Its limit is about 292 years.
	Offset time.Duration
	// Since is the real time when the clock was set. It is zero where it never was.
	Since time.Time
}

// New returns a clock at the real time.
func New() *Clock { return &Clock{} }

// NewFollowing returns a clock that shows the time of another one until it is set itself.
func NewFollowing(other *Clock) *Clock { return &Clock{follows: other} }

// setting is how the clock runs now.
func (c *Clock) setting() *setting {
	for ; c != nil; c = c.follows {
		if s := c.now.Load(); s != nil {
			return s
		}
	}
	return nil
}

// Own reports whether the clock was set since it began to follow another one.
func (c *Clock) Own() bool { return c.now.Load() != nil }

// Follow undoes all settings: the clock shows the time of the one that it follows, or the real
// time.
func (c *Clock) Follow() { c.now.Store(nil) }

// Real returns the real time. Unlike Now, it can measure durations.
func (*Clock) Real() time.Time { return time.Now() }

// Now returns the time of the clock. It has no monotonic reading, so times compare by what they
// show in headers and errors.
func (c *Clock) Now() time.Time { return c.setting().time(time.Now()) }

// State returns the state of the clock at one moment.
func (c *Clock) State() State {
	s, real := c.setting(), time.Now()
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

// Shift makes the clock run at a fixed distance from the real time. Shift(0) returns to the real
// time.
func (c *Clock) Shift(offset time.Duration) { c.now.Store(&setting{offset: offset, since: now()}) }

// Set makes the clock run from t.
func (c *Clock) Set(t time.Time) { c.Shift(time.Until(t.Round(0))) }

// Advance moves the clock by d, or back where d is negative. A frozen clock stays frozen.
func (c *Clock) Advance(d time.Duration) {
	for {
		old := c.now.Load()
		next := setting{}
		if s := c.setting(); s != nil {
			next = *s
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

// Keep makes the current setting the one that Reset returns to. For a running clock that is its
// distance from the real time.
func (c *Clock) Keep() { c.kept.Store(c.now.Load()) }

// Reset returns to the setting of the last Keep, or to the real time.
func (c *Clock) Reset() { c.now.Store(c.kept.Load()) }

// Mark is how a clock is set at one moment. Marks are equal while nobody sets the clock.
type Mark struct{ now *setting }

// Mark returns how the clock is set now, for Return.
func (c *Clock) Mark() Mark { return Mark{c.now.Load()} }

// Return sets the clock as it was at a mark.
func (c *Clock) Return(m Mark) { c.now.Store(m.now) }

func (s *setting) time(real time.Time) time.Time {
	switch {
	case s == nil:
		return real.Round(0)
	case s.frozen:
		return s.at
	}
	return real.Round(0).Add(s.offset)
}

// now returns the real time without its monotonic reading.
func now() time.Time { return time.Now().Round(0) }

// add returns a+b, or the nearest limit of a Duration.
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
