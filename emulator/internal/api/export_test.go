package api

import (
	"context"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/call"
)

// SetPacing replaces the time by which traffic is limited. It must be called
// before the first request.
func (e *Emulator) SetPacing(now func() time.Time, wait func(context.Context, time.Duration) error) {
	e.env.Pacing = call.Pacing{Now: now, Wait: wait}
}

// SetIdle replaces the minute that a client may send nothing of a body. It must
// be called before the first request.
func (e *Emulator) SetIdle(d time.Duration) { e.early.Idle = d }
