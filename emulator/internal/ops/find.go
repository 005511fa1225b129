package ops

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// key finds a row.
type key struct {
	scope  call.Scope
	method string
	sub    string
	copies bool
}

// Table is the rows of the table.
type Table struct {
	rows map[key]*call.Operation
	subs map[string]bool // every sub-resource, served or not
}

// NewTable makes the table.
func NewTable() *Table {
	t := &Table{rows: map[key]*call.Operation{}, subs: map[string]bool{}}
	for _, name := range unserved() {
		t.subs[name] = true
	}
	rows := Rows()
	for i := range rows {
		t.add(&rows[i])
	}
	return t
}

func (t *Table) add(row *call.Operation) {
	if row.Sub != "" {
		t.subs[row.Sub] = true
	}
	t.rows[key{row.Scope, row.Method, row.Sub, row.Is(call.Copies)}] = row
	if row.Method == http.MethodOptions { // it needs no object, and no bucket
		for _, s := range [...]call.Scope{call.Service, call.Bucket} {
			anywhere := *row
			anywhere.Scope = s
			t.rows[key{s, row.Method, "", false}] = &anywhere
		}
	}
}

// Selects reports whether a parameter of that name, in any case, selects an
// operation.
func (t *Table) Selects(name string) bool { return t.subs[parameterName(name)] }

// Plain is the row of a method alone.
func (t *Table) Plain(s call.Scope, method string) *call.Operation {
	return t.rows[key{scope: s, method: method}]
}

// parameterName is a parameter's name as the documents write it, whatever the
// case in which it came (choice 303).
func parameterName(name string) string {
	switch lower := strings.ToLower(name); lower {
	case "uploadid":
		return "uploadId"
	case "partnumber":
		return "partNumber"
	default:
		return lower
	}
}

// isProcessing tells whether a parameter asks for media processing. It is
// looked at on downloads and on POST: an upload carries such a parameter
// unharmed. The name is in lower case.
func isProcessing(name string) bool {
	switch name {
	case "ci-process", "imageinfo", "exif", "imageave":
		return true
	}
	for _, prefix := range [...]string{"imagemogr2", "imageview2", "watermark", "image_process"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// Find chooses the row for a request; what has none gets a row that refuses it
// by name once the caller is known to be allowed to ask.
func (t *Table) Find(a *addr.Address, r *http.Request, q call.Query) *call.Operation {
	k := key{scope: scopeOf(a), method: r.Method}
	if k.method != http.MethodOptions {
		k.sub, k.copies = t.selectors(r, q)
	}
	if op, ok := t.rows[k]; ok {
		return op
	}
	op := &call.Operation{Scope: k.scope, Method: k.method, Sub: k.sub, Run: notSupported}
	switch {
	case k.copies:
		op.Traits = call.Copies
	case k.scope == call.Service && k.method != http.MethodGet:
		op.Run = methodNotAllowed
	case k.scope == call.Object && k.method == http.MethodPost && k.sub == "":
		op.Run = postedToKey
	}
	return op
}

func scopeOf(a *addr.Address) call.Scope {
	switch {
	case a.Bucket == "":
		return call.Service
	case a.Key == "":
		return call.Bucket
	}
	return call.Object
}

// selectors are the parameter that selects the operation, or nothing, and
// whether the request is a copy, for which only parts are told from objects. An
// uploadId decides over a partNumber, whatever their order. A parameter that is
// no sub-resource never changes the operation (choice 54).
func (t *Table) selectors(r *http.Request, query call.Query) (sub string, copied bool) {
	if r.Method == http.MethodPut && call.First(r.Header, "X-Cos-Copy-Source") != "" {
		if query.Has("uploadId") || query.Has("partNumber") {
			return "uploadId", true
		}
		return "", true
	}
	processed := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodPost
	for _, q := range query.List {
		if strings.HasPrefix(q.Name, "q-") { // of the signature; no sub-resource begins so
			continue
		}
		name := parameterName(q.DecodedName())
		switch {
		case name == "uploadId":
			return name, false
		case sub != "":
		case t.subs[name]:
			sub = name
		case processed && isProcessing(name):
			sub = q.DecodedName()
		}
	}
	return sub, false
}

// notSupported names what was asked for and is not there.
func notSupported(_ *call.Env, c *call.Call) (*call.Reply, error) {
	what := c.HTTP.Method + " " + c.Op.Scope.String()
	switch c.HTTP.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete:
	default:
		return methodNotAllowed(nil, c)
	}
	if by := c.Op.Selector(); by != "" {
		what += " ?" + by
	}
	return nil, coserr.New(coserr.NotImplemented).WithMessage("cosemu does not support " + what + ".")
}

func methodNotAllowed(_ *call.Env, c *call.Call) (*call.Reply, error) {
	return nil, coserr.New(coserr.MethodNotAllowed).WithMessage(MethodMessage(c.HTTP.Method))
}

// postedToKey: a POST to a key that names no sub-resource is no call of the API
// (COS docs: POST Object has the path / and the key in the form).
func postedToKey(_ *call.Env, _ *call.Call) (*call.Reply, error) {
	return nil, coserr.New(coserr.MethodNotAllowed).WithMessage(
		"The method POST is not allowed against an object. POST Object sends a form to the path /; an upload to this path is PUT Object.")
}

// MethodMessage is what MethodNotAllowed says.
func MethodMessage(method string) string {
	return "The method " + method + " is not allowed against this resource."
}

// answerPreflight answers a preflight that the CORS rules allow (COS docs:
// OPTIONS Object).
func answerPreflight(_ *call.Env, c *call.Call) (*call.Reply, error) {
	rep := c.Reply(http.StatusOK)
	rep.AddCORS(c.Preflight)
	return rep, nil
}
