// Package acl reads, writes and evaluates access control lists: as headers
// (headers.go), as an AccessControlPolicy document (xml.go), and as the short text
// that is stored with a bucket or an object (store.go). [Granted] evaluates a
// stored list (COS docs: ACL, PUT Bucket acl, PUT Object acl).
//
// A list only allows, it never denies. The account that owns the bucket may do
// everything without a list; package authz does not ask it for the owner.
package acl

import "errors"

// Permission is a set of rights.
type Permission uint8

// The rights. On a bucket Read lists its objects, and Write puts and deletes
// objects. On an object Read downloads it, and there is no Write.
const (
	Read Permission = 1 << iota
	Write
	ReadACP
	WriteACP

	FullControl = Read | Write | ReadACP | WriteACP
)

// Resource is the kind of resource that a list belongs to.
type Resource uint8

const (
	// Bucket lists can allow Write.
	Bucket Resource = iota
	// Object lists cannot. They can be Default, which means that there is none.
	Object
)

// The canned lists, as x-cos-acl names them (COS docs: ACL, 预设的 ACL).
const (
	Private                = "private"
	PublicRead             = "public-read"
	PublicReadWrite        = "public-read-write" // of buckets alone
	AuthenticatedRead      = "authenticated-read"
	Default                = "default" // of objects alone, as are those below
	BucketOwnerRead        = "bucket-owner-read"
	BucketOwnerFullControl = "bucket-owner-full-control"
)

// MaxGrants is how many grants a list may have (COS docs: PUT Bucket acl).
const MaxGrants = 100

// Group is a set of callers with a name.
type Group uint8

const (
	// NoGroup means that the grantee is a user or an account.
	NoGroup Group = iota
	// AllUsers is everybody, signed or not.
	AllUsers
	// AuthenticatedUsers is everybody who signs.
	AuthenticatedUsers
)

// Grantee is whom a grant is for: a group, a whole account, or a user of one.
type Grantee struct {
	Group Group
	// Owner is the account's uin and User the user's. They are equal for the
	// account itself, and empty for a group.
	Owner, User string
}

// Grant gives a grantee a permission.
type Grant struct {
	Grantee    Grantee
	Permission Permission
}

// List is an access control list. The zero value is the private one.
type List struct {
	// Canned is the canned list that it begins with; empty: Private.
	Canned string
	// Grants are those beside the canned list, in the order in which they came.
	Grants []Grant
}

// IsDefault reports whether the object has no list of its own.
func (l *List) IsDefault() bool { return l.Canned == Default && len(l.Grants) == 0 }

// Shown is the list as GET Object acl shows it. Before the grants of a canned list
// stands the owner's FULL_CONTROL (cos-go-sdk-v5 costesting, run against the cloud,
// counts two grants after public-read). Before other grants the page's sample has
// none (choice 225).
func (l *List) Shown(ownerUIN string) *List {
	canned := cannedGrants(l.Canned)
	if len(canned) == 0 || len(l.Grants) > 0 {
		return l
	}
	owner := Grant{Grantee{Owner: ownerUIN, User: ownerUIN}, FullControl}
	return &List{Canned: Private, Grants: append([]Grant{owner}, canned...)}
}

// IsOwn reports whether a stored list of an object is its own. Without one the
// object has the list of a folder above it, or of its bucket.
func IsOwn(stored string) bool { return stored != "" && stored != Default }

// ErrUnreadable is wrapped by Parse's errors.
var ErrUnreadable = errors.New("unreadable access control list")

// KnownCanned reports whether a resource can have the canned list of that name.
func KnownCanned(name string, on Resource) bool {
	switch name {
	case Private, PublicRead, AuthenticatedRead:
		return true
	case PublicReadWrite:
		return on == Bucket
	case Default, BucketOwnerRead, BucketOwnerFullControl:
		return on == Object
	}
	return false
}

// cannedGrants are the grants of a canned list, the owner's apart. Those to the
// bucket's owner are none: the object is the owner's as well (COS docs: ACL). On
// public-read-write see choice 220.
func cannedGrants(name string) []Grant {
	everybody, signed := Grantee{Group: AllUsers}, Grantee{Group: AuthenticatedUsers}
	switch name {
	case PublicRead:
		return []Grant{{everybody, Read}}
	case PublicReadWrite:
		return []Grant{{everybody, Read}, {everybody, Write}}
	case AuthenticatedRead:
		return []Grant{{signed, Read}}
	}
	return nil
}
