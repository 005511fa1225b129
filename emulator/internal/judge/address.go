package judge

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/ops"
)

// checkAddress refuses what the address alone does not allow, before anything
// else is judged (choice 202; choice 401). Seen, for path style and for buckets
// without an APPID: public threads. A host of another service is refused under
// `verify: report` too: what it was asked for is no call of COS, and to serve the
// call that it looks like would delete a bucket in place of an object.
func (j *Judge) checkAddress(c *call.Call) error {
	err := j.refuseAddress(c)
	if err == nil {
		return nil
	}
	c.Check("address")
	if c.Addr.Endpoint == addr.OtherService {
		return err
	}
	return c.Refuse(j.Env.Mode, err)
}

func (j *Judge) refuseAddress(c *call.Call) *coserr.Error {
	switch {
	case c.Addr.Endpoint == addr.OtherService:
		return coserr.New(coserr.InvalidRequest).
			WithMessage(`The host is not one of COS: cosemu does not serve the hosts ".ci.", ".pic." and ".file.".`)
	case c.Addr.Style == addr.PathStyle && j.PathStyle:
		return coserr.New(coserr.PathStyleDomainForbidden)
	case j.Misaddressed(c):
		return coserr.New(coserr.InvalidRequest).WithMessage(coserr.MessageNoAppID)
	case c.HTTP.Method == http.MethodOptions:
		return nil
	case c.Addr.Endpoint == addr.Website:
		return refuseWebsite(c)
	case c.Addr.Endpoint == addr.Accelerate && !c.Op.Is(call.Accelerated):
		return coserr.New(coserr.ActionAccelerateNotSupported)
	}
	return nil
}

// refuseWebsite: a website's host takes no uploads (COS docs: 创建请求概述), and
// a bucket of the emulator never has a website (choice 402).
func refuseWebsite(c *call.Call) *coserr.Error {
	if c.HTTP.Method != http.MethodGet && c.HTTP.Method != http.MethodHead {
		return coserr.New(coserr.MethodNotAllowed).WithMessage(ops.MethodMessage(c.HTTP.Method))
	}
	return coserr.New(coserr.NoSuchWebsiteConfiguration)
}

// Misaddressed tells whether the address itself is wrong, whatever was asked. With an
// unknown host the path need not begin with a bucket, so no bucket in it is wrong.
func (j *Judge) Misaddressed(c *call.Call) bool {
	return c.Addr.Endpoint == addr.OtherService ||
		c.Addr.Bucket != "" && c.Addr.AppID == "" && (c.Addr.Style != addr.PathStyle || j.Serves(c.Request.Host))
}

// checkAcceleration: the acceleration host works once the bucket has
// acceleration (COS docs: 全球加速概述).
func (j *Judge) checkAcceleration(c *call.Call) *coserr.Error {
	if c.Addr.Endpoint != addr.Accelerate {
		return nil
	}
	if c.Bucket.HasConfig(call.ConfigAccelerate) {
		status, err := call.ReadConfig(j.Env, c.Bucket.Name, call.ConfigAccelerate, bucketcfg.ParseAccelerate)
		if err != nil || status != nil && status.Enabled {
			return call.AsCOS(err)
		}
	}
	return coserr.New(coserr.BucketAccelerateNotEnabled)
}
