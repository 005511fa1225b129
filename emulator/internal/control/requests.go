package control

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const (
	// defaultWait is the timeout of a wait without one; maxWait is the longest (choice 87).
	defaultWait = 10 * time.Second
	maxWait     = 5 * time.Minute
)

// requestCalls list requests of the journal, wait for some, return one and clear the journal.
type requestCalls struct{ *shared }

type requestsInput struct {
	RequestFilter
	BriefInput
	Limit int `query:"limit" default:"100" minimum:"1" maximum:"10000" doc:"The most requests to return: the newest ones."`
}

type waitInput struct {
	RequestFilter
	BriefInput
	Count   int    `query:"count" default:"1" minimum:"1" maximum:"10000" doc:"How many requests must match."`
	Timeout string `query:"timeout" default:"10s" doc:"How long to wait, by the real clock. At most 5m."`
}

// requestIDInput is the rest of the path, since ids are base64 and may contain a slash.
type requestIDInput struct {
	AccountInput
	ID string `path:"id" doc:"The request id, path-escaped or as it is."`
}

// requestList describes a list in the OpenAPI document. listWriter writes it entry by entry.
type requestList struct {
	Requests []entry `json:"requests" doc:"Newest first."`
	Last     uint64  `json:"last" doc:"The seq of the newest request in the journal. Give it as after to see later requests only."`
}

type requestOutput struct{ Body entry }

type restoreOutput struct {
	Body struct {
		Restored int `json:"restored" doc:"How many requests came back."`
	}
}

func (c *requestCalls) register(api huma.API) {
	list := c.operation("list-requests", http.MethodGet, "/requests",
		"The latest requests with verdict, reason and answer", http.StatusOK, http.StatusNotFound)
	list.Responses = map[string]*huma.Response{"200": listResponse(api, "OK")}
	huma.Register(api, list, c.listRequests)
	wait := c.operation("wait-requests", http.MethodGet, "/requests/wait",
		"Wait until enough requests match. 408 with those that match when the time is over", http.StatusOK, http.StatusNotFound)
	wait.Description = "Earlier requests count too, so it does not matter whether the wait or the request comes " +
		"first. To look at later requests only, give the member last of an earlier answer as after. To check that " +
		"no request comes, wait for one and expect 408."
	wait.Middlewares = huma.Middlewares{allowTime(maxWait)}
	wait.Responses = map[string]*huma.Response{
		"200": listResponse(api, "OK"),
		"408": listResponse(api, "Too few requests matched in time. The list has those that did."),
	}
	huma.Register(api, wait, c.waitRequests)
	one := c.operation("get-request", http.MethodGet, "/requests/{id...}",
		"A request by its id", http.StatusOK, http.StatusNotFound)
	huma.Register(api, one, c.getRequest)
	renamePath(api, one.Path, apiPath+"/requests/{id}")
	huma.Register(api, c.operation("clear-requests", http.MethodDelete, "/requests",
		"Delete all requests from the journal", http.StatusNoContent, http.StatusNotFound), c.clearRequests)
	restore := c.operation("restore-requests", http.MethodPost, "/requests/restore",
		"Undo the latest deletion of all requests", http.StatusOK, http.StatusNotFound)
	restore.Description = "The requests come back with their seq. It works until the next deletion or reset, and as far " +
		"as the journal has room for them beside those that came since."
	huma.Register(api, restore, c.restoreRequests)
}

// listResponse describes a list in the OpenAPI document.
func listResponse(api huma.API, description string) *huma.Response {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[requestList](), true, "RequestList")
	return &huma.Response{
		Description: description,
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schema}},
	}
}

// allowTime lets a call take d longer to answer.
func allowTime(d time.Duration) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		_, w := humago.Unwrap(ctx)
		extendDeadline(w, d)
		next(ctx)
	}
}

// extendDeadline sets the write deadline to d plus answerTimeout from now.
func extendDeadline(w http.ResponseWriter, d time.Duration) {
	// An error means that the writer has no deadlines.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d + answerTimeout))
}

// renamePath renames a path in the OpenAPI document. OpenAPI has no parameter for the rest of a
// path.
func renamePath(api huma.API, from, to string) {
	paths := api.OpenAPI().Paths
	paths[to] = paths[from]
	delete(paths, from)
}

func (c *requestCalls) listRequests(ctx context.Context, in *requestsInput) (*huma.StreamResponse, error) {
	last := c.emulator.Journal().Last()
	f, err := c.filter(ctx, &in.RequestFilter)
	if err != nil {
		return nil, err
	}
	f.Limit, f.Before = in.Limit, last+1
	return c.writeRequests(http.StatusOK, f, last, in.Brief), nil
}

func (c *requestCalls) getRequest(_ context.Context, in *requestIDInput) (*requestOutput, error) {
	if _, err := c.account(in.Account); err != nil {
		return nil, err
	}
	e, ok := c.emulator.Journal().Get(in.ID)
	if !ok || in.Account != "" && e.Account != in.Account {
		return nil, huma.Error404NotFound("the journal has no request with this id; " +
			"it keeps the latest requests of this process only")
	}
	return &requestOutput{c.asEntry(c.masker(), e, false)}, nil
}

func (c *requestCalls) clearRequests(_ context.Context, in *AccountInput) (*struct{}, error) {
	if _, err := c.account(in.Account); err != nil {
		return nil, err
	}
	c.emulator.Journal().Hide(in.Account)
	return nil, nil
}

// restoreRequests undoes clearRequests.
func (c *requestCalls) restoreRequests(_ context.Context, in *AccountInput) (*restoreOutput, error) {
	if _, err := c.account(in.Account); err != nil {
		return nil, err
	}
	out := &restoreOutput{}
	out.Body.Restored = c.emulator.Journal().Restore(in.Account)
	return out, nil
}

func (c *requestCalls) waitRequests(ctx context.Context, in *waitInput) (*huma.StreamResponse, error) {
	limit, err := waitTime(in.Timeout)
	if err != nil {
		return nil, err
	}
	f, err := c.filter(ctx, &in.RequestFilter)
	if err != nil {
		return nil, err
	}
	defer c.emulator.Accounts().Leave(c.emulator.Accounts().Enter(in.Account))
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	status, j := http.StatusOK, c.emulator.Journal()
	last := j.Last()
	found, err := j.Wait(ctx, f, in.Count)
	if err != nil {
		if !errors.Is(err, context.DeadlineExceeded) {
			return nil, err // the client is gone
		}
		status = http.StatusRequestTimeout
	}
	newest := uint64(0)
	if len(found) > 0 {
		newest = found[0].Seq // later requests were not compared
	}
	f.Limit, f.Before = len(found), newest+1
	return c.writeRequests(status, f, max(last, newest), in.Brief), nil
}

// waitTime reads the timeout of a wait.
func waitTime(s string) (time.Duration, error) {
	if s == "" {
		return defaultWait, nil
	}
	d, err := parseDistance("query.timeout", s)
	if err != nil {
		return 0, err
	}
	if d < 0 || d > maxWait {
		return 0, unprocessable("query.timeout", "want a duration from 0s (wait for nothing) to "+maxWait.String())
	}
	return d, nil
}
