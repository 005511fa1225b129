package cors

import (
	"slices"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// Header is one header line of an answer, its name as it goes on the wire.
type Header struct{ Name, Value string }

const (
	allowOrigin      = "Access-Control-Allow-Origin"
	allowCredentials = "Access-Control-Allow-Credentials"
	allowMethods     = "Access-Control-Allow-Methods"
	allowHeaders     = "Access-Control-Allow-Headers"
	exposeHeaders    = "Access-Control-Expose-Headers"
	maxAge           = "Access-Control-Max-Age"
)

// Preflight judges an OPTIONS request by its three headers Origin,
// Access-Control-Request-Method and Access-Control-Request-Headers. It returns
// the headers of the answer, sorted as the samples have them, or
// AccessForbidden: no configuration, no rule that fits, or no preflight at all
// because one of the first two is missing (choice 134). The cause of a refusal
// is a [*Miss]. A refusal carries no CORS header, and no Vary either.
func (r *Rules) Preflight(origin, method, headers string) ([]Header, *coserr.Error) {
	q := question{origin: origin, method: method, headers: splitNames(headers), preflight: true}
	rule, miss := r.find(&q)
	if miss != nil {
		return nil, coserr.New(coserr.AccessForbidden).WithCause(miss)
	}
	list := make([]Header, 0, 7)
	return r.appendVary(rule.append(list, origin, headers)), nil
}

// Actual gives the headers to add to the answer, success and refusal alike, of
// a request that carries this Origin ("" for none). Where no rule fits there
// are none, and the [*Miss] says why; it is nil where one fits and where the
// request has no Origin. Access-Control-Allow-Headers is for preflights
// (choice 137).
//
// `Vary: Origin`, when configured, goes on every answer: what it is for is the
// cache that holds an answer to a request without Origin (console page
// 设置跨域访问).
func (r *Rules) Actual(origin, method string) ([]Header, *Miss) {
	if origin == "" {
		return r.appendVary(nil), nil
	}
	rule, miss := r.find(&question{origin: origin, method: method})
	if miss != nil {
		return r.appendVary(nil), miss
	}
	return r.appendVary(rule.appendActual(make([]Header, 0, 6), origin)), nil
}

func (r *Rules) appendVary(list []Header) []Header {
	if r != nil && r.ResponseVary != nil && *r.ResponseVary {
		list = append(list, Header{"Vary", "Origin"})
	}
	return list
}

// append adds the headers of a preflight that this rule allows.
func (r *Rule) append(list []Header, origin, asked string) []Header {
	if !r.anyOrigin() {
		list = append(list, Header{allowCredentials, "true"})
	}
	switch {
	case r.anyHeader():
		if asked != "" {
			list = append(list, Header{allowHeaders, asked})
		}
	case len(r.AllowedHeaders) > 0: // the whole list, also when none was asked for (choice 136)
		list = append(list, Header{allowHeaders, strings.ToLower(strings.Join(r.AllowedHeaders, ","))})
	}
	return r.appendCommon(list, origin)
}

func (r *Rule) appendActual(list []Header, origin string) []Header {
	if !r.anyOrigin() {
		list = append(list, Header{allowCredentials, "true"})
	}
	return r.appendCommon(list, origin)
}

func (r *Rule) appendCommon(list []Header, origin string) []Header {
	if r.anyOrigin() {
		origin = "*"
	}
	list = append(list, Header{allowMethods, strings.Join(r.AllowedMethods, ",")}, Header{allowOrigin, origin})
	if len(r.ExposeHeaders) > 0 {
		list = append(list, Header{exposeHeaders, strings.Join(r.ExposeHeaders, ",")})
	}
	if r.MaxAge != nil {
		list = append(list, Header{maxAge, strconv.Itoa(*r.MaxAge)})
	}
	return list
}

// question is what a request asks of the rules.
type question struct {
	origin, method string
	headers        []string // in lower case, each once
	preflight      bool
}

// find returns the first rule that fits, or why none does.
func (r *Rules) find(q *question) (*Rule, *Miss) {
	miss := &Miss{Rule: -1, Reason: NoRule}
	if r == nil || len(r.Rules) == 0 {
		return nil, miss
	}
	if q.preflight && (q.origin == "" || q.method == "") {
		miss.Reason = NoPreflight
		return nil, miss
	}
	for i := range r.Rules {
		reason := r.Rules[i].judge(q)
		if reason == fits {
			return &r.Rules[i], nil
		}
		if reason > miss.Reason { // further than any rule before it
			miss.Rule, miss.Reason = i, reason
		}
	}
	miss.explain(&r.Rules[miss.Rule], q)
	return nil, miss
}

// judge says whether the rule fits, or which of its three parts is the first
// that does not.
func (r *Rule) judge(q *question) Reason {
	switch {
	case !r.allowsOrigin(q.origin):
		return Origin
	case !slices.Contains(r.AllowedMethods, q.method):
		return Method
	case !r.allowsHeaders(q.headers):
		return Headers
	}
	return fits
}

// anyOrigin tells whether "*" stands among the origins. Such a rule answers
// `*`, also to an origin that it names besides (choice 135).
func (r *Rule) anyOrigin() bool { return slices.Contains(r.AllowedOrigins, "*") }

func (r *Rule) allowsOrigin(origin string) bool {
	return slices.ContainsFunc(r.AllowedOrigins, func(pattern string) bool { return matches(pattern, origin) })
}

// matches compares whole origins, letter by letter (choice 138). A * in the
// pattern stands for any text, the empty one included; there is only one.
func matches(pattern, origin string) bool {
	before, after, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == origin
	}
	return len(origin) >= len(before)+len(after) &&
		strings.HasPrefix(origin, before) && strings.HasSuffix(origin, after)
}

// anyHeader tells whether "*" stands among the headers. In any other place a *
// is only itself: the page has no patterns here (choice 133).
func (r *Rule) anyHeader() bool { return slices.Contains(r.AllowedHeaders, "*") }

func (r *Rule) allowsHeaders(names []string) bool {
	return len(names) == 0 || r.anyHeader() || len(r.missing(names, 1)) == 0
}

// missing gives the first names, at most n, that the rule does not allow.
func (r *Rule) missing(names []string, n int) []string {
	allowed := make(map[string]struct{}, len(r.AllowedHeaders))
	for _, h := range r.AllowedHeaders {
		allowed[strings.ToLower(h)] = struct{}{}
	}
	var list []string
	for _, name := range names {
		if _, ok := allowed[name]; !ok {
			list = append(list, name)
		}
		if len(list) == n {
			break
		}
	}
	return list
}

// splitNames takes a list of header names apart: in lower case, each name once,
// so that comparing them with a rule costs no more than the rule is long.
func splitNames(list string) []string {
	if list == "" {
		return nil
	}
	var names []string
	seen := make(map[string]struct{})
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, again := seen[name]; again || name == "" {
			continue
		}
		seen[name] = struct{}{}
		names = append(names, name)
	}
	return names
}
