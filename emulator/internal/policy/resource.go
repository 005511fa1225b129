package policy

import "strings"

// resource is one entry of a statement's resource list.
type resource struct {
	text string // as written
	// all: it is a star, which matches everything. none: it is of another product
	// than COS. cam: it is of CAM, and may be a role.
	all, none, cam bool
	region         pattern
	owner          owner
	// path matches "<bucket>-<appid>/<key>". When short is set it matches
	// "<bucket>/<key>", and appID the bucket's APPID.
	path  pattern
	short bool
	appID pattern
}

// owner is the account in a resource.
type owner struct {
	own bool // it is left out: see match
	uin bool // id is a uin, not an APPID
	id  pattern
}

// Forms of paths in older pages and SDKs.
const (
	oldPrefix = "prefix//"
	oldHost   = ".myqcloud.com"
)

// parseResource reads a star, or qcs:<project>:<product>:<region>:<owner>:<path>,
// in which the path may hold further colons. The project and the region in an old
// host name are ignored (choice 256). Resources of other products match nothing
// (choice 264).
func parseResource(s, place string) (resource, *ParseError) {
	r := resource{text: s}
	if strings.Trim(s, "*") == "" && s != "" {
		r.all = true
		return r, nil
	}
	segments := strings.SplitN(s, ":", 6)
	if len(segments) != 6 || segments[0] != "qcs" || segments[5] == "" {
		return r, wrong(PartResource, place, `%.128q is no resource: want "*" or six segments such as qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/*`, s)
	}
	product := newPattern(segments[2])
	r.none = segments[2] != "" && !product.match(service)
	r.cam = product.match(camService)
	r.region = newPattern(orStar(segments[3]))
	var ok bool
	if r.owner, ok = parseOwner(segments[4]); !ok {
		return r, wrong(PartResource, place, "%.64q is no owner: want uid/<APPID>, uin/<account>, or nothing", segments[4])
	}
	r.setPath(segments[5])
	return r, nil
}

func orStar(s string) string {
	if s == "" {
		return "*"
	}
	return s
}

func parseOwner(s string) (owner, bool) {
	switch {
	case s == "":
		return owner{own: true}, true
	case s == "*":
		return owner{id: newPattern("*")}, true
	case len(s) > 4 && strings.HasPrefix(s, "uid/"):
		return owner{id: newPattern(s[4:])}, true
	case len(s) > 4 && strings.HasPrefix(s, "uin/"):
		return owner{uin: true, id: newPattern(s[4:])}, true
	}
	return owner{}, false
}

// setPath reads the last segment: <bucket>-<appid>/<path>;
// prefix//<appid>/<bucket>/<path>, as the Node SDK's getPolicy and CAM's own
// samples have it; <bucket>-<appid>.<region>.myqcloud.com/<path>, as the older
// pages have it.
func (r *resource) setPath(path string) {
	if rest, ok := strings.CutPrefix(path, oldPrefix); ok {
		id, rest, found := strings.Cut(rest, "/")
		if !found { // prefix//*: all there is
			rest = "*"
		}
		r.short, r.appID, r.path = true, newPattern(id), newPattern(rest)
		return
	}
	if host, rest, ok := strings.Cut(path, "/"); ok && strings.HasSuffix(host, oldHost) {
		bucket, _, _ := strings.Cut(host, ".")
		path = bucket + "/" + rest
	}
	r.path = newPattern(path)
}

// match reports whether it covers the request's resource.
func (r *resource) match(e *evaluation) bool {
	if r.all {
		return true
	}
	q := e.request
	if q.Role != nil {
		return r.matchRole(q.Role, e.ownerUIN)
	}
	if r.none || q.Region != "" && !r.region.match(q.Region) || !r.owner.match(e) {
		return false
	}
	if q.Bucket == "" {
		// The list of buckets is of no region and no bucket (COS docs: COS API
		// 授权策略使用指引 wants a star for it).
		return r.region.any && !r.short && r.path.any
	}
	if !r.short {
		return r.path.match(e.name) || e.listing && r.path.match(e.list)
	}
	return r.appID.match(e.appID) && (r.path.match(e.short) || e.listing && r.path.match(e.shortList))
}

// match reports whether the request's resource belongs to the account. An owner that
// is left out is the bucket's owner in a bucket's policy, else the caller's account
// (choice 261).
func (o *owner) match(e *evaluation) bool {
	switch {
	case o.own && e.bucketPolicy:
		return true
	case o.own:
		caller := &e.request.Caller
		return !caller.Anonymous && (e.request.Bucket == "" || caller.AppID == "" || caller.AppID == e.appID)
	case o.uin:
		return o.id.match(e.ownerUIN)
	}
	return o.id.match(e.appID)
}

// matchRole reports whether it covers a role of an account. An owner that is left
// out is every account: the role itself names whom it trusts.
func (r *resource) matchRole(role *Role, ownerUIN string) bool {
	if !r.cam || r.short || !r.region.match("") {
		return false
	}
	if !r.owner.own && !r.owner.id.match(ownerUIN) {
		return false
	}
	return r.path.match("roleName/"+role.Name) || r.path.match("role/"+role.ID)
}

// OfAnother is the first resource whose APPID is that of another account; empty:
// there is none.
func (p *Policy) OfAnother(appID string) string {
	for i := range p.statements {
		for _, r := range p.statements[i].resources {
			id := r.owner.id
			if id.exact && !r.owner.uin && id.head != appID && strings.Trim(id.head, "0123456789") == "" {
				return r.text
			}
		}
	}
	return ""
}
