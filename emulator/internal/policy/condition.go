package policy

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// condition is one operator on one key. All conditions of a statement must hold
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

// value is one value of a condition, as written and as the operator's type.
type value struct {
	text     string
	variable bool    // the text holds ${…}
	plain    string  // what is compared, decoded
	never    bool    // it equals nothing: see decodeParam
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

// value reads one JSON value as the operator's type. Numbers and truth values may
// be written as texts, and texts as either: the pages do both.
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

// decodeParam decodes a value for a request parameter. The pages want it
// URL-encoded, so a value that is not equals nothing (choice 258).
func (v *value) decodeParam() {
	v.never = !encoded(v.text)
	v.plain = signer.Decode(v.text)
}

// encoded reports whether a text is URL-encoded: encoding it again changes
// nothing but percent signs.
func encoded(s string) bool {
	s = strings.ReplaceAll(s, "%", "")
	return signer.Encode(s) == s
}

// setLike reads a value in which a star at the beginning or the end stands for
// any text. Elsewhere a star is a star (COS docs: 生效条件; choice 257).
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
// want. Blanks are ignored, as one of their samples has some (choice 269).
func readTime(s string) (time.Time, bool) {
	s = strings.ReplaceAll(s, " ", "")
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// readNet reads an address or a range. The host bits of a range are ignored: the
// pages write 10.217.182.3/24.
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
