package api

import (
	"errors"
	"net/http"
	"slices"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// putBucket creates a bucket in the region of the host, or in the configured
// one (COS docs: PUT Bucket). The APPID in its name must be the caller's, which
// permission has judged.
func (e *Emulator) putBucket(c *call) (*reply, error) {
	name := c.addr.Bucket
	if err := addr.ValidBucket(name); err != nil {
		return nil, bucketNameError(err)
	}
	list, found, cerr := acl.FromHeaders(c.http.Header, acl.Bucket)
	if cerr != nil {
		return nil, cerr
	}
	if !found {
		list = &acl.List{Canned: acl.Private}
	}
	tags, cerr := bucketcfg.ParseTagList(first(c.http.Header, "X-Cos-Tagging"), bucketcfg.MaxBucketTags)
	if cerr != nil {
		return nil, cerr
	}
	made, err := e.readCreation(c)
	if err != nil {
		return nil, err
	}
	region := c.addr.Region
	if region == "" {
		region = e.cfg.Region
	}
	b := e.newBucket(name, region, list.String())
	b.Created = c.at.UTC()
	err = e.store.CreateBucket(b)
	if errors.Is(err, storage.ErrBucketExists) {
		return nil, coserr.New(coserr.BucketAlreadyOwnedByYou) // choice 412
	}
	if err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		err = e.store.PutConfig(name, configTagging, tagSet(tagFields(tags)))
	}
	if made.MAZ {
		err = errors.Join(err, e.setMAZ(name))
	}
	return &reply{status: http.StatusOK}, err
}

// readCreation reads the body of a PUT Bucket, which most have none of.
func (e *Emulator) readCreation(c *call) (*bucketcfg.Creation, error) {
	if c.http.ContentLength == 0 {
		return &bucketcfg.Creation{}, nil
	}
	doc, err := e.readDocument(c, bucketcfg.MaxXML)
	if err != nil {
		return nil, err
	}
	made, cerr := bucketcfg.ParseCreation(doc)
	switch {
	case cerr != nil:
		return nil, cerr
	case made.OFS:
		return nil, coserr.New(coserr.NotImplemented).WithMessage("cosemu does not support BucketArchConfig: OFS (metadata acceleration).")
	}
	return made, nil
}

// setMAZ makes a bucket one of several availability zones, for good.
func (e *Emulator) setMAZ(name string) error {
	return e.store.PutConfig(name, configMAZ, []byte("MAZ"))
}

func bucketNameError(err error) *coserr.Error {
	if errors.Is(err, addr.ErrBucketNameTooLong) {
		return coserr.New(coserr.BucketNameTooLong)
	}
	return coserr.New(coserr.InvalidBucketName)
}

// headBucket tells whether a bucket is there and may be read (COS docs: HEAD
// Bucket).
func (e *Emulator) headBucket(c *call) (*reply, error) {
	rep := &reply{status: http.StatusOK}
	rep.add("Content-Type", "application/xml")
	rep.add("x-cos-bucket-region", c.bucket.Region)
	if IsMAZ(&c.bucket) {
		rep.add("x-cos-bucket-az-type", "MAZ")
	}
	return rep, nil
}

// deleteBucket removes an empty bucket (COS docs: DELETE Bucket).
func (e *Emulator) deleteBucket(c *call) (*reply, error) {
	if err := e.store.DeleteBucket(c.bucket.Name); err != nil {
		return nil, err
	}
	return &reply{status: http.StatusNoContent}, nil
}

// getService lists the caller's buckets: all of them on the service host, one
// region's on that region's host or with ?region (COS docs: GET Service).
func (e *Emulator) getService(c *call) (*reply, error) {
	if c.query.has("tagkey") || c.query.has("create-time") {
		return nil, coserr.New(coserr.NotImplemented).
			WithMessage("cosemu does not support GET Service ?tagkey and ?create-time.")
	}
	buckets, err := e.store.Buckets()
	if err != nil {
		return nil, err
	}
	region := c.query.value("region")
	if region == "" {
		region = c.addr.Region
	}
	x := xmldoc.NewWriter("")
	x.Open("ListAllMyBucketsResult")
	x.Open("Owner")
	x.Text("ID", ownerID(c.key.Owner()))
	x.Text("DisplayName", c.key.AppID)
	x.Close("Owner")
	buckets = slices.DeleteFunc(buckets, func(b storage.Bucket) bool {
		return b.Owner != c.key.AppID || (region != "" && b.Region != region)
	})
	x.Open("Buckets")
	for i := range buckets {
		b := &buckets[i]
		x.Open("Bucket")
		x.Text("Name", b.Name)
		x.Text("Location", b.Region)
		x.Text("CreationDate", b.Created.UTC().Format("2006-01-02T15:04:05Z"))
		x.Close("Bucket")
	}
	x.Close("Buckets")
	x.Close("ListAllMyBucketsResult")
	return xmlReply(x.Bytes()), nil
}

// ownerID is the full id of the account that has the uin. The emulator knows
// most accounts by their APPID alone, and gives that for the uin (choice 63).
func ownerID(uin string) string {
	return "qcs::cam::uin/" + uin + ":uin/" + uin
}
