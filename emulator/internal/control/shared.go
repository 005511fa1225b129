package control

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
)

// shared is what every family of calls needs.
type shared struct {
	emulator Emulator
	options  Options
	log      *slog.Logger
	instance string // differs after each restart of the process

	admission admission

	// clockChange lets one call at a time change the clock. A reset is such a call.
	clockChange sync.Mutex
}

func newShared(e Emulator, o Options) *shared {
	s := &shared{emulator: e, options: o, log: o.Log, instance: rand.Text()}
	s.admission = newAdmission(o.Token, s.instance+rand.Text()) // clients see the instance
	return s
}

// apiPath is the path of all calls, apart from /healthz, /metrics and /ca.pem.
const apiPath = "/api/v1"

// withoutValues removes the quoted input from a problem, since it may be a secret.
func withoutValues(_ huma.Context, _ string, v any) (any, error) {
	if p, ok := v.(*huma.ErrorModel); ok {
		for _, e := range p.Errors {
			e.Value = nil
		}
	}
	return v, nil
}

// operation describes a call for the OpenAPI document. status is the status of success; errors are
// the statuses of failure besides 422. The first word of the path is the call's tag.
func (s *shared) operation(id, method, path, summary string, status int, errors ...int) huma.Operation {
	group, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return huma.Operation{
		OperationID: id, Method: method, Path: apiPath + path, Summary: summary, Tags: []string{group},
		DefaultStatus: status, Errors: append(errors, http.StatusUnauthorized), MaxBodyBytes: maxBody, BodyReadTimeout: s.options.bodyTimeout,
		RejectUnknownQueryParameters: true, // a mistyped filter would match every request
	}
}

// internalError answers 500 and logs the cause, which the answer does not contain. doing names what
// failed.
func (s *shared) internalError(doing string, err error) error {
	s.log.Error("control: "+doing, "error", err)
	return huma.Error500InternalServerError(doing + " failed; the log has the cause")
}

// storageError answers 404 for a missing bucket or object, and internalError for any other error.
func (s *shared) storageError(doing string, err error) error {
	switch {
	case errors.Is(err, storage.ErrNoBucket):
		return huma.Error404NotFound("no such bucket")
	case errors.Is(err, storage.ErrNoObject):
		return huma.Error404NotFound("no object of this key")
	}
	return s.internalError(doing, err)
}

// unprocessable answers 422 for one part of the input: where names it, as in "body.region".
func unprocessable(where, message string) error {
	return huma.Error422UnprocessableEntity(message, &huma.ErrorDetail{Message: message, Location: where})
}

// masker returns the masker that hides the secrets of all current key pairs.
func (s *shared) masker() masker { return masker{hideKeys: s.emulator.Keys().Redact} }

// asEntry returns an entry of the journal in the form that answers have.
func (s *shared) asEntry(m masker, e *journal.Entry, brief bool) entry {
	if brief {
		return briefEntry(m, e)
	}
	return fullEntry(m, e, s.options.API)
}
