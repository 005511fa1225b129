package paste

import "github.com/cosemu/cosemu/signer/diagnose"

// ofBrowser reports whether a complaint is about the page or its address. CORS rules of the bucket
// do not matter for it.
func ofBrowser(kind corsKind) bool {
	switch kind {
	case corsCredentials, corsRedirect, corsPrivate, corsExpose:
		return true
	case corsNone, corsPreflight, corsOrigin, corsMethod, corsHeader, corsUnclear:
	}
	return false
}

var (
	wordsCORSCredentials = diagnose.Message{
		ID: diagnose.CORSNoRule,
		Sentence: diagnose.Text{
			En: "The page sends credentials (cookies), and the answer does not allow them.",
			Zh: "页面发送了凭据（Cookie），而响应不允许携带凭据。",
		},
		Advice: diagnose.Text{
			En: "Send none: withCredentials = false, or credentials: \"omit\". COS reads the signature, and no cookie.",
			Zh: "请不要发送凭据：withCredentials = false，或 credentials: \"omit\"。COS 只看签名，不看 Cookie。",
		},
	}
	wordsCORSRedirect = diagnose.Message{
		ID: diagnose.CORSNoRule,
		Sentence: diagnose.Text{
			En: "The answer was a redirect, which the browser does not follow here.",
			Zh: "响应是重定向，浏览器在这里不会跟随。",
		},
		Advice: diagnose.Text{
			En: "Use the address that the redirect leads to (its Location): https in place of http, or the bucket's own host.",
			Zh: "请直接使用重定向的目标地址（Location）：用 https 代替 http，或改用存储桶自己的域名。",
		},
	}
	wordsCORSPrivate = diagnose.Message{
		ID: diagnose.CORSNoRule,
		Sentence: diagnose.Text{
			En: "The browser does not let this page send requests to an address on this machine or in the local network. No CORS rule decides that.",
			Zh: "浏览器不允许这个页面访问本机或内网地址，这与 CORS 规则无关。",
		},
		Advice: diagnose.Text{
			En: "Open the page from this machine too (http://localhost:…), or over https with the browser's permission for local addresses.",
			Zh: "请在本机打开页面（http://localhost:…），或通过 https 打开并在浏览器里允许访问本地网络。",
		},
	}
	wordsCORSExpose = diagnose.Message{
		ID: diagnose.CORSNoRule,
		Sentence: diagnose.Text{
			En: "The page may not read the answer's header {name}: the bucket's CORS rule does not expose it.",
			Zh: "页面不能读取响应头 {name}：存储桶的 CORS 规则没有暴露它。",
		},
		Advice: diagnose.Text{
			En: "Add {name} to ExposeHeader of the rule. The request itself went through.",
			Zh: "请在规则的 ExposeHeader 里加上 {name}。请求本身已经得到响应。",
		},
	}
)
