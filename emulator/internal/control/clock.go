package control

import (
	"context"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/danielgtaylor/huma/v2"
)

// clockCalls read and change the clock. Setting needs the lock clockChange, since it reads the
// clock before it changes it.
type clockCalls struct{ *shared }

// clockState is the clock in answers.
type clockState struct {
	Now    time.Time `json:"now" doc:"The emulator's time."`
	Frozen bool      `json:"frozen" doc:"Whether the clock stands still."`
	Offset string    `json:"offset,omitempty" example:"-20m0s" doc:"The distance from the real time. Absent while the clock is frozen."`
}

type clockOutput struct{ Body clockState }

// clockSetting is the body of PUT: now, frozen, or both; or offset alone.
type clockSetting struct {
	Now    *time.Time `json:"now,omitempty" doc:"Set the clock to this time (RFC 3339)."`
	Frozen *bool      `json:"frozen,omitempty" doc:"true: stand still, at now if given. false: run, from now if given."`
	Offset *string    `json:"offset,omitempty" example:"-20m" doc:"Run at this distance from the real time, such as -20m, 8h or 7d. Not together with now."`
}

type clockInput struct{ Body clockSetting }

type advanceInput struct {
	Body struct {
		By string `json:"by" example:"15m" doc:"How far to move the clock, frozen or running. A negative duration moves it back."`
	}
}

func (c *clockCalls) register(api huma.API) {
	huma.Register(api, c.operation("get-clock", http.MethodGet, "/clock", "The emulator's time", http.StatusOK),
		func(context.Context, *struct{}) (*clockOutput, error) { return c.clockNow(), nil })
	huma.Register(api, c.operation("set-clock", http.MethodPut, "/clock",
		"Set, freeze or shift the clock, or let it run", http.StatusOK), c.setClock)
	huma.Register(api, c.operation("advance-clock", http.MethodPost, "/clock/advance", "Move the clock", http.StatusOK),
		c.advanceClock)
	huma.Register(api, c.operation("follow-clock", http.MethodDelete, "/clock", "Return to the real time", http.StatusOK),
		c.followClock)
}

func (c *clockCalls) clockNow() *clockOutput {
	s := c.emulator.Clock().State()
	out := &clockOutput{clockState{Now: s.Now.UTC(), Frozen: s.Frozen}}
	if !s.Frozen {
		out.Body.Offset = s.Offset.String()
	}
	return out
}

func (c *clockCalls) followClock(context.Context, *struct{}) (*clockOutput, error) {
	c.clockChange.Lock()
	defer c.clockChange.Unlock()
	c.emulator.Clock().Shift(0)
	return c.clockNow(), nil
}

func (c *clockCalls) setClock(_ context.Context, in *clockInput) (*clockOutput, error) {
	c.clockChange.Lock()
	defer c.clockChange.Unlock()
	clk := c.emulator.Clock()
	set := in.Body
	freeze := set.Frozen != nil && *set.Frozen
	if set.Offset != nil {
		if set.Now != nil || freeze {
			return nil, unprocessable("body.offset", "offset goes neither with now nor with frozen: true")
		}
		d, err := parseDistance("body.offset", *set.Offset)
		if err != nil {
			return nil, err
		}
		if err := checkTime("body.offset", clk.Real().Add(d)); err != nil {
			return nil, err
		}
		clk.Shift(d)
		return c.clockNow(), nil
	}
	if set.Now == nil && set.Frozen == nil {
		return nil, unprocessable("body", "give now, frozen or offset")
	}
	at := clk.Now()
	if set.Now != nil {
		at = *set.Now
	}
	if err := checkTime("body.now", at); err != nil {
		return nil, err
	}
	if freeze {
		clk.Freeze(at)
	} else {
		clk.Shift(at.Sub(clk.Real()))
	}
	return c.clockNow(), nil
}

func (c *clockCalls) advanceClock(_ context.Context, in *advanceInput) (*clockOutput, error) {
	d, err := parseDistance("body.by", in.Body.By)
	if err != nil {
		return nil, err
	}
	c.clockChange.Lock()
	defer c.clockChange.Unlock()
	clk := c.emulator.Clock()
	if err := checkTime("body.by", clk.Now().Add(d)); err != nil {
		return nil, err
	}
	clk.Advance(d)
	return c.clockNow(), nil
}

// parseDistance reads a duration of the input. Days are a unit too; a duration may be negative.
func parseDistance(where, s string) (time.Duration, error) {
	d, err := clock.ParseDuration(s)
	if err != nil {
		return 0, unprocessable(where, "want a duration such as 15m, -20m, 8h30m or 7d")
	}
	return d, nil
}

// checkTime refuses times outside of 1970 to 9999, which signatures and dates cannot express.
func checkTime(where string, t time.Time) error {
	if t.Unix() < 0 || t.Year() > 9999 {
		return unprocessable(where, "the clock goes from 1970 to 9999")
	}
	return nil
}
