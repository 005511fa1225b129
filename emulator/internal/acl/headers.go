package acl

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// grantHeaders are the headers that grant something, in the order in which
// their grants are listed. Names are in canonical form.
func grantHeaders() [5]struct {
	name string
	p    Permission
} {
	return [5]struct {
		name string
		p    Permission
	}{
		{"X-Cos-Grant-Read", Read},
		{"X-Cos-Grant-Write", Write},
		{"X-Cos-Grant-Read-Acp", ReadACP},
		{"X-Cos-Grant-Write-Acp", WriteACP},
		{"X-Cos-Grant-Full-Control", FullControl},
	}
}

// FromHeaders reads x-cos-acl and the x-cos-grant-* headers of a request; found
// is false when it has none, and a header without a value is none. Of grants
// alone the list begins as Private. A grant of Write on an object, which the
// page on Append lists and the page on ACLs rules out, is passed over
// (choice 221).
func FromHeaders(h http.Header, on Resource) (list *List, found bool, err *coserr.Error) {
	canned := get(h, "X-Cos-Acl")
	if canned != "" && !KnownCanned(canned, on) {
		return nil, false, invalidHeader("x-cos-acl", canned)
	}
	l := List{Canned: canned} // most requests have none, so it is not made yet
	for _, header := range grantHeaders() {
		value := get(h, header.name)
		if value == "" || header.p == Write && on == Object {
			continue
		}
		grantees, ok := parseGrantees(value)
		if !ok {
			return nil, false, invalidHeader(strings.ToLower(header.name), value)
		}
		for _, g := range grantees {
			l.Grants = append(l.Grants, Grant{g, header.p})
		}
	}
	if len(l.Grants) > MaxGrants {
		return nil, false, tooMany()
	}
	if l.Canned == "" && len(l.Grants) == 0 {
		return nil, false, nil
	}
	if l.Canned == "" || l.Canned == Default && len(l.Grants) > 0 {
		l.Canned = Private
	}
	list = new(List)
	*list = l
	return list, true, nil
}

// get is the first value of a header, whose name is in canonical form. Nothing
// is trimmed of it: policies have to see the same text.
func get(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// invalidHeader speaks as the cloud does (seen: cos-wx-sdk-v5 issue 12).
func invalidHeader(name, value string) *coserr.Error {
	return coserr.New(coserr.InvalidArgument).WithMessage(name + " value invalid:" + chars.Shorten(value, maxRepeated, "..."))
}

// tooMany is choice 222.
func tooMany() *coserr.Error { return coserr.New(coserr.AttachmentFull) }

// maxRepeated is how many bytes of a request an error message repeats.
const maxRepeated = 256

// parseGrantees reads `id="100000000001",id="100000000001/100000000011"`, blanks
// around the commas included; the Java SDK's UinGrantee writes `uin` for `id`. A
// grantee that stands there twice counts once.
func parseGrantees(value string) (out []Grantee, ok bool) {
	for part := range strings.SplitSeq(value, ",") {
		name, id, found := strings.Cut(strings.TrimSpace(part), "=")
		if name = strings.TrimSpace(name); !found || !strings.EqualFold(name, "id") && !strings.EqualFold(name, "uin") {
			return nil, false
		}
		g, ok := parseID(strings.Trim(strings.TrimSpace(id), `"`))
		if !ok {
			return nil, false
		}
		if len(out) > MaxGrants { // refused by the caller; not all are looked at
			return out, true
		}
		if !contains(out, g) {
			out = append(out, g)
		}
	}
	return out, true
}

func contains(list []Grantee, g Grantee) bool {
	for i := range list {
		if list[i] == g {
			return true
		}
	}
	return false
}

// parseID reads the ways of naming somebody: the number of an account, those of
// account and user with a slash between them, CAM's name of either, and the
// older one of everybody (COS docs: PUT Bucket acl; cos-nodejs-sdk-v5
// demo.js and base.js decodeAcl).
func parseID(id string) (Grantee, bool) {
	const cam = "qcs::cam::"
	rest, long := strings.CutPrefix(id, cam)
	if !long {
		return parsePair(id)
	}
	if rest == "anyone:anyone" {
		return Grantee{Group: AllUsers}, true
	}
	owner, user, found := strings.Cut(rest, ":")
	owner, okOwner := strings.CutPrefix(owner, "uin/")
	user, okUser := strings.CutPrefix(user, "uin/")
	g := Grantee{Owner: owner, User: user}
	return g, found && okOwner && okUser && isUIN(owner) && isUIN(user)
}
