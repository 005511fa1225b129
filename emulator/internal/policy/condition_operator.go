package policy

import "strings"

// operator is how a condition compares, without its set prefix and without
// _if_exist.
type operator struct {
	name    string
	typ     valueType
	compare comparison
	negate  bool // the opposite of compare
}

// valueType is what a condition's values are.
type valueType int

const (
	typeString valueType = iota
	typeFold             // in any letter case
	typeLike             // a star at either end
	typeNumber
	typeBool
	typeDate
	typeIP
	typeNull // whether the request has the key at all
)

// comparison is the outcome that an operator wants.
type comparison int

const (
	equal comparison = iota
	less
	lessEqual
	greater
	greaterEqual
)

// operators are those of COS (COS docs: 生效条件) and the general ones of CAM
// (CAM docs: 生效条件).
func operators() []operator {
	return []operator{
		{name: "string_equal", typ: typeString},
		{name: "string_not_equal", typ: typeString, negate: true},
		{name: "string_like", typ: typeLike},
		{name: "string_equal_ignore_case", typ: typeFold},
		{name: "string_not_equal_ignore_case", typ: typeFold, negate: true},
		{name: "binary_equal", typ: typeString},
		{name: "ip_equal", typ: typeIP},
		{name: "ip_not_equal", typ: typeIP, negate: true},
		{name: "numeric_equal", typ: typeNumber},
		{name: "numeric_not_equal", typ: typeNumber, negate: true},
		{name: "numeric_less_than", typ: typeNumber, compare: less},
		{name: "numeric_less_than_equal", typ: typeNumber, compare: lessEqual},
		{name: "numeric_greater_than", typ: typeNumber, compare: greater},
		{name: "numeric_greater_than_equal", typ: typeNumber, compare: greaterEqual},
		{name: "date_equal", typ: typeDate},
		{name: "date_not_equal", typ: typeDate, negate: true},
		{name: "date_less_than", typ: typeDate, compare: less},
		{name: "date_less_than_equal", typ: typeDate, compare: lessEqual},
		{name: "date_greater_than", typ: typeDate, compare: greater},
		{name: "date_greater_than_equal", typ: typeDate, compare: greaterEqual},
		{name: "bool_equal", typ: typeBool},
		{name: "null_equal", typ: typeNull},
	}
}

// quantifier is how many of a key's values must fit.
type quantifier int

const (
	anyValue quantifier = iota // for_any_value:, and where none is written (choice 265)
	allValues
)

const (
	prefixAny = "for_any_value:"
	prefixAll = "for_all_value:"
	ifExist   = "_if_exist"
)

// parseOperator reads an operator. Blanks around it are ignored, as the pages' own
// samples have some (choice 259). An unknown one is refused: it cannot be known what
// it was meant to forbid (choice 253).
func parseOperator(s, place string) (op operator, q quantifier, optional bool, err *ParseError) {
	s = strings.TrimSpace(s)
	name, found := strings.CutPrefix(s, prefixAll)
	if found {
		q = allValues
	} else {
		name = strings.TrimPrefix(s, prefixAny)
	}
	base, optional := strings.CutSuffix(name, ifExist)
	for _, o := range operators() {
		if o.name != base {
			continue
		}
		if optional && o.typ == typeNull {
			return op, q, optional, wrong(PartCondition, place, "null_equal has no %s: it asks for that itself", ifExist)
		}
		return o, q, optional, nil
	}
	return op, q, optional, wrong(PartCondition, place, "there is no such operator%s", likely(base))
}

// likely suggests the operator that was probably meant: one in another letter case
// or as other clouds spell it.
func likely(base string) string {
	plain := func(s string) string {
		s = strings.ToLower(strings.ReplaceAll(s, "_", ""))
		s = strings.TrimSuffix(strings.Replace(s, "equals", "equal", 1), "ifexists")
		return strings.Replace(s, "ipaddress", "ipequal", 1)
	}
	for _, o := range operators() {
		if n := plain(o.name); n == plain(base) || n == plain(base)+"equal" {
			return "; " + o.name + " perhaps"
		}
	}
	return ""
}
