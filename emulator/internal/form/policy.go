package form

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/jsondoc"
)

// Operator is the comparison of a condition.
type Operator int

const (
	// Equal: the field has exactly this value.
	Equal Operator = iota + 1
	// StartsWith: the field begins with this value, which may be empty.
	StartsWith
	// LengthRange: the size of the file is in a range that includes its ends.
	LengthRange
)

// Condition is a condition of a policy.
type Condition struct {
	Operator Operator
	// Field and Value belong to Equal and StartsWith. Field has no $.
	Field, Value string
	// Min and Max belong to LengthRange, in bytes.
	Min, Max int64
}

// Policy is a policy document: the uploads by form that its signer allows.
type Policy struct {
	// Text is the unchanged JSON, which is signed.
	Text []byte
	// Expiration is when the policy expires.
	Expiration time.Time
	// Conditions are in the order of the document. There is at least one.
	Conditions []Condition
}

// lengthRange is the only condition that is not on a field.
const lengthRange = "content-length-range"

// ParsePolicy reads the field `policy`: padded base64 in the standard alphabet (choice 150) of a
// JSON object with `expiration` and `conditions`. It ignores other members. No member may repeat
// (choice 252).
//
// Every error is InvalidPolicyDocument, with the only message that is known for it (COS docs: POST
// Object 常见异常). Its cause has the details.
func ParsePolicy(field string) (*Policy, *coserr.Error) {
	p, err := parsePolicy(field)
	if err != nil {
		return nil, invalidPolicy(err)
	}
	return p, nil
}

func invalidPolicy(cause error) *coserr.Error {
	return coserr.New(coserr.InvalidPolicyDocument).WithCause(cause)
}

func parsePolicy(field string) (*Policy, error) {
	if len(field) > maxFieldSize {
		return nil, unreadable("policy", "is too long", "太长")
	}
	text, err := base64.StdEncoding.DecodeString(field)
	if err != nil {
		return nil, notBase64(field)
	}
	if err := jsondoc.Bound(text); err != nil {
		return nil, err
	}
	var document map[string]json.RawMessage
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, within("policy", err)
	}
	if name, twice := jsondoc.Repeated(text); twice {
		return nil, fmt.Errorf("%.64q repeats in one object", name)
	}
	p := &Policy{Text: text}
	if p.Expiration, err = readExpiration(document["expiration"]); err != nil {
		return nil, err
	}
	p.Conditions, err = readConditions(document["conditions"])
	return p, err
}

// readExpiration reads an ISO 8601 time as the samples and the common libraries write it: with or
// without a fraction, with the zone Z, +08:00 or +0800, or in UTC without a zone (choice 151).
func readExpiration(raw json.RawMessage) (time.Time, error) {
	text, err := readString(raw)
	if err != nil {
		return time.Time{}, within("expiration", err)
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	shown := fmt.Sprintf("%.64q", text)
	return time.Time{}, unreadable("expiration", shown+" is no ISO 8601 time, such as 2026-01-01T01:00:00.000Z", shown+" 不是 ISO 8601 时间，例如 2026-01-01T01:00:00.000Z")
}

func readConditions(raw json.RawMessage) ([]Condition, error) {
	var items []json.RawMessage
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, unreadable("conditions", "is no list", "不是数组")
		}
	}
	if len(items) == 0 {
		return nil, unreadable("conditions", "is missing or empty", "缺失或是空的")
	}
	list := make([]Condition, 0, len(items))
	for i, item := range items {
		var err error
		if item[0] == '{' {
			list, err = appendObject(list, item)
		} else {
			list, err = appendArray(list, item)
		}
		if err != nil {
			return nil, within(fmt.Sprintf("conditions[%d]", i), err)
		}
	}
	return list, nil
}

// appendObject reads {"field": "value"}. Each of several members is a condition, in order.
func appendObject(list []Condition, raw json.RawMessage) ([]Condition, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	before := len(list)
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		value, err := dec.Token()
		if err != nil {
			return nil, err
		}
		field, ok := name.(string)
		text, textToo := value.(string)
		if !ok || !textToo || field == "" {
			return nil, unreadable("", "may have texts alone as name and value", "的名称和值只能是字符串")
		}
		list = append(list, Condition{Operator: Equal, Field: field, Value: text})
	}
	if len(list) == before {
		return nil, unreadable("", "is empty", "是空的")
	}
	return list, nil
}

// appendArray reads ["eq", "$field", "value"], ["starts-with", …] and ["content-length-range", min,
// max].
func appendArray(list []Condition, raw json.RawMessage) ([]Condition, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, unreadable("", "is neither an object nor a list", "既不是对象也不是数组")
	}
	if len(items) != 3 {
		return nil, unreadable("", "is a list of "+strconv.Itoa(len(items))+", not of three", "应有三个元素，实际有 "+strconv.Itoa(len(items))+" 个")
	}
	operator, err := readString(items[0])
	if err != nil {
		return nil, err
	}
	var c Condition
	switch operator {
	case "eq":
		c, err = readComparison(Equal, items)
	case "starts-with":
		c, err = readComparison(StartsWith, items)
	case lengthRange:
		c, err = readRange(items)
	default:
		shown := fmt.Sprintf("%.64q", operator)
		return nil, unreadable("", "has the unknown operator "+shown+" (there are eq, starts-with, content-length-range)", "的运算符 "+shown+" 不存在（只有 eq、starts-with、content-length-range）")
	}
	return append(list, c), err
}

// readComparison reads the field with or without a $. The older sample of the documentation, which
// COS accepted, has none (choice 149).
func readComparison(op Operator, items []json.RawMessage) (Condition, error) {
	field, err := readString(items[1])
	if err != nil {
		return Condition{}, err
	}
	value, err := readString(items[2])
	if err != nil {
		return Condition{}, err
	}
	c := Condition{Operator: op, Field: strings.TrimPrefix(field, "$"), Value: value}
	switch {
	case c.Field == "":
		return c, unreadable("", "names no field", "没有写字段名")
	case op == StartsWith && exactOnly(strings.ToLower(c.Field)):
		shown := fmt.Sprintf("%.64q", c.Field)
		return c, unreadable("", "compares "+shown+" by its beginning; that field can be compared exactly only", "对 "+shown+" 用了 starts-with，该字段只能用 eq")
	}
	return c, nil
}

// exactOnly reports whether a field allows no prefix match (COS docs: POST Object). A policy with
// one is invalid. Other fields are compared as the policy wants (choice 159).
func exactOnly(field string) bool {
	switch {
	case field == fieldBucket || field == fieldStatus || strings.HasPrefix(field, "q-"):
		return true
	case strings.HasPrefix(field, "x-cos-meta-"):
		return false
	}
	return strings.HasPrefix(field, "x-cos-")
}

// readRange reads two whole numbers. A number in quotes is not valid (choice 152).
func readRange(items []json.RawMessage) (Condition, error) {
	var bounds [2]int64
	for i := range bounds {
		n, err := strconv.ParseUint(string(items[i+1]), 10, 63)
		if err != nil {
			return Condition{}, unreadable("", "has an end of content-length-range that is no whole number", "的 content-length-range 边界不是整数")
		}
		bounds[i] = int64(n)
	}
	return Condition{Operator: LengthRange, Min: bounds[0], Max: bounds[1]}, nil
}

// readString reads a JSON string. json.Unmarshal would accept null too.
func readString(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", unreadable("", "is missing or no text", "缺失或不是字符串")
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}
