package call

import (
	"maps"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// ParsePolicy reads a bucket's policy. An invalid one is MalformedPolicy, and the
// message says where.
func ParsePolicy(doc []byte) (*policy.Policy, *coserr.Error) {
	p, err := policy.Parse(doc, policy.Bucket)
	if err != nil {
		cerr := coserr.New(coserr.MalformedPolicy).WithCause(err)
		return nil, cerr.WithMessage(cerr.Message + " " + strings.TrimPrefix(err.Error(), "policy: "))
	}
	return p, nil
}

// policyValues are what conditions look at. In a form, fields replace the headers
// of the same name, and the length is that of the whole form (choice 232). The tags
// of a bucket are those of x-cos-tagging alone (choice 231).
func policyValues(c *Call, t *Target) *policy.HTTPValues {
	own, version := t.own, c.versionOf(t)
	v := &policy.HTTPValues{
		Header: c.HTTP.Header, Host: c.Request.Host, ContentLength: contentLength(c.HTTP), Now: c.At,
		Param: func(name string) (string, bool) { return c.policyParam(own, version, name) },
	}
	if c.Form != nil {
		v.Header = maps.Clone(c.HTTP.Header)
		maps.DeleteFunc(v.Header, func(name string, _ []string) bool { return fieldsAlone(name) })
		if fields, err := c.Form.Header(); err == nil {
			maps.Copy(v.Header, fields)
		}
	}
	if at, err := netip.ParseAddrPort(c.HTTP.RemoteAddr); err == nil {
		v.IP = at.Addr()
	}
	if c.HTTP.TLS != nil {
		v.TLSVersion = c.HTTP.TLS.Version
	}
	return v
}

// ResponseContentType is the parameter that overrides the type of a download.
const ResponseContentType = "response-content-type"

// fieldsAlone reports whether a header beside a form is not about its file, so that
// only a field of that name counts. The headers that the Mini Program sends beside
// its form do count (cos-wx-sdk-v5 postObject).
func fieldsAlone(name string) bool {
	switch name {
	case "X-Cos-Forbid-Overwrite", TrafficHeader, "X-Cos-Security-Token":
		return false
	}
	return name == "Content-Type" || strings.HasPrefix(name, "X-Cos-")
}

// policyParam is a parameter of the query. The version is that of the target. An
// object that a call copies, or deletes beside others, has no other parameters.
func (c *Call) policyParam(own bool, version, name string) (string, bool) {
	if strings.EqualFold(name, "versionId") {
		return version, version != "" || own && c.Query().Has("versionId")
	}
	if !own {
		return "", false
	}
	v, ok := c.Query().Find(name)
	if name == ResponseContentType {
		v = HeaderValue(v) // as the answer will have it
	}
	return v, ok
}

// contentLength is the Content-Length; -1: there is none.
func contentLength(r *http.Request) int64 {
	n, err := strconv.ParseInt(First(r.Header, "Content-Length"), 10, 64)
	switch {
	case err == nil && n >= 0:
		return n
	case r.ContentLength > 0:
		return r.ContentLength
	}
	return -1
}
