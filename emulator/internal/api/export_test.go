package api

import (
	"context"
	"time"
)

// SetPacing replaces the time by which traffic is limited. It must be called
// before the first request.
func (e *Emulator) SetPacing(now func() time.Time, wait func(context.Context, time.Duration) error) {
	e.pacing = pacing{now: now, wait: wait}
}

// SetIdle replaces the minute that a client may send nothing of a body. It must
// be called before the first request.
func (e *Emulator) SetIdle(d time.Duration) { e.early.Idle = d }
