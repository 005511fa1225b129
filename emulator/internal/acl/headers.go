package acl

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// grantHeaders are the x-cos-grant-* headers in canonical form, in the order in
// which their grants are listed.
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

// FromHeaders reads x-cos-acl and the x-cos-grant-* headers of a request. found is
// false if it has none with a value. With grants alone the canned list is Private.
// A grant of Write on an object is ignored: the page on Append has it, the page on
// ACLs rules it out (choice 221).
func FromHeaders(h http.Header, on Resource) (list *List, found bool, err *coserr.Error) {
	canned := get(h, "X-Cos-Acl")
	if canned != "" && !KnownCanned(canned, on) {
		return nil, false, invalidHeader("x-cos-acl", canned)
	}
	l := List{Canned: canned} // on the stack: most requests have no list
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

// get is the first value of a header in canonical form. It is not trimmed: policies
// see the same text.
func get(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// invalidHeader has the cloud's message (seen: cos-wx-sdk-v5 issue 12).
func invalidHeader(name, value string) *coserr.Error {
	return coserr.New(coserr.InvalidArgument).WithMessage(name + " value invalid:" + chars.Shorten(value, maxRepeated, "..."))
}

// tooMany is choice 222.
func tooMany() *coserr.Error { return coserr.New(coserr.AttachmentFull) }

// maxRepeated bounds what an error message repeats of a request, in bytes.
const maxRepeated = 256

// parseGrantees reads `id="100000000001",id="100000000001/100000000011"`, with or
// without blanks. The Java SDK's UinGrantee writes `uin` for `id`. A grantee that
// is listed twice counts once.
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
		if len(out) > MaxGrants { // the caller refuses it: the rest need not be read
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

// parseID reads a grantee: <uin> of an account, <uin>/<uin> of account and user,
// CAM's names of these, and anyone:anyone (COS docs: PUT Bucket acl;
// cos-nodejs-sdk-v5 demo.js and base.js decodeAcl).
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
