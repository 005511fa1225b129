package api

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// granted tells how the ACL that counts lets the caller in, if it does.
func (e *Emulator) granted(c *call) acl.Admits {
	if c.op.access == accessOwner {
		return acl.Nobody
	}
	who := acl.Caller{Anonymous: c.anonymous()}
	if !who.Anonymous {
		who.Owner, who.User = c.key.Owner(), c.key.User()
		if c.key.Role != "" { // of the account, but not its root: the role's rights still count
			who.User = ""
		}
	}
	return acl.Judge(e.effectiveACL(c), &who, c.op.access)
}

// effectiveACL is the object's own ACL when it has one, else that of the
// nearest folder above it which has one, else the bucket's (COS docs: 匿名访问
// COS). Writing is for the bucket alone to allow: there is no such right on an
// object. What may be done with the ACL of an object that has none is inherited
// like everything else (choice 226).
func (e *Emulator) effectiveACL(c *call) string {
	if c.op.scope != scopeObject || c.op.access == accessWrite {
		return c.bucket.ACL
	}
	if len(c.addr.Key) > maxKey { // there is no such object, and a URL has room for many slashes
		return c.bucket.ACL
	}
	if o := e.objectOf(c); ownACL(o) {
		return o.ACL
	}
	for folder := parentFolder(c.addr.Key); folder != ""; folder = parentFolder(folder) {
		if o, err := e.store.Stat(c.bucket.Name, folder); err == nil && ownACL(&o) {
			return o.ACL
		}
	}
	return c.bucket.ACL
}

// objectOf is the object whose ACL counts: the one that is open already, else
// the one that is there now, an empty one for none.
func (e *Emulator) objectOf(c *call) *storage.Object {
	if c.opened != nil {
		return c.opened
	}
	o, _ := e.store.StatVersion(c.bucket.Name, c.addr.Key, c.version()) // what is not there has no ACL
	c.seenACL = &o.ACL
	return &o
}

// permitOpened judges once more who was let in by another ACL than the object
// has that was opened since: it may have been overwritten in between.
func (e *Emulator) permitOpened(c *call, o *storage.Object) *coserr.Error {
	if c.seenACL == nil || *c.seenACL == o.ACL {
		return nil
	}
	c.opened = o
	return e.permit(c)
}

// ownACL tells whether an object has an ACL of its own.
func ownACL(o *storage.Object) bool { return o.ACL != "" && o.ACL != acl.Default }

// parentFolder is the folder that a key, or a folder, is in: what stands before
// its last slash, and the slash; empty for none (choice 227).
func parentFolder(key string) string {
	key = strings.TrimSuffix(key, "/")
	return key[:strings.LastIndexByte(key, '/')+1]
}
