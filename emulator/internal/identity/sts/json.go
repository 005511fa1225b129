package sts

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/jsondoc"
)

// kind is the type of a JSON value.
type kind int

const (
	kindText kind = iota
	kindNumber
	kindBool
)

// maxDepth bounds the nesting of a body.
const maxDepth = 8

// readJSON flattens the body into Params: {"Tags":[{"Key":"a"}]} is Tags.0.Key. A
// null is as if the parameter was not there.
func (q *Request) readJSON() *Error {
	invalid := &Error{InvalidParameter, "The body is no JSON object."}
	q.typed = map[string]kind{}
	if len(bytes.TrimSpace(q.body)) == 0 {
		return nil
	}
	if jsondoc.Bound(q.body) != nil {
		return tooManyParams()
	}
	d := json.NewDecoder(bytes.NewReader(q.body))
	d.UseNumber()
	var top map[string]any
	if err := d.Decode(&top); err != nil || top == nil {
		return invalid
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalid
	}
	if name, twice := jsondoc.Repeated(q.body); twice {
		return repeated(name)
	}
	for name, value := range top {
		if err := q.flatten(name, value, 1); err != nil {
			return err
		}
	}
	return nil
}

func tooManyParams() *Error { return &Error{InvalidParameter, "The request has too many parameters."} }

func repeated(name string) *Error {
	return &Error{InvalidParameter, "The parameter `" + chars.Shorten(name, maxShown, "…") + "` stands twice in the body."}
}

func (q *Request) flatten(name string, value any, depth int) *Error {
	if len(q.Params) >= maxParams || depth > maxDepth {
		return tooManyParams()
	}
	if _, twice := q.Params[name]; twice { // "Tags.0" beside the list "Tags"
		return repeated(name)
	}
	switch v := value.(type) {
	case string:
		q.Params[name], q.typed[name] = v, kindText
	case json.Number:
		q.Params[name], q.typed[name] = v.String(), kindNumber
	case bool:
		q.Params[name], q.typed[name] = strconv.FormatBool(v), kindBool
	case []any:
		for i, item := range v {
			if err := q.flatten(name+"."+strconv.Itoa(i), item, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, item := range v {
			if err := q.flatten(name+"."+key, item, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// text is a parameter that must be a text; ok is false if it is missing.
func (q *Request) text(name string) (value string, ok bool, err *Error) {
	value, ok = q.Params[name]
	if ok && q.typed != nil && q.typed[name] != kindText {
		return "", true, wrongType(name)
	}
	return value, ok, nil
}

// number is a parameter that must be a whole number.
func (q *Request) number(name string) (value int64, ok bool, err *Error) {
	text, ok := q.Params[name]
	if !ok {
		return 0, false, nil
	}
	if q.typed != nil && q.typed[name] != kindNumber {
		return 0, true, wrongType(name)
	}
	value, failed := strconv.ParseInt(text, 10, 64)
	if failed != nil {
		return 0, true, wrongType(name)
	}
	return value, true, nil
}
