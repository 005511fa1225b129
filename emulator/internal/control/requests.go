package control

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const (
	// defaultWait is how long wait waits when nobody says so, maxWait the
	// longest (choice 87).
	defaultWait = 10 * time.Second
	maxWait     = 5 * time.Minute
)

// RequestFilter is the query parameters that choose requests. It is exported
// for the sake of huma, which passes over what is not.
type RequestFilter struct {
	Bucket  string    `query:"bucket" maxLength:"255" doc:"Of this bucket."`
	Key     string    `query:"key" maxLength:"1024" doc:"For this key, decoded; with a * at the end, for all keys that begin so."`
	Method  string    `query:"method" maxLength:"32" example:"PUT"`
	Status  int       `query:"status" minimum:"100" maximum:"599" doc:"Answered with this status."`
	Code    string    `query:"code" maxLength:"128" doc:"Refused with this code, or under verify=report to be refused with it." example:"AccessDenied"`
	Verdict string    `query:"verdict" enum:"accepted,refused,reported"`
	Since   time.Time `query:"since" doc:"Arrived then or later, by the emulator's clock (RFC 3339)."`
	After   uint64    `query:"after" doc:"With a higher seq: only what came since that one."`
	Brief   bool      `query:"brief" doc:"Without what arrived and what was answered in detail, the signature, the steps and the finding's text."`
}

// Resolve refuses parameters that are given twice: only one of them would
// count. Those that nobody knows are refused by huma.
func (*RequestFilter) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	given, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return []error{&huma.ErrorDetail{Message: "the query cannot be read", Location: "query"}}
	}
	var out []error
	for name, values := range given {
		if len(values) > 1 {
			out = append(out, &huma.ErrorDetail{Message: "give it once", Location: "query." + name})
		}
	}
	return out
}

func (in *RequestFilter) filter() journal.Filter {
	return journal.Filter{
		Bucket: in.Bucket, Key: in.Key, Method: in.Method, Status: in.Status, Code: in.Code,
		Verdict: journal.Verdict(in.Verdict), Since: in.Since, After: in.After,
	}
}

type requestsInput struct {
	RequestFilter
	Limit int `query:"limit" default:"100" minimum:"1" maximum:"10000" doc:"At most so many, the newest ones."`
}

type waitInput struct {
	RequestFilter
	Count   int    `query:"count" default:"1" minimum:"1" maximum:"10000" doc:"How many must match."`
	Timeout string `query:"timeout" default:"10s" doc:"How long to wait for them, by the real clock; at most 5m."`
}

// requestIDInput takes the rest of the path, since ids are base64 and may hold
// a slash.
type requestIDInput struct {
	ID string `path:"id" doc:"The request id, path-escaped or as it is."`
}

// requestList is what a list looks like; it is written piece by piece, see
// requestWriter.
type requestList struct {
	Requests []entry `json:"requests" doc:"Newest first."`
	Last     uint64  `json:"last" doc:"The seq of the newest request of all; give it as after to see only what comes from now on."`
}

type requestOutput struct{ Body entry }

func (h *Handler) registerRequests(api huma.API) {
	list := h.operation("list-requests", http.MethodGet, "/requests",
		"The latest requests, with verdict, reason and answer", http.StatusOK)
	list.Responses = map[string]*huma.Response{"200": listResponse(api, "OK")}
	huma.Register(api, list, h.listRequests)
	wait := h.operation("wait-requests", http.MethodGet, "/requests/wait",
		"Wait until enough requests match; 408, with those that do, when they do not come", http.StatusOK)
	wait.Description = "Requests of the past count as well, so that it does not matter whether the wait or the " +
		"request comes first. To look only at what comes from some point on, give as after the last of an answer " +
		"from that point. To make sure that no request comes, wait for one and expect 408."
	wait.Middlewares = huma.Middlewares{patient(maxWait)}
	wait.Responses = map[string]*huma.Response{
		"200": listResponse(api, "OK"),
		"408": listResponse(api, "Not enough came in time; those that did."),
	}
	huma.Register(api, wait, h.waitRequests)
	one := h.operation("get-request", http.MethodGet, "/requests/{id...}",
		"One request by its id", http.StatusOK, http.StatusNotFound)
	huma.Register(api, one, h.getRequest)
	renamePath(api, one.Path, apiPath+"/requests/{id}")
	huma.Register(api, h.operation("clear-requests", http.MethodDelete, "/requests",
		"Forget all requests", http.StatusNoContent), h.clearRequests)
}

// listResponse describes a list in the OpenAPI document.
func listResponse(api huma.API, description string) *huma.Response {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[requestList](), true, "RequestList")
	return &huma.Response{
		Description: description,
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schema}},
	}
}

// patient lets a call take that much longer to answer.
func patient(d time.Duration) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		_, w := humago.Unwrap(ctx)
		extendDeadline(w, d)
		next(ctx)
	}
}

// extendDeadline gives a client so much time from now on, and answerTimeout on
// top, to receive what is written.
func extendDeadline(w http.ResponseWriter, d time.Duration) {
	// The error says that the writer knows no deadlines; then there are none.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d + answerTimeout))
}

// renamePath gives a path its name in the OpenAPI document, which knows no
// parameter for the rest of a path.
func renamePath(api huma.API, from, to string) {
	paths := api.OpenAPI().Paths
	paths[to] = paths[from]
	delete(paths, from)
}

func (h *Handler) listRequests(_ context.Context, in *requestsInput) (*huma.StreamResponse, error) {
	last := h.emulator.Journal().Last()
	f := in.filter()
	f.Limit, f.Before = in.Limit, last+1
	return h.requests(http.StatusOK, f, last, in.Brief), nil
}

func (h *Handler) shown(m masker, e *journal.Entry, brief bool) entry {
	if brief {
		return briefEntry(m, e)
	}
	return fullEntry(m, e, h.options.API)
}

func (h *Handler) getRequest(_ context.Context, in *requestIDInput) (*requestOutput, error) {
	e, ok := h.emulator.Journal().Get(in.ID)
	if !ok {
		return nil, huma.Error404NotFound("no request of this id is in the journal: it keeps the latest ones only, " +
			"and those of this process")
	}
	return &requestOutput{fullEntry(h.masker(), e, h.options.API)}, nil
}

func (h *Handler) clearRequests(context.Context, *struct{}) (*struct{}, error) {
	h.emulator.Journal().Clear()
	return nil, nil
}

func (h *Handler) waitRequests(ctx context.Context, in *waitInput) (*huma.StreamResponse, error) {
	limit, err := waitTime(in.Timeout)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	status, j := http.StatusOK, h.emulator.Journal()
	last := j.Last()
	f := in.filter()
	found, err := j.Wait(ctx, f, in.Count)
	if err != nil {
		if !errors.Is(err, context.DeadlineExceeded) {
			return nil, err // the client is gone
		}
		status = http.StatusRequestTimeout
	}
	newest := uint64(0)
	if len(found) > 0 {
		newest = found[0].Seq // what has come since then was not looked at
	}
	f.Limit, f.Before = len(found), newest+1
	return h.requests(status, f, max(last, newest), in.Brief), nil
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
		return 0, unprocessable("query.timeout", "want at most "+maxWait.String()+", and not less than nothing")
	}
	return d, nil
}
