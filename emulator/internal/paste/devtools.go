package paste

import (
	"net/http"
	"strings"
)

// Labels in DevTools, in several languages.
var (
	labelURL      = lazily(`(?i)^(?:request url|请求网址|请求 ?url|请求地址|要求網址|リクエスト ?URL|URL|网址)$`)
	labelMethod   = lazily(`(?i)^(?:request method|请求方法|要求方法|リクエスト ?メソッド|method|方法)$`)
	labelOther    = lazily(`(?i)^(?:status code|状态代码|状态码|狀態碼|remote address|远程地址|遠端位址|referrer policy|引荐来源网址政策|引用站点策略|status|状态|version|版本|transferred|已传输|address|source|来源|initiator|scheme|filename|文件名|request priority|dns resolution)$`)
	headRequest   = lazily(`(?i)^(?:▼|▸|▾)?\s*(?:request headers?|请求标头|请求头|请求消息头|要求標頭|リクエスト ?ヘッダー)(?:\s*[(（:：].*|\s*view .*|\s*raw|\s*原始.*)?$`)
	headResponse  = lazily(`(?i)^(?:▼|▸|▾)?\s*(?:response headers?|响应标头|响应头|响应消息头|回應標頭|レスポンス ?ヘッダー)(?:\s*[(（:：].*|\s*view .*|\s*raw|\s*原始.*)?$`)
	headOther     = lazily(`(?i)^(?:▼|▸|▾)?\s*(?:general|常规|一般|全般|summary|摘要|payload|载荷|request payload|请求载荷|query string parameters|查询字符串参数|form data|表单数据|preview|response|响应|timing|cookies)(?:\s*[(（].*|\s*view .*)?$`)
	provisional   = lazily(`(?i)provisional headers|预配标头|显示临时|臨時標頭|caution:|learn more|了解详情|disable cache`)
	headerOrLabel = lazily(`^:?[A-Za-z][A-Za-z0-9-]*$`)
)

// part is a part of the view.
type part int

const (
	unsaid part = iota
	ofRequest
	ofResponse
	ofNeither
)

// line is a name and its value in the view.
type line struct {
	name, value string
	part        part
}

// readDevTools reads the view of headers in browsers: name and value on one line or on two, with or
// without a colon.
func readDevTools(r *reader) (bool, error) {
	lines := viewLines(r.text)
	q := &Request{Header: http.Header{}}
	last := -1 // the last header that only answers have
	for i, l := range lines {
		switch {
		case labelURL().MatchString(l.name) && startsURL(l.value) && q.URL == "":
			q.URL = l.value
		case labelMethod().MatchString(l.name) && q.Method == "" && l.part != ofResponse:
			q.Method = strings.ToUpper(l.value)
		case l.part == unsaid && answersOnly(l.name):
			last = i
		}
	}
	pseudo := map[string]string{}
	for i, l := range lines {
		if l.part == ofResponse || l.part == ofNeither || l.part == unsaid && i <= last || labelURL().MatchString(l.name) ||
			labelMethod().MatchString(l.name) || labelOther().MatchString(l.name) || !headerName().MatchString(strings.TrimPrefix(l.name, ":")) {
			continue
		}
		if strings.HasPrefix(l.name, ":") {
			pseudo[strings.ToLower(l.name)] = l.value
			continue
		}
		q.Header.Add(l.name, l.value)
	}
	if q.URL == "" && pseudo[":authority"] != "" && strings.HasPrefix(pseudo[":path"], "/") {
		q.URL = "https://" + pseudo[":authority"] + pseudo[":path"]
	}
	if m := pseudo[":method"]; q.Method == "" {
		q.Method = strings.ToUpper(m)
	}
	if q.URL == "" || q.Method == "" && len(q.Header) == 0 {
		return false, nil
	}
	// A browser always sends Host and User-Agent. A list with both is complete.
	q.Whole = (q.Header.Get("Host") != "" || pseudo[":authority"] != "") && q.Header.Get("User-Agent") != "" && !provisional().MatchString(r.text)
	r.found.Request = q
	return true, nil
}

func startsURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

// answersOnly reports whether a header is one that no browser sends.
func answersOnly(name string) bool {
	switch name = strings.ToLower(name); name {
	case "server", "etag", "x-cos-request-id", "x-cos-trace-id", "x-cos-hash-crc64ecma", "x-cos-version-id", "last-modified", "accept-ranges",
		"vary", "x-cosemu-diagnosis", "age", "x-cache-lookup", "x-nws-log-uuid", "date":
		return true
	}
	return strings.HasPrefix(name, "access-control-allow") || strings.HasPrefix(name, "access-control-expose")
}

// viewLines splits the view into lines.
func viewLines(text string) []line {
	var out []line
	rows := strings.Split(text, "\n")
	at := unsaid
	for i := 0; i < len(rows); i++ {
		row := strings.TrimSpace(rows[i])
		switch {
		case row == "":
			continue
		case headRequest().MatchString(row):
			at = ofRequest
			continue
		case headResponse().MatchString(row):
			at = ofResponse
			continue
		case headOther().MatchString(row) && !nextIsValue(rows, i):
			at = unsaid
			if !labelOf(row) {
				at = ofNeither
			}
			continue
		case provisional().MatchString(row):
			continue
		}
		name, value, ok := cutLine(row)
		if !ok {
			continue
		}
		if value == "" && i+1 < len(rows) && isName(name) {
			if next := strings.TrimSpace(rows[i+1]); !heading(next) {
				value = next
				i++
			}
		}
		if value != "" {
			l := line{name, value, at}
			if labelURL().MatchString(name) || labelMethod().MatchString(name) {
				l.part = unsaid
				if at == ofNeither {
					at = unsaid
				}
			}
			out = append(out, l)
		}
	}
	return out
}

// labelOf reports whether a row is a heading with labels of the request below.
func labelOf(row string) bool {
	switch strings.ToLower(strings.TrimSpace(strings.Trim(row, "▼▸▾"))) {
	case "general", "常规", "一般", "全般", "summary", "摘要":
		return true
	}
	return false
}

func heading(row string) bool {
	return headRequest().MatchString(row) || headResponse().MatchString(row)
}

// nextIsValue reports whether a row that looks like a heading is a name, with its value in the next
// row.
func nextIsValue(rows []string, i int) bool {
	return strings.HasSuffix(strings.TrimSpace(rows[i]), ":") && i+1 < len(rows) && strings.TrimSpace(rows[i+1]) != ""
}

func isName(name string) bool {
	return headerOrLabel().MatchString(name) || labelURL().MatchString(name) || labelMethod().MatchString(name) || labelOther().MatchString(name)
}

// cutLine splits a row into name and value. A row with a name only has no value. Any other row
// without a colon is not valid.
func cutLine(row string) (name, value string, ok bool) {
	row = strings.ReplaceAll(row, "：", ":")
	if isName(strings.TrimSuffix(row, ":")) {
		return strings.TrimSuffix(row, ":"), "", true
	}
	from := 0
	if strings.HasPrefix(row, ":") {
		from = 1
	}
	i := strings.IndexByte(row[from:], ':')
	if i < 0 {
		if n, v, tab := strings.Cut(row, "\t"); tab && isName(strings.TrimSpace(n)) {
			return strings.TrimSpace(n), strings.TrimSpace(v), true
		}
		return "", "", false
	}
	name, value = strings.TrimSpace(row[:from+i]), strings.TrimSpace(row[from+i+1:])
	return name, value, isName(name)
}
