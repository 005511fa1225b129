package control

import (
	"context"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/danielgtaylor/huma/v2"
)

// clockCalls read and change the clocks. Setting needs the lock clockChange, since it reads a
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

type clockInput struct {
	AccountInput
	Body clockSetting
}

type advanceInput struct {
	AccountInput
	Body struct {
		By string `json:"by" example:"15m" doc:"How far to move the clock, frozen or running. A negative duration moves it back."`
	}
}

func (c *clockCalls) register(api huma.API) {
	huma.Register(api, c.operation("get-clock", http.MethodGet, "/clock", "The time of an account, or the server's", http.StatusOK, http.StatusNotFound), c.getClock)
	set := c.operation("set-clock", http.MethodPut, "/clock",
		"Set, freeze or shift the clock, or let it run", http.StatusOK, http.StatusNotFound)
	set.Description = "Without account it sets the clock of the server and of every account."
	huma.Register(api, set, c.setClock)
	advance := c.operation("advance-clock", http.MethodPost, "/clock/advance", "Move the clock", http.StatusOK, http.StatusNotFound)
	advance.Description = "Without account it moves the clock of the server and of every account by the same time."
	huma.Register(api, advance, c.advanceClock)
	follow := c.operation("follow-clock", http.MethodDelete, "/clock", "Return to the real time", http.StatusOK, http.StatusNotFound)
	follow.Description = set.Description
	huma.Register(api, follow, c.followClock)
}

func showClock(clk *clock.Clock) *clockOutput {
	s := clk.State()
	out := &clockOutput{clockState{Now: s.Now.UTC(), Frozen: s.Frozen}}
	if !s.Frozen {
		out.Body.Offset = s.Offset.String()
	}
	return out
}

func (c *clockCalls) getClock(_ context.Context, in *AccountInput) (*clockOutput, error) {
	a, err := c.account(in.Account)
	if err != nil {
		return nil, err
	}
	if a != nil {
		return showClock(a.Clock()), nil
	}
	return showClock(c.emulator.Clock()), nil
}

// changeClock changes the clock of an account, or else the server's. Afterwards others does the
// same to the clocks of accounts that do not follow the server's.
func (c *clockCalls) changeClock(appID string, change func(*clock.Clock) error, others func(*clock.Clock)) (*clockOutput, error) {
	a, err := c.account(appID)
	if err != nil {
		return nil, err
	}
	c.clockChange.Lock()
	defer c.clockChange.Unlock()
	clk := c.emulator.Clock()
	if a != nil {
		clk = a.Clock()
	}
	if err := change(clk); err != nil {
		return nil, err
	}
	if a != nil {
		err = c.emulator.Accounts().Save(a)
	} else {
		err = c.emulator.Accounts().EachClock(others)
	}
	if err != nil {
		return nil, c.internalError("keeping the clock", err)
	}
	return showClock(clk), nil
}

func (c *clockCalls) followClock(_ context.Context, in *AccountInput) (*clockOutput, error) {
	return c.changeClock(in.Account, func(clk *clock.Clock) error {
		clk.Shift(0)
		return nil
	}, (*clock.Clock).Follow)
}

func (c *clockCalls) setClock(_ context.Context, in *clockInput) (*clockOutput, error) {
	return c.changeClock(in.Account, in.Body.apply, (*clock.Clock).Follow)
}

// apply sets a clock.
func (set *clockSetting) apply(clk *clock.Clock) error {
	freeze := set.Frozen != nil && *set.Frozen
	if set.Offset != nil {
		if set.Now != nil || freeze {
			return unprocessable("body.offset", "offset goes neither with now nor with frozen: true")
		}
		d, err := parseDistance("body.offset", *set.Offset)
		if err != nil {
			return err
		}
		if err := checkTime("body.offset", clk.Real().Add(d)); err != nil {
			return err
		}
		clk.Shift(d)
		return nil
	}
	if set.Now == nil && set.Frozen == nil {
		return unprocessable("body", "give now, frozen or offset")
	}
	at := clk.Now()
	if set.Now != nil {
		at = *set.Now
	}
	if err := checkTime("body.now", at); err != nil {
		return err
	}
	if freeze {
		clk.Freeze(at)
	} else {
		clk.Shift(at.Sub(clk.Real()))
	}
	return nil
}

func (c *clockCalls) advanceClock(_ context.Context, in *advanceInput) (*clockOutput, error) {
	d, err := parseDistance("body.by", in.Body.By)
	if err != nil {
		return nil, err
	}
	return c.changeClock(in.Account, func(clk *clock.Clock) error {
		if err := checkTime("body.by", clk.Now().Add(d)); err != nil {
			return err
		}
		clk.Advance(d)
		return nil
	}, func(clk *clock.Clock) {
		if checkTime("", clk.Now().Add(d)) == nil { // else it stays within its bounds
			clk.Advance(d)
		}
	})
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
