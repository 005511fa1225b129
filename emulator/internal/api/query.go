package api

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// params are the query parameters in the order they came, read once and never
// through url.ParseQuery, which drops pairs that hold a ';'.
type params struct {
	list        []signer.Param
	plusLiteral bool // the signature held with `+` taken as it stands
}

// get returns the decoded value of the first parameter of that name, in any
// letter case (choice 303), and whether there is one. A `+` in a value is a blank (choice 53) unless the
// signature held only with the plus taken literally.
func (p params) get(name string) (string, bool) {
	for _, q := range p.list {
		if strings.EqualFold(q.Name, name) || strings.IndexByte(q.Name, '%') >= 0 && strings.EqualFold(q.DecodedName(), name) {
			return p.decode(q.Value), true
		}
	}
	return "", false
}

// has tells whether there is a parameter of that name.
func (p params) has(name string) bool { _, ok := p.get(name); return ok }

// value is get without the presence.
func (p params) value(name string) string { v, _ := p.get(name); return v }

func (p params) decode(raw string) string {
	if p.plusLiteral {
		return signer.Decode(raw)
	}
	return signer.Decode(strings.ReplaceAll(raw, "+", "%20"))
}
