// Package jsondoc looks at what every JSON document of a client has in common.
package jsondoc

import (
	"bytes"
	"encoding/json"
	"strings"
)

// object is an object that is being read, or with nil names a list.
type object struct {
	names map[string]bool
	value bool // the next token is a member's value
}

// Repeated finds a name that stands twice in one object, in any letter case and
// at any depth. Readers of JSON disagree on which of the two counts, so what was
// signed need not be what is read (choice 252). The document must be valid.
func Repeated(doc []byte) (name string, found bool) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var open []object
	for {
		t, err := dec.Token()
		if err != nil {
			return "", false // its end
		}
		if t == json.Delim('}') || t == json.Delim(']') {
			open = open[:len(open)-1]
			continue
		}
		if n := len(open); n > 0 && open[n-1].names != nil {
			if in := &open[n-1]; !in.value {
				name, _ := t.(string) // the decoder lets nothing else be a name
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
