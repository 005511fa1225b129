package policy

import "strings"

// service is the product as actions and resources name it.
const service = "cos"

// action is one entry of a statement's action list.
type action struct {
	text string // as written
	// names are what the action's own name may match: none for an action of
	// another product; more than one where a star stands for the colon too.
	names []pattern
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
		if p := newPattern(product); p.match(service) {
			a.names = []pattern{newPattern(name)}
		}
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
		if p := newPattern(product[:i+1]); p.match(service) {
			a.names = append(a.names, newPattern(product[i:]))
		}
	}
	return a, nil
}

// match tells whether it covers an action of COS, by its name alone. Letter
// case counts (COS docs: COS API 授权策略使用指引).
func (a *action) match(name string) bool {
	for i := range a.names {
		if a.names[i].match(name) {
			return true
		}
	}
	return false
}
