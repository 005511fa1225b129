package emulator

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/addr"
	"github.com/cosemu/cosemu/emulator/coserr"
	"github.com/cosemu/cosemu/storage"
)

// copyObject makes an object of another one, of this bucket or of another
// (COS docs: PUT Object - Copy).
func (e *Emulator) copyObject(c *call) (*reply, error) {
	at, err := e.copySource(c)
	if err != nil {
		return nil, err
	}
	source, err := e.openSource(c, at)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	meta, err := copiedMetadata(c, &at, &source.Object)
	if err != nil {
		return nil, err
	}
	if err := checkKey(c.addr.Key); err != nil {
		return nil, err
	}
	if err := e.checkOverwrite(c, &meta); err != nil {
		return nil, err
	}
	staged, err := e.store.Stage(source.Size)
	if err != nil {
		return nil, err
	}
	defer staged.Abort() //nolint:errcheck // a leftover is swept at the next start
	if _, err := source.CopyN(staged, source.Size); err != nil {
		return nil, err
	}
	object := storage.Object{
		Key: c.addr.Key, Size: source.Size, ETag: source.ETag, CRC64: source.CRC64,
		Modified: c.at.UTC(), StorageClass: meta.storageClass, Header: meta.header, ACL: meta.acl,
	}
	object, err = staged.Commit(c.bucket.Name, object, storage.CommitOptions{IfAbsent: meta.forbidOverwrite})
	if err != nil {
		return nil, err
	}
	return copyReply(&object), nil
}

// copyReply is CopyObjectResult as the page prints it: another declaration than
// all others have, and the quotes of the ETag as they are.
func copyReply(o *storage.Object) *reply {
	return xmlReply([]byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<CopyObjectResult>\n" +
		"\t<ETag>\"" + o.ETag + "\"</ETag>\n" +
		"\t<CRC64>" + strconv.FormatUint(o.CRC64, 10) + "</CRC64>\n" +
		"\t<LastModified>" + o.Modified.UTC().Format("2006-01-02T15:04:05Z") + "</LastModified>\n" +
		"</CopyObjectResult>"))
}

// copySource reads x-cos-copy-source: a host, its port included if it has one,
// and a path as in a URL, escaped once.
func (e *Emulator) copySource(c *call) (addr.Address, error) {
	host, rest, _ := strings.Cut(strings.TrimPrefix(first(c.http.Header, "X-Cos-Copy-Source"), "/"), "/")
	path, query, _ := strings.Cut(rest, "?")
	at := e.resolver.Resolve(host, "/"+path)
	if at.Bucket == "" || at.Key == "" {
		return at, coserr.New(coserr.InvalidCopySource)
	}
	if v, ok := strings.CutPrefix(query, "versionId="); ok && v != "" && v != "null" {
		return at, coserr.New(coserr.NoSuchVersion)
	}
	return at, nil
}

// openSource opens the source, if the caller may read it and the conditions on
// it hold. One that is not there is answered as any download would be
// (choice 69).
func (e *Emulator) openSource(c *call, at addr.Address) (*storage.Reader, error) {
	from := &call{
		at: c.at, http: c.http, req: c.req, addr: at, op: e.ops[opKey{scopeObject, http.MethodGet, ""}],
		claim: c.claim, key: c.key, waived: c.waived, entry: c.entry,
	}
	var err error
	if from.bucket, err = e.lookUp(from); err != nil {
		return nil, err
	}
	if err := e.waive(c, e.permit(from)); err != nil {
		return nil, err
	}
	r, err := e.store.Open(from.bucket.Name, at.Key)
	if err != nil {
		return nil, err
	}
	if checkConditions(sourceConditions(c.http.Header), &r.Object) != conditionHolds {
		return nil, errors.Join(coserr.New(coserr.PreconditionFailed), r.Close())
	}
	return r, nil
}

// sourceConditions are the conditional headers of the source under the names
// of an ordinary download's. All of them fail alike.
func sourceConditions(h http.Header) http.Header {
	out := http.Header{}
	for _, name := range [...]string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		if v := first(h, "X-Cos-Copy-Source-"+name); v != "" {
			out.Set(name, v)
		}
	}
	return out
}

// copiedMetadata is the source's, or what the request says where it asks to
// replace it. An object copied onto itself must do so.
func copiedMetadata(c *call, at *addr.Address, source *storage.Object) (metadata, error) {
	meta, err := readMetadata(c.http.Header)
	if err != nil {
		return meta, err
	}
	switch directive := first(c.http.Header, "X-Cos-Metadata-Directive"); {
	case strings.EqualFold(directive, "Replaced"):
		return meta, nil
	case directive != "" && !strings.EqualFold(directive, "Copy"):
		return meta, coserr.New(coserr.InvalidArgument).WithMessage("x-cos-metadata-directive must be Copy or Replaced.")
	case at.Bucket == c.bucket.Name && at.Key == c.addr.Key:
		return meta, coserr.New(coserr.InvalidRequest).
			WithMessage("An object can be copied onto itself only with x-cos-metadata-directive: Replaced.")
	}
	meta.header = source.Header
	return meta, nil
}
