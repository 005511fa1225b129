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

// ParsePolicy reads a bucket's policy. What it cannot be is
// MalformedPolicy, and the message says where.
func ParsePolicy(doc []byte) (*policy.Policy, *coserr.Error) {
	p, err := policy.Parse(doc, policy.Bucket)
	if err != nil {
		cerr := coserr.New(coserr.MalformedPolicy).WithCause(err)
		return nil, cerr.WithMessage(cerr.Message + " " + strings.TrimPrefix(err.Error(), "policy: "))
	}
	return p, nil
}

// policyValues are what conditions look at. The fields of a form stand for the
// headers that they replace; its length is that of the whole form, as the
// header says it (choice 232). The tags of a bucket are looked at in
// x-cos-tagging alone (choice 231).
func policyValues(c *Call, t *Target) *policy.HTTPValues {
	own, version := t.own, c.versionOf(t) // not t itself: it need not outlive the decision
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

// fieldsAlone tells whether a header beside a form says nothing of its file, so
// that only a field of that name counts. What the Mini Program sends beside the
// form does count (cos-wx-sdk-v5 postObject).
func fieldsAlone(name string) bool {
	switch name {
	case "X-Cos-Forbid-Overwrite", TrafficHeader, "X-Cos-Security-Token":
		return false
	}
	return name == "Content-Type" || strings.HasPrefix(name, "X-Cos-")
}

// policyParam is a parameter of the query. The version is the one that the
// operation will take. What a call copies, or deletes beside others, has no other
// parameters.
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

// contentLength is the header, and -1 where there is none.
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
