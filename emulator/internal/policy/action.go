package policy

import "strings"

// service is the product as actions and resources name it, and roleService the
// one that gives out roles (see [Role]).
const (
	service     = "cos"
	roleService = "sts"
)

// action is one entry of a statement's action list.
type action struct {
	text string // as written
	// names are what the action's own name may match: none for an action of
	// another product; more than one where a star stands for the colon too.
	// roleNames are the same for the product that gives out roles.
	names, roleNames []pattern
}

// parseAction reads name/cos:X, cos:X, *, *:* and the like, stars anywhere.
// What has no product is refused. Other products' actions and sets of actions
// (permid/…, actionName/…) belong into policies that speak of COS as well; no
// request asks for them (choice 264).
func parseAction(s, place string) (action, *ParseError) {
	a := action{text: s}
	for _, set := range [...]string{"permid/", "actionName/"} {
		if strings.HasPrefix(s, set) {
			return a, nil
		}
	}
	product, name, found := strings.Cut(strings.TrimPrefix(s, "name/"), ":")
	if found {
		a.add(newPattern(product), newPattern(name))
		if product == "" || name == "" {
			return a, wrong(PartAction, place, "%.64q is no action: want one such as name/cos:PutObject", s)
		}
		return a, nil
	}
	if !strings.Contains(product, "*") {
		return a, wrong(PartAction, place, "%.64q is no action: want one such as name/cos:PutObject", s)
	}
	// A star stands for the colon: each of them may.
	for i := range len(product) {
		if product[i] != '*' || i > 0 && product[i-1] == '*' {
			continue
		}
		a.add(newPattern(product[:i+1]), newPattern(product[i:]))
	}
	return a, nil
}

func (a *action) add(product, name pattern) {
	if product.match(service) {
		a.names = append(a.names, name)
	}
	if product.match(roleService) {
		a.roleNames = append(a.roleNames, name)
	}
}

// match tells whether it covers what a request is about, by the name of the
// action alone. Letter case counts (COS docs: COS API 授权策略使用指引).
func (a *action) match(r *Request) bool {
	names := a.names
	if r.Role != nil {
		names = a.roleNames
	}
	for i := range names {
		if names[i].match(r.Action) {
			return true
		}
	}
	return false
}
