package ops

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// putBucket creates a bucket in the region of the host, or in the configured
// one (COS docs: PUT Bucket). The APPID in its name must be the caller's, which
// permission has judged.
func putBucket(env *call.Env, c *call.Call) (*call.Reply, error) {
	name := c.Addr.Bucket
	if err := addr.ValidBucket(name); err != nil {
		return nil, bucketNameError(err)
	}
	list, found, cerr := acl.FromHeaders(c.HTTP.Header, acl.Bucket)
	if cerr != nil {
		return nil, cerr
	}
	if !found {
		list = &acl.List{Canned: acl.Private}
	}
	tags, cerr := bucketcfg.ParseTagList(call.First(c.HTTP.Header, "X-Cos-Tagging"), bucketcfg.MaxBucketTags)
	if cerr != nil {
		return nil, cerr
	}
	made, err := readCreation(env, c)
	if err != nil {
		return nil, err
	}
	err = env.Store.CreateBucket(NewBucket(name, cmp.Or(c.Addr.Region, env.Region), list.String(), c.At))
	if errors.Is(err, storage.ErrBucketExists) {
		return nil, coserr.New(coserr.BucketAlreadyOwnedByYou) // choice 412
	}
	if err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		err = env.Store.PutConfig(name, call.ConfigTagging, tagSet(tagFields(tags)))
	}
	if made.MAZ {
		err = errors.Join(err, SetMAZ(env.Store, name))
	}
	return c.Reply(http.StatusOK), err
}

// readCreation reads the body of a PUT Bucket, which most have none of.
func readCreation(env *call.Env, c *call.Call) (*bucketcfg.Creation, error) {
	if c.Content().ContentLength == 0 {
		return &bucketcfg.Creation{}, nil
	}
	doc, err := env.ReadDocument(c, bucketcfg.MaxXML)
	if err != nil {
		return nil, err
	}
	made, cerr := bucketcfg.ParseCreation(doc, c.S3)
	switch {
	case cerr != nil:
		return nil, cerr
	case made.OFS:
		return nil, coserr.New(coserr.NotImplemented).WithMessage("cosemu does not support BucketArchConfig: OFS (metadata acceleration).")
	}
	return made, nil
}

// NewBucket is a bucket that is to be created.
func NewBucket(name, region, acl string, at time.Time) storage.Bucket {
	return storage.Bucket{Name: name, Region: region, Owner: addr.AppID(name), ACL: acl, Created: at.UTC()}
}

// SetMAZ makes a bucket one of several availability zones, for good.
func SetMAZ(st *storage.Store, name string) error {
	return st.PutConfig(name, ConfigMAZ, []byte("MAZ"))
}

func bucketNameError(err error) *coserr.Error {
	if errors.Is(err, addr.ErrBucketNameTooLong) {
		return coserr.New(coserr.BucketNameTooLong)
	}
	return coserr.New(coserr.InvalidBucketName)
}

// headBucket tells whether a bucket is there and may be read (COS docs: HEAD
// Bucket).
func headBucket(env *call.Env, c *call.Call) (*call.Reply, error) {
	rep := c.Reply(http.StatusOK)
	rep.Add("Content-Type", "application/xml")
	rep.Add("x-cos-bucket-region", c.Bucket.Region)
	if IsMAZ(&c.Bucket) {
		rep.Add("x-cos-bucket-az-type", "MAZ")
	}
	return rep, nil
}

// deleteBucket removes an empty bucket (COS docs: DELETE Bucket).
func deleteBucket(env *call.Env, c *call.Call) (*call.Reply, error) {
	if err := env.Store.DeleteBucket(c.Bucket.Name); err != nil {
		return nil, err
	}
	return c.Reply(http.StatusNoContent), nil
}

// getService lists the caller's buckets: all of them on the service host, one
// region's on that region's host or with ?region (COS docs: GET Service).
func getService(env *call.Env, c *call.Call) (*call.Reply, error) {
	if c.Query().Has("tagkey") || c.Query().Has("create-time") {
		return nil, coserr.New(coserr.NotImplemented).
			WithMessage("cosemu does not support GET Service ?tagkey and ?create-time.")
	}
	buckets, err := env.Store.BucketsOf(c.Who.Key.AppID)
	if err != nil {
		return nil, err
	}
	region := c.Query().Value("region")
	if region == "" {
		region = c.Addr.Region
	}
	x := xmldoc.NewWriter("")
	x.Open("ListAllMyBucketsResult")
	x.Open("Owner")
	x.Text("ID", ownerID(c.Who.Key.Owner()))
	x.Text("DisplayName", c.Who.Key.AppID)
	x.Close("Owner")
	buckets = slices.DeleteFunc(buckets, func(b storage.Bucket) bool {
		return region != "" && b.Region != region
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
	return call.XMLReply(x.Bytes()), nil
}

// ownerID is the full id of the account that has the uin. The emulator knows
// most accounts by their APPID alone, and gives that for the uin (choice 63).
func ownerID(uin string) string {
	return "qcs::cam::uin/" + uin + ":uin/" + uin
}
