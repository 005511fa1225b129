package acl

import (
	"encoding/xml"
	"errors"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
)

// MaxXML is the length of the longest AccessControlPolicy in bytes: room for a
// hundred grants of the longest kind.
const MaxXML = 64 << 10

const groupPrefix = "http://cam.qcloud.com/groups/global/"

// policyXML is an AccessControlPolicy. A grantee's xsi:type is not read: its
// elements say the same, and SDKs write various words there or none
// (cos-nodejs-sdk-v5 demo.js, cos-go-sdk-v5 ACLGrantee).
type policyXML struct {
	XMLName xml.Name `xml:"AccessControlPolicy"`
	Owner   *struct {
		ID string
	}
	List *struct {
		Grants []struct {
			Grantee struct {
				ID, URI string
			}
			Permission string
		} `xml:"Grant"`
	} `xml:"AccessControlList"`
}

// ParseXML reads an AccessControlPolicy (COS docs: PUT Bucket acl, PUT Object
// acl). A malformed one is InvalidArgument (seen: overtrue/qcloud-cos-client issue
// 11). It must have an owner, which may be any (choice 223).
func ParseXML(doc []byte, on Resource) (*List, *coserr.Error) {
	var in policyXML
	if err := xmldoc.Decode(doc, &in); err != nil {
		return nil, malformed(err)
	}
	if in.Owner == nil || in.Owner.ID == "" || in.List == nil {
		return nil, malformed(errors.New("no Owner or no AccessControlList"))
	}
	if len(in.List.Grants) > MaxGrants {
		return nil, tooMany()
	}
	l := &List{Canned: Private}
	for i := range in.List.Grants {
		g := &in.List.Grants[i]
		who, ok := granteeOf(strings.TrimSpace(g.Grantee.ID), strings.TrimSpace(g.Grantee.URI))
		if !ok {
			return nil, malformed(errors.New("a Grantee that names nobody"))
		}
		p, ok := permissionNamed(strings.TrimSpace(g.Permission))
		if !ok || p == Write && on == Object {
			return nil, malformed(errors.New("a Permission that there is not"))
		}
		l.Grants = append(l.Grants, Grant{who, p})
	}
	return l, nil
}

// malformed has the cloud's message, of which the only known copy ends after
// "well-" (choice 224).
func malformed(why error) *coserr.Error {
	return coserr.New(coserr.InvalidArgument).WithMessage("AccessControlPolicy is not well-formed.").WithCause(why)
}

// granteeOf reads the elements of a Grantee, of which it has one.
func granteeOf(id, uri string) (Grantee, bool) {
	if uri == "" {
		return parseID(id)
	}
	if id != "" {
		return Grantee{}, false
	}
	switch name, _ := strings.CutPrefix(uri, groupPrefix); name {
	case "AllUsers":
		return Grantee{Group: AllUsers}, true
	case "AuthenticatedUsers":
		return Grantee{Group: AuthenticatedUsers}, true
	}
	return Grantee{}, false
}

// Name is the permission in documents.
func (p Permission) Name() string {
	switch p {
	case Read:
		return "READ"
	case Write:
		return "WRITE"
	case ReadACP:
		return "READ_ACP"
	case WriteACP:
		return "WRITE_ACP"
	}
	return "FULL_CONTROL"
}

func permissionNamed(name string) (Permission, bool) {
	for _, p := range [...]Permission{Read, Write, ReadACP, WriteACP, FullControl} {
		if p.Name() == name {
			return p, true
		}
	}
	return 0, false
}

// AppendXML writes the list as an AccessControlPolicy of the owner with that uin,
// byte for byte as in the samples of GET Bucket acl and GET Object acl. A list
// without grants shows the owner's own right (choice 225).
func (l *List) AppendXML(dst []byte, ownerUIN string) []byte {
	owner := Grantee{Owner: ownerUIN, User: ownerUIN}
	grants := append(cannedGrants(l.Canned), l.Grants...)
	if len(grants) == 0 {
		grants = []Grant{{owner, FullControl}}
	}
	x := xmldoc.Append(dst, "")
	x.Open("AccessControlPolicy")
	x.Open("Owner")
	writeUser(&x, owner)
	x.Close("Owner")
	x.Open("AccessControlList")
	for _, g := range grants {
		x.Open("Grant")
		kind := "Group"
		if g.Grantee.Group == NoGroup {
			kind = "CanonicalUser"
		}
		x.OpenWith("Grantee", `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="`+kind+`"`)
		if g.Grantee.Group == NoGroup {
			writeUser(&x, g.Grantee)
		} else {
			x.Text("URI", groupPrefix+g.Grantee.Group.name())
		}
		x.Close("Grantee")
		x.Text("Permission", g.Permission.Name())
		x.Close("Grant")
	}
	x.Close("AccessControlList")
	x.Close("AccessControlPolicy")
	return x.Bytes()
}

func (g Group) name() string {
	if g == AuthenticatedUsers {
		return "AuthenticatedUsers"
	}
	return "AllUsers"
}

// writeUser writes ID and DisplayName, which are equal in the samples.
func writeUser(x *xmldoc.Writer, g Grantee) {
	id := "qcs::cam::uin/" + g.Owner + ":uin/" + g.User
	x.Text("ID", id)
	x.Text("DisplayName", id)
}
