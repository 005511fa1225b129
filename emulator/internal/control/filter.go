package control

import (
	"context"
	"math"
	"net/url"
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/reqid"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/danielgtaylor/huma/v2"
)

// RequestFilter has the query parameters that select requests. It is exported because huma ignores
// embedded structs that are not.
type RequestFilter struct {
	AccountInput
	Bucket    string `query:"bucket" maxLength:"255" doc:"Requests of this bucket."`
	Key       string `query:"key" maxLength:"1024" doc:"Requests of this key, decoded. With a * at the end: of all keys with this prefix."`
	Method    string `query:"method" maxLength:"32" example:"PUT"`
	Status    int    `query:"status" minimum:"100" maximum:"599" doc:"Requests that were answered with this status."`
	Code      string `query:"code" maxLength:"128" doc:"Requests that were refused with this code, or would have been without verify=report." example:"AccessDenied"`
	Verdict   string `query:"verdict" enum:"accepted,refused,reported"`
	Operation string `query:"operation" maxLength:"64" example:"PutObject" doc:"Requests of this operation, as in policies without name/cos:."`
	Diagnosis string `query:"diagnosis" maxLength:"64" example:"expired" doc:"Requests with this finding: an id of the header x-cosemu-diagnosis, at any place."`
	Since     string `query:"since" maxLength:"128" example:"2026-11-24T08:00:00Z" doc:"A time (RFC 3339): requests that arrived then or later, by the emulator's clock. Or a request id: requests that were answered after that one."`
	After     uint64 `query:"after" doc:"Requests with a higher seq, so only those after that one."`
}

// Resolve refuses parameters that are given twice, since only one of them would count. Huma refuses
// unknown parameters. It refuses unknown operations and findings too: with a mistyped one, a check
// that no request comes would pass.
func (in *RequestFilter) Resolve(ctx huma.Context) []error {
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
	if in.Operation != "" && !slices.Contains(api.Operations(), in.Operation) {
		out = append(out, &huma.ErrorDetail{Message: "no such operation", Location: "query.operation"})
	}
	if in.Diagnosis != "" && !slices.Contains(diagnose.IDs(), diagnose.ID(in.Diagnosis)) {
		out = append(out, &huma.ErrorDetail{Message: "no such finding", Location: "query.diagnosis"})
	}
	return out
}

// BriefInput is the query parameter of the calls that return entries. It is exported as RequestFilter
// is.
type BriefInput struct {
	Brief bool `query:"brief" doc:"Leave out request, signature, steps, finding, hints, omitted and answer."`
}

// filter returns the filter of the journal. A since that is a request id needs that request in the
// journal, since nothing else tells when it was (choice 750).
func (s *shared) filter(ctx context.Context, in *RequestFilter) (journal.Filter, error) {
	f := journal.Filter{
		Account: in.Account, Bucket: in.Bucket, Key: in.Key, Method: in.Method, Status: in.Status, Code: in.Code,
		Verdict: journal.Verdict(in.Verdict), Operation: in.Operation, Diagnosis: in.Diagnosis, After: in.After,
	}
	if _, err := s.account(in.Account); err != nil || in.Since == "" {
		return f, err
	}
	at, err := time.Parse(time.RFC3339, in.Since)
	if err == nil {
		f.Since = at
		return f, nil
	}
	e, ok := s.recorded(ctx, in.Since)
	if !ok || in.Account != "" && e.Account != in.Account {
		return f, unprocessable("query.since", "want a time (RFC 3339) or the id of a request in the journal")
	}
	f.After = max(f.After, e.Seq)
	return f, nil
}

// recordTime is how long a request that was answered may take to enter the journal.
const recordTime = time.Second

// recorded returns the entry of a request id. The request may have been answered a moment ago, and
// enter the journal a moment later.
func (s *shared) recorded(ctx context.Context, id string) (*journal.Entry, bool) {
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	j := s.emulator.Journal()
	for {
		changed := j.View(journal.Filter{After: math.MaxUint64}).Changed // without entries
		if e, ok := j.Get(id); ok || !reqid.Ours(id) {
			return e, ok
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, false
		}
	}
}
