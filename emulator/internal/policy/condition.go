package policy

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// condition is one operator on one key: a statement's conditions must all hold
// (CAM docs: 生效条件).
type condition struct {
	text       string // the operator as written
	keyText    string // the key as written
	operator   operator
	quantifier quantifier
	optional   bool // _if_exist
	key        string
	values     []value
}

// value is one value of a condition: its text as written, and what the
// operator's type makes of it.
type value struct {
	text     string
	variable bool    // the text holds ${…}
	plain    string  // what is compared, decoded
	never    bool    // it can equal nothing: see decodeParam
	like     pattern // typeLike
	number   float64
	truth    bool
	net      netip.Prefix
	at       time.Time
}

// conditions reads {operator: {key: value or values}}.
func (x *reader) conditions(place string) (list []condition, err *ParseError) {
	err = x.object(PartCondition, place, false, func(name, place string) *ParseError {
		op, q, optional, err := parseOperator(name, place)
		if err != nil {
			return err
		}
		n := len(list)
		err = x.object(PartCondition, place, false, func(key, place string) *ParseError {
			c := condition{
				text: strings.TrimSpace(name), keyText: strings.TrimSpace(key),
				operator: op, quantifier: q, optional: optional, key: keyOf(key),
			}
			if c.key == "" {
				return wrong(PartCondition, place, "a key is missing")
			}
			err := x.list(PartCondition, place, func(t json.Token, place string) *ParseError {
				v, err := c.value(t, place)
				c.values = append(c.values, v)
				return err
			})
			list = append(list, c)
			return err
		})
		if err == nil && len(list) == n {
			err = wrong(PartCondition, place, "it names no key")
		}
		return err
	})
	return list, err
}

// value makes of one JSON value what the operator compares. Numbers and truth
// values may be written as texts and texts as either: the pages do both.
func (c *condition) value(t json.Token, place string) (value, *ParseError) {
	var v value
	switch t := t.(type) {
	case string:
		v.text = t
	case json.Number:
		v.text = t.String()
	case bool:
		v.text = strconv.FormatBool(t)
	default:
		return v, wrong(PartCondition, place, "a text or a number is wanted here, not %s", kind(t))
	}
	v.plain = v.text
	v.variable = strings.Contains(v.text, "${")
	ok, want := true, ""
	switch c.operator.typ {
	case typeString, typeFold:
		if isParam(c.key) {
			v.decodeParam()
		}
	case typeLike:
		v.setLike(isParam(c.key))
	case typeNumber:
		v.number, ok = readNumber(v.text)
		want = "a number"
	case typeBool, typeNull:
		v.truth, ok = readTruth(v.text)
		want = `"true" or "false"`
	case typeDate:
		v.at, ok = readTime(v.text)
		want = "a time such as 2016-06-01T00:01:00Z"
	case typeIP:
		v.net, ok = readNet(v.text)
		want = "an address or a range such as 10.121.2.0/24"
	}
	if !ok {
		return v, wrong(PartCondition, place, "%s wants %s, not %.64q", c.text, want, v.text)
	}
	return v, nil
}

// decodeParam decodes a value of a request parameter. The pages want such
// values URL-encoded, so one that holds what would have been encoded equals no
// request's (choice 258).
func (v *value) decodeParam() {
	v.never = !encoded(v.text)
	v.plain = signer.Decode(v.text)
}

// encoded tells whether a text is URL-encoded: it holds nothing that is sent
// encoded.
func encoded(s string) bool {
	s = strings.ReplaceAll(s, "%", "")
	return signer.Encode(s) == s
}

// setLike reads a value with a star at its beginning, its end, or both. A star
// anywhere else is one (COS docs: 生效条件; choice 257).
func (v *value) setLike(param bool) {
	inner, before := strings.CutPrefix(v.text, "*")
	inner, after := strings.CutSuffix(inner, "*")
	if param {
		v.never = !encoded(strings.ReplaceAll(inner, "*", ""))
		inner = signer.Decode(inner)
	}
	v.plain = inner
	switch {
	case before && after || v.text == "*":
		v.like = pattern{any: inner == "", middle: []string{inner}}
	case before:
		v.like = pattern{tail: inner}
	case after:
		v.like = pattern{head: inner}
	default:
		v.like = pattern{exact: true, head: inner}
	}
}

func readNumber(s string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f, err == nil && f == f && f-f == 0 // no NaN, nothing infinite
}

func readTruth(s string) (truth, ok bool) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	return false, false
}

// readTime reads an ISO 8601 time. Without a zone it is UTC, which the pages
// want; blanks within, as in one of their samples, do not count (choice 269).
func readTime(s string) (time.Time, bool) {
	s = strings.ReplaceAll(s, " ", "")
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// readNet reads an address or a range, whose host bits do not count: the pages
// write 10.217.182.3/24.
func readNet(s string) (netip.Prefix, bool) {
	s = strings.TrimSpace(s)
	if net, err := netip.ParsePrefix(s); err == nil {
		return net.Masked(), true
	}
	ip, err := netip.ParseAddr(s)
	if err != nil || ip.Zone() != "" {
		return netip.Prefix{}, false
	}
	ip = ip.Unmap()
	return netip.PrefixFrom(ip, ip.BitLen()), true
}

// maxValues is how many values a key may have. A request may repeat a header
// without end, and a condition list its values likewise; more than these are
// compared with nothing (choice 260). COS allows 50 tags (COS docs: 设置存储桶标签).
const maxValues = 128

// holds tells whether the condition is met by the request.
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

// fits tells whether one of the request's values is as the operator wants it
// compared with one of the condition's, or for a negative operator with all of
// them (choice 254). What cannot be compared never fits (choice 260).
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

// met compares a value of the request with one of the condition.
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

// is tells whether an outcome is the one that is wanted.
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

// expand puts the caller into a value's variables (CAM docs: 策略变量).
func (v *value) expand(c *Caller) string {
	if !v.variable {
		return v.plain
	}
	uin := c.user()
	return strings.NewReplacer("${uin}", uin, "${owner_uin}", c.account(), "${app_id}", c.AppID).Replace(v.plain)
}

// wants are the values as written.
func (c *condition) wants() []string {
	list := make([]string, len(c.values))
	for i := range c.values {
		list[i] = c.values[i].text
	}
	return list
}
