package acl

// Caller is who sent a request.
type Caller struct {
	// Anonymous means that the request is not signed.
	Anonymous bool
	// Owner is the uin of the caller's account, User the caller's own. They are
	// equal for the account itself.
	Owner, User string
}

// Audience is whom the grant is for that allows a caller something.
type Audience uint8

const (
	// Nobody: there is no such grant.
	Nobody Audience = iota
	// Account: the caller's whole account. Its sub-accounts have the right as far
	// as their own policies go (COS docs: ACL, 身份 Grantee).
	Account
	// User: the caller alone.
	User
	// Signed: everybody who signs.
	Signed
	// Everybody: everybody, signed or not.
	Everybody
)

// Granted is the largest audience to which the stored list allows all of p and to
// which the caller belongs. A list that cannot be read allows nothing, nor is
// there a grant of no permission.
func Granted(stored string, who *Caller, p Permission) Audience {
	if p == 0 {
		return Nobody
	}
	canned, rest := cut(stored)
	best := grantedByCanned(canned, who, p)
	for rest != "" {
		var field string
		field, rest = cut(rest)
		grant, err := parseGrant(field)
		if err != nil {
			return Nobody
		}
		if grant.Permission&p == p {
			best = max(best, grant.Grantee.covers(who))
		}
	}
	return best
}

func grantedByCanned(name string, who *Caller, p Permission) Audience {
	allowed, group := Read, AllUsers
	switch name {
	case PublicRead:
	case PublicReadWrite:
		allowed = Read | Write
	case AuthenticatedRead:
		group = AuthenticatedUsers
	default:
		return Nobody
	}
	if allowed&p != p {
		return Nobody
	}
	return Grantee{Group: group}.covers(who)
}

func (g Grantee) covers(who *Caller) Audience {
	switch {
	case g.Group == AllUsers:
		return Everybody
	case who.Anonymous:
		return Nobody
	case g.Group == AuthenticatedUsers:
		return Signed
	case g.Owner != who.Owner:
		return Nobody
	case g.User == who.User:
		return User
	case g.User == g.Owner:
		return Account
	}
	return Nobody
}
