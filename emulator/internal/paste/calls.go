package paste

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/chars"
)

// callStart is the beginning of a call that sends a request. The group is the name of the function.
// Clients with other names end in the method: http.put(…).
var callStart = lazily(`(?:^|[^\w$.])(fetch|\$fetch|axios(?:\.\w+)?|(?:\$|jQuery)\.ajax|(?:wx|uni|my|tt|Taro|swan)\.(?:request|uploadFile)|` +
	`[\w$]+(?:\.[\w$]+)*\.(?:put|post|get|delete|head|request|open))(?:<[\w\s,.|\[\]]{0,60}>)?\s*\(`)

// miniProgram is the object whose functions send requests in Mini Programs.
var miniProgram = lazily(`^(?:wx|uni|my|tt|Taro|swan)\.`)

// maxCalls is the most calls to read.
const maxCalls = 60

// call is a call that sends a request.
type call struct {
	name  string // of the function
	args  []value
	named value
	after int // where it ends
}

// maxCall is the longest call to read, in bytes.
const maxCall = 32 << 10

func (r *reader) allCalls() []call {
	if r.callsOf == r.text {
		return r.calls
	}
	r.callsOf, r.calls = r.text, nil
	for _, m := range callStart().FindAllStringSubmatchIndex(r.text, maxCalls) {
		p := &literals{s: r.text[:min(len(r.text), m[1]+maxCall)], i: m[1]}
		c := call{name: r.text[m[2]:m[3]]}
		c.args, c.named = p.arguments()
		c.after = p.i
		r.calls = append(r.calls, c)
	}
	return r.calls
}

func (c *call) arg(i int) value {
	if i < len(c.args) {
		return c.args[i]
	}
	return value{}
}

// readFetch reads a call of fetch, as browsers copy it and as people write it.
func readFetch(r *reader) (bool, error) {
	return r.readCalls(func(c *call) (sent, bool) {
		if c.name != "fetch" && c.name != "$fetch" {
			return sent{}, false
		}
		return sent{url: c.arg(0), options: c.arg(1), method: http.MethodGet}, true
	})
}

// readAxios reads a call of axios or of its clients.
func readAxios(r *reader) (bool, error) {
	return r.readCalls(func(c *call) (sent, bool) {
		verb := strings.ToUpper(c.name[strings.LastIndexByte(c.name, '.')+1:])
		if miniProgram().MatchString(c.name) {
			return sent{}, false
		}
		switch verb {
		case "OPEN", "AJAX", "UPLOADFILE", "FETCH", "$FETCH":
			return sent{}, false
		case "AXIOS", "REQUEST":
			if c.arg(0).kind == isObject {
				return sent{options: c.arg(0), method: http.MethodGet}, true
			}
			return sent{url: c.arg(0), options: c.arg(1), method: http.MethodGet}, true
		case http.MethodGet, http.MethodHead, http.MethodDelete:
			return sent{url: c.arg(0), options: c.arg(1), method: verb}, len(c.named.fields) == 0
		case http.MethodPut, http.MethodPost:
			return sent{url: c.arg(0), options: c.arg(2), method: verb}, len(c.named.fields) == 0
		}
		return sent{}, false
	})
}

// readAjax reads calls of jQuery's ajax, and of request and uploadFile in Mini Programs.
func readAjax(r *reader) (bool, error) {
	return r.readCalls(func(c *call) (sent, bool) {
		verb := c.name[strings.LastIndexByte(c.name, '.')+1:]
		o := c.arg(0)
		switch {
		case verb == "ajax" && o.kind != isObject:
			return sent{url: o, options: c.arg(1), method: http.MethodGet}, true
		case verb == "ajax", verb == "request" && miniProgram().MatchString(c.name):
			return sent{options: o, method: http.MethodGet}, true
		case verb == "uploadFile":
			return sent{options: o, method: http.MethodPost}, true
		}
		return sent{}, false
	})
}

// readRequests reads a call of Python's requests or httpx.
func readRequests(r *reader) (bool, error) {
	return r.readCalls(func(c *call) (sent, bool) {
		verb := strings.ToUpper(c.name[strings.LastIndexByte(c.name, '.')+1:])
		s := sent{url: c.arg(0), options: c.named, method: verb}
		switch verb {
		case "REQUEST":
			s.url, s.method = c.arg(1), ""
			if h := c.arg(3); h.kind != isCode || h.text != "" { // http.client
				s.options = value{kind: isObject, fields: []field{{"headers", h}}}
			}
			if m := r.resolve(c.arg(0)); m.kind == isText {
				s.method = strings.ToUpper(m.text)
			}
		case http.MethodPut, http.MethodPost, http.MethodGet, http.MethodHead, http.MethodDelete:
		default:
			return s, false
		}
		return s, true
	})
}

var setHeader = lazily(`\.setRequestHeader\s*\(`)

// readXHR reads the calls that make an XMLHttpRequest.
func readXHR(r *reader) (bool, error) {
	calls := r.allCalls()
	for i := range calls {
		c := &calls[i]
		if !strings.HasSuffix(c.name, ".open") {
			continue
		}
		var options value
		options.kind = isObject
		var headers value
		headers.kind = isObject
		for _, m := range setHeader().FindAllStringIndex(r.text[c.after:], maxCalls) {
			p := &literals{s: r.text[:min(len(r.text), c.after+m[1]+maxCall)], i: c.after + m[1]}
			args, _ := p.arguments()
			if len(args) == 2 && args[0].kind == isText {
				headers.fields = append(headers.fields, field{args[0].text, args[1]})
			}
		}
		options.fields = []field{{"headers", headers}, {"method", c.arg(0)}}
		if r.send(sent{url: c.arg(1), options: options}) {
			return true, nil
		}
	}
	return false, nil
}

// sent is the request of a call.
type sent struct {
	url     value
	options value
	method  string // where the options have none
}

// readCalls finds the call whose request to explain: a signed one, if there is one.
func (r *reader) readCalls(read func(*call) (sent, bool)) (bool, error) {
	calls := r.allCalls()
	for _, must := range []bool{true, false} {
		for i := range calls {
			s, ok := read(&calls[i])
			if !ok {
				continue
			}
			u := r.urlOf(&s)
			if must == (looksSigned(u.text) || r.hasAuthorization(&s)) && r.send(s) {
				return true, nil
			}
		}
	}
	return false, nil
}

func (r *reader) urlOf(s *sent) value {
	if s.url.kind == isCode && s.url.text == "" {
		s.url, _ = s.options.get("url", "uri")
	}
	return r.resolve(s.url)
}

func (r *reader) hasAuthorization(s *sent) bool {
	h := r.headersOf(s)
	_, ok := h.get("authorization")
	return ok
}

func (r *reader) headersOf(s *sent) value {
	o := r.resolve(s.options)
	h, _ := o.get("headers", "header")
	return r.resolve(h)
}

// send sets the request of the result and reports whether there is one.
func (r *reader) send(s sent) bool {
	u := r.urlOf(&s)
	if u.kind == isText && strings.HasPrefix(u.text, "/") && !strings.HasPrefix(u.text, "//") {
		u.text = r.connection() + u.text
	}
	if u.kind != isText || !strings.Contains(u.text, "://") && (!looksSigned(u.text) || strings.HasPrefix(u.text, "/")) {
		return false
	}
	q := &Request{Method: s.method, URL: withScheme(u.text), Header: http.Header{}}
	o := r.resolve(s.options)
	if m, ok := o.get("method", "type"); ok {
		if m = r.resolve(m); m.kind == isText {
			q.Method = strings.ToUpper(m.text)
		} else {
			q.Method = ""
			r.noteCode("the method", "请求方法", m.text)
		}
	}
	r.addHeaders(q, r.headersOf(&s))
	if len(q.Header) == 0 { // headers that are added one by one
		if h, ok := o.get("headers", "header"); ok && h.kind == isCode {
			r.addedHeaders(q, h.text)
		}
	}
	if t, ok := o.get("contentType"); ok {
		r.addHeaders(q, value{kind: isObject, fields: []field{{"Content-Type", t}}})
	}
	r.template(q.URL)
	r.found.Request = q
	return true
}

var connection = lazily(`\bHTTP(S?)Connection\(\s*["']([\w.:-]+)["']`)

// connection returns the server of Python's http.client, or "".
func (r *reader) connection() string {
	m := connection().FindStringSubmatch(r.text)
	if m == nil {
		return ""
	}
	return "http" + strings.ToLower(m[1]) + "://" + m[2]
}

func withScheme(u string) string {
	if strings.Contains(u, "://") {
		return u
	}
	return "http://" + strings.TrimPrefix(u, "//")
}

// addHeaders adds headers from an object, a list of pairs, or a list of {name, value}.
func (r *reader) addHeaders(q *Request, h value) {
	for _, item := range h.items[:min(len(h.items), maxHeaders)] {
		name, ok := item.get("name", "key")
		v, ok2 := item.get("value")
		if len(item.items) == 2 {
			name, v, ok, ok2 = item.items[0], item.items[1], true, true
		}
		if ok && ok2 {
			h.fields = append(h.fields, field{name.text, v})
		}
	}
	for i := range h.fields[:min(len(h.fields), maxHeaders)] {
		f := &h.fields[i]
		if !headerName().MatchString(f.name) {
			continue
		}
		switch v := r.resolve(f.value); {
		case v.kind == isText && !strings.Contains(v.text, "${"):
			q.Header.Add(f.name, v.text)
		case v.kind == isCode && number().MatchString(v.text):
			q.Header.Add(f.name, v.text)
		case v.kind == isText || v.kind == isCode && v.text != "undefined" && v.text != "null" && v.text != "None":
			r.noteCode(f.name, f.name, v.text)
		}
	}
}

var (
	headerName = lazily(`^[!#$%&'*+.^_|~0-9A-Za-z-]+$`)
	number     = lazily(`^[0-9]+$`)
	identifier = lazily(`^[A-Za-z_$][\w$]*$`)
	template   = lazily(`\$\{[^}]*\}?|\{\{[^}]*\}?\}?`)
)

// noteCode adds a note that the text has code in place of a value.
func (r *reader) noteCode(en, zh, code string) {
	code = oneLine(code, 60)
	r.note("The code computes "+en+" ("+code+"): its value cannot be read here.", zh+" 在代码里由 "+code+" 算出，这里看不到它的值。")
}

// template adds a note for placeholders that are not filled in.
func (r *reader) template(u string) {
	if m := template().FindString(u); m != "" {
		r.note("The URL holds "+oneLine(m, 40)+", which was not filled in.", "URL 里的 "+oneLine(m, 40)+" 没有被替换成实际的值。")
	}
}

// oneLine returns a value of the code in a form that fits in a sentence.
func oneLine(s string, most int) string {
	return chars.Shorten(strings.Join(strings.Fields(s), " "), most, "…")
}

const (
	// maxResolve is the most steps from a variable to its value; maxResolved is the most variables
	// of a text to look up.
	maxResolve  = 4
	maxResolved = 40
	// maxHeaders is the most headers of a request.
	maxHeaders = 300
)

// resolve finds the value of a variable that the text sets.
func (r *reader) resolve(v value) value {
	for range maxResolve {
		name := strings.TrimPrefix(v.text, "$")
		if v.kind != isCode || len(name) > maxName || !identifier().MatchString(name) || r.resolved >= maxResolved {
			return v
		}
		r.resolved++
		set := regexp.MustCompile(`(?:^|[^\w.])` + regexp.QuoteMeta(name) + `\s*(?::[^=\n]{1,40})?=\s*[^=>\s]`)
		m := set.FindStringIndex(r.text)
		if m == nil {
			return v
		}
		p := &literals{s: r.text[:min(len(r.text), m[1]+maxCall)], i: m[1] - 1, depth: 1}
		next := p.value()
		if next.kind == isCode && next.text == v.text {
			return v
		}
		v = next
	}
	return v
}
