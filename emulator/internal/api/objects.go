package api

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
func (e *Emulator) putObject(c *call) (*reply, error) {
	meta, err := readMetadata(c, c.http.Header)
	if err != nil {
		return nil, err
	}
	if err := checkKey(c.addr.Key); err != nil {
		return nil, err
	}
	pace, err := e.readTraffic(c, c.http.Header)
	if err != nil {
		return nil, err
	}
	spec, cerr := body.Check(c.http, maxObject)
	if cerr != nil {
		return nil, cerr
	}
	object, err := e.receive(c, &meta, spec, e.incoming(c, c.http.Body, pace))
	if err != nil {
		return nil, err
	}
	return putReply(object), nil
}

// receive stores what src holds as the object that the call names: all of it,
// once it has all arrived and is right, or nothing.
func (e *Emulator) receive(c *call, meta *metadata, spec body.Spec, src io.Reader) (*storage.Object, error) {
	if err := e.checkOverwrite(c, meta); err != nil {
		return nil, err
	}
	staged, digest, err := e.stage(c, spec, src)
	if err != nil {
		return nil, err
	}
	object, err := staged.Commit(c.bucket.Name, storage.Object{
		Key: c.addr.Key, Size: digest.Size, ETag: etag(&digest.MD5), CRC64: digest.CRC64,
		Modified: c.at.UTC(), StorageClass: meta.storageClass, Header: meta.header, ACL: meta.acl, Tags: meta.tags,
	}, meta.commit(c))
	if err != nil {
		return nil, err
	}
	return &object, nil
}

// stage takes a body in, to be committed by the caller, and notes how much of
// it came. When it returns an error nothing is left of it; a commit that fails
// leaves nothing either.
func (e *Emulator) stage(c *call, spec body.Spec, src io.Reader) (*storage.Staged, body.Digest, error) {
	staged, err := e.store.Stage(c.bodyHint(spec))
	if err != nil {
		return nil, body.Digest{}, err
	}
	digest, err := e.bodies.Copy(staged, src, spec)
	c.received = digest.Size
	if err != nil {
		return nil, digest, errors.Join(err, staged.Abort())
	}
	return staged, digest, nil
}

// bodyHint is how long a body can be at the most, -1 when nobody says: of a
// form's file, as long as the form.
func (c *call) bodyHint(spec body.Spec) int64 {
	if spec.Length < 0 && c.form != nil {
		return c.http.ContentLength
	}
	return spec.Length
}

// etag is a digest in hexadecimal, as ETags have it.
func etag(sum *[md5.Size]byte) string {
	var text [2 * md5.Size]byte
	hex.Encode(text[:], sum[:])
	return string(text[:])
}

func putReply(o *storage.Object) *reply {
	rep := &reply{status: http.StatusOK}
	rep.add("ETag", `"`+o.ETag+`"`)
	rep.add("x-cos-hash-crc64ecma", strconv.FormatUint(o.CRC64, 10))
	rep.encryption(o.Header)
	rep.stored(o)
	return rep
}

// encryption says again what encryption an upload asked for.
func (r *reply) encryption(stored []storage.Field) {
	for _, f := range stored {
		if strings.HasPrefix(f.Name, sseHeader) {
			r.add(f.Name, f.Value)
		}
	}
}

// checkOverwrite refuses early what the commit would refuse after the whole
// body had been sent.
func (e *Emulator) checkOverwrite(c *call, meta *metadata) error {
	if !meta.commit(c).IfAbsent {
		return nil
	}
	switch _, err := e.store.Stat(c.bucket.Name, c.addr.Key); {
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
func (e *Emulator) getObject(c *call) (*reply, error) {
	overrides, err := responseOverrides(c)
	if err != nil {
		return nil, err
	}
	var pace *traffic
	if c.op.method == http.MethodGet {
		if pace, err = e.readTraffic(c, c.http.Header); err != nil {
			return nil, err
		}
	}
	r, err := e.store.OpenVersion(c.bucket.Name, c.addr.Key, c.version())
	if err != nil {
		return nil, err
	}
	t := c.ownTarget()
	if err := e.permitOpened(c, &t, &r.Object); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	rep, err := objectReply(c, r, overrides)
	if err != nil || rep.stream == nil {
		return rep, errors.Join(err, r.Close())
	}
	rep.pace = pace
	return rep, nil
}

func objectReply(c *call, r *storage.Reader, overrides []storage.Field) (*reply, error) {
	o := &r.Object
	switch checkConditions(c.http.Header, o) {
	case conditionFailed:
		return nil, coserr.New(coserr.PreconditionFailed)
	case conditionNotModified:
		return notModified(c, o), nil
	}
	if c.op.method == http.MethodGet && frozen(o.StorageClass) {
		err := coserr.New(coserr.InvalidObjectState)
		err.StorageClass = o.StorageClass
		return nil, err
	}
	part, err := parseRange(c.http.Header, o)
	if err != nil {
		return nil, err
	}
	if _, err := r.Seek(part.first, 0); err != nil {
		return nil, err
	}
	rep := &reply{status: http.StatusOK, stream: r, size: part.length}
	objectHeaders(rep, o, overrides)
	if !part.partial {
		r.Verify() // choice 361
		return rep, nil
	}
	rep.status = http.StatusPartialContent
	rep.add("Content-Range", part.contentRange(o.Size))
	return rep, nil
}

func objectHeaders(rep *reply, o *storage.Object, overrides []storage.Field) {
	rep.add("ETag", `"`+o.ETag+`"`)
	rep.add("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	rep.add("Accept-Ranges", "bytes")
	rep.add("x-cos-hash-crc64ecma", strconv.FormatUint(o.CRC64, 10))
	if o.StorageClass != "" && o.StorageClass != standardClass {
		rep.add("x-cos-storage-class", o.StorageClass)
	}
	if n := len(o.Tags); n > 0 { // cos-nodejs-sdk-v5 and cos-js-sdk-v5 test.js
		rep.add("x-cos-tagging-count", strconv.Itoa(n))
	}
	if o.Appendable { // a normal one has no such header
		rep.add("x-cos-object-type", "appendable")
	}
	rep.versioned(o.VersionID) // null as well: choice 216
	contentType := defaultContentType
	for _, f := range o.Header {
		switch {
		case overridden(overrides, f.Name):
		case f.Name == "Content-Type":
			contentType = f.Value
		default:
			rep.add(f.Name, f.Value)
		}
	}
	if !overridden(overrides, "Content-Type") {
		rep.add("Content-Type", contentType)
	}
	rep.header = append(rep.header, overrides...)
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
func responseOverrides(c *call) ([]storage.Field, error) {
	var out []storage.Field
	for _, o := range [...]storage.Field{
		{Name: responseContentType, Value: "Content-Type"},
		{Name: "response-content-language", Value: "Content-Language"},
		{Name: "response-expires", Value: "Expires"},
		{Name: "response-cache-control", Value: "Cache-Control"},
		{Name: "response-content-disposition", Value: "Content-Disposition"},
		{Name: "response-content-encoding", Value: "Content-Encoding"},
	} {
		if v := c.query.value(o.Name); v != "" {
			out = append(out, storage.Field{Name: o.Value, Value: headerValue(v)})
		}
	}
	if len(out) > 0 && c.anonymous() {
		return nil, coserr.New(coserr.InvalidRequest).
			WithMessage("Request specific response headers cannot be used for anonymous GET requests.")
	}
	return out, nil
}
