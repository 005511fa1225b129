package ops

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// getBucketACL shows who may do what with a bucket (COS docs: GET Bucket acl).
func getBucketACL(env *call.Env, c *call.Call) (*call.Reply, error) {
	list, err := acl.Parse(c.Bucket.ACL)
	if err != nil {
		return nil, err
	}
	return call.XMLReply(list.AppendXML(nil, env.OwnerUIN(&c.Who, c.Bucket.Owner))), nil
}

// getObjectACL shows who may do what with an object, or with the version that
// is named (COS docs: GET Object acl; cos-go-sdk-v5 object_acl.go). One that inherits its bucket's says so in x-cos-acl, where the SDKs look
// (cos-nodejs-sdk-v5 getObjectAcl; choice 228).
func getObjectACL(env *call.Env, c *call.Call) (*call.Reply, error) {
	o, err := env.Store.StatVersion(c.Bucket.Name, c.Key(), c.Version())
	if err != nil {
		return nil, err
	}
	if o.DeleteMarker {
		return nil, storage.ErrDeleteMarker
	}
	if !acl.IsOwn(o.ACL) {
		o.ACL = acl.Default
	}
	list, err := acl.Parse(o.ACL)
	if err != nil {
		return nil, err
	}
	owner := env.OwnerUIN(&c.Who, c.Bucket.Owner)
	rep := call.XMLReply(list.Shown(owner).AppendXML(nil, owner))
	if o.ACL == acl.Default {
		rep.Add("x-cos-acl", acl.Default)
	}
	return rep, nil
}

// putBucketACL replaces a bucket's ACL (COS docs: PUT Bucket acl).
func putBucketACL(env *call.Env, c *call.Call) (*call.Reply, error) {
	list, err := readACL(env, c, acl.Bucket)
	if err != nil {
		return nil, err
	}
	b, err := env.Store.Bucket(c.Bucket.Name) // it may have changed while the body came
	if err != nil {
		return nil, err
	}
	b.ACL = list.String()
	return c.Reply(http.StatusOK), env.Store.PutBucket(b)
}

// putObjectACL replaces the ACL of an object, or of the version that is named
// (COS docs: PUT Object acl; cos-go-sdk-v5 object_acl.go).
func putObjectACL(env *call.Env, c *call.Call) (*call.Reply, error) {
	list, err := readACL(env, c, acl.Object)
	if err != nil {
		return nil, err
	}
	stored := storedACL(list)
	_, err = env.Store.Update(c.Bucket.Name, c.Key(), c.Version(), func(o *storage.Object) error {
		o.ACL = stored
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.Reply(http.StatusOK), nil
}

// storedACL is the form in which an object's list is stored: nothing where it
// has none and the bucket decides.
func storedACL(list *acl.List) string {
	if list.IsDefault() {
		return ""
	}
	return list.String()
}

// readACL reads a list out of the headers or the body. The headers win; yet a
// body that is no list is refused beside them too (COS docs: ACL, 预设的 ACL;
// seen: overtrue/qcloud-cos-client issue 11). Where neither says anything the
// list is the one that x-cos-acl stands for by default.
func readACL(env *call.Env, c *call.Call, on acl.Resource) (*acl.List, error) {
	list, found, cerr := acl.FromHeaders(c.HTTP.Header, on)
	if cerr != nil {
		return nil, cerr
	}
	if found && !announcesBody(c.Content()) { // cos-c-sdk-v5 cos_put_object_acl, cos_put_bucket_acl
		return list, nil
	}
	doc, err := env.ReadDocument(c, acl.MaxXML)
	if err != nil {
		return nil, err
	}
	if len(doc) > 0 {
		fromBody, cerr := acl.ParseXML(doc, on)
		if cerr != nil {
			return nil, cerr
		}
		if !found {
			return fromBody, nil
		}
	}
	switch {
	case found:
		return list, nil
	case on == acl.Object:
		return &acl.List{Canned: acl.Default}, nil
	}
	return &acl.List{Canned: acl.Private}, nil
}

// announcesBody tells whether a request says that it has a body, which may be empty.
func announcesBody(r *http.Request) bool {
	return len(r.Header["Content-Length"]) > 0 || len(r.TransferEncoding) > 0
}

// objectACL is what the headers of an upload say of who may do what with the
// object, in the form that is stored.
func objectACL(h http.Header) (string, *coserr.Error) {
	list, found, err := acl.FromHeaders(h, acl.Object)
	if err != nil || !found {
		return "", err
	}
	return storedACL(list), nil
}
