package policy

import (
	"slices"
	"strings"
)

// maxValues bounds the values of a key in a request, and with it the work: a key
// with more meets no condition (choice 260). COS allows 50 tags (COS docs:
// 设置存储桶标签).
const maxValues = 128

// holds reports whether the request meets the condition.
func (c *condition) holds(r *Request) bool {
	got, present := r.lookup(c.key)
	switch {
	case c.operator.typ == typeNull:
		return slices.ContainsFunc(c.values, func(v value) bool { return v.truth != present })
	case !present:
		// For allow and deny, and for negative operators, alike (COS docs:
		// 生效条件, _if_exist).
		return c.optional
	case len(got) > maxValues:
		return false
	}
	all := c.quantifier == allValues
	for _, s := range got {
		if c.fits(s, &r.Caller) != all {
			return !all
		}
	}
	return all
}

// fits reports whether a value of the request meets one of the condition's values,
// or with a negative operator all of them (choice 254). A value that cannot be
// compared never fits (choice 260).
func (c *condition) fits(got string, caller *Caller) bool {
	var g value
	ok := true
	switch c.operator.typ {
	case typeNumber:
		g.number, ok = readNumber(got)
	case typeBool:
		g.truth, ok = readTruth(got)
	case typeDate:
		g.at, ok = readTime(got)
	case typeIP:
		g.net, ok = readNet(got)
	default:
		g.plain = got
	}
	if !ok {
		return false
	}
	for i := range c.values {
		if c.operator.met(&g, &c.values[i], caller) {
			return !c.operator.negate
		}
	}
	return c.operator.negate
}

// met compares a value of the request with one of the condition, as the operator
// does without its negation.
func (o *operator) met(got, want *value, caller *Caller) bool {
	switch o.typ {
	case typeString:
		return !want.never && got.plain == want.expand(caller)
	case typeFold:
		return !want.never && strings.EqualFold(got.plain, want.expand(caller))
	case typeLike:
		return !want.never && want.like.match(got.plain)
	case typeNumber:
		return o.compare.is(got.number < want.number, got.number == want.number)
	case typeDate:
		return o.compare.is(got.at.Before(want.at), got.at.Equal(want.at))
	case typeBool:
		return got.truth == want.truth
	}
	return want.net.Contains(got.net.Addr())
}

// is reports whether the comparison has the wanted outcome.
func (c comparison) is(isLess, isEqual bool) bool {
	switch c {
	case less:
		return isLess
	case lessEqual:
		return isLess || isEqual
	case greater:
		return !isLess && !isEqual
	case greaterEqual:
		return !isLess
	}
	return isEqual
}

// expand replaces the variables in a value by the caller's (CAM docs: 策略变量).
func (v *value) expand(c *Caller) string {
	if !v.variable {
		return v.plain
	}
	uin := c.user()
	return strings.NewReplacer("${uin}", uin, "${owner_uin}", c.account(), "${app_id}", c.AppID).Replace(v.plain)
}

// texts are the values as written.
func (c *condition) texts() []string {
	list := make([]string, len(c.values))
	for i := range c.values {
		list[i] = c.values[i].text
	}
	return list
}
