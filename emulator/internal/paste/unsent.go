package paste

import (
	"strings"

	"github.com/cosemu/cosemu/signer/diagnose"
)

var (
	jsonAPIError = lazily(`\bERROR_[A-Z]+_[A-Z_]+\b`)
	jsonAPIPath  = lazily(`/files/v2/\S`)
)

// readJSONAPI reads errors of the JSON API (v4), which differ from those of the XML API.
func readJSONAPI(r *reader) (bool, error) {
	var detail diagnose.Text
	switch m := jsonAPIError().FindString(r.text); {
	case m != "" && strings.Contains(r.text, `"code"`):
		detail = diagnose.Text{En: "it answers errors such as {name}", Zh: "它的错误形如 {name}"}.With(diagnose.Values{Name: m})
	case jsonAPIPath().MatchString(r.text) && strings.Contains(r.text, "permission to get URL"):
		detail = diagnose.Text{En: "its paths begin with /files/v2/", Zh: "它的路径以 /files/v2/ 开头"}
	default:
		return false, nil
	}
	r.found.Findings = append(r.found.Findings, diagnose.ExplainOldAPI(detail))
	return true, nil
}

var miniProgramFail = lazily(`\b(?:request|uploadFile|downloadFile):fail\b[ :]*([^"'\n}]{0,120})`)

// readMiniProgram reads the error of a Mini Program whose request got no answer (choice 382).
func readMiniProgram(r *reader) (bool, error) {
	m := miniProgramFail().FindStringSubmatch(r.text)
	if m == nil {
		return false, nil
	}
	reason := strings.TrimSpace(m[1])
	said := &wordsMiniProgram
	switch {
	case strings.Contains(reason, "not in domain list"):
		said = &wordsMiniProgramDomain
	case reason == "":
		reason = "request:fail"
	}
	r.found.Findings = append(r.found.Findings, said.Finding(diagnose.Values{Detail: diagnose.Text{En: reason, Zh: reason}}))
	return true, nil
}

var (
	wordsMiniProgramDomain = diagnose.Message{
		ID: diagnose.Unknown,
		Sentence: diagnose.Text{
			En: "The Mini Program did not send the request: the host is not in its list of server domains.",
			Zh: "小程序没有发出请求：域名不在小程序的服务器域名列表里。",
		},
		Advice: diagnose.Text{
			En: "Add https://<bucket>.cos.<region>.myqcloud.com to the domains for request and for uploadFile in the Mini Program's settings. To test, let the developer tools not check domains.",
			Zh: "请在小程序后台把 https://<存储桶>.cos.<地域>.myqcloud.com 加入 request 和 uploadFile 合法域名。调试时可在开发者工具里勾选“不校验合法域名”。",
		},
	}
	wordsMiniProgram = diagnose.Message{
		ID: diagnose.Unknown,
		Sentence: diagnose.Text{
			En: "The Mini Program got no answer: {detail}.",
			Zh: "小程序没有收到响应：{detail}。",
		},
		Advice: diagnose.Text{
			En: "No refusal of COS is in this. Look at the address, the network and TLS; a phone reaches cosemu by this machine's address, not by localhost.",
			Zh: "这里没有 COS 的报错。请检查地址、网络和 TLS；手机要用本机的局域网地址访问 cosemu，不能用 localhost。",
		},
	}
)
