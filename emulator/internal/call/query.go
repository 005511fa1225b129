package call

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// Query are the query parameters in the order they came, read once and never
// through url.ParseQuery, which drops pairs that hold a ';'.
type Query struct {
	List        []signer.Param
	plusLiteral bool // the signature held with `+` taken as it stands
}

// Find returns the decoded value of the first parameter of that name, in any
// letter case (choice 303), and whether there is one. A `+` in a value is a blank
// (choice 53) unless the signature held only with the plus taken literally.
func (q Query) Find(name string) (string, bool) {
	for _, p := range q.List {
		if strings.EqualFold(p.Name, name) || strings.IndexByte(p.Name, '%') >= 0 && strings.EqualFold(p.DecodedName(), name) {
			return q.decode(p.Value), true
		}
	}
	return "", false
}

// Has tells whether there is a parameter of that name.
func (q Query) Has(name string) bool { _, ok := q.Find(name); return ok }

// Value is Find without the presence.
func (q Query) Value(name string) string { v, _ := q.Find(name); return v }

func (q Query) decode(raw string) string {
	if q.plusLiteral {
		return signer.Decode(raw)
	}
	return signer.Decode(strings.ReplaceAll(raw, "+", "%20"))
}

// PlusLiteral tells whether the signature held with `+` taken as it stands.
func (i *Identity) PlusLiteral() bool { return strings.Contains(i.Trace.Reading, "plus-literal") }
