package acl

import (
	"fmt"
	"strings"
)

// The stored form of a list is its canned name and its grants, with blanks between
// them: `private r=100000000001 w=100000000001/100000000011 f=+`. A grant is a letter
// for the permission, an equals sign and the grantee: `*` for everybody, `+` for
// everybody who signs, <uin> of an account, or <uin>/<uin> of account and user.
const (
	fieldSep   = " "
	storedAll  = "*"
	storedAuth = "+"
)

// letter is the permission in the stored form.
func (p Permission) letter() byte {
	switch p {
	case Read:
		return 'r'
	case Write:
		return 'w'
	case ReadACP:
		return 'a'
	case WriteACP:
		return 'c'
	}
	return 'f'
}

func permissionOf(letter byte) (Permission, bool) {
	for _, p := range [...]Permission{Read, Write, ReadACP, WriteACP, FullControl} {
		if p.letter() == letter {
			return p, true
		}
	}
	return 0, false
}

// String is the stored form. A list that Parse read comes out as it was.
func (l *List) String() string {
	canned := l.Canned
	if canned == "" {
		canned = Private
	}
	if len(l.Grants) == 0 {
		return canned
	}
	var b strings.Builder
	b.WriteString(canned)
	for i := range l.Grants {
		b.WriteString(fieldSep)
		b.WriteByte(l.Grants[i].Permission.letter())
		b.WriteByte('=')
		b.WriteString(l.Grants[i].Grantee.stored())
	}
	return b.String()
}

func (g Grantee) stored() string {
	switch {
	case g.Group == AllUsers:
		return storedAll
	case g.Group == AuthenticatedUsers:
		return storedAuth
	case g.User == g.Owner:
		return g.Owner
	}
	return g.Owner + "/" + g.User
}

// Parse reads the stored form. An empty one is the private list. An error wraps
// ErrUnreadable.
func Parse(stored string) (*List, error) {
	canned, rest := cut(stored)
	if canned == "" {
		canned = Private
	}
	if !KnownCanned(canned, Bucket) && !KnownCanned(canned, Object) {
		return nil, fmt.Errorf("%w: no list is called %.64q", ErrUnreadable, canned)
	}
	l := &List{Canned: canned}
	for rest != "" {
		var field string
		field, rest = cut(rest)
		grant, err := parseGrant(field)
		if err != nil {
			return nil, err
		}
		l.Grants = append(l.Grants, grant)
	}
	if len(l.Grants) > MaxGrants {
		return nil, fmt.Errorf("%w: %d grants", ErrUnreadable, len(l.Grants))
	}
	return l, nil
}

func cut(s string) (field, rest string) {
	field, rest, _ = strings.Cut(s, fieldSep)
	return field, rest
}

func parseGrant(field string) (Grant, error) {
	if len(field) < 3 || field[1] != '=' {
		return Grant{}, fmt.Errorf("%w: grant %.64q", ErrUnreadable, field)
	}
	p, ok := permissionOf(field[0])
	if !ok {
		return Grant{}, fmt.Errorf("%w: permission %.64q", ErrUnreadable, field)
	}
	switch who := field[2:]; who {
	case storedAll:
		return Grant{Grantee{Group: AllUsers}, p}, nil
	case storedAuth:
		return Grant{Grantee{Group: AuthenticatedUsers}, p}, nil
	default:
		g, ok := parsePair(who)
		if !ok {
			return Grant{}, fmt.Errorf("%w: grantee %.64q", ErrUnreadable, field)
		}
		return Grant{g, p}, nil
	}
}

// parsePair reads `owner` and `owner/user`.
func parsePair(s string) (Grantee, bool) {
	owner, user, both := strings.Cut(s, "/")
	if !both {
		user = owner
	}
	return Grantee{Owner: owner, User: user}, isUIN(owner) && isUIN(user)
}

// maxUIN bounds the digits of a uin; those in use have twelve.
const maxUIN = 20

func isUIN(s string) bool {
	return s != "" && len(s) <= maxUIN && strings.Trim(s, "0123456789") == ""
}
