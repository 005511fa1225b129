package ops

import (
	"errors"
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/storage"
)

// copySource is what a copy takes: an object, or one version of it.
type copySource struct {
	addr.Address
	version string // empty for the current one
	// literal is the key with each raw `+` of the header as a plus, where it has
	// any: Key has blanks there (choice 430).
	literal string
}

// readSource reads x-cos-copy-source as the clients write it: a host, its port
// included if it has one, and a path as in a URL, escaped once; or a bucket in
// the host's place, as cosfs writes it, `/<bucket>/<key>` (choice 431).
func readSource(env *call.Env, c *call.Call) (copySource, error) {
	host, rest, _ := strings.Cut(strings.TrimPrefix(call.First(c.HTTP.Header, "X-Cos-Copy-Source"), "/"), "/")
	path, query, _ := strings.Cut(rest, "?")
	path = "/" + path
	if isSourceBucket(env, c, host) {
		host, path = "", "/"+host+path // as on path style
	}
	at := copySource{Address: env.Resolver.Resolve(host, strings.ReplaceAll(path, "+", "%20"))}
	if at.Bucket == "" || at.Key == "" {
		c.Out.Source = &diagnose.CopySource{Text: call.First(c.HTTP.Header, "X-Cos-Copy-Source")}
		return at, coserr.New(coserr.InvalidCopySource)
	}
	if literal := env.Resolver.Resolve(host, path); literal.Key != at.Key {
		at.literal = literal.Key
	}
	for pair := range strings.SplitSeq(query, "&") {
		// The page on part copies writes versionid.
		if name, value, _ := strings.Cut(pair, "="); strings.EqualFold(name, "versionId") {
			at.version = signer.Decode(value)
		}
	}
	return at, nil
}

// isSourceBucket tells whether what stands where a source has its host is a
// bucket. A name without dots that the request itself came to is a host, as in
// a network of containers.
func isSourceBucket(env *call.Env, c *call.Call, name string) bool {
	return addr.ValidBucket(name) == nil && !env.Resolver.Serves(name) && !strings.EqualFold(name, addr.HostName(c.HTTP.Host))
}

// openSource opens the source, if the caller may read it and the conditions on
// it hold. One that is not there is answered as any download would be (choice
// 69).
func openSource(env *call.Env, c *call.Call, at copySource) (*storage.Reader, error) {
	r, err := openReading(env, c, &at, at.Key)
	if at.literal != "" && absent(err) {
		if other, err2 := openReading(env, c, &at, at.literal); !absent(err2) {
			return other, err2
		}
	}
	noBucket := errors.Is(err, storage.ErrNoBucket)
	if noBucket || absent(err) {
		c.Out.Source = &diagnose.CopySource{
			Text: call.First(c.HTTP.Header, "X-Cos-Copy-Source"), Bucket: at.Bucket, Region: at.Region, Key: at.Key,
			Version: at.version, Literal: at.literal, NoBucket: noBucket,
		}
	}
	return r, err
}

// absent tells whether there is no such object, or no such version of it.
func absent(err error) bool {
	return errors.Is(err, storage.ErrNoObject) || errors.Is(err, storage.ErrNoVersion) || errors.Is(err, storage.ErrDeleteMarker)
}

// openReading opens the source under one reading of its key.
func openReading(env *call.Env, c *call.Call, at *copySource, key string) (*storage.Reader, error) {
	bucket, err := env.FindBucket(&at.Address)
	if err != nil {
		return nil, err
	}
	source := env.OtherTarget(http.MethodGet, &bucket, key, at.version)
	if err := env.Permit(c, &source); err != nil {
		return nil, err
	}
	r, err := env.Store.OpenVersion(bucket.Name, key, at.version)
	if err != nil {
		return nil, sourceError(err)
	}
	if err := env.PermitOpenedTarget(c, &source, &r.Object); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if err := checkSource(c, &r.Object); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// sourceError: a delete marker that is named as the source is a bad source, 400
// (COS docs: Upload Part - Copy); one that is the current version makes the
// object one that is not there.
func sourceError(err error) error {
	if errors.Is(err, storage.ErrDeleteMarker) {
		return coserr.New(coserr.InvalidCopySource).WithCause(err)
	}
	return err
}

// checkSource judges the conditions on a source, and whether it may be copied
// at all: what was made by appending may not (COS docs: APPEND Object, which
// gives no code: choice 211).
func checkSource(c *call.Call, o *storage.Object) error {
	switch {
	case checkConditions(sourceConditions(c.HTTP.Header), o) != conditionHolds:
		return coserr.New(coserr.PreconditionFailed)
	case o.Appendable:
		return coserr.New(coserr.InvalidObjectStateConflict)
	case strings.HasPrefix(o.StorageClass, mazPrefix) && !IsMAZ(&c.Bucket): // choice 408
		return coserr.New(coserr.MAZOperationNotSupportOnOAZBucket)
	}
	return nil
}

// sourceConditions are the conditional headers of the source under the names
// of an ordinary download's. All of them fail alike.
func sourceConditions(h http.Header) http.Header {
	out := http.Header{}
	for _, name := range [...]string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		if v := call.First(h, "X-Cos-Copy-Source-"+name); v != "" {
			out.Set(name, v)
		}
	}
	return out
}

// checkSourceConditions refuses the pairs of conditions that a part copy cannot
// have: only a match with unmodified, and no match with modified, go together;
// others "conflict" (COS docs: Upload Part - Copy; choice 217 on the code). The
// page on copies of whole objects knows no such limit.
func checkSourceConditions(h http.Header) error {
	positive := call.First(h, "X-Cos-Copy-Source-If-Match") + call.First(h, "X-Cos-Copy-Source-If-Unmodified-Since")
	negative := call.First(h, "X-Cos-Copy-Source-If-None-Match") + call.First(h, "X-Cos-Copy-Source-If-Modified-Since")
	if positive != "" && negative != "" {
		err := coserr.New(coserr.InvalidRequest).WithMessage("These x-cos-copy-source-If-* conditions cannot be used together.")
		err.Status = http.StatusConflict
		return err
	}
	return nil
}
