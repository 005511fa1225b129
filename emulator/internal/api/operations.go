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

// access is the ACL permission that an operation needs (COS docs: ACL, 操作
// Permission).
type access = acl.Permission

const (
	accessOwner    access = 0 // no ACL opens it
	accessRead            = acl.Read
	accessWrite           = acl.Write
	accessReadACP         = acl.ReadACP
	accessWriteACP        = acl.WriteACP
)

// operation is one row of the table: what the API can be asked.
type operation struct {
	name        string // the action as policies name it, without name/cos:
	scope       scope
	method      string
	sub         string // sub-resource that selects it; empty for the plain call
	access      access
	makesBucket bool // the bucket need not exist
	eachKey     bool // it is about several objects, of which each needs the right
	accelerated bool // the acceleration host takes it (choice 403)
	upload      bool // it brings an object, or a part of one
	// prepare, when set, runs before anything is judged: the identity and the
	// key of a form stand in its body.
	prepare func(*Emulator, *call) error
	run     func(*Emulator, *call) (*reply, error)
}

// opKey finds a row.
type opKey struct {
	scope  scope
	method string
	sub    string
}

// operationTable is what is implemented: one row a call of the API.
func operationTable() map[opKey]*operation {
	rows := []operation{
		{name: "GetService", scope: scopeService, method: http.MethodGet, run: (*Emulator).getService},

		{name: "PutBucket", scope: scopeBucket, method: http.MethodPut, makesBucket: true, run: (*Emulator).putBucket},
		{name: "HeadBucket", scope: scopeBucket, method: http.MethodHead, access: accessRead, run: (*Emulator).headBucket},
		{name: "GetBucket", scope: scopeBucket, method: http.MethodGet, access: accessRead, run: (*Emulator).listObjects},
		{name: "PostObject", scope: scopeBucket, method: http.MethodPost, access: accessWrite, accelerated: true, upload: true, prepare: (*Emulator).readForm, run: (*Emulator).postObject},
		{name: "DeleteObject", scope: scopeBucket, method: http.MethodPost, sub: "delete", access: accessWrite, eachKey: true, run: (*Emulator).deleteObjects},
		{name: "DeleteBucket", scope: scopeBucket, method: http.MethodDelete, run: (*Emulator).deleteBucket},

		{name: "PutObject", scope: scopeObject, method: http.MethodPut, access: accessWrite, accelerated: true, upload: true, run: (*Emulator).putObject},
		{name: "PutObject", scope: scopeObject, method: http.MethodPut, sub: copySourceHeader, access: accessWrite, upload: true, run: (*Emulator).copyObject},
		{name: "GetObject", scope: scopeObject, method: http.MethodGet, access: accessRead, accelerated: true, run: (*Emulator).getObject},
		{name: "HeadObject", scope: scopeObject, method: http.MethodHead, access: accessRead, accelerated: true, run: (*Emulator).getObject},
		{name: "DeleteObject", scope: scopeObject, method: http.MethodDelete, access: accessWrite, run: (*Emulator).deleteObject},
	}
	rows = append(rows, multipartOperations()...)
	rows = append(rows, configOperations()...)
	rows = append(rows, aclOperations()...)
	rows = append(rows, versionOperations()...)
	rows = append(rows, tagOperations()...)
	rows = append(rows, appendOperation())
	m := make(map[opKey]*operation, len(rows))
	for i := range rows {
		m[opKey{rows[i].scope, rows[i].method, rows[i].sub}] = &rows[i]
	}
	return m
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

// isSubResource names the query parameters that ask for another operation than
// the plain one (COS docs: API 文档). A parameter that is not among them never
// changes the operation (choice 54).
func isSubResource(name string) bool {
	switch name {
	case "uploadId", "partNumber", "uploads", "append", "delete", "acl", "tagging", "versions", "versioning",
		"cors", "policy", "lifecycle", "referer", "location", "website", "encryption", "strict-signature",
		"restore", "select", "logging", "inventory", "replication", "domain", "domaincertificate", "origin",
		"accelerate", "intelligenttiering", "intelligent-tiering", "object-lock", "retention", "symlink",
		"notification", "quota", "metadata", "rename", "torrent",
		"live", "vod", "style", "image-slim", "guetzli", "hdr-image-processing", "origin-protect", "hotlink",
		"legal-hold", "unbind", "decompression", "recursive":
		return true
	}
	return false
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

// findOperation chooses the row for a request; what has none gets a row that
// refuses it by name once the caller is known to be allowed to ask.
func (e *Emulator) findOperation(c *call) *operation {
	if c.http.Method == http.MethodOptions {
		return optionsObject(scopeOf(&c.addr))
	}
	key := opKey{scope: scopeOf(&c.addr), method: c.http.Method, sub: subResource(c)}
	if op, ok := e.ops[key]; ok {
		return op
	}
	op := &operation{scope: key.scope, method: key.method, sub: key.sub, run: notSupported}
	switch {
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

// subResource is the parameter that selects the operation, or nothing. An
// uploadId decides over a partNumber, whatever their order.
func subResource(c *call) string {
	if c.http.Method == http.MethodPut && first(c.http.Header, "X-Cos-Copy-Source") != "" {
		if c.query.has("uploadId") || c.query.has("partNumber") {
			return copiedPart
		}
		return copySourceHeader
	}
	processed := c.http.Method == http.MethodGet || c.http.Method == http.MethodHead || c.http.Method == http.MethodPost
	found := ""
	for _, q := range c.query.list {
		name := parameterName(q.DecodedName())
		switch {
		case name == "uploadId":
			return name
		case found != "":
		case isSubResource(name):
			found = name
		case processed && isProcessing(name):
			found = q.DecodedName()
		}
	}
	return found
}

// notSupported names what was asked for and is not there.
func notSupported(_ *Emulator, c *call) (*reply, error) {
	what := c.http.Method + " " + [...]string{"Service", "Bucket", "Object"}[c.op.scope]
	switch c.http.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete:
	default:
		return methodNotAllowed(nil, c)
	}
	if c.op.sub != "" {
		what += " ?" + c.op.sub
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
