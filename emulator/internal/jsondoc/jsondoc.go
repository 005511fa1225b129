// Package jsondoc has checks for JSON documents of clients.
package jsondoc

import (
	"bytes"
	"encoding/json"
	"strings"
)

// object is an open object, or an open list where names is nil.
type object struct {
	names map[string]bool
	value bool // the next token is the value of a member
}

// Repeated returns a name that repeats within one object, compared without case, at any depth.
// Readers of JSON differ in which one counts, so the signed meaning and the read meaning could
// differ (choice 252). The document must be valid.
func Repeated(doc []byte) (name string, found bool) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var open []object
	for {
		t, err := dec.Token()
		if err != nil {
			return "", false // the end of the document
		}
		if t == json.Delim('}') || t == json.Delim(']') {
			open = open[:len(open)-1]
			continue
		}
		if n := len(open); n > 0 && open[n-1].names != nil {
			if in := &open[n-1]; !in.value {
				name, _ := t.(string) // the decoder returns only strings here
				key := strings.ToLower(name)
				if in.names[key] {
					return name, true
				}
				in.names[key], in.value = true, true
				continue
			}
			open[n-1].value = false
		}
		switch t {
		case json.Delim('{'):
			open = append(open, object{names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, object{})
		}
	}
}
