package paste

import (
	"net/http"
	"net/textproto"
	"strings"
	"time"
)

var (
	// requestLine is the first line of a request, alone or with the marks of curl -v ("> "), curl
	// --trace-ascii ("0000: ") and others. Firefox writes undefined for an unknown version.
	requestLine = lazily(`(?m)^([ \t]*(?:[>»] ?|[0-9a-f]{4}: |--> ?|C: ?)?)(GET|PUT|POST|HEAD|DELETE|OPTIONS|CONNECT) (\S.*?) (?:(?i:HTTP)/[0-9.]+|undefined)[ \t]*$`)
	headerLine  = lazily(`^(:?[!#$%&'*+.^_|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$`)
	sentBytes   = lazily(`(?m)^send: b'(?:GET|PUT|POST|HEAD|DELETE) [^'\n]*'|^send: b"(?:GET|PUT|POST|HEAD|DELETE) [^"\n]*"`)
	hexMark     = lazily(`^[0-9a-f]{4}: `)
	statusLine  = lazily(`(?m)^[ \t]*(?:< ?|[0-9a-f]{4}: )?HTTP/[0-9.]+ [1-5][0-9][0-9]\b`)
	plainPort   = lazily(`(?i)connected to \S+ (?:\([^)]*\) )?port 80\b`)
	securePort  = lazily(`(?i)\bport 443\b|SSL connection|TLS handshake|using HTTP/?2`)
)

// readDump reads a request as it is sent: in the output of curl -v, in the raw headers of a
// browser, in the log of a proxy. It has all headers.
func readDump(r *reader) (bool, error) {
	var best *Request
	if strings.Contains(r.text, "send: b") { // http.client of Python with a debug level
		was := r.text
		defer func() { r.text = was }()
		r.text = sentBytes().ReplaceAllStringFunc(was, func(s string) string {
			_, s, _ = strings.Cut(s, "b")
			return strings.ReplaceAll(unescapeString(s[1:len(s)-1]), "\r\n", "\n")
		})
	}
	for _, m := range requestLine().FindAllStringSubmatchIndex(r.text, maxCalls) {
		method, target := r.text[m[4]:m[5]], r.text[m[6]:m[7]]
		if method == http.MethodConnect {
			continue
		}
		q := r.dumped(method, target, r.text[m[2]:m[3]], r.text[m[1]:])
		if q != nil && (best == nil || !signedRequest(best) && signedRequest(q)) {
			best = q
		}
	}
	if best == nil {
		return false, nil
	}
	r.found.Request = best
	return true, nil
}

func signedRequest(q *Request) bool {
	return looksSigned(q.URL) || q.Header.Get("Authorization") != ""
}

// dumped reads the headers after a request line. It returns nil where there is no host.
func (r *reader) dumped(method, target, mark, rest string) *Request {
	h := http.Header{}
	if mark = strings.TrimSpace(mark); mark == "-->" { // OkHttp marks only the first line
		mark = ""
	}
	lines := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(rest, "\n"), "\n") {
		if lines++; lines > maxHeaders {
			break
		}
		text, more := unmarked(line, mark)
		if !more {
			break
		}
		if m := headerLine().FindStringSubmatch(text); m != nil {
			h.Add(textproto.TrimString(m[1]), m[2])
		}
	}
	host := h.Get("Host")
	if host == "" {
		host = h.Get(":authority")
	}
	q := &Request{Method: method, Header: h, Whole: true}
	switch {
	case strings.Contains(target, "://"):
		q.URL = target // as sent to a proxy
	case host == "":
		return nil
	default:
		q.URL = r.scheme(host) + "://" + host + target
	}
	return q
}

// unmarked removes the mark from a line of a dump. more is false at the end of the request.
func unmarked(line, mark string) (text string, more bool) {
	trimmed := strings.TrimSpace(line)
	switch {
	case mark == "":
		return trimmed, trimmed != "" && !strings.HasPrefix(trimmed, "<") && !strings.HasPrefix(trimmed, "-->")
	case hexMark().MatchString(mark + " "):
		text = hexMark().ReplaceAllString(trimmed, "")
		return text, text != "" && text != trimmed
	}
	after, ok := strings.CutPrefix(trimmed, mark)
	if !ok { // a line that curl adds
		return "", !strings.HasPrefix(trimmed, "<")
	}
	return strings.TrimSpace(after), strings.TrimSpace(after) != ""
}

// scheme returns https where the text shows TLS, or for a COS host. A host with a port or on this
// machine has http.
func (r *reader) scheme(host string) string {
	if r.transport == "" {
		r.transport = "unsaid"
		switch {
		case plainPort().MatchString(r.text):
			r.transport = "http"
		case securePort().MatchString(r.text):
			r.transport = "https"
		}
	}
	switch {
	case r.transport != "unsaid":
		return r.transport
	case strings.Contains(host, ":"), strings.HasPrefix(host, "localhost"), strings.HasSuffix(host, ".localhost"):
		return "http"
	}
	return "https"
}

// serverTime returns the time of the server, from the headers of its answer.
func serverTime(text string) (time.Time, bool) {
	at := statusLine().FindStringIndex(text)
	if at == nil {
		return time.Time{}, false
	}
	for line := range strings.SplitSeq(text[at[1]:], "\n") {
		name, v, ok := strings.Cut(strings.TrimLeft(hexMark().ReplaceAllString(line, ""), "< \t"), ":")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "date") {
			continue
		}
		if t, err := http.ParseTime(strings.TrimSpace(v)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
