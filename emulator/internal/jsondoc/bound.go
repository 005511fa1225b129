package jsondoc

import (
	"errors"
	"fmt"
)

const (
	// MaxDepth is how many lists and objects may stand in one another; the
	// deepest document, a policy, has five.
	MaxDepth = 16
	// MaxValues is how many values a document may have, members and elements.
	MaxValues = 10_000
)

var (
	errDepth  = fmt.Errorf("the JSON is more than %d deep", MaxDepth)
	errValues = errors.New("the JSON has too many values")
)

// Bound refuses a document that would take far more memory to read than it has
// bytes, before it is read. It does not judge whether it is JSON.
func Bound(doc []byte) error {
	depth, values := 0, 1
	for i := 0; i < len(doc); i++ {
		switch doc[i] {
		case '"':
			for i++; i < len(doc) && doc[i] != '"'; i++ {
				if doc[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			if depth++; depth > MaxDepth {
				return errDepth
			}
			values++
		case ']', '}':
			depth--
		case ',':
			values++
		}
		if values > MaxValues {
			return errValues
		}
	}
	return nil
}
