package paste

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/signer/diagnose"
)

const (
	// maxObjects is the most objects of a text to try; maxNodes is the most of their values to look
	// at.
	maxObjects = 60
	maxNodes   = 50_000
)

// allObjects returns the outermost objects of the text: JSON, or as Node and Python print them.
func (r *reader) allObjects() []value {
	if r.objectsOf == r.text {
		return r.objects
	}
	r.objectsOf, r.objects = r.text, nil
	at := 0
	for range maxObjects {
		i := strings.IndexAny(r.text[at:], "{[")
		if i < 0 {
			break
		}
		p := &literals{s: r.text, i: at + i}
		v := p.value()
		if len(v.fields) == 0 && len(v.items) == 0 {
			at += i + 1
			continue
		}
		r.objects = append(r.objects, v)
		at = max(p.i, at+i+1)
	}
	return r.objects
}

// walk visits an object and everything in it, parents first, until visit returns true.
func walk(v *value, nodes *int, visit func(*value) bool) bool {
	if *nodes++; *nodes > maxNodes {
		return true
	}
	if visit(v) {
		return true
	}
	for i := range v.fields {
		if walk(&v.fields[i].value, nodes, visit) {
			return true
		}
	}
	for i := range v.items {
		if walk(&v.items[i], nodes, visit) {
			return true
		}
	}
	return false
}

// readHAR reads an entry of an HTTP archive: the first refused one. It has all headers.
func readHAR(r *reader) (bool, error) {
	var refused, signed, first *Request
	nodes, count := 0, 0
	for _, o := range r.allObjects() {
		walk(&o, &nodes, func(v *value) bool {
			q := harRequest(v)
			if q == nil {
				return false
			}
			count++
			if first == nil {
				first = q
			}
			if signed == nil && signedRequest(q) {
				signed = q
			}
			if refused == nil && signedRequest(q) && harStatus(v) >= "400" {
				refused = q
			}
			return false
		})
	}
	for _, q := range []*Request{refused, signed, first} {
		if q == nil {
			continue
		}
		if count > 1 {
			r.note("The archive holds several requests; the first signed one that was refused is explained.",
				"这份 HAR 里有多个请求，这里解释其中第一个被拒绝的带签名请求。")
		}
		r.found.Request = q
		return true, nil
	}
	return false, nil
}

// harRequest returns the request of an entry, or of an object that looks like one.
func harRequest(v *value) *Request {
	in := v
	if q, ok := v.get("request"); ok && q.kind == isObject {
		in = &q
	} else if _, ok := v.get("headersSize", "httpVersion", "bodySize"); !ok {
		return nil
	} else if _, ok := v.get("status"); ok {
		return nil // an answer
	}
	u, _ := in.get("url")
	m, _ := in.get("method")
	h, ok := in.get("headers")
	if u.kind != isText || !strings.Contains(u.text, "://") || m.kind != isText || !ok || h.kind != isList {
		return nil
	}
	q := &Request{Method: strings.ToUpper(m.text), URL: u.text, Header: http.Header{}}
	for _, item := range h.items {
		name, _ := item.get("name")
		val, _ := item.get("value")
		if name.kind == isText && !strings.HasPrefix(name.text, ":") && headerName().MatchString(name.text) {
			q.Header.Add(name.text, val.text)
		}
	}
	q.Whole = len(h.items) > 0
	return q
}

func harStatus(v *value) string {
	res, _ := v.get("response")
	s, _ := res.get("status")
	if len(s.text) != 3 {
		return ""
	}
	return s.text
}

// readObject reads an object that describes a request: the error of axios and others, a task of an
// app, a log.
func readObject(r *reader) (bool, error) {
	var best *Request
	nodes := 0
	for _, o := range r.allObjects() {
		walk(&o, &nodes, func(v *value) bool {
			if v.kind != isObject {
				return false
			}
			u, ok := v.get("url", "uri")
			if !ok {
				u = urlOfParts(v)
			}
			m, named := v.get("method", "type", "httpMethod")
			h, _ := v.get("headers", "header")
			if u.kind != isText || !strings.Contains(u.text, "://") || !named && len(h.fields) == 0 {
				return false
			}
			q := &Request{URL: u.text, Header: http.Header{}}
			if m.kind == isText {
				q.Method = strings.ToUpper(m.text)
			}
			if !answered(v, &h) {
				r.addHeaders(q, h)
			}
			if best == nil || !signedRequest(best) && signedRequest(q) {
				best = q
			}
			return signedRequest(best)
		})
	}
	if best == nil || !signedRequest(best) && r.found.Cloud != nil {
		return false, nil // it belongs to an error, and another part is signed
	}
	r.found.Request = best
	return true, nil
}

// urlOfParts returns the URL of an object with host and path, as in the options of Node's
// https.request.
func urlOfParts(v *value) value {
	host, _ := v.get("hostname", "host")
	path, _ := v.get("path")
	if host.kind != isText || path.kind != isText || !strings.Contains(host.text, ".") || !strings.HasPrefix(path.text, "/") {
		return value{}
	}
	scheme := "https:"
	if p, ok := v.get("protocol"); ok && p.kind == isText {
		scheme = p.text
	}
	return value{kind: isText, text: scheme + "//" + host.text + path.text}
}

// answered reports whether headers belong to the answer, as in errors of the COS SDKs.
func answered(v, headers *value) bool {
	if _, ok := v.get("statusCode", "RequestId"); ok {
		return true
	}
	for i := range headers.fields {
		if answersOnly(headers.fields[i].name) {
			return true
		}
	}
	return false
}

// readErrorObject reads an error as Node, Python and JSON logs print it, and as Objective-C prints
// a dictionary.
func readErrorObject(r *reader) (bool, error) {
	var best map[string]string
	nodes := 0
	for _, o := range r.allObjects() {
		walk(&o, &nodes, func(v *value) bool {
			if got := r.errorFields(v); len(got) > 0 && (best == nil || !hasTexts(best) && hasTexts(got)) {
				best = got
			}
			return hasTexts(best)
		})
	}
	return r.refusal(best), nil
}

// hasTexts reports whether an error has what the server signed.
func hasTexts(parts map[string]string) bool {
	return parts["FormatString"]+parts["CanonicalRequest"] != ""
}

// errorFields returns the parts of an error in an object, or nil.
func (r *reader) errorFields(v *value) map[string]string {
	if v.kind != isObject {
		return nil
	}
	got := map[string]string{}
	for _, part := range []struct {
		name  string
		names []string
	}{
		{"Code", []string{"Code", "errorCode", "error_code"}},
		{"Message", []string{"Message", "errorMessage", "error_message"}},
		{"Resource", []string{"Resource"}},
		{"RequestId", []string{"RequestId", "request_id", "x-cos-request-id"}},
		{"TraceId", []string{"TraceId", "trace_id"}},
		{"ServerTime", []string{"ServerTime"}},
		{"StringToSign", []string{"StringToSign"}},
		{"FormatString", []string{"FormatString"}},
		{"AWSAccessKeyId", []string{"AWSAccessKeyId"}},
		{"SignatureProvided", []string{"SignatureProvided"}},
		{"StringToSignBytes", []string{"StringToSignBytes"}},
		{"CanonicalRequest", []string{"CanonicalRequest"}},
		{"CanonicalRequestBytes", []string{"CanonicalRequestBytes"}},
	} {
		if x, ok := v.get(part.names...); ok && (x.kind == isText || x.kind == isCode) {
			got[part.name] = x.text
		}
	}
	if !r.codes[got["Code"]] && got["FormatString"] == "" {
		return nil
	}
	return got
}

// refusal sets the error of the result and reports whether there is one.
func (r *reader) refusal(parts map[string]string) bool {
	if parts["Code"] == "" && parts["FormatString"] == "" {
		return false
	}
	cloud, err := diagnose.ParseCloudError([]byte(document(parts)))
	if err != nil {
		return false
	}
	r.found.Cloud = cloud
	return true
}
