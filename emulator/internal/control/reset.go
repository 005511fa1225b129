package control

import (
	"context"
	"errors"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/account"
	"github.com/danielgtaylor/huma/v2"
)

// resetCalls return the emulator to its state at start.
type resetCalls struct{ *shared }

func (c *resetCalls) register(api huma.API) {
	op := c.operation("reset", http.MethodPost, "/reset",
		"Return to the state at start: objects, buckets, key pairs, clock, faults, accounts", http.StatusNoContent, http.StatusNotFound)
	op.Description = "With account it empties the buckets of the account, removes its requests from the journal and its faults, and " +
		"returns its clock to its start. The account, its buckets and its key pairs stay. Without account it also " +
		"removes the accounts that were made."
	huma.Register(api, op, c.reset)
}

func (c *resetCalls) reset(_ context.Context, in *AccountInput) (*struct{}, error) {
	if in.Account != "" {
		return c.resetAccount(in.Account)
	}
	c.clockChange.Lock()
	defer c.clockChange.Unlock()
	if err := c.emulator.Reset(); err != nil {
		return nil, c.internalError("the reset", err)
	}
	return nil, nil
}

func (c *resetCalls) resetAccount(appID string) (*struct{}, error) {
	c.clockChange.Lock()
	defer c.clockChange.Unlock()
	switch err := c.emulator.Accounts().Reset(appID); {
	case errors.Is(err, account.ErrUnknown):
		return nil, errNoAccount()
	case err != nil:
		return nil, c.internalError("the reset", err)
	}
	return nil, nil
}
