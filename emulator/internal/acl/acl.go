// Package acl reads, writes and judges access control lists: as headers, as an
// AccessControlPolicy document, and as the short text that is stored with a
// bucket or an object (COS docs: ACL, PUT Bucket acl, PUT Object acl).
//
// A list only ever admits. The account that owns the bucket owns what is in it
// and needs no list; it is not asked here.
package acl

import "errors"

// Permission is a set of the things that a list can allow.
type Permission uint8

// What a list can allow. On a bucket Read lists what is in it, and Write puts,
// replaces and deletes it; on an object Read downloads it, and there is no
// Write.
const (
	Read Permission = 1 << iota
	Write
	ReadACP
	WriteACP

	FullControl = Read | Write | ReadACP | WriteACP
)

// Resource is what a list belongs to.
type Resource uint8

const (
	// Bucket lists may allow Write.
	Bucket Resource = iota
	// Object lists may not, and may be "default", which is none of their own.
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

// Group is a set of callers that has a name of its own.
type Group uint8

const (
	// NoGroup is a single user, or an account.
	NoGroup Group = iota
	// AllUsers is everybody, signed or not.
	AllUsers
	// AuthenticatedUsers is everybody who signs.
	AuthenticatedUsers
)

// Grantee is who is allowed something: a group, a whole account, or one user of
// an account.
type Grantee struct {
	Group Group
	// Owner is the account's uin, and User the user's. They are the same for
	// the account itself. Both are empty for a group.
	Owner, User string
}

// Grant allows a grantee something.
type Grant struct {
	Grantee    Grantee
	Permission Permission
}

// List is an access control list. The zero value is the private one.
type List struct {
	// Canned is the prepared list that it begins with; empty means Private.
	Canned string
	// Grants are what it allows beyond that, in the order they came in.
	Grants []Grant
}

// IsDefault tells whether it is none at all: an object of which nothing was
// said, so that its bucket decides.
func (l *List) IsDefault() bool { return l.Canned == Default && len(l.Grants) == 0 }

// Shown is the list as GET Object acl shows it: where a canned list of an object is
// all there is, the owner's FULL_CONTROL stands before what it allows
// (cos-go-sdk-v5 costesting, run against the cloud, counts two grants after
// public-read). Beside grants of its own the page's sample has none (choice 225).
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

// KnownCanned tells whether a resource can have the canned list of that name.
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

// cannedGrants is what the canned list allows beyond the owner. The two of the bucket
// owner's allow nothing: he owns the object as well (COS docs: ACL). What
// public-read-write allows is choice 220.
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
