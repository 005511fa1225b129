package policy

import (
	"bytes"
	"encoding/json"
	"strings"
)

// The products as actions and resources name them: COS, the one that gives out
// roles, and the one that roles belong to (see [Role]).
const (
	service     = "cos"
	roleService = "sts"
	camService  = "cam"
)

// ActionName is the request's action as policies write it:
// "name/cos:PutObject", or "name/sts:AssumeRole".
func ActionName(r *Request) string {
	if r.Role != nil {
		return "name/" + roleService + ":" + r.Action
	}
	return "name/" + service + ":" + r.Action
}

// ResourceName is the request's resource as policies write it:
// "qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/key". The
// bucket's own calls have no key, the service's have a star, and a role is
// "qcs::cam::uin/100000000001:roleName/uploader".
func ResourceName(r *Request) string {
	if r.Role != nil {
		return "qcs::" + camService + "::uin/" + r.OwnerUIN + ":roleName/" + r.Role.Name
	}
	if r.Bucket == "" {
		return "*"
	}
	id := r.AppID
	if id == "" {
		_, id = splitBucket(r.Bucket)
	}
	if id != "" {
		id = "uid/" + id
	}
	return "qcs::cos:" + r.Region + ":" + id + ":" + r.Bucket + "/" + r.Key
}

// Suggest is a statement, as JSON, that allows the request when it is added to a
// policy. In a bucket's policy it names its principal.
func Suggest(r *Request, where Where) []byte {
	type who struct {
		QCS []string `json:"qcs"`
	}
	s := struct {
		Principal *who     `json:"principal,omitempty"`
		Effect    string   `json:"effect"`
		Action    []string `json:"action"`
		Resource  []string `json:"resource"`
	}{Effect: Allow.String(), Action: []string{ActionName(r)}, Resource: []string{ResourceName(r)}}
	if where == Bucket {
		s.Principal = &who{[]string{r.Caller.Name()}}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // texts and lists of texts: nothing can go wrong
	return bytes.TrimRight(b.Bytes(), "\n")
}

// ReadAction reads one action, name/cos:PutObject, cos:PutObject or PutObject, and
// returns the name alone. It returns false for a pattern and for an action of
// another product.
func ReadAction(s string) (string, bool) {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "name/"), service+":")
	return s, s != "" && !strings.ContainsAny(s, "*:/ ")
}

// ReadResource reads one resource:
// qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/key, the older
// forms, <bucket>-<appid>/<key> alone, or * for the list of buckets. Region and
// owner may be left out. It returns a request with these fields alone, and false
// for a pattern. A star in a key is taken as a star.
func ReadResource(s string) (r Request, ok bool) {
	if s == "*" {
		return r, true
	}
	path := s
	if strings.HasPrefix(s, "qcs:") {
		segments := strings.SplitN(s, ":", 6)
		if len(segments) != 6 || segments[2] != service && segments[2] != "" {
			return r, false
		}
		r.Region, path = segments[3], segments[5]
		switch kind, id, _ := strings.Cut(segments[4], "/"); {
		case segments[4] == "":
		case kind == "uid" && id != "":
			r.AppID = id
		case kind == "uin" && id != "":
			r.OwnerUIN = id
		default:
			return r, false
		}
	}
	if rest, old := strings.CutPrefix(path, oldPrefix); old {
		id, rest, _ := strings.Cut(rest, "/")
		name, key, found := strings.Cut(rest, "/")
		r.Bucket, r.Key = name+"-"+id, key
		return r, found && id != "" && name != "" && !strings.Contains(r.Region+r.AppID+r.OwnerUIN+r.Bucket, "*")
	}
	bucket, key, _ := strings.Cut(path, "/")
	if strings.HasSuffix(bucket, oldHost) {
		bucket, _, _ = strings.Cut(bucket, ".")
	}
	r.Bucket, r.Key = bucket, key
	_, id := splitBucket(bucket)
	return r, id != "" && !strings.Contains(r.Region+r.AppID+r.OwnerUIN+r.Bucket, "*")
}

// ReadCaller reads one caller as a principal names it, or "anonymous". It returns
// false for a principal that names several, a group or a service.
func ReadCaller(s string) (c Caller, ok bool) {
	if s == "anonymous" || s == "qcs::cam::anonymous:anonymous" {
		return Caller{Anonymous: true}, true
	}
	p, err := parsePrincipal(s, "")
	if err != nil || p.kind == everyone || !p.account.exact || p.account.head == "" || p.kind != root && !p.id.exact || p.kind != root && p.id.head == "" {
		return c, false
	}
	c.OwnerUIN = p.account.head
	switch p.kind {
	case root:
		c.UIN = c.OwnerUIN
	case user:
		c.UIN = p.id.head
	case roleName:
		c.Role = p.id.head
	case roleID:
		c.RoleID = p.id.head
	default:
		return c, false
	}
	return c, true
}
