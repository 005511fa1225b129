package policy

import "strings"

// principalKind is the form in which a principal names callers.
type principalKind int

const (
	nobody   principalKind = iota // a group or a service: no caller is one (choice 266)
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

// parsePrincipal reads the forms that the pages show.
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

// setID reads what follows the account. The form root is the account's own user,
// not all its users (choice 262).
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

// match reports whether the principal names the caller. A denial for everyone
// hits anonymous requests alone (COS docs: 访问策略评估流程, 拒绝所有人; choice
// 250).
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
