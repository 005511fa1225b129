package bucketcfg

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

const (
	maxStrictRules   = 10
	maxStrictActions = 200
	maxStrictNames   = 20 // headers, and parameters, of a rule
	maxStrictName    = 255
)

// Strict are the strict signature rules of a bucket: which headers and parameters
// must be signed if a request has them (COS docs: 严格签名模式概述).
type Strict struct{ Rules []StrictRule }

// StrictRule is one of them.
type StrictRule struct {
	ID string
	// Actions are named as in policies; a * stands for any text.
	Actions []string
	// Headers and Params are in lower case. The header x-cos-* stands for all
	// that begin so, the parameter all for every one.
	Headers, Params []string
}

// ParseStrict reads the rules. A rule with an action, header or parameter that
// rules may not have is InvalidArgument (choice 195).
func ParseStrict(doc []byte) (*Strict, *coserr.Error) {
	list := func(list, item string, limit int) shape {
		return some(0, 1, list, shape{name: item, max: limit, text: filled})
	}
	n, err := read(doc, &shape{name: "StrictSignatureConfiguration", kids: []shape{some(1, maxStrictRules, "Rule",
		one("ID", strictName),
		list("actionlist", "action", maxStrictActions),
		list("headerlist", "header", maxStrictNames),
		list("paramlist", "param", maxStrictNames),
	)}})
	if err != nil {
		return nil, err
	}
	if err := uniqueIDs(n); err != nil {
		return nil, err
	}
	s := &Strict{}
	for i := range n.kids {
		rule := StrictRule{ID: n.kids[i].kid("ID"), Actions: n.kids[i].all("actionlist")}
		for j, a := range rule.Actions {
			rule.Actions[j] = strings.TrimPrefix(a, "name/cos:")
		}
		for _, h := range n.kids[i].all("headerlist") {
			rule.Headers = append(rule.Headers, strings.ToLower(h))
		}
		for _, p := range n.kids[i].all("paramlist") {
			rule.Params = append(rule.Params, strings.ToLower(p))
		}
		if why := rule.fault(); why != "" {
			return nil, coserr.New(coserr.InvalidArgument).WithMessage(why)
		}
		s.Rules = append(s.Rules, rule)
	}
	return s, nil
}

func (r *StrictRule) fault() string {
	for _, a := range r.Actions {
		switch a {
		case "PostObject", "GetService", "DeleteMultipleObjects":
			return "Strict signature does not support the action " + a + "."
		}
	}
	for _, h := range r.Headers {
		if !strictHeader(h) {
			return "Strict signature does not support the header " + h + "."
		}
	}
	for _, p := range r.Params {
		if !strictName(p) {
			return "The strict signature param " + p + " is not valid."
		}
	}
	return ""
}

// strictHeader reports whether a rule may name the header.
func strictHeader(name string) bool {
	switch name {
	case "host", "content-length", "content-type", "content-md5", "range", "x-cos-acl", "x-cos-grant-read", "x-cos-grant-write",
		"x-cos-grant-read-acp", "x-cos-grant-write-acp", "x-cos-grant-full-control", "x-cos-*":
		return true
	}
	return false
}

// strictName reports whether a text can be a rule's ID or a parameter's name.
func strictName(name string) bool {
	return name != "" && len(name) <= maxStrictName && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	})
}

// Signed is what a request has, and what of it its signature covers.
type Signed struct {
	Action string
	Header http.Header
	// Params are the names of the parameters in lower case, without those of the
	// signature.
	Params []string
	// SignedHeaders and SignedParams are the two lists of the signature, in lower
	// case.
	SignedHeaders, SignedParams []string
}

// Missing are the headers and parameters of the request that a rule for its action
// wants signed and that are not signed, sorted.
func (s *Strict) Missing(q *Signed) (headers, params []string) {
	for i := range s.Rules {
		r := &s.Rules[i]
		if !slices.ContainsFunc(r.Actions, func(pattern string) bool { return fitsAction(pattern, q.Action) }) {
			continue
		}
		if slices.Contains(r.Headers, "host") && !slices.Contains(q.SignedHeaders, "host") {
			headers = append(headers, "host") // every request has one
		}
		for name, values := range q.Header {
			name = strings.ToLower(name)
			if len(values) > 0 && r.wantsHeader(name) && !slices.Contains(q.SignedHeaders, name) {
				headers = append(headers, name)
			}
		}
		for _, name := range q.Params {
			if (slices.Contains(r.Params, name) || slices.Contains(r.Params, "all")) && !slices.Contains(q.SignedParams, name) {
				params = append(params, name)
			}
		}
	}
	slices.Sort(headers)
	slices.Sort(params)
	return slices.Compact(headers), slices.Compact(params)
}

func (r *StrictRule) wantsHeader(name string) bool {
	return slices.Contains(r.Headers, name) || strings.HasPrefix(name, "x-cos-") && slices.Contains(r.Headers, "x-cos-*")
}

// fitsAction compares a whole action with a pattern.
func fitsAction(pattern, action string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == action
	}
	if !strings.HasPrefix(action, first) {
		return false
	}
	action = action[len(first):]
	pieces := strings.Split(rest, "*")
	for _, piece := range pieces[:len(pieces)-1] {
		at := strings.Index(action, piece)
		if at < 0 {
			return false
		}
		action = action[at+len(piece):]
	}
	return strings.HasSuffix(action, pieces[len(pieces)-1])
}
