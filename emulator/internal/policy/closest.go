package policy

import (
	"slices"
	"strings"
)

// What is the part of a statement that a request misses.
type What int

// The parts, in the order in which they are named.
const (
	MissedAction What = iota + 1
	MissedResource
	MissedPrincipal
	MissedCondition
)

// String is the part's name in a policy.
func (w What) String() string {
	switch w {
	case MissedAction:
		return "action"
	case MissedResource:
		return "resource"
	case MissedPrincipal:
		return "principal"
	case MissedCondition:
		return "condition"
	}
	return "What(" + string(rune('0'+int(w)%10)) + ")"
}

// Hint is a likely mistake in a policy.
type Hint int

// The hints.
const (
	NoHint         Hint = iota
	HintLetterCase      // only the letter case differs
	HintUnknownKey      // no request has such a key: it is misspelt, or one of another product
	HintNotEncoded      // the value of a request parameter must be URL-encoded in a policy
	HintRegion          // only the region of the resource differs
	HintOwner           // only the owner of the resource differs
	HintPrefix          // keys were listed without the prefix that is allowed
)

// Missing is what kept a statement from applying.
type Missing struct {
	What What
	// Operator and Key are those of the condition, as written.
	Operator, Key string
	// Want is what the statement has there, as written.
	Want []string
	// Got is what the request has there: its action, resource or caller as
	// policies write them, or the values of the key; nil: it has no such key.
	Got  []string
	Hint Hint
	// Also are the further parts that do not match.
	Also []What
}

// Unmet reports whether a condition alone kept the statement from applying, and
// a request can meet it.
func (m *Missing) Unmet() bool {
	return m != nil && m.What == MissedCondition && len(m.Also) == 0 && m.Hint != HintUnknownKey && m.Hint != HintNotEncoded
}

// closest finds the allowing statement with the fewest parts that do not match.
// Of several it is the one whose matching parts come earlier in the order of
// [What], then the first.
func (p *Policy) closest(e *evaluation) Decision {
	best, found := -1, miss(0)
	var unmet *condition // of the best
	for i := range p.statements {
		s := &p.statements[i]
		if s.effect != Allow {
			continue
		}
		m := s.misses(e)
		if best >= 0 && !m.closer(found) {
			continue // its conditions cannot make it closer
		}
		c := s.unmet(e)
		if c != nil {
			m |= missedCondition
		}
		if best < 0 || m.closer(found) {
			best, found, unmet = i, m, c
		}
	}
	if best < 0 {
		return Decision{Statement: -1}
	}
	return Decision{Statement: best, Missing: p.statements[best].explain(e, found, unmet)}
}

// miss is the set of parts that do not match, the first in the highest bit: of
// two sets of one size the smaller number is closer.
type miss uint

const missedCondition miss = 1

func (m miss) has(w What) bool { return m>>(MissedCondition-w)&1 == 1 }

func (m miss) count() (n int) {
	for w := MissedAction; w <= MissedCondition; w++ {
		if m.has(w) {
			n++
		}
	}
	return n
}

func (m miss) closer(than miss) bool {
	if a, b := m.count(), than.count(); a != b {
		return a < b
	}
	return m < than
}

// misses is the set of parts that do not match, without the conditions.
func (s *statement) misses(e *evaluation) miss {
	var m miss
	for i, fits := range [...]bool{s.forAction(e), s.forResource(e), s.forCaller(e)} {
		if !fits {
			m |= missedCondition << (MissedCondition - MissedAction - What(i))
		}
	}
	return m
}

// explain describes the first part of a set and names the others.
func (s *statement) explain(e *evaluation, set miss, unmet *condition) *Missing {
	m := &Missing{}
	for w := MissedAction; w <= MissedCondition; w++ {
		switch {
		case !set.has(w):
		case m.What == 0:
			m.What = w
		default:
			m.Also = append(m.Also, w)
		}
	}
	switch m.What {
	case MissedAction:
		s.explainAction(e, m)
	case MissedResource:
		s.explainResource(e, m)
	case MissedPrincipal:
		for i := range s.principals {
			m.Want = append(m.Want, s.principals[i].text)
		}
		m.Got = []string{e.request.Caller.Name()}
	case MissedCondition:
		unmet.explain(e, m)
	}
	return m
}

func (s *statement) explainAction(e *evaluation, m *Missing) {
	m.Got = []string{ActionName(e.request)}
	for i := range s.actions {
		text := s.actions[i].text
		m.Want = append(m.Want, text)
		if strings.EqualFold(strings.TrimPrefix(text, "name/"), strings.TrimPrefix(ActionName(e.request), "name/")) {
			m.Hint = HintLetterCase
		}
	}
}

func (s *statement) explainResource(e *evaluation, m *Missing) {
	m.Got = []string{ResourceName(e.request)}
	for i := range s.resources {
		m.Want = append(m.Want, s.resources[i].text)
	}
	for i := range s.resources {
		if h := s.resources[i].hint(e); h != NoHint {
			m.Hint = h
			return
		}
	}
}

// hint looks for a likely mistake: what matches if one part of it may be
// anything.
func (r *resource) hint(e *evaluation) Hint {
	if r.none || e.request.Bucket == "" { // of a role, too
		return NoHint
	}
	open := *r
	open.region = newPattern("*")
	if open.match(e) {
		return HintRegion
	}
	open = *r
	open.owner = owner{id: newPattern("*")}
	if open.match(e) {
		return HintOwner
	}
	name := e.name
	if r.short {
		name = e.short
	}
	if lists(e.request.Action) && !e.listing && strings.HasPrefix(r.path.head, name) {
		return HintPrefix
	}
	if strings.EqualFold(r.path.head, name) {
		return HintLetterCase
	}
	return NoHint
}

func (c *condition) explain(e *evaluation, m *Missing) {
	m.Operator, m.Key, m.Want = c.text, c.keyText, c.texts()
	got, _ := e.request.lookup(c.key)
	m.Got = slices.Clone(got)
	switch {
	case !knownKey(c.key):
		m.Hint = HintUnknownKey
	case slices.ContainsFunc(c.values, func(v value) bool { return v.never }):
		m.Hint = HintNotEncoded
	case c.operator.typ == typeString && !c.operator.negate && slices.ContainsFunc(got, func(g string) bool {
		return slices.ContainsFunc(c.values, func(v value) bool { return strings.EqualFold(g, v.plain) })
	}):
		m.Hint = HintLetterCase
	}
}
