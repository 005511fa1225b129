package authz

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/addr"
)

// granted is how the ACL that counts allows the request, if it does.
func (r *Request) granted(d *Decision) acl.Audience {
	if r.Access == 0 {
		return acl.Nobody
	}
	who := acl.Caller{Anonymous: r.Key == nil}
	if !who.Anonymous {
		who.Owner, who.User = r.Key.Owner(), r.Key.User()
		if r.Key.Role != "" { // of the account, but not its root: the role's rights still count
			who.User = ""
		}
	}
	return acl.Granted(r.effectiveACL(d), &who, r.Access)
}

// effectiveACL is the object's own ACL if it has one, else that of the nearest
// folder above it that has one, else the bucket's (COS docs: 匿名访问 COS). Only
// the bucket's can allow writing. The right to an ACL that an object inherits is
// inherited too (choice 226).
func (r *Request) effectiveACL(d *Decision) string {
	at := &r.Resource
	if at.Kind != Object || r.Access == acl.Write || r.ObjectACL == nil {
		return at.ACL
	}
	if len(at.Key) > addr.MaxKey { // there is no such object, and a URL has room for many slashes
		return at.ACL
	}
	d.SawACL, d.ObjectACL = true, r.ObjectACL(at.Key)
	if acl.IsOwn(d.ObjectACL) {
		return d.ObjectACL
	}
	for folder := parentFolder(at.Key); folder != ""; folder = parentFolder(folder) {
		if list := r.ObjectACL(folder); acl.IsOwn(list) {
			return list
		}
	}
	return at.ACL
}

// parentFolder is the key of the folder that an object or a folder is in: all up
// to its last slash; empty for none (choice 227).
func parentFolder(key string) string {
	key = strings.TrimSuffix(key, "/")
	return key[:strings.LastIndexByte(key, '/')+1]
}
