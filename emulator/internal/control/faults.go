package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/emulator/internal/fault"
	"github.com/danielgtaylor/huma/v2"
)

// faultCalls plan, list and remove faults.
type faultCalls struct{ *shared }

// FaultRequest is a fault to be planned. It is exported as AccountInput is. The pointers tell what
// was given from what was not.
type FaultRequest struct {
	Account   string `json:"account,omitempty" example:"1250000001" doc:"Only requests of this account. Default: the parameter account, or else those of all."`
	Operation string `json:"operation,omitempty" example:"PutObject" doc:"Only this operation, as in policies without name/cos:."`
	Method    string `json:"method,omitempty" example:"PUT" doc:"Only this method."`
	Bucket    string `json:"bucket,omitempty" example:"photos-1250000001" doc:"Only this bucket, by its full name."`
	Key       string `json:"key,omitempty" example:"f/*" doc:"Only this key, decoded. With a * at the end: all keys with this prefix."`
	Skip      *int64 `json:"skip,omitempty" minimum:"0" default:"0" doc:"How many requests pass before the first one is hit."`
	Times     *int64 `json:"times,omitempty" minimum:"0" default:"1" doc:"How many requests are hit. 0: every one, until the fault is removed."`
	When      string `json:"when,omitempty" enum:"after,before" default:"after" doc:"after: once signature and rights hold. before: in front of all checks; the key of a form is not known then."`
	Fault     string `json:"fault" enum:"answer,close,delay,stall,throttle,wrong-crc64,wrong-etag,corrupt,stale" doc:"answer: an error of COS instead of the operation. close: the connection ends. delay: the operation waits. stall: a body pauses. throttle: both bodies are slow. wrong-crc64, wrong-etag: of the response. corrupt: one byte of the response body. stale: GetBucket or HeadObject as of a time before."`

	Status           *int    `json:"status,omitempty" minimum:"200" maximum:"599" example:"503" doc:"Of answer. Default: the status of the code."`
	Code             *string `json:"code,omitempty" example:"SlowDown" doc:"Of answer, required: a code of the documented list, which gives status and message."`
	Message          *string `json:"message,omitempty" maxLength:"1024" doc:"Of answer."`
	WithoutRequestID *bool   `json:"without_request_id,omitempty" doc:"Of answer: neither a header nor the XML has the request id."`
	AfterBytes       *int64  `json:"after_bytes,omitempty" minimum:"0" default:"0" doc:"Of close and stall: after so many bytes of the body. close after 0 bytes of the response: no answer at all."`
	Of               *string `json:"of,omitempty" enum:"request,response" doc:"Of close and stall, required: which body. What is cut in the request stores nothing; in the response, the operation took place."`
	For              *string `json:"for,omitempty" example:"2s" doc:"Of delay and stall, required: how long, by the real clock, up to 10m. Of stale, required: how long ago, by the account's clock, up to 24h."`
	BytesPerSecond   *int64  `json:"bytes_per_second,omitempty" minimum:"1" doc:"Of throttle, required."`
}

// faultBody is the body of POST. It is read by spec, whose errors are in both languages.
type faultBody struct{ raw json.RawMessage }

// UnmarshalJSON implements json.Unmarshaler.
func (b *faultBody) UnmarshalJSON(raw []byte) error {
	b.raw = bytes.Clone(raw)
	return nil
}

// Schema implements huma.SchemaProvider.
func (faultBody) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[FaultRequest](), true, "FaultRequest")
}

type faultInput struct {
	AccountInput
	Language string `header:"Accept-Language" doc:"With zh, what is wrong with the fault is said in Chinese."`
	Body     faultBody
}

// plannedFault is a fault in answers.
type plannedFault struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created" doc:"By the real time."`
	Hits    int64     `json:"hits" doc:"How many requests it hit."`
	Unused  bool      `json:"unused" doc:"Whether hits are missing: of its times, or the first one where times is 0."`
	FaultRequest
}

type faultOutput struct{ Body plannedFault }

type faultsInput struct {
	AccountInput
	Unused bool `query:"unused" doc:"Only faults whose hits are missing."`
}

type faultsOutput struct {
	Body struct {
		Faults []plannedFault `json:"faults" doc:"In the order in which they were planned. Those that are used up stay until they are removed, or until a reset."`
	}
}

type faultIDInput struct {
	AccountInput
	ID string `path:"id"`
}

func (c *faultCalls) register(api huma.API) {
	plan := c.operation("plan-fault", http.MethodPost, "/faults", "Plan a fault",
		http.StatusCreated, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict)
	plan.Description = "A request meets at most one fault: the oldest one that is for it and has times left. A preflight " +
		"meets those alone that name an operation or a method. The request's entry in the journal names the fault."
	plan.SkipValidateBody = true // spec does
	huma.Register(api, plan, c.planFault)
	huma.Register(api, c.operation("list-faults", http.MethodGet, "/faults", "All faults, or those of an account, with their hits",
		http.StatusOK, http.StatusNotFound), c.listFaults)
	huma.Register(api, c.operation("get-fault", http.MethodGet, "/faults/{id}", "A fault with its hits",
		http.StatusOK, http.StatusNotFound), c.getFault)
	huma.Register(api, c.operation("remove-fault", http.MethodDelete, "/faults/{id}", "Remove a fault",
		http.StatusNoContent, http.StatusNotFound), c.removeFault)
	huma.Register(api, c.operation("clear-faults", http.MethodDelete, "/faults", "Remove all faults, or those of an account",
		http.StatusNoContent, http.StatusNotFound), c.clearFaults)
}

func (c *faultCalls) planFault(_ context.Context, in *faultInput) (*faultOutput, error) {
	spec, given, err := readFault(in.Body.raw, in.Account)
	if err == nil {
		err = spec.Check(api.ServedOperations(), given)
	}
	if wrong := (*fault.Problem)(nil); errors.As(err, &wrong) {
		return nil, unprocessable("body."+wrong.Field, wrong.Text.In(in.Language))
	}
	if err != nil {
		return nil, err
	}
	if _, err := c.account(spec.Account); err != nil {
		return nil, err
	}
	f, err := c.emulator.Faults().Add(spec)
	switch {
	case errors.Is(err, fault.ErrFull):
		return nil, huma.Error409Conflict(err.Error())
	case err != nil:
		return nil, c.internalError("planning the fault", err)
	}
	return &faultOutput{showFault(&f)}, nil
}

func (c *faultCalls) listFaults(_ context.Context, in *faultsInput) (*faultsOutput, error) {
	if _, err := c.account(in.Account); err != nil {
		return nil, err
	}
	out := &faultsOutput{}
	out.Body.Faults = []plannedFault{}
	for _, f := range c.emulator.Faults().List(in.Account) {
		if !in.Unused || f.Unused() {
			out.Body.Faults = append(out.Body.Faults, showFault(&f))
		}
	}
	return out, nil
}

func (c *faultCalls) find(in *faultIDInput) (fault.Planned, error) {
	if _, err := c.account(in.Account); err != nil {
		return fault.Planned{}, err
	}
	f, err := c.emulator.Faults().Get(in.ID)
	if err != nil || in.Account != "" && f.Account != in.Account {
		return fault.Planned{}, huma.Error404NotFound("no such fault")
	}
	return f, nil
}

func (c *faultCalls) getFault(_ context.Context, in *faultIDInput) (*faultOutput, error) {
	f, err := c.find(in)
	if err != nil {
		return nil, err
	}
	return &faultOutput{showFault(&f)}, nil
}

func (c *faultCalls) removeFault(_ context.Context, in *faultIDInput) (*struct{}, error) {
	f, err := c.find(in)
	if err != nil {
		return nil, err
	}
	switch err := c.emulator.Faults().Remove(f.ID); {
	case errors.Is(err, fault.ErrUnknown): // another call was faster
		return nil, huma.Error404NotFound("no such fault")
	case err != nil:
		return nil, c.internalError("removing the fault", err)
	}
	return nil, nil
}

func (c *faultCalls) clearFaults(_ context.Context, in *AccountInput) (*struct{}, error) {
	if _, err := c.account(in.Account); err != nil {
		return nil, err
	}
	if err := c.emulator.Faults().Clear(in.Account); err != nil {
		return nil, c.internalError("removing the faults", err)
	}
	return nil, nil
}

// readFault reads the body of POST. account is the parameter of the call. given are the arguments
// that the body has. The error is a *fault.Problem, or the answer to a body that is no JSON.
func readFault(raw json.RawMessage, account string) (s fault.Spec, given []fault.Argument, err error) {
	var in FaultRequest
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return s, nil, fault.Unreadable(err, fieldsOf[FaultRequest]())
	}
	if account != "" && in.Account != "" && in.Account != account {
		return s, nil, fault.OtherAccount(in.Account, account)
	}
	if in.Account == "" {
		in.Account = account
	}
	s = fault.Spec{
		Account: in.Account, Operation: in.Operation, Method: in.Method, Bucket: in.Bucket, Key: in.Key,
		Times: 1, When: fault.When(in.When), Word: fault.Word(in.Fault),
	}
	take(in.Skip, &s.Skip)
	take(in.Times, &s.Times)
	var of, wait string
	for _, a := range []struct {
		name  fault.Argument
		given bool
	}{
		{fault.ArgStatus, take(in.Status, &s.Status)},
		{fault.ArgCode, take(in.Code, &s.Code)},
		{fault.ArgMessage, take(in.Message, &s.Message)},
		{fault.ArgWithoutRequestID, take(in.WithoutRequestID, &s.WithoutRequestID)},
		{fault.ArgAfterBytes, take(in.AfterBytes, &s.AfterBytes)},
		{fault.ArgOf, take(in.Of, &of)},
		{fault.ArgFor, take(in.For, &wait)},
		{fault.ArgBytesPerSecond, take(in.BytesPerSecond, &s.BytesPerSecond)},
	} {
		if a.given {
			given = append(given, a.name)
		}
	}
	s.Of = fault.Of(of)
	if in.For != nil {
		if s.For, err = clock.ParseDuration(wait); err != nil {
			s.For = -1 // Check says what it wants, once the fault takes one
		}
	}
	return s, given, nil
}

// take copies a value that was given.
func take[T any](from *T, to *T) bool {
	if from != nil {
		*to = *from
	}
	return from != nil
}

// fieldsOf are the names of the members of T in JSON.
func fieldsOf[T any]() (names []string) {
	for f := range reflect.TypeFor[T]().Fields() {
		name, _, _ := bytes.Cut([]byte(f.Tag.Get("json")), []byte(","))
		names = append(names, string(name))
	}
	return names
}

func showFault(f *fault.Planned) plannedFault {
	out := plannedFault{ID: f.ID, Created: f.Created, Hits: f.Hits, Unused: f.Unused(), FaultRequest: FaultRequest{
		Account: f.Account, Operation: f.Operation, Method: f.Method, Bucket: f.Bucket, Key: f.Key,
		Skip: &f.Skip, Times: &f.Times, When: string(f.When), Fault: string(f.Word),
	}}
	takes, _ := f.Word.Arguments()
	for _, a := range takes {
		switch a {
		case fault.ArgStatus:
			out.Status = given(f.Status)
		case fault.ArgCode:
			out.Code = given(f.Code)
		case fault.ArgMessage:
			out.Message = given(f.Message)
		case fault.ArgWithoutRequestID:
			out.WithoutRequestID = given(f.WithoutRequestID)
		case fault.ArgAfterBytes:
			out.AfterBytes = &f.AfterBytes
		case fault.ArgOf:
			out.Of = given(string(f.Of))
		case fault.ArgFor:
			out.For = given(f.For.String())
		case fault.ArgBytesPerSecond:
			out.BytesPerSecond = given(f.BytesPerSecond)
		}
	}
	return out
}

// given returns nil for a zero value.
func given[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}
