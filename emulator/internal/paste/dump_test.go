package paste_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// target is the request target of signedURL.
var target = strings.TrimPrefix(signedURL, "https://examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com")

const host = "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com"

func TestDump(t *testing.T) {
	const answer = "< HTTP/1.1 403 Forbidden\n< Content-Type: application/xml\n< Content-Length: 300\n< Connection: keep-alive\n< Date: Thu, 01 Jan 2026 00:10:00 GMT\n< Server: tencent-cos\n<\n"
	checkVariants(t, "dump", map[string]variant{
		"curl -v": {
			"$ curl -v -T a.txt -H 'Content-Type: image/jpeg' '" + signedURL + "'\n* Host x was resolved.\n*   Trying 1.2.3.4:443...\n* Connected to " + host + " (1.2.3.4) port 443\n* SSL connection using TLSv1.3\n* using HTTP/1.x\n> PUT " + target + " HTTP/1.1\n> Host: " + host + "\n> User-Agent: curl/8.9.1\n> Accept: */*\n> Content-Type: image/jpeg\n> Content-Length: 3\n> \n} [3 bytes data]\n* upload completely sent off: 3 bytes\n" + answer + body,
			"PUT U Content-Length=3 Content-Type=image/jpeg Host=" + host + " whole\nAccessDenied|Request has expired|a/b|x",
		},
		"over HTTP/2":     {"* [HTTP/2] [1] OPENED stream\n* [HTTP/2] [1] [:method: PUT]\n> PUT " + target + " HTTP/2\n> Host: " + host + "\n> user-agent: curl/8.4.0\n> accept: */*\n> content-type: image/jpeg\n> content-length: 3\n>\n< HTTP/2 403\n< server: tencent-cos\n", "PUT U Content-Length=3 Content-Type=image/jpeg Host=" + host + " whole"},
		"a trace":         {"== Info: Connected to h (127.0.0.1) port 443\n=> Send header, 300 bytes (0x12c)\n0000: PUT " + target + " HTTP/1.1\n0100: Host: " + host + "\n0140: Content-Type: image/jpeg\n0160: \n<= Recv header, 24 bytes (0x18)\n0000: HTTP/1.1 403 Forbidden", "PUT U Content-Type=image/jpeg Host=" + host + " whole"},
		"raw":             {"PUT " + target + " HTTP/1.1\nHost: " + host + "\nContent-Type: image/jpeg\n\nabc", "PUT U Content-Type=image/jpeg Host=" + host + " whole"},
		"through a proxy": {"> CONNECT " + host + ":443 HTTP/1.1\n> Host: " + host + ":443\n>\n< HTTP/1.1 200 Connection established\n<\n> PUT " + target + " HTTP/1.1\n> Host: " + host + "\n> x-cos-acl: private\n>\n", "PUT U Host=" + host + " X-Cos-Acl=private whole"},
	})
}

// TestAnswerDump: headers of an answer are not part of the request, but have the server's time.
func TestAnswerDump(t *testing.T) {
	for name, text := range map[string]string{
		"curl -i": "$ curl -i -T a.txt '" + signedURL + "'\nHTTP/1.1 403 Forbidden\nContent-Type: application/xml\nDate: Thu, 01 Jan 2026 00:10:00 GMT\nServer: tencent-cos\nx-cos-request-id: x\n\n" + body,
		"alone":   "HTTP/2 403 \r\ncontent-type: application/xml\r\ndate: Thu, 01 Jan 2026 00:10:00 GMT\r\nserver: tencent-cos\r\n\r\n" + strings.ReplaceAll(body, "\n", "\r\n"),
	} {
		x := read(t, text)
		require.Equal(t, "AccessDenied", x.Cloud.Code, name)
		require.Equal(t, "2026-01-01T00:10:00Z", x.Cloud.ServerTime.UTC().Format("2006-01-02T15:04:05Z"), name)
		if x.Request != nil {
			require.Empty(t, x.Request.Header.Get("Content-Type"), name)
			require.Equal(t, signedURL, x.Request.URL)
		}
	}
}
