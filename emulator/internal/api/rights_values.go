package api

import (
	"maps"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// parseBucketPolicy reads a bucket's policy. What it cannot be is
// MalformedPolicy, and the message says where.
func parseBucketPolicy(doc []byte) (*policy.Policy, *coserr.Error) {
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
func policyValues(c *call, t *target) *policy.HTTPValues {
	own, version := t.own, c.versionOf(t) // not t itself: it need not outlive the decision
	v := &policy.HTTPValues{
		Header: c.http.Header, Host: c.req.Host, ContentLength: contentLength(c.http), Now: c.at,
		Param: func(name string) (string, bool) { return c.policyParam(own, version, name) },
	}
	if c.form != nil {
		v.Header = maps.Clone(c.http.Header)
		maps.DeleteFunc(v.Header, func(name string, _ []string) bool { return fieldsAlone(name) })
		if fields, err := c.form.Header(); err == nil {
			maps.Copy(v.Header, fields)
		}
	}
	if at, err := netip.ParseAddrPort(c.http.RemoteAddr); err == nil {
		v.IP = at.Addr()
	}
	if c.http.TLS != nil {
		v.TLSVersion = c.http.TLS.Version
	}
	return v
}

const responseContentType = "response-content-type"

// fieldsAlone tells whether a header beside a form says nothing of its file, so
// that only a field of that name counts. What the Mini Program sends beside the
// form does count (cos-wx-sdk-v5 postObject).
func fieldsAlone(name string) bool {
	switch name {
	case "X-Cos-Forbid-Overwrite", trafficHeader, "X-Cos-Security-Token":
		return false
	}
	return name == "Content-Type" || strings.HasPrefix(name, "X-Cos-")
}

// policyParam is a parameter of the query. The version is the one that the
// operation will take. What a call copies, or deletes beside others, has no other
// parameters.
func (c *call) policyParam(own bool, version, name string) (string, bool) {
	if strings.EqualFold(name, "versionId") {
		return version, version != "" || own && c.query.has("versionId")
	}
	if !own {
		return "", false
	}
	v, ok := c.query.get(name)
	if name == responseContentType {
		v = headerValue(v) // as the answer will have it
	}
	return v, ok
}

// contentLength is the header, and -1 where there is none.
func contentLength(r *http.Request) int64 {
	n, err := strconv.ParseInt(first(r.Header, "Content-Length"), 10, 64)
	switch {
	case err == nil && n >= 0:
		return n
	case r.ContentLength > 0:
		return r.ContentLength
	}
	return -1
}
