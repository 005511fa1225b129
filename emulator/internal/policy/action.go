package policy

import "strings"

// action is one entry of a statement's action list.
type action struct {
	text string // as written
	// names are the patterns that an action of COS may match: none for an action
	// of another product, several where a star may stand for the colon.
	// roleNames are those for an action of STS.
	names, roleNames []pattern
}

// parseAction reads name/cos:X, cos:X, *, *:* and the like, with stars anywhere.
// An action without a product is refused. Actions of other products and sets of
// actions (permid/…, actionName/…) are accepted and match no request (choice
// 264).
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
	// The colon is within a star: try each star.
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

// match reports whether it covers the request's action. Letter case counts (COS
// docs: COS API 授权策略使用指引).
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
