package paste

import (
	"net/http"
	"regexp"
	"strings"
)

// header matches request headers of an upload. Other names in code may mean anything.
const (
	header = `((?i:content-(?:type|length|md5|encoding|disposition|language)|x-cos-[\w-]+|host|authorization|cache-control|expires|date|expect|origin|if-[\w-]+))`
	// ownHeader does not match names that many objects have: host, date, expires.
	ownHeader = `((?i:content-(?:type|length|md5|encoding|disposition|language)|x-cos-[\w-]+|authorization|cache-control))`
)

// Code that sets a header: the groups are name and value.
var (
	headerCall  = lazily(`\b(?i:add|set|append|put|insert|header|addHeader|setHeader|addRequestHeader|setRequestHeader|setRequestProperty|addRequestProperty|TryAddWithoutValidation)\(\s*["']` + header + `["']\s*,\s*["']([^"'\n]*)["']\s*\)`)
	headerSwift = lazily(`\b(?:set|add)Value\(\s*"([^"\n]*)"\s*,\s*forHTTPHeaderField:\s*"` + header + `"`)
	headerPair  = lazily(`["']` + ownHeader + `["']\s*(?::|=>|,|\]\s*=)\s*["']([^"'\n]*)["']`)
	headerText  = lazily(`["']` + header + `:[ \t]*([^"'\n]*)["']`)
	headerWord  = lazily(`(?m)^\s*(?:[$#>%❯]\s*)?https?(?:ie)?\s[^\n]*?\s` + header + `:([^\s'"]+)`)
	contentType = lazily(`(?:MediaType\.(?:parse|get)|MediaTypeHeaderValue(?:\.Parse)?)\(\s*"([^"\n]*)"\s*\)|"([\w.+-]+/[\w.+-]+)"\.toMediaType(?:OrNull)?\(|\b[cC]ontentType\s*[:=]\s*["']([^"'\n]*)["']`)

	codeMethod = lazily(`(?im)(?:\bNewRequest(?:WithContext)?\([^"'\n]{0,40}?(?:["']|\bhttp\.Method)|\.method\(\s*["']|setRequestMethod\(\s*["']|httpMethod\s*=\s*["']|\bHttpMethod\.|CUSTOMREQUEST\W{1,6}["']|--method[= ]["']?|\bmethod["']?\s*(?::=?|=>?)\s*["']|^\s*(?:[$#>%❯]\s*)?https?(?:ie)?\s+)(PUT|POST|GET|HEAD|DELETE)\b`)
	codeCall   = lazily(`(?i)\.(put|post|get|head|delete)\(\s*(?:[\w.]{1,40}\(\s*)?["']https?://`)
	// ofAnswer matches headers that only answers have.
	ofAnswer = lazily(`(?i)x-cos-request-id|x-cos-trace-id|tencent-cos\b`)
)

// readCode reads a program in any language: a signed URL, the method, and the headers that it sets.
// There may be further headers.
func readCode(r *reader) (bool, error) {
	var u string
	for _, found := range anyURL().FindAllString(r.text, maxCalls) {
		if looksSigned(found) {
			u = strings.TrimRight(found, ".,;:)]}\\")
			break
		}
	}
	if u == "" {
		return false, nil
	}
	q := &Request{URL: u, Header: http.Header{}}
	if r.codeHeaders(q); len(q.Header) == 0 {
		return false, nil
	}
	for _, re := range []pattern{codeCall, codeMethod} {
		if m := re().FindStringSubmatch(r.text); m != nil && q.Method == "" {
			q.Method = strings.ToUpper(m[1])
		}
	}
	if q.Method == "" {
		q.Method = methodBefore(r.text, u)
	}
	r.found.Request = q
	return true, nil
}

// codeHeaders adds the headers that code sets. It leaves out a header with several values, and
// pairs of name and value that may belong to an answer or to another request.
func (r *reader) codeHeaders(q *Request) {
	var names, values []string
	add := func(name, v string) {
		if headerName().MatchString(name) && !strings.Contains(v, "${") && len(names) < maxHeaders {
			names, values = append(names, http.CanonicalHeaderKey(name)), append(values, strings.TrimSpace(v))
		}
	}
	ways := []pattern{headerCall, headerText, headerWord, headerPair}
	if ofAnswer().MatchString(r.text) || r.callsElsewhere() {
		ways = ways[:1]
	}
	for _, re := range ways {
		for _, m := range re().FindAllStringSubmatch(r.text, maxCalls) {
			add(m[1], m[2])
		}
	}
	for _, m := range headerSwift().FindAllStringSubmatch(r.text, maxCalls) {
		add(m[2], m[1])
	}
	if m := contentType().FindStringSubmatch(r.text); m != nil && len(ways) > 1 {
		add("Content-Type", m[1]+m[2]+m[3])
	}
	for i, name := range names {
		if q.Header.Get(name) != "" && q.Header.Get(name) != values[i] {
			q.Header.Del(name)
			r.note("The code sets "+name+" to several values: which one was sent cannot be told.", name+" 在代码里有多个值，无法分辨发送的是哪一个。")
			return
		}
		q.Header.Set(name, values[i])
	}
}

// callsElsewhere reports whether code also sends a request to another address.
func (r *reader) callsElsewhere() bool {
	calls := r.allCalls()
	for i := range calls {
		if u := calls[i].arg(0); u.kind == isText && strings.Contains(u.text, "/") && !looksSigned(u.text) {
			return true
		}
	}
	return false
}

// addedHeaders adds headers that are added to a variable one by one.
func (r *reader) addedHeaders(q *Request, variable string) {
	variable = strings.TrimPrefix(variable, "$")
	if len(variable) > maxName || !identifier().MatchString(variable) {
		return
	}
	set := regexp.MustCompile(`\b` + regexp.QuoteMeta(variable) + `\.(?i:append|set|add)\(\s*["']([\w-]+)["']\s*,\s*["']([^"'\n]*)["']\s*\)`)
	for _, m := range set.FindAllStringSubmatch(r.text, maxCalls) {
		q.Header.Add(m[1], m[2])
	}
}
