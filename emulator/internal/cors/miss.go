package cors

import (
	"fmt"
	"strconv"
	"strings"
)

// Reason is the first part of a rule that does not match. A later one is closer.
type Reason int

const (
	// NoRule means that the bucket has no CORS configuration.
	NoRule Reason = iota + 1
	// NoPreflight means that the OPTIONS request lacks Origin or
	// Access-Control-Request-Method.
	NoPreflight
	// Origin means that the rule does not allow the origin.
	Origin
	// Method means that it allows the origin, but not the method.
	Method
	// Headers means that it allows both, but not every requested header.
	Headers

	fits Reason = 0
)

// String names the reason in a word.
func (r Reason) String() string {
	switch r {
	case NoRule:
		return "no-rule"
	case NoPreflight:
		return "no-preflight"
	case Origin:
		return "origin"
	case Method:
		return "method"
	case Headers:
		return "headers"
	}
	return "Reason(" + strconv.Itoa(int(r)) + ")"
}

// shown is how many header names an explanation lists.
const shown = 10

// Miss says why no rule matches, by the rule that came closest, the first of
// several.
type Miss struct {
	// Reason is the first part of that rule that does not match.
	Reason Reason
	// Rule is its index in the configuration; -1: the reason lies in no rule.
	// RuleID is its ID, if it has one.
	Rule   int
	RuleID string
	// Asked is what the request has there: its origin, its method, or up to ten of
	// its headers that the rule does not allow.
	Asked []string
	// Allowed is what the rule has there. Do not change it.
	Allowed []string
}

func (m *Miss) explain(r *Rule, q *question) {
	m.RuleID = r.ID
	switch m.Reason {
	case Origin:
		m.Asked, m.Allowed = []string{q.origin}, r.AllowedOrigins
	case Method:
		m.Asked, m.Allowed = []string{q.method}, r.AllowedMethods
	case Headers:
		m.Asked, m.Allowed = r.missing(q.headers, shown), r.AllowedHeaders
	}
}

// Error says it in a sentence.
func (m *Miss) Error() string {
	switch m.Reason {
	case NoRule:
		return "the bucket has no CORS rule"
	case NoPreflight:
		return "a preflight needs Origin and Access-Control-Request-Method"
	case Origin:
		return fmt.Sprintf("no CORS rule allows the origin %s; %s allows %s", quote(m.Asked), m.rule(), quote(m.Allowed))
	case Method:
		return fmt.Sprintf("%s allows the origin, but not the method %s, only %s", m.rule(), quote(m.Asked), quote(m.Allowed))
	}
	return fmt.Sprintf("%s allows the origin and the method, but not the headers %s, only %s", m.rule(), quote(m.Asked), quote(m.Allowed))
}

// Name names that rule by its place and its ID; "" when the reason lies in none.
func (m *Miss) Name() string {
	if m.Rule < 0 {
		return ""
	}
	return m.rule()
}

func (m *Miss) rule() string {
	name := "rule " + strconv.Itoa(m.Rule+1)
	if m.RuleID != "" {
		name += fmt.Sprintf(" (%.64q)", m.RuleID)
	}
	return name
}

// quote lists values within bounds: they come from clients and go into logs.
func quote(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	var b strings.Builder
	for i, v := range values {
		if i == shown {
			fmt.Fprintf(&b, " and %d more", len(values)-shown)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%.64q", v)
	}
	return b.String()
}
