package api

import (
	"maps"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
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

// policyRequest is the call as policies see it.
func (e *Emulator) policyRequest(c *call) policy.Request {
	r := policy.Request{
		Action: c.op.action(), Region: c.bucket.Region, AppID: c.bucket.Owner,
		Bucket: c.addr.Bucket, Key: c.addr.Key, Caller: e.policyCaller(c),
	}
	if c.op.is(makesBucket) {
		r.AppID = addr.AppID(c.addr.Bucket)
		if r.Region = c.addr.Region; r.Region == "" {
			r.Region = e.cfg.Region
		}
	}
	if r.AppID != "" {
		r.OwnerUIN = e.accountUIN(c, r.AppID)
	}
	r.Values = policyValues(c, &r.Caller)
	return r
}

// policyCaller is who asks, as principals name people.
func (e *Emulator) policyCaller(c *call) policy.Caller {
	k := &c.key
	switch {
	case c.anonymous():
		return policy.Caller{Anonymous: true}
	case k.Role != "":
		who := policy.Caller{AppID: k.AppID, OwnerUIN: k.Owner(), RoleID: k.Role}
		for i := range e.cfg.Roles {
			if r := &e.cfg.Roles[i]; r.ID == k.Role && r.AppID == k.AppID {
				who.Role = r.Name
			}
		}
		return who
	}
	return policy.Caller{AppID: k.AppID, OwnerUIN: k.Owner(), UIN: k.User(), Federated: k.SessionName}
}

// unsigned is the same request as anybody could make it.
func unsigned(r *policy.Request) *policy.Request {
	out := *r
	out.Caller = policy.Caller{Anonymous: true}
	if v, ok := r.Values.(*policy.HTTPValues); ok {
		values := *v
		values.Caller = &out.Caller
		out.Values = &values
	}
	return &out
}

// policyValues are what conditions look at. The fields of a form stand for the
// headers that they replace; its length is that of the whole form, as the
// header says it (choice 232). The tags of a bucket are looked at in
// x-cos-tagging alone (choice 231).
func policyValues(c *call, who *policy.Caller) *policy.HTTPValues {
	v := &policy.HTTPValues{
		Header: c.http.Header, Param: c.policyParam, Host: c.req.Host,
		ContentLength: contentLength(c.http), Now: c.at, Caller: who,
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
// operation will take, or that of a copy's source.
func (c *call) policyParam(name string) (string, bool) {
	if strings.EqualFold(name, "versionId") {
		v := c.version()
		return v, v != "" || c.query.has("versionId")
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
