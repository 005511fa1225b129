package ops

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

const (
	// maxObject is the largest body of one PUT (COS docs: PUT Object).
	maxObject = 5 << 30
	maxKey    = addr.MaxKey
)

// putObject stores a body (COS docs: PUT Object). Whatever can be judged
// without the body is judged first; nothing becomes visible before all of it
// has arrived and is right.
func putObject(env *call.Env, c *call.Call) (*call.Reply, error) {
	meta, err := readMetadata(c, c.Content().Header)
	if err != nil {
		return nil, err
	}
	if err := checkKey(c.Key()); err != nil {
		return nil, err
	}
	pace, err := env.ReadTraffic(c, c.HTTP.Header)
	if err != nil {
		return nil, err
	}
	spec, cerr := body.Check(c.Content(), maxObject)
	if cerr != nil {
		return nil, cerr
	}
	object, err := receive(env, c, &meta, spec, env.Incoming(c, c.Content().Body, pace))
	if err != nil {
		return nil, err
	}
	return putReply(c, &object), nil
}

// receive stores what src holds as the object that the call names: all of it,
// once it has all arrived and is right, or nothing.
func receive(env *call.Env, c *call.Call, meta *metadata, spec body.Spec, src io.Reader) (storage.Object, error) {
	if err := checkOverwrite(env, c, meta); err != nil {
		return storage.Object{}, err
	}
	staged, digest, err := stage(env, c, spec, src)
	if err != nil {
		return storage.Object{}, err
	}
	object := meta.object(c)
	object.Key, object.Size, object.ETag, object.CRC64 = c.Key(), digest.Size, etag(&digest.MD5), digest.CRC64
	return staged.Commit(c.Bucket.Name, object, meta.commit(c))
}

// stage takes a body in, to be committed by the caller, and notes how much of
// it came. When it returns an error nothing is left of it; a commit that fails
// leaves nothing either.
func stage(env *call.Env, c *call.Call, spec body.Spec, src io.Reader) (*storage.Staged, body.Digest, error) {
	staged, err := env.Store.Stage(bodyHint(c, spec))
	if err != nil {
		return nil, body.Digest{}, err
	}
	digest, err := env.Bodies.Copy(staged, src, spec)
	c.Out.Received = digest.Size
	if err != nil {
		return nil, digest, errors.Join(err, staged.Abort())
	}
	return staged, digest, nil
}

// bodyHint is the most bytes that a body can have: of a form's file the length of the
// form; -1 when the request has no length.
func bodyHint(c *call.Call, spec body.Spec) int64 {
	if spec.Length < 0 && c.Form != nil {
		return c.HTTP.ContentLength
	}
	return spec.Length
}

// etag is a digest in hexadecimal, as ETags have it.
func etag(sum *[md5.Size]byte) string {
	var text [2 * md5.Size]byte
	hex.Encode(text[:], sum[:])
	return string(text[:])
}

func putReply(c *call.Call, o *storage.Object) *call.Reply {
	rep := c.Reply(http.StatusOK)
	var room [64]byte // for both values, which are one text
	text := append(append(append(room[:0], '"'), o.ETag...), '"')
	n := len(text)
	both := string(strconv.AppendUint(text, o.CRC64, 10))
	rep.Add("ETag", both[:n])
	rep.Add("x-cos-hash-crc64ecma", both[n:])
	rep.Encryption(o.Header)
	rep.Stored(o)
	return rep
}

// checkOverwrite refuses early what the commit would refuse after the whole
// body had been sent.
func checkOverwrite(env *call.Env, c *call.Call, meta *metadata) error {
	if !meta.commit(c).IfAbsent {
		return nil
	}
	switch _, err := env.Store.Stat(c.Bucket.Name, c.Key()); {
	case err == nil:
		return storage.ErrObjectExists
	case errors.Is(err, storage.ErrNoObject):
		return nil
	default:
		return err
	}
}

// checkKey is the law of object keys (COS docs: 对象概述). A leading slash is
// let through: `//a` is the key `/a` (choice 57).
func checkKey(key string) error {
	if len(key) > maxKey {
		return coserr.New(coserr.KeyTooLong)
	}
	if key[0] == '\\' {
		return coserr.New(coserr.InvalidObjectName).WithMessage(`The object key must not begin with a backslash.`)
	}
	if strings.ContainsAny(key, "\x18\x19\x1a\x1b") {
		return coserr.New(coserr.InvalidObjectName).
			WithMessage("The object key must not hold the control characters 0x18 to 0x1B.")
	}
	return nil
}

// getObject serves GET and HEAD of an object (COS docs: GET Object, HEAD
// Object).
func getObject(env *call.Env, c *call.Call) (*call.Reply, error) {
	overrides, err := responseOverrides(c)
	if err != nil {
		return nil, err
	}
	var pace *call.Traffic
	if c.Op.Method == http.MethodGet {
		if pace, err = env.ReadTraffic(c, c.HTTP.Header); err != nil {
			return nil, err
		}
	}
	r, err := openObject(env, c)
	if err != nil {
		return nil, err
	}
	if err := env.PermitOpened(c, &r.Object); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	rep, err := objectReply(c, r, overrides)
	if err != nil || rep.Stream == nil {
		return rep, errors.Join(err, r.Close())
	}
	rep.Pace = pace
	return rep, nil
}

// openObject opens the object that is asked for. Of an earlier one there is no body.
func openObject(env *call.Env, c *call.Call) (*storage.Reader, error) {
	if c.Past == nil || c.Version() != "" {
		return env.Store.OpenVersion(c.Bucket.Name, c.Key(), c.Version())
	}
	o, err := c.Past.Stat(c.Key())
	if err != nil {
		return nil, err
	}
	o.Segments = nil
	return &storage.Reader{Object: o}, nil
}

func objectReply(c *call.Call, r *storage.Reader, overrides []storage.Field) (*call.Reply, error) {
	o := &r.Object
	switch checkConditions(c.HTTP.Header, o) {
	case conditionFailed:
		return nil, coserr.New(coserr.PreconditionFailed)
	case conditionNotModified:
		return notModified(c, o), nil
	}
	if c.Op.Method == http.MethodGet && frozen(o.StorageClass) {
		err := coserr.New(coserr.InvalidObjectState)
		err.StorageClass = o.StorageClass
		return nil, err
	}
	part, err := parseRange(c.HTTP.Header, o)
	if err != nil {
		return nil, err
	}
	if _, err := r.Seek(part.first, 0); err != nil {
		return nil, err
	}
	rep := c.Reply(http.StatusOK)
	rep.Stream, rep.Size = r, part.length
	objectHeaders(rep, o, overrides)
	if !part.partial {
		if c.Op.Method == http.MethodGet {
			r.Verify() // choice 361
		}
		return rep, nil
	}
	rep.Status = http.StatusPartialContent
	rep.Add("Content-Range", part.contentRange(o.Size))
	return rep, nil
}

func objectHeaders(rep *call.Reply, o *storage.Object, overrides []storage.Field) {
	rep.Add("ETag", `"`+o.ETag+`"`)
	rep.Add("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	rep.Add("Accept-Ranges", "bytes")
	rep.Add("x-cos-hash-crc64ecma", strconv.FormatUint(o.CRC64, 10))
	if o.StorageClass != "" && o.StorageClass != standardClass {
		rep.Add("x-cos-storage-class", o.StorageClass)
	}
	if n := len(o.Tags); n > 0 { // cos-nodejs-sdk-v5 and cos-js-sdk-v5 test.js
		rep.Add("x-cos-tagging-count", strconv.Itoa(n))
	}
	if o.Appendable { // a normal one has no such header
		rep.Add("x-cos-object-type", "appendable")
	}
	rep.Versioned(o.VersionID) // null as well: choice 216
	contentType := defaultContentType
	for _, f := range o.Header {
		switch {
		case overridden(overrides, f.Name):
		case f.Name == "Content-Type":
			contentType = f.Value
		default:
			rep.Add(f.Name, f.Value)
		}
	}
	if !overridden(overrides, "Content-Type") {
		rep.Add("Content-Type", contentType)
	}
	rep.Header = append(rep.Header, overrides...)
}

func overridden(overrides []storage.Field, name string) bool {
	for _, f := range overrides {
		if f.Name == name {
			return true
		}
	}
	return false
}

// responseOverrides reads the response-* parameters. Only a signed request may
// use them (COS docs: GET Object; choice 59 on the code).
func responseOverrides(c *call.Call) ([]storage.Field, error) {
	var out []storage.Field
	for _, o := range [...]storage.Field{
		{Name: call.ResponseContentType, Value: "Content-Type"},
		{Name: "response-content-language", Value: "Content-Language"},
		{Name: "response-expires", Value: "Expires"},
		{Name: "response-cache-control", Value: "Cache-Control"},
		{Name: "response-content-disposition", Value: "Content-Disposition"},
		{Name: "response-content-encoding", Value: "Content-Encoding"},
	} {
		if v := c.Query().Value(o.Name); v != "" {
			out = append(out, storage.Field{Name: o.Value, Value: call.HeaderValue(v)})
		}
	}
	if len(out) > 0 && c.Who.Anonymous() {
		return nil, coserr.New(coserr.InvalidRequest).
			WithMessage("Request specific response headers cannot be used for anonymous GET requests.")
	}
	return out, nil
}
