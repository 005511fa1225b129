package acl

// Caller is who asks.
type Caller struct {
	// Anonymous callers have no account.
	Anonymous bool
	// Owner is the uin of the caller's account, User the caller's own. They
	// are the same for the account itself.
	Owner, User string
}

// Admits says by which kind of grant a caller is let in.
type Admits uint8

const (
	// Nobody: no grant allows it.
	Nobody Admits = iota
	// Account: a grant to the caller's whole account. It still is that
	// account's business what its sub-accounts may do with it (COS docs: ACL,
	// 身份 Grantee).
	Account
	// User: a grant to the caller alone.
	User
	// Signed: a grant to everybody who signs.
	Signed
	// Everybody: a grant to all.
	Everybody
)

// Judge tells by what the stored list lets the caller do all of p. The grant
// that depends least on who the caller is counts. Text that cannot be read
// admits nobody, and so does asking for nothing.
func Judge(stored string, who *Caller, p Permission) Admits {
	if p == 0 {
		return Nobody
	}
	canned, rest := cut(stored)
	best := judgeCanned(canned, who, p)
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

func judgeCanned(name string, who *Caller, p Permission) Admits {
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

func (g Grantee) covers(who *Caller) Admits {
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
