package paste_test

import "testing"

func TestDevTools(t *testing.T) {
	const path = "/a.txt?q-sign-algorithm=sha1"
	checkVariants(t, "devtools", map[string]variant{
		"Chrome, old": {
			"General\nRequest URL: " + signedURL + "\nRequest Method: PUT\nStatus Code: 403 Forbidden\nRemote Address: 1.2.3.4:443\nReferrer Policy: strict-origin-when-cross-origin\nResponse Headers\nConnection: keep-alive\nContent-Length: 500\nContent-Type: application/xml\nServer: tencent-cos\nx-cos-request-id: x\nRequest Headers\nProvisional headers are shown\nContent-Type: image/jpeg\nReferer: https://app.example.com/",
			"PUT U Content-Type=image/jpeg Referer=https://app.example.com/",
		},
		"Chrome, two lines with colons": {
			"Request URL:\n" + signedURL + "\nRequest Method:\nPUT\nStatus Code:\n403 Forbidden\nRemote Address:\n1.2.3.4:443\nReferrer Policy:\nstrict-origin-when-cross-origin\nResponse Headers\ncontent-type:\napplication/xml\nserver:\ntencent-cos\nRequest Headers\n:authority:\n" + host + "\n:method:\nPUT\n:path:\n" + path + "\n:scheme:\nhttps\ncontent-length:\n3\ncontent-type:\nimage/jpeg\nuser-agent:\nMozilla/5.0",
			"PUT U Content-Length=3 Content-Type=image/jpeg whole",
		},
		"Chrome, two lines without": {
			"Request URL\n" + signedURL + "\nRequest Method\nPUT\nStatus Code\n403 Forbidden\nRemote Address\n1.2.3.4:443\nReferrer Policy\nstrict-origin-when-cross-origin\naccess-control-allow-origin\n*\ncontent-length\n500\ncontent-type\napplication/xml\nserver\ntencent-cos\nx-cos-request-id\nx\naccept\n*/*\ncontent-type\nimage/jpeg\norigin\nhttps://app.example.com",
			"PUT U Content-Type=image/jpeg Origin=https://app.example.com",
		},
		"Chrome in Chinese": {
			"常规\n请求网址:\n" + signedURL + "\n请求方法:\nPUT\n状态代码:\n403 Forbidden\n远程地址:\n1.2.3.4:443\n引荐来源网址政策:\nstrict-origin-when-cross-origin\n响应标头\ncontent-type:\napplication/xml\n请求标头\n显示的是预配标头\ncontent-type:\nimage/jpeg",
			"PUT U Content-Type=image/jpeg",
		},
		"no headings, one line": {"请求 URL：" + signedURL + "\n请求方法：PUT\n状态码：403\nContent-Type：image/jpeg", "PUT U Content-Type=image/jpeg"},
		"request headers alone": {":authority: " + host + "\n:method: PUT\n:path: " + target + "\n:scheme: https\naccept: */*\ncontent-type: image/jpeg\nuser-agent: Mozilla/5.0", "PUT U Content-Type=image/jpeg whole"},
		"Safari":                {"Summary\nURL: " + signedURL + "\nStatus: 403\nSource: Network\nAddress: 1.2.3.4:443\n\nRequest Headers\nContent-Type: image/jpeg\nReferer: https://app.example.com/\nMethod: PUT", "PUT U Content-Type=image/jpeg Referer=https://app.example.com/"},
	})
}
