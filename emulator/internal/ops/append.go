package ops

import (
	"crypto/md5"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// appendObject puts a body behind an object that was made so, or makes a new
// one (COS docs: APPEND Object). What can be judged without the body is judged
// first, and once more when all of it has come.
func appendObject(env *call.Env, c *call.Call) (*call.Reply, error) {
	position, meta, err := readAppend(c)
	if err != nil {
		return nil, err
	}
	if err := checkAppend(env, c, position, meta.storageClass); err != nil {
		return nil, err
	}
	pace, err := env.ReadTraffic(c, c.HTTP.Header)
	if err != nil {
		return nil, err
	}
	spec, cerr := body.Check(c.Content(), maxObject-position)
	if cerr == nil && spec.Length < 0 { // the page knows no chunks
		cerr = coserr.New(coserr.MissingContentLength)
	}
	if cerr != nil {
		return nil, cerr
	}
	staged, digest, err := stage(env, c, spec, env.Incoming(c, c.Content().Body, pace))
	if err != nil {
		return nil, err
	}
	staged.Describe(joined(c, nil, &meta, &digest))
	object, err := staged.Append(c.Bucket.Name, c.Key(), position, func(old *storage.Object) (storage.Object, error) {
		return joined(c, old, &meta, &digest), nil
	})
	if err != nil {
		return nil, appendError(err)
	}
	return appendReply(c, &object, &digest), nil
}

// readAppend reads what an append says beside its body.
func readAppend(c *call.Call) (position int64, meta metadata, err error) {
	position, ok := chars.Number(c.Query().Value("position"))
	if !ok {
		return 0, meta, coserr.New(coserr.InvalidArgument).WithMessage("position must be a number of bytes.")
	}
	if err := checkKey(c.Key()); err != nil {
		return 0, meta, err
	}
	if position > maxObject {
		return 0, meta, coserr.New(coserr.AppendPositionErr)
	}
	meta, err = readMetadata(c, c.Content().Header)
	return position, meta, err
}

// checkAppend refuses early what the append itself would refuse after the whole
// body had been sent. An appendable object takes no part in versioning (COS
// docs: APPEND Object), so a bucket takes none while that is on (choice 209).
func checkAppend(env *call.Env, c *call.Call, position int64, class string) error {
	if c.Bucket.Versioning == storage.VersioningEnabled {
		return coserr.New(coserr.InvalidBucketState)
	}
	o, err := env.Store.Stat(c.Bucket.Name, c.Key())
	switch {
	case errors.Is(err, storage.ErrNoObject):
		return checkAppendedClass(class, position)
	case err != nil:
		return err
	case !o.Appendable:
		return coserr.New(coserr.ObjectNotAppendable)
	case o.Size != position:
		return coserr.New(coserr.AppendPositionErr)
	}
	return nil
}

// checkAppendedClass judges an append that makes a new object: its position,
// and its storage class, which later appends do not bring (COS docs: APPEND
// Object, 存储类型).
func checkAppendedClass(class string, position int64) error {
	switch {
	case position != 0:
		return coserr.New(coserr.AppendPositionErr)
	case strings.HasSuffix(class, "INTELLIGENT_TIERING"), strings.HasPrefix(class, mazPrefix), class == "DEEP_ARCHIVE":
		return coserr.New(coserr.NotSupportedStorageClass)
	}
	return nil
}

func appendError(err error) error {
	var at *storage.PositionError
	switch {
	case errors.As(err, &at):
		return coserr.New(coserr.AppendPositionErr)
	case errors.Is(err, storage.ErrNotAppendable):
		return coserr.New(coserr.ObjectNotAppendable)
	}
	return err
}

// joined is the object that an append makes. All but the body stays as the
// first append said it (choice 208).
func joined(c *call.Call, old *storage.Object, meta *metadata, digest *body.Digest) storage.Object {
	if old == nil {
		o := meta.object(c)
		o.ETag, o.CRC64 = etag(&digest.MD5), digest.CRC64
		return o
	}
	o := *old
	o.ETag, o.Modified = appendedETag(old.ETag, &digest.MD5), c.At.UTC()
	o.CRC64 = body.CombineCRC64(old.CRC64, digest.CRC64, digest.Size)
	return o
}

// appendedETag follows from the ETag before and from what was appended: the MD5
// of both in hexadecimal (choice 212). The MD5 of the whole is not to be had
// without reading it again.
func appendedETag(before string, sum *[md5.Size]byte) string {
	h := md5.New()
	_, _ = io.WriteString(h, before+etag(sum))
	return etag((*[md5.Size]byte)(h.Sum(nil)))
}

// appendReply has in x-cos-content-sha1, whatever its name says, the MD5 of
// what was appended: the Go SDK takes anything else for a damaged transfer
// (cos-go-sdk-v5 object.go Append).
func appendReply(c *call.Call, o *storage.Object, digest *body.Digest) *call.Reply {
	rep := putReply(c, o)
	rep.Add("x-cos-content-sha1", etag(&digest.MD5))
	rep.Add("x-cos-next-append-position", strconv.FormatInt(o.Size, 10))
	return rep
}
