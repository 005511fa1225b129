package control

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// resetCalls return the emulator to its state at start.
type resetCalls struct{ *shared }

func (c *resetCalls) register(api huma.API) {
	huma.Register(api, c.operation("reset", http.MethodPost, "/reset",
		"Return to the state at start: objects, buckets, key pairs, clock", http.StatusNoContent), c.reset)
}

func (c *resetCalls) reset(context.Context, *struct{}) (*struct{}, error) {
	c.clockChange.Lock()
	defer c.clockChange.Unlock()
	if err := c.emulator.Reset(); err != nil {
		return nil, c.internalError("the reset", err)
	}
	return nil, nil
}
