package api

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// getBucketACL shows who may do what with a bucket (COS docs: GET Bucket acl).
func (e *Emulator) getBucketACL(c *call) (*reply, error) {
	list, err := acl.Parse(c.bucket.ACL)
	if err != nil {
		return nil, err
	}
	return xmlReply(list.AppendXML(nil, e.accountUIN(c, c.bucket.Owner))), nil
}

// getObjectACL shows who may do what with an object, or with the version that
// is named (COS docs: GET Object acl; cos-go-sdk-v5 object_acl.go). One that inherits its bucket's says so in x-cos-acl, where the SDKs look
// (cos-nodejs-sdk-v5 getObjectAcl; choice 228).
func (e *Emulator) getObjectACL(c *call) (*reply, error) {
	o, err := e.store.StatVersion(c.bucket.Name, c.addr.Key, c.version())
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
	owner := e.accountUIN(c, c.bucket.Owner)
	rep := xmlReply(list.Shown(owner).AppendXML(nil, owner))
	if o.ACL == acl.Default {
		rep.add("x-cos-acl", acl.Default)
	}
	return rep, nil
}

// accountUIN is the uin of an account that is known by its APPID: what a key of
// it says, else the APPID (choice 63).
func (e *Emulator) accountUIN(c *call, appID string) string {
	if c.key.AppID == appID && c.key.OwnerUIN != "" {
		return c.key.Owner()
	}
	return e.keys.AccountUIN(appID)
}

// putBucketACL replaces a bucket's ACL (COS docs: PUT Bucket acl).
func (e *Emulator) putBucketACL(c *call) (*reply, error) {
	list, err := e.readACL(c, acl.Bucket)
	if err != nil {
		return nil, err
	}
	b, err := e.store.Bucket(c.bucket.Name) // it may have changed while the body came
	if err != nil {
		return nil, err
	}
	b.ACL = list.String()
	return &reply{status: http.StatusOK}, e.store.PutBucket(b)
}

// putObjectACL replaces the ACL of an object, or of the version that is named
// (COS docs: PUT Object acl; cos-go-sdk-v5 object_acl.go).
func (e *Emulator) putObjectACL(c *call) (*reply, error) {
	list, err := e.readACL(c, acl.Object)
	if err != nil {
		return nil, err
	}
	stored := storedACL(list)
	_, err = e.store.Update(c.bucket.Name, c.addr.Key, c.version(), func(o *storage.Object) error {
		o.ACL = stored
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK}, nil
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
func (e *Emulator) readACL(c *call, on acl.Resource) (*acl.List, error) {
	list, found, cerr := acl.FromHeaders(c.http.Header, on)
	if cerr != nil {
		return nil, cerr
	}
	if found && !announcesBody(c.http) { // cos-c-sdk-v5 cos_put_object_acl, cos_put_bucket_acl
		return list, nil
	}
	doc, err := e.readDocument(c, acl.MaxXML)
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

// announcesBody tells whether a request says that it has a body, be it empty.
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
