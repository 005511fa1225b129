package call

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/acl"
)

// Scope is what an operation is about.
type Scope int

// The scopes.
const (
	Service Scope = iota
	Bucket
	Object
)

// String is the scope as the names of operations have it.
func (s Scope) String() string { return [...]string{"Service", "Bucket", "Object"}[s] }

// Traits are what makes an operation differ from the others on its way.
type Traits uint8

// The traits.
const (
	// Upload: it brings an object, or a part of one.
	Upload Traits = 1 << iota
	// Copies: it takes that from x-cos-copy-source, the header that selects it
	// beside the sub-resource. Policies call it PutObject (COS docs: COS API
	// 授权策略使用指引; choice 229).
	Copies
	// InForm: the identity and the key stand in a form, which is read before
	// anything is judged. A page of another site may send it (choice 342).
	InForm
	// MakesBucket: the bucket need not exist.
	MakesBucket
	// EachKey: it is about several objects, of which each needs the right. Strict
	// signature rules never apply to it (COS docs: 严格签名模式概述).
	EachKey
	// Accelerated: the acceleration host takes it (choice 403).
	Accelerated
	// Describes: its headers are those that the new object keeps.
	Describes
)

// CopySourceHeader selects an operation as a sub-resource does.
const CopySourceHeader = "x-cos-copy-source"

// Operation is one row of the table: what the API can be asked. Of what it
// cannot be asked a row is made that refuses it by name.
type Operation struct {
	Scope  Scope
	Method string
	Sub    string         // the sub-resource that selects it; empty for the plain call
	Name   string         // in the journal; empty: not implemented
	Access acl.Permission // that an ACL must give; 0: no ACL opens it
	Traits Traits
	Run    func(*Env, *Call) (*Reply, error)
	Source string // a page of the COS documents, and choices
}

// Is tells whether it has a trait.
func (o *Operation) Is(t Traits) bool { return o.Traits&t != 0 }

// Selector is what selects it beside scope and method, as a request writes it.
func (o *Operation) Selector() string {
	switch {
	case !o.Is(Copies):
		return o.Sub
	case o.Sub == "":
		return CopySourceHeader
	}
	return o.Sub + " with " + CopySourceHeader
}

// Action is its name in policies, without name/cos:. What cosemu does not have
// is named as the others are.
func (o *Operation) Action() string {
	switch {
	case o.Name == "":
		return title(strings.ToLower(o.Method)) + o.Scope.String() + title(o.Selector())
	case o.Is(Copies):
		return "PutObject"
	}
	return o.Name
}

// title gives a word a capital at its beginning.
func title(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
