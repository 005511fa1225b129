package api

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// scope is what an operation is about.
type scope int

const (
	scopeService scope = iota
	scopeBucket
	scopeObject
)

func (s scope) String() string { return [...]string{"Service", "Bucket", "Object"}[s] }

// access is the ACL permission that an operation needs (COS docs: ACL, 操作
// Permission).
type access = acl.Permission

const (
	accessOwner    access = 0
	accessRead            = acl.Read
	accessWrite           = acl.Write
	accessReadACP         = acl.ReadACP
	accessWriteACP        = acl.WriteACP
)

// operation is one row of the table: what the API can be asked. Of what it
// cannot be asked a row is made that refuses it by name.
type operation struct {
	scope  scope
	method string
	sub    string // the sub-resource that selects it; empty for the plain call
	name   string // in the journal; empty: not implemented
	access access
	traits traits
	run    func(*Emulator, *call) (*reply, error)
	source string // a page of the COS documents, and choices
}

// is tells whether it has a trait.
func (o *operation) is(t traits) bool { return o.traits&t != 0 }

// selector is what selects it beside scope and method, as a request writes it.
func (o *operation) selector() string {
	switch {
	case !o.is(copies):
		return o.sub
	case o.sub == "":
		return copySourceHeader
	}
	return o.sub + " with " + copySourceHeader
}

// action is its name in policies, without name/cos:. What cosemu does not have
// is named as the others are.
func (o *operation) action() string {
	switch {
	case o.name == "":
		return title(strings.ToLower(o.method)) + o.scope.String() + title(o.selector())
	case o.is(copies):
		return "PutObject"
	}
	return o.name
}

// title gives a word a capital at its beginning.
func title(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// opKey finds a row.
type opKey struct {
	scope  scope
	method string
	sub    string
	copies bool
}

// operations are the rows of the table.
type operations struct {
	rows map[opKey]*operation
	subs map[string]bool // every sub-resource, served or not
}

func newOperations() *operations {
	t := &operations{rows: map[opKey]*operation{}, subs: map[string]bool{}}
	for _, name := range unserved() {
		t.subs[name] = true
	}
	for _, rows := range [...][]operation{serviceAndBucketTable(), objectTable()} {
		for i := range rows {
			t.add(&rows[i])
		}
	}
	return t
}

func (t *operations) add(row *operation) {
	if row.sub != "" {
		t.subs[row.sub] = true
	}
	t.rows[opKey{row.scope, row.method, row.sub, row.is(copies)}] = row
	if row.method == http.MethodOptions { // it needs no object, and no bucket
		for _, s := range [...]scope{onService, onBucket} {
			anywhere := *row
			anywhere.scope = s
			t.rows[opKey{s, row.method, "", false}] = &anywhere
		}
	}
}

// plain is the row of a method alone.
func (t *operations) plain(s scope, method string) *operation {
	return t.rows[opKey{scope: s, method: method}]
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

// find chooses the row for a request; what has none gets a row that refuses it
// by name once the caller is known to be allowed to ask.
func (t *operations) find(c *call) *operation {
	key := opKey{scope: scopeOf(&c.addr), method: c.http.Method}
	if key.method != http.MethodOptions {
		key.sub, key.copies = t.selectors(c)
	}
	if op, ok := t.rows[key]; ok {
		return op
	}
	op := &operation{scope: key.scope, method: key.method, sub: key.sub, run: notSupported}
	switch {
	case key.copies:
		op.traits = copies
	case op.scope == scopeService && key.method != http.MethodGet:
		op.run = methodNotAllowed
	case op.scope == scopeObject && key.method == http.MethodPost && key.sub == "":
		op.run = postedToKey
	}
	return op
}

func scopeOf(a *addr.Address) scope {
	switch {
	case a.Bucket == "":
		return scopeService
	case a.Key == "":
		return scopeBucket
	}
	return scopeObject
}

// copySourceHeader selects an operation as a sub-resource does.
const copySourceHeader = "x-cos-copy-source"

// selectors are the parameter that selects the operation, or nothing, and
// whether the request is a copy, for which only parts are told from objects. An
// uploadId decides over a partNumber, whatever their order. A parameter that is
// no sub-resource never changes the operation (choice 54).
func (t *operations) selectors(c *call) (sub string, copied bool) {
	if c.http.Method == http.MethodPut && first(c.http.Header, "X-Cos-Copy-Source") != "" {
		if c.query.has("uploadId") || c.query.has("partNumber") {
			return "uploadId", true
		}
		return "", true
	}
	processed := c.http.Method == http.MethodGet || c.http.Method == http.MethodHead || c.http.Method == http.MethodPost
	for _, q := range c.query.list {
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
func notSupported(_ *Emulator, c *call) (*reply, error) {
	what := c.http.Method + " " + c.op.scope.String()
	switch c.http.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete:
	default:
		return methodNotAllowed(nil, c)
	}
	if by := c.op.selector(); by != "" {
		what += " ?" + by
	}
	return nil, coserr.New(coserr.NotImplemented).WithMessage("cosemu does not support " + what + ".")
}

func methodNotAllowed(_ *Emulator, c *call) (*reply, error) {
	return nil, coserr.New(coserr.MethodNotAllowed).WithMessage(methodMessage(c))
}

// postedToKey: a POST to a key that names no sub-resource is no call of the API
// (COS docs: POST Object has the path / and the key in the form).
func postedToKey(_ *Emulator, _ *call) (*reply, error) {
	return nil, coserr.New(coserr.MethodNotAllowed).WithMessage(
		"The method POST is not allowed against an object. POST Object sends a form to the path /; an upload to this path is PUT Object.")
}

func methodMessage(c *call) string {
	return "The method " + c.http.Method + " is not allowed against this resource."
}
