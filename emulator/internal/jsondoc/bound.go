package jsondoc

import (
	"errors"
	"fmt"
)

const (
	// MaxDepth is the deepest nesting of lists and objects. The deepest known document, a policy,
	// has five levels.
	MaxDepth = 16
	// MaxValues is the most values of a document: members and elements.
	MaxValues = 10_000
)

var (
	errDepth  = fmt.Errorf("the JSON is more than %d deep", MaxDepth)
	errValues = errors.New("the JSON has too many values")
)

// Bound refuses a document that would take far more memory than it has bytes. Call it before
// reading. It does not check whether the document is valid JSON.
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
