package control

import (
	"context"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/danielgtaylor/huma/v2"
)

// clockState is the clock as calls return it.
type clockState struct {
	Now    time.Time `json:"now" doc:"The emulator's time."`
	Frozen bool      `json:"frozen" doc:"Whether it stands still."`
	Offset string    `json:"offset,omitempty" example:"-20m0s" doc:"How far it is from the real time; not given while it is frozen."`
}

type clockOutput struct{ Body clockState }

// clockChange is what PUT takes: now, frozen, or both; or offset.
type clockChange struct {
	Now    *time.Time `json:"now,omitempty" doc:"Set the clock to this time (RFC 3339)."`
	Frozen *bool      `json:"frozen,omitempty" doc:"true: stand still, at now if given. false: go on, from now if given."`
	Offset *string    `json:"offset,omitempty" example:"-20m" doc:"Go on at this distance from the real time, such as -20m, 8h or 7d. Not with now."`
}

type clockInput struct{ Body clockChange }

type advanceInput struct {
	Body struct {
		By string `json:"by" example:"15m" doc:"How far to move the clock, frozen or not. Negative moves it back."`
	}
}

func (h *Handler) registerClock(api huma.API) {
	huma.Register(api, h.operation("get-clock", http.MethodGet, "/clock", "The emulator's time", http.StatusOK),
		func(context.Context, *struct{}) (*clockOutput, error) { return h.clockNow(), nil })
	huma.Register(api, h.operation("set-clock", http.MethodPut, "/clock", "Set, freeze, thaw or shift it", http.StatusOK),
		h.setClock)
	huma.Register(api, h.operation("advance-clock", http.MethodPost, "/clock/advance", "Move it", http.StatusOK),
		h.advanceClock)
	huma.Register(api, h.operation("follow-clock", http.MethodDelete, "/clock", "Return to the real time", http.StatusOK),
		h.followClock)
}

func (h *Handler) clockNow() *clockOutput {
	s := h.emulator.Clock().State()
	out := &clockOutput{clockState{Now: s.Now.UTC(), Frozen: s.Frozen}}
	if !s.Frozen {
		out.Body.Offset = s.Offset.String()
	}
	return out
}

func (h *Handler) followClock(context.Context, *struct{}) (*clockOutput, error) {
	h.clockMu.Lock()
	defer h.clockMu.Unlock()
	h.emulator.Clock().Shift(0)
	return h.clockNow(), nil
}

func (h *Handler) setClock(_ context.Context, in *clockInput) (*clockOutput, error) {
	h.clockMu.Lock()
	defer h.clockMu.Unlock()
	c := h.emulator.Clock()
	change := in.Body
	freeze := change.Frozen != nil && *change.Frozen
	if change.Offset != nil {
		if change.Now != nil || freeze {
			return nil, unprocessable("body.offset", "offset goes neither with now nor with frozen: true")
		}
		d, err := parseDistance("body.offset", *change.Offset)
		if err != nil {
			return nil, err
		}
		if err := checkTime("body.offset", c.Real().Add(d)); err != nil {
			return nil, err
		}
		c.Shift(d)
		return h.clockNow(), nil
	}
	if change.Now == nil && change.Frozen == nil {
		return nil, unprocessable("body", "give now, frozen or offset")
	}
	at := c.Now()
	if change.Now != nil {
		at = *change.Now
	}
	if err := checkTime("body.now", at); err != nil {
		return nil, err
	}
	if freeze {
		c.Freeze(at)
	} else {
		c.Shift(at.Sub(c.Real()))
	}
	return h.clockNow(), nil
}

func (h *Handler) advanceClock(_ context.Context, in *advanceInput) (*clockOutput, error) {
	d, err := parseDistance("body.by", in.Body.By)
	if err != nil {
		return nil, err
	}
	h.clockMu.Lock()
	defer h.clockMu.Unlock()
	c := h.emulator.Clock()
	if err := checkTime("body.by", c.Now().Add(d)); err != nil {
		return nil, err
	}
	c.Advance(d)
	return h.clockNow(), nil
}

func parseDistance(at, s string) (time.Duration, error) {
	d, err := clock.ParseDuration(s)
	if err != nil {
		return 0, unprocessable(at, "want a duration such as 15m, -20m, 8h30m or 7d")
	}
	return d, nil
}

// checkTime refuses times that signatures and dates cannot write.
func checkTime(at string, t time.Time) error {
	if t.Unix() < 0 || t.Year() > 9999 {
		return unprocessable(at, "the clock goes from 1970 to 9999")
	}
	return nil
}

// unprocessable is a problem with one part of the input.
func unprocessable(at, message string) error {
	return huma.Error422UnprocessableEntity(message, &huma.ErrorDetail{Message: message, Location: at})
}
