package policy

import "strings"

// Caller is who asks.
type Caller struct {
	// Anonymous means that the request carries no signature; the rest is empty
	// then.
	Anonymous bool
	// AppID is the caller's account. OwnerUIN is the uin of that account, ""
	// when it is known by its APPID alone; UIN is the user's own, "" for the
	// account itself.
	AppID, OwnerUIN, UIN string
	// Role and RoleID are the name and the id of the role that is assumed, if
	// one is. Such a caller is no user.
	Role, RoleID string
	// Federated is the name of the federated user, of GetFederationToken: the
	// user who asked for the key is still UIN.
	Federated string
}

// account is the uin of the caller's account.
func (c *Caller) account() string {
	if c.OwnerUIN != "" {
		return c.OwnerUIN
	}
	return c.AppID
}

// user is the caller's own uin; "" for a role.
func (c *Caller) user() string {
	switch {
	case c.Role != "" || c.RoleID != "":
		return ""
	case c.UIN != "":
		return c.UIN
	}
	return c.account()
}

// Name is the caller in the form of a principal.
func (c *Caller) Name() string {
	switch head := "qcs::cam::uin/" + c.account() + ":"; {
	case c.Anonymous:
		return "qcs::cam::anonymous:anonymous"
	case c.Role != "":
		return head + "roleName/" + c.Role
	case c.RoleID != "":
		return head + "role/" + c.RoleID
	default:
		return head + "uin/" + c.user()
	}
}

// principalKind is how a principal names somebody.
type principalKind int

const (
	nobody   principalKind = iota // a group, a service: nobody who calls here
	everyone                      // *, anyone, anonymous
	user                          // …:uin/<uin>
	root                          // …:root
	roleName                      // …:roleName/<name>
	roleID                        // …:role/<id>
)

type principal struct {
	text    string // as written
	kind    principalKind
	account pattern
	id      pattern
}

// parsePrincipal reads the forms of the pages. Groups and services are read and
// are nobody: no caller is known by them (choice 266).
func parsePrincipal(s, place string) (principal, *ParseError) {
	p := principal{text: s}
	switch s {
	case "*", "qcs::cam::anyone:anyone", "qcs::cam::anonymous:anonymous":
		p.kind = everyone
		return p, nil
	}
	segments := strings.Split(s, ":")
	if len(segments) < 5 || segments[0] != "qcs" || segments[2] != "cam" && segments[2] != "sts" {
		return p, badPrincipal(place, s)
	}
	last := segments[len(segments)-1]
	account, ok := strings.CutPrefix(segments[len(segments)-2], "uin/")
	if !ok && segments[2] == "cam" || len(segments) > 6 || last == "" {
		return p, badPrincipal(place, s)
	}
	p.account = newPattern(account)
	p.setID(last)
	return p, nil
}

func badPrincipal(place, s string) *ParseError {
	return wrong(PartPrincipal, place, `%.128q is no principal: want "*", qcs::cam::anyone:anyone, or one such as qcs::cam::uin/100000000001:uin/100000000011`, s)
}

// setID reads what follows the account. The root form is the account's own
// user, not all its users (choice 262).
func (p *principal) setID(s string) {
	if s == "root" {
		p.kind = root
		return
	}
	what, id, _ := strings.Cut(s, "/")
	p.id = newPattern(id)
	switch what {
	case "uin", "federated-user":
		p.kind = user
	case "roleName":
		p.kind = roleName
	case "role":
		p.kind = roleID
	case "assumed-role": // qcs::sts::uin/<account>:assumed-role/<role>/<session>
		name, _, _ := strings.Cut(id, "/")
		p.kind, p.id = roleName, newPattern(name)
	}
}

// match tells whether the caller is meant. In a denial everyone is whoever
// carries no signature: a signed request is judged by who signed it (COS docs:
// 访问策略评估流程, 拒绝所有人; choice 250).
func (p *principal) match(c *Caller, effect Effect) bool {
	if p.kind == everyone {
		return effect == Allow || c.Anonymous
	}
	if c.Anonymous || p.kind == nobody || !p.account.match(c.account()) {
		return false
	}
	switch p.kind {
	case root:
		return c.user() == c.account()
	case user:
		return c.user() != "" && p.id.match(c.user())
	case roleName:
		return c.Role != "" && p.id.match(c.Role)
	}
	return c.RoleID != "" && p.id.match(c.RoleID)
}
