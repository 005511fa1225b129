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

// Preflight judges an OPTIONS request by its headers Origin,
// Access-Control-Request-Method and Access-Control-Request-Headers. It returns the
// headers of the answer in the order of the samples, or AccessForbidden: there is
// no configuration, no rule matches, or one of the first two headers is missing
// (choice 134). The cause is then a [*Miss], and the answer has no CORS header and
// no Vary.
func (r *Rules) Preflight(origin, method, headers string) ([]Header, *coserr.Error) {
	q := question{origin: origin, method: method, headers: splitNames(headers), preflight: true}
	rule, miss := r.find(&q)
	if miss != nil {
		return nil, coserr.New(coserr.AccessForbidden).WithCause(miss)
	}
	list := make([]Header, 0, 7)
	return r.appendVary(rule.append(list, origin, headers)), nil
}

// Actual returns the headers to add to the answer to a request with this Origin;
// "": none. They are the same for success and refusal. If no rule matches there are
// none, and the [*Miss] says why. Access-Control-Allow-Headers belongs to
// preflights alone (choice 137).
//
// `Vary: Origin`, if configured, is on every answer: a cache may hold one to a
// request without Origin (console page 设置跨域访问).
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

// append adds the headers of an allowed preflight.
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

// question is what the rules need to know of a request.
type question struct {
	origin, method string
	headers        []string // in lower case, each once
	preflight      bool
}

// find returns the first rule that matches, or why none does.
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

// judge returns the first of the rule's three parts that does not match, or fits.
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

// anyOrigin reports whether "*" is among the origins. Such a rule answers `*` to
// every origin, also to one that it names (choice 135).
func (r *Rule) anyOrigin() bool { return slices.Contains(r.AllowedOrigins, "*") }

func (r *Rule) allowsOrigin(origin string) bool {
	return slices.ContainsFunc(r.AllowedOrigins, func(pattern string) bool { return matches(pattern, origin) })
}

// matches compares whole origins, case included (choice 138). The pattern may have
// one *, which stands for any text, also an empty one.
func matches(pattern, origin string) bool {
	before, after, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == origin
	}
	return len(origin) >= len(before)+len(after) &&
		strings.HasPrefix(origin, before) && strings.HasSuffix(origin, after)
}

// anyHeader reports whether "*" is among the headers. Within a name a * is a plain
// character: the page has no patterns here (choice 133).
func (r *Rule) anyHeader() bool { return slices.Contains(r.AllowedHeaders, "*") }

func (r *Rule) allowsHeaders(names []string) bool {
	return len(names) == 0 || r.anyHeader() || len(r.missing(names, 1)) == 0
}

// missing returns the first n names that the rule does not allow.
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

// splitNames splits a list of header names: in lower case, each once, which bounds
// the work of comparing them.
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
