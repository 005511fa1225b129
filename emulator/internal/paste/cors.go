package paste

import (
	"strings"

	"github.com/cosemu/cosemu/signer/diagnose"
)

// complaint is a message of a browser that a page may not read an answer. Its groups are called
// url, origin, method, header.
type complaint struct {
	re   pattern
	kind corsKind
}

type corsKind int

const (
	corsNone        corsKind = iota // no Access-Control-Allow-Origin
	corsPreflight                   // the preflight request was refused
	corsOrigin                      // Access-Control-Allow-Origin has another origin
	corsMethod                      // the method is not allowed
	corsHeader                      // a header is not allowed
	corsUnclear                     // the browser gives no reason
	corsCredentials                 // the page sends credentials, and the answer does not allow them
	corsRedirect                    // the preflight request was redirected
	corsPrivate                     // the browser keeps pages from addresses of this machine or network
	corsExpose                      // the page may not read a header of the answer
)

// complaints are the messages of Chrome and Edge, Firefox in English and Chinese, and Safari.
func complaints() []complaint {
	return []complaint{
		{lazily(`Method (?P<method>[A-Z]+) is not allowed by Access-Control-Allow-Methods`), corsMethod},
		{lazily(`Request header field (?P<header>[\w-]+) is not allowed by Access-Control-Allow-Headers`), corsHeader},
		{lazily(`Access-Control-Allow-Origin' header has a value '(?P<other>[^']*)' that is not equal to the supplied origin`), corsOrigin},
		{lazily(`Access-Control-Allow-Origin' header contains (?:multiple values|the invalid value)`), corsOrigin},
		{lazily(`(?:must not be the wildcard '\*' when the request's credentials mode|'Access-Control-Allow-Credentials' header in the response is|Credential is not supported|expected ['‘]true['’] in CORS header|凭据不支持|Cannot use wildcard in Access-Control-Allow-Origin when credentials|Credentials flag is true)`), corsCredentials},
		{lazily(`(?:Redirect is not allowed for a preflight request|CORS request external redirect not allowed|Preflight response is a redirect|Cross-origin redirection)`), corsRedirect},
		{lazily("(?:more-private address space|Permission was denied for this request to access the `?\\w+`? address space)"), corsPrivate},
		{lazily(`Refused to get unsafe header "?(?P<header>[\w-]+)"?`), corsExpose},
		{lazily(`blocked by CORS policy: Response to preflight request`), corsPreflight},
		{lazily(`blocked by CORS policy: No 'Access-Control-Allow-Origin' header`), corsNone},
		{lazily(`(?:Did not find method in CORS header|CORS 头 ?['‘]Access-Control-Allow-Methods['’] ?中未找到方法|未在 CORS 头)`), corsMethod},
		{lazily(`(?:Reason: (?:header|missing token) ['‘](?P<header>[\w-]+)['’] (?:is not allowed|in CORS header)|原因：.{0,20}['‘](?P<header2>[\w-]+)['’].{0,40}Access-Control-Allow-Headers)`), corsHeader},
		{lazily(`(?:CORS header ['‘]Access-Control-Allow-Origin['’] does not match|Multiple CORS header ['‘]Access-Control-Allow-Origin|CORS 头 ?['‘]Access-Control-Allow-Origin['’] ?(?:与|不匹配))`), corsOrigin},
		{lazily(`CORS preflight (?:response|channel) did not succeed|CORS 预检`), corsPreflight},
		{lazily(`CORS header ['‘]Access-Control-Allow-Origin['’] missing|CORS 头 ?缺少`), corsNone},
		{lazily(`CORS request did not succeed|CORS 请求未能成功`), corsUnclear},
		{lazily(`Preflight response is not successful`), corsPreflight},
		{lazily(`Origin (?P<origin>\S+) is not allowed by Access-Control-Allow-Origin`), corsNone},
		{lazily(`blocked by CORS policy|Cross-Origin Request Blocked|已拦截跨源请求|CORS blocked or network error`), corsUnclear},
		{lazily(`(?:Fetch API|XMLHttpRequest) cannot load \S+ due to access control checks`), corsUnclear},
	}
}

var (
	corsURL    = lazily(`(?:(?:XMLHttpRequest|fetch|resource|image|font|script) at ['"‘]?|cannot load |remote resource at |位于 ?)(https?://[^\s'"’）)]+)`)
	corsFrom   = lazily(`from origin ['"‘]([^'"’\s]+)['"’]`)
	corsStatus = lazily(`(?:[Ss]tatus code|状态码|status of)[:： ]+([45][0-9][0-9])`)
)

// readCORS reads the complaint of a browser.
func readCORS(r *reader) (bool, error) {
	for _, c := range complaints() {
		m := c.re().FindStringSubmatch(r.text)
		if m == nil {
			continue
		}
		got := map[string]string{}
		for i, name := range c.re().SubexpNames() {
			if name != "" && m[i] != "" {
				got[strings.TrimSuffix(name, "2")] = m[i]
			}
		}
		if o := corsFrom().FindStringSubmatch(r.text); o != nil {
			got["origin"] = o[1]
		}
		if s := corsStatus().FindStringSubmatch(r.text); s != nil {
			got["status"] = s[1]
		}
		f := corsFinding(c.kind, got)
		if u := corsURL().FindStringSubmatch(r.text); u != nil {
			f.Name = withoutQuery(u[1])
			r.pathStyle(f.Name)
		}
		r.found.Findings = append(r.found.Findings, f)
		return true, nil
	}
	return false, nil
}

func withoutQuery(u string) string {
	u, _, _ = strings.Cut(u, "?")
	return u
}

var pathStyleURL = lazily(`^https?://cos\.[a-z0-9-]+\.(?:myqcloud\.com|tencentcos\.cn)/([a-z0-9-]+-[0-9]+)/`)

// pathStyle adds a note for a path-style URL. COS refuses it for newer buckets, without CORS
// headers.
func (r *reader) pathStyle(u string) {
	if m := pathStyleURL().FindStringSubmatch(u); m != nil {
		r.note("The bucket is in the path (path-style). The cloud refuses that for buckets created since 2024 (403 PathStyleDomainForbidden), and such a refusal has no CORS headers: use the host "+m[1]+".cos.<region>.myqcloud.com.",
			"存储桶写在路径里（path-style）。2024 年起创建的存储桶，线上 COS 会拒绝这种请求（403 PathStyleDomainForbidden），而且拒绝的响应不带 CORS 头：请使用域名 "+m[1]+".cos.<region>.myqcloud.com。")
	}
}

var (
	wordsCORSMethod = diagnose.Message{
		ID: diagnose.CORSNoRule,
		Sentence: diagnose.Text{
			En: "The bucket's CORS rule does not allow the method {name}.",
			Zh: "存储桶的 CORS 规则不允许方法 {name}。",
		},
		Advice: diagnose.Text{
			En: "Add the method {name} to AllowedMethod of the rule for {detail}.",
			Zh: "请在{detail}对应规则的 AllowedMethod 里加上方法 {name}。",
		},
	}
	wordsCORSSomeMethod = diagnose.Message{ // Firefox does not name it
		ID: diagnose.CORSNoRule,
		Sentence: diagnose.Text{
			En: "The bucket's CORS rule does not allow the method of the request.",
			Zh: "存储桶的 CORS 规则不允许这个请求的方法。",
		},
		Advice: diagnose.Text{
			En: "Add the method that the page uses (PUT, POST, …) to AllowedMethod of the rule for {detail}.",
			Zh: "请在{detail}对应规则的 AllowedMethod 里加上页面使用的方法（PUT、POST 等）。",
		},
	}
	wordsCORSHeader = diagnose.Message{
		ID: diagnose.CORSNoRule,
		Sentence: diagnose.Text{
			En: "The bucket's CORS rule does not allow the request header {name}.",
			Zh: "存储桶的 CORS 规则不允许请求头 {name}。",
		},
		Advice: diagnose.Text{
			En: "Add {name} (or *) to AllowedHeader of the rule for {detail}.",
			Zh: "请在{detail}对应规则的 AllowedHeader 里加上 {name}（或 *）。",
		},
	}
	wordsCORSOrigin = diagnose.Message{
		ID: diagnose.CORSNoRule,
		Sentence: diagnose.Text{
			En: "The answer allows another origin than {detail}.",
			Zh: "响应允许的源不是{detail}。",
		},
		Advice: diagnose.Text{
			En: "Name {detail} in AllowedOrigin just as the browser writes it: scheme, host and port, without a slash. A cache in between must keep answers apart by origin (ResponseVary).",
			Zh: "请在 AllowedOrigin 里按浏览器的写法写上{detail}：协议、域名和端口，末尾不带斜杠。中间有缓存时，要按源区分响应（ResponseVary）。",
		},
	}
	wordsCORSUnclear = diagnose.Message{
		ID: diagnose.CORSNoRule,
		Sentence: diagnose.Text{
			En: "The page could not read the answer: the connection failed, or the answer had no CORS headers that allow it.",
			Zh: "页面没能读到响应：连接失败，或者响应没有允许它的 CORS 头。",
		},
		Advice: wordsCORSAdvice,
	}
	wordsCORSPreflight = diagnose.Message{
		ID: diagnose.CORSNoRule,
		Sentence: diagnose.Text{
			En: "The preflight (OPTIONS) was refused: no CORS rule of the bucket allows what {detail} asks for.",
			Zh: "预检请求（OPTIONS）被拒绝：存储桶没有允许{detail}发出此请求的 CORS 规则。",
		},
		Advice: wordsCORSAdvice,
	}
	wordsCORSNone = diagnose.Message{
		ID: diagnose.CORSNoRule,
		Sentence: diagnose.Text{
			En: "The answer has no Access-Control-Allow-Origin: no CORS rule of the bucket fits {detail}.",
			Zh: "响应里没有 Access-Control-Allow-Origin：存储桶没有与{detail}匹配的 CORS 规则。",
		},
		Advice: wordsCORSAdvice,
	}
	wordsCORSAdvice = diagnose.Text{
		En: "Give the bucket a CORS rule for {detail} with the method and the headers that the page sends. In cosemu: PUT Bucket cors, or default_cors: permissive.",
		Zh: "请给存储桶添加 CORS 规则，允许{detail}以及页面使用的方法和请求头。在 cosemu 里：PUT Bucket cors，或 default_cors: permissive。",
	}
	// A rule cannot name it (PUT Bucket cors: an origin has a scheme).
	wordsCORSNullOrigin = diagnose.Text{
		En: "The page has no origin of its own: it was opened from a file, or stands in a sandboxed frame. Serve it over http(s) and name that origin in a CORS rule; a rule for * fits it too.",
		Zh: "页面没有自己的源：它是从本地文件打开的，或者在沙盒 iframe 里。请通过 http(s) 访问页面，并在 CORS 规则里写上该源；AllowedOrigin 为 * 的规则也适用。",
	}
)

// corsFinding returns what a complaint means for the CORS rules of the bucket.
func corsFinding(kind corsKind, got map[string]string) diagnose.Finding {
	m := corsMessage(kind, got)
	origin := diagnose.Text{En: "the page's origin", Zh: "页面的源"}
	if o := got["origin"]; o != "" {
		origin = diagnose.Text{En: "{name}", Zh: " {name} "}.With(diagnose.Values{Name: o})
		if o == "null" && m.Advice == wordsCORSAdvice {
			m.Advice = wordsCORSNullOrigin
		}
	}
	name := got["header"]
	if kind == corsMethod {
		name = got["method"]
	}
	f := m.Finding(diagnose.Values{Name: name, Arrived: got["origin"], Detail: origin})
	if kind != corsExpose {
		f.Name = ""
	}
	if s := got["status"]; s != "" && !ofBrowser(kind) && kind != corsPreflight {
		also := diagnose.Text{
			En: " The status {name} is an error of its own: explain its body as well.",
			Zh: " 状态码 {name} 本身是另一个错误：请把响应体也粘贴进来。",
		}.With(diagnose.Values{Name: s})
		f.Advice.En += also.En
		f.Advice.Zh += also.Zh
	}
	return f
}

func corsMessage(kind corsKind, got map[string]string) diagnose.Message {
	switch kind {
	case corsMethod:
		if got["method"] == "" {
			return wordsCORSSomeMethod
		}
		return wordsCORSMethod
	case corsHeader:
		return wordsCORSHeader
	case corsOrigin:
		return wordsCORSOrigin
	case corsUnclear:
		return wordsCORSUnclear
	case corsPreflight:
		return wordsCORSPreflight
	case corsCredentials:
		return wordsCORSCredentials
	case corsRedirect:
		return wordsCORSRedirect
	case corsPrivate:
		return wordsCORSPrivate
	case corsExpose:
		return wordsCORSExpose
	case corsNone:
	}
	return wordsCORSNone
}
