package policy

import "strings"

// ReadAction takes an action as policies and people write it:
// name/cos:PutObject, cos:PutObject, PutObject. It returns the name alone, and
// false when it names a set of actions or one of another product.
func ReadAction(s string) (string, bool) {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "name/"), service+":")
	return s, s != "" && !strings.ContainsAny(s, "*:/ ")
}

// ReadResource takes one resource, not a pattern of several:
// qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/key, the older
// forms, <bucket>-<appid>/<key> alone, or * for the list of buckets. Region and
// owner may be left out. It returns a request that has all this and no more,
// and false when it is none of these. Stars in a key are stars.
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

// ReadCaller takes one caller in the form of a principal, or "anonymous". It
// returns false when it names nobody, or several.
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
