package emulator

import (
	"github.com/cosemu/cosemu/emulator/addr"
	"github.com/cosemu/cosemu/emulator/coserr"
)

// permit judges what the caller may do. The owner's keys may do everything;
// everybody else what the bucket's or the object's ACL opens. A bucket may be
// created by the account in its name alone (choice 66).
func (e *Emulator) permit(c *call) *coserr.Error {
	switch {
	case c.reported(): // refused before, and served all the same
		return nil
	case c.op.scope == scopeService || c.op.makesBucket:
		if !c.anonymous() && (!c.op.makesBucket || c.key.AppID == addr.AppID(c.addr.Bucket)) {
			return nil
		}
	case !c.anonymous() && c.key.AppID == c.bucket.Owner:
		return nil
	case aclAllows(e.effectiveACL(c), c.op.access, c.anonymous()):
		return nil
	}
	c.denied = true
	return coserr.New(coserr.AccessDenied).WithServerTime(c.at)
}

// effectiveACL is the object's own ACL when it has one, else the bucket's (COS
// docs: 匿名访问 COS).
func (e *Emulator) effectiveACL(c *call) string {
	if c.op.scope == scopeObject && c.op.access == accessRead {
		if o, err := e.store.Stat(c.bucket.Name, c.addr.Key); err == nil && o.ACL != "" && o.ACL != "default" {
			return o.ACL
		}
	}
	return c.bucket.ACL
}

func aclAllows(acl string, a access, anonymous bool) bool {
	switch acl {
	case ACLPublicRead:
		return a == accessRead
	case ACLPublicReadWrite:
		return a == accessRead || a == accessWrite
	case ACLAuthenticatedRead:
		return a == accessRead && !anonymous
	}
	return false
}
