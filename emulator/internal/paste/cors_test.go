package paste_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCORS(t *testing.T) {
	const url, app = "https://demo-1250000000.cos.ap-shanghai.myqcloud.com/a.json", "https://app.example.com"
	const chrome = "Access to XMLHttpRequest at '" + url + "' from origin '" + app + "' has been blocked by CORS policy: "
	none := "cors-no-rule: The answer has no Access-Control-Allow-Origin: no CORS rule of the bucket fits " + app + "."
	const firefox = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at " + url + ". (Reason: "
	cookies := "cors-no-rule: The page sends credentials (cookies), and the answer does not allow them."
	private := "cors-no-rule: The browser does not let this page send requests to an address on this machine or in the local network. No CORS rule decides that."
	unclear := "cors-no-rule: The page could not read the answer: the connection failed, or the answer had no CORS headers that allow it."
	preflight := "cors-no-rule: The preflight (OPTIONS) was refused: no CORS rule of the bucket allows what " + app + " asks for."
	checkVariants(t, "cors", map[string]variant{
		"Chrome, preflight":     {chrome + "Response to preflight request doesn't pass access control check: No 'Access-Control-Allow-Origin' header is present on the requested resource.", preflight},
		"Chrome, fetch":         {"Access to fetch at '" + url + "?q-ak=x&q-signature=y' from origin '" + app + "' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource. If an opaque response serves your needs, set the request's mode to 'no-cors' to fetch the resource with CORS disabled.", url + "?q-ak=x&q-signature=y\n" + none},
		"Chrome, method":        {chrome + "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.", "cors-no-rule: The bucket's CORS rule does not allow the method PUT."},
		"Chrome, header":        {chrome + "Request header field x-cos-meta-a is not allowed by Access-Control-Allow-Headers in preflight response.", "cors-no-rule: The bucket's CORS rule does not allow the request header x-cos-meta-a."},
		"Chrome, origin":        {chrome + "The 'Access-Control-Allow-Origin' header has a value 'https://other.example.com' that is not equal to the supplied origin.", "cors-no-rule: The answer allows another origin than " + app + "."},
		"Firefox":               {"Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at " + url + ". (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 403.", "cors-no-rule: The answer has no Access-Control-Allow-Origin: no CORS rule of the bucket fits the page's origin."},
		"Firefox, header":       {"Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at " + url + ". (Reason: header ‘content-type’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight response).", "cors-no-rule: The bucket's CORS rule does not allow the request header content-type."},
		"Firefox, Chinese":      {"已拦截跨源请求：同源策略禁止读取位于 " + url + " 的远程资源。（原因：CORS 头缺少 'Access-Control-Allow-Origin'）。状态码：403。", "cors-no-rule: The answer has no Access-Control-Allow-Origin: no CORS rule of the bucket fits the page's origin."},
		"Chrome, cookies":       {chrome + "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the request's credentials mode is 'include'. The credentials mode of requests initiated by the XMLHttpRequest is controlled by the withCredentials attribute.", cookies},
		"Chrome, cookies first": {chrome + "Response to preflight request doesn't pass access control check: The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must be 'true' when the request's credentials mode is 'include'.", cookies},
		"Chrome, redirected":    {chrome + "Response to preflight request doesn't pass access control check: Redirect is not allowed for a preflight request.", "cors-no-rule: The answer was a redirect, which the browser does not follow here."},
		"Chrome, this machine":  {chrome + "The request client is not a secure context and the resource is in more-private address space `local`.", private},
		"Chrome, permission":    {chrome + "Permission was denied for this request to access the `loopback` address space.", private},
		"Chrome, a new reason":  {chrome + "Something that nobody has seen.", unclear},
		"Chrome, exposed":       {`Refused to get unsafe header "ETag"`, "cors-no-rule: The page may not read the answer's header ETag: the bucket's CORS rule does not expose it."},
		"Firefox, cookies":      {firefox + "Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’).", cookies},
		"Firefox, cookies 2":    {firefox + "expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’).", cookies},
		"Firefox, method":       {firefox + "Did not find method in CORS header ‘Access-Control-Allow-Methods’).", "cors-no-rule: The bucket's CORS rule does not allow the method of the request."},
		"Firefox, old header":   {firefox + "missing token ‘authorization’ in CORS header ‘Access-Control-Allow-Headers’ from CORS preflight channel).", "cors-no-rule: The bucket's CORS rule does not allow the request header authorization."},
		"Firefox, two origins":  {firefox + "Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed).", "cors-no-rule: The answer allows another origin than the page's origin."},
		"Firefox, a new reason": {firefox + "what nobody has seen).", unclear},
		"the SDK for JS":        {`上传失败 {error: "CORS blocked or network error", statusCode: 0}`, unclear},
		"Safari":                {"Origin " + app + " is not allowed by Access-Control-Allow-Origin. Status code: 403", none},
		"Safari, preflight":     {"Preflight response is not successful. Status code: 403\nXMLHttpRequest cannot load " + url + " due to access control checks.", "cors-no-rule: The preflight (OPTIONS) was refused: no CORS rule of the bucket allows what the page's origin asks for."},
	})
	x := read(t, "Access to fetch at '"+url+"' from origin 'null' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.")
	require.Contains(t, x.Findings[0].Advice.En, "opened from a file")
	x = read(t, "Cross-Origin Request Blocked: x at "+url+". (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 403.")
	require.Contains(t, x.Findings[0].Advice.En, "The status 403 is an error of its own")
}

// TestAWS: a URL or a command that is signed the S3 way is read as a request, to be
// judged as any other.
func TestAWS(t *testing.T) {
	const v4 = "https://demo-1250000000.cos.ap-guangzhou.myqcloud.com/p.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDx%2F20260101%2Fap-guangzhou%2Fs3%2Faws4_request&X-Amz-Date=20260101T000500Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
	const v2 = "https://demo-1250000000.cos.ap-guangzhou.myqcloud.com/p.txt?AWSAccessKeyId=AKIDx&Expires=1767229200&Signature=c2ln"
	for text, want := range map[string]string{
		v4: v4, v2: v2, "upload to " + v4 + " failed": v4,
		"curl -T a.txt -H 'Authorization: AWS4-HMAC-SHA256 Credential=AKIDx/20260101/ap-guangzhou/s3/aws4_request, SignedHeaders=host, Signature=00' https://h/k": "https://h/k",
	} {
		x := read(t, text)
		require.NotNil(t, x.Request, text)
		require.Equal(t, want, x.Request.URL)
		require.Empty(t, x.Findings)
	}
}

func TestLinks(t *testing.T) {
	checkVariants(t, "link", map[string]variant{
		"a link":      {"see [a.txt](" + signedURL + ") please", "U"},
		"an image":    {"![shot](" + signedURL + " \"a title\")", "U"},
		"a reference": {"the [file][1]\n\n[1]: " + signedURL, "U"},
		"escaped":     {`[x](https://examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/a\_b.txt?q-ak=x\&q-signature=y)`, "https://examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/a_b.txt?q-ak=x&q-signature=y"},
	})
}
