package control

import (
	"context"
	"errors"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/remedy"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/danielgtaylor/huma/v2"
)

// fixCalls change what made the emulator refuse a request, and undo that.
type fixCalls struct {
	*shared
	remedies *remedy.Remedies
}

func newFixCalls(s *shared) *fixCalls { return &fixCalls{s, remedy.New(s.emulator)} }

// offeredFix is a fix in answers.
type offeredFix struct {
	Fix      string        `json:"fix" example:"create-bucket" doc:"real-time, create-bucket, allow-origin, add-statement, add-alias:<bucket> or enable-acceleration."`
	Title    diagnose.Text `json:"title" doc:"What it does, in English and Chinese."`
	By       string        `json:"by" example:"POST /api/v1/buckets" doc:"The call or the setting that does the same."`
	Document string        `json:"document,omitempty" doc:"What it adds: a CORS rule, a statement of a policy."`
}

// appliedFix is a fix that can be undone.
type appliedFix struct {
	offeredFix
	ID string `json:"id" doc:"For DELETE, which undoes it."`
}

type fixesOutput struct {
	Body struct {
		Fixes   []offeredFix `json:"fixes" doc:"What can be done. With each alone the same request would be accepted, had it arrived then."`
		Resend  bool         `json:"resend" doc:"Whether POST /resend can send it with a correct signature."`
		Applied []appliedFix `json:"applied" doc:"What was done for this request and can be undone, the latest one last."`
	}
}

type fixesInput struct {
	AccountInput
	Request string `query:"request" required:"true" minLength:"1" maxLength:"128" doc:"The id of a request that was refused."`
}

type fixInput struct {
	AccountInput
	Body struct {
		Request string `json:"request" minLength:"1" maxLength:"128" doc:"The id of a request that was refused."`
		Fix     string `json:"fix" minLength:"1" maxLength:"300" example:"create-bucket" doc:"One of the fixes that GET offers."`
	}
}

type fixOutput struct{ Body appliedFix }

type undoInput struct {
	AccountInput
	ID    string `path:"id"`
	Force bool   `query:"force" doc:"Remove a bucket that the fix made together with the objects that are in it by now."`
}

func (c *fixCalls) register(api huma.API) {
	huma.Register(api, c.operation("list-fixes", http.MethodGet, "/fixes",
		"What can be done here about a refused request", http.StatusOK, http.StatusNotFound), c.list)
	apply := c.operation("apply-fix", http.MethodPost, "/fixes",
		"Do it", http.StatusCreated, http.StatusNotFound, http.StatusConflict)
	apply.Description = "The request is judged again, without its body. If it would still be refused, everything is " +
		"left as it was, and the answer is 409. The latest hundred fixes can be undone."
	huma.Register(api, apply, c.apply)
	huma.Register(api, c.operation("undo-fix", http.MethodDelete, "/fixes/{id}",
		"Restore exactly what was. 409 if it was changed since", http.StatusNoContent, http.StatusNotFound, http.StatusConflict), c.undo)
	c.registerResend(api)
}

// entryOf finds a request of an account, or of any.
func (s *shared) entryOf(ctx context.Context, appID, id string) (*journal.Entry, error) {
	if _, err := s.account(appID); err != nil {
		return nil, err
	}
	e, ok := s.recorded(ctx, id)
	if !ok || appID != "" && e.Account != appID {
		return nil, huma.Error404NotFound("the journal has no request with this id")
	}
	return e, nil
}

func showFix(m masker, o *remedy.Offer) offeredFix {
	return offeredFix{
		Fix: m.text(o.ID), By: o.By, Document: m.text(o.Document),
		Title: diagnose.Text{En: m.text(o.Title.En), Zh: m.text(o.Title.Zh)},
	}
}

func (c *fixCalls) list(ctx context.Context, in *fixesInput) (*fixesOutput, error) {
	e, err := c.entryOf(ctx, in.Account, in.Request)
	if err != nil {
		return nil, err
	}
	out, m := &fixesOutput{}, c.masker().withTokensOf(e)
	out.Body.Fixes, out.Body.Applied = []offeredFix{}, []appliedFix{}
	for _, o := range c.remedies.Offers(e) {
		out.Body.Fixes = append(out.Body.Fixes, showFix(m, &o))
	}
	_, err = c.remedies.Resign(e, in.Account)
	out.Body.Resend = err == nil
	for _, a := range c.remedies.Applied(e.ID) {
		out.Body.Applied = append(out.Body.Applied, appliedFix{showFix(m, &a.Offer), a.UndoID})
	}
	return out, nil
}

func (c *fixCalls) apply(ctx context.Context, in *fixInput) (*fixOutput, error) {
	e, err := c.entryOf(ctx, in.Account, in.Body.Request)
	if err != nil {
		return nil, err
	}
	c.clockChange.Lock()
	defer c.clockChange.Unlock()
	a, err := c.remedies.Apply(e, in.Body.Fix)
	var not *remedy.Insufficient
	switch {
	case errors.Is(err, remedy.ErrNone):
		return nil, huma.Error404NotFound(err.Error())
	case errors.As(err, &not):
		return nil, huma.Error409Conflict(c.masker().withTokensOf(e).text(not.Error()))
	case err != nil:
		return nil, c.internalError("the fix", err)
	}
	return &fixOutput{appliedFix{showFix(c.masker().withTokensOf(e), &a.Offer), a.UndoID}}, nil
}

func (c *fixCalls) undo(_ context.Context, in *undoInput) (*struct{}, error) {
	if _, err := c.account(in.Account); err != nil {
		return nil, err
	}
	c.clockChange.Lock()
	defer c.clockChange.Unlock()
	switch err := c.remedies.Undo(in.ID, in.Account, in.Force); {
	case errors.Is(err, remedy.ErrUnknown):
		return nil, huma.Error404NotFound(err.Error())
	case errors.Is(err, remedy.ErrChanged), errors.Is(err, remedy.ErrNotEmpty):
		return nil, huma.Error409Conflict(err.Error())
	case err != nil:
		return nil, c.internalError("undoing the fix", err)
	}
	return nil, nil
}
