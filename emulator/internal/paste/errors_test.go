package paste_test

import (
	"html"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An error for a made-up bucket. Its StringToSign has the hash of its FormatString.
const (
	stringToSign = "sha1\n1767225600;1767229200\n226f4d26ae26888e80021a7097a7059eb23d797a\n"
	formatString = "put\n/res/Shot 2026-04-28 at 13.12.14.png\n\nhost=demo-1250000000.cos.ap-chengdu.myqcloud.com\n"
	plusPath     = "/res/Shot+2026-04-28+at+13.12.14.png"
	id           = "NmEwMDAwMDBfMDEwMDAwN2ZfMV8x"
	said         = "The Signature you specified is invalid."
	short        = "SignatureDoesNotMatch|" + said + "||" + id
	quotedFormat = `"put\n/res/Shot 2026-04-28 at 13.12.14.png\n\nhost=demo-1250000000.cos.ap-chengdu.myqcloud.com\n" true`
	fullXML      = "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>SignatureDoesNotMatch</Code>\n\t<Message>" + said + "</Message>\n\t<StringToSign>" + stringToSign +
		"</StringToSign>\n\t<FormatString>" + formatString + "</FormatString>\n\t<Resource>" + plusPath + "</Resource>\n\t<RequestId>" + id + "</RequestId>\n</Error>\n"
	full = "SignatureDoesNotMatch|" + said + "|" + plusPath + "|" + id + "\n" + quotedFormat
)

func TestSDKErrors(t *testing.T) {
	checkVariants(t, "sdk-error", map[string]variant{
		"Go":              {"2026/01/01 00:10:00 upload: PUT https://demo-1250000000.cos.ap-nanjing.myqcloud.com/a.png: 403 SignatureDoesNotMatch(Message: " + said + ", RequestId: " + id + ", TraceId: OGVm)", "SignatureDoesNotMatch|" + said + "|demo-1250000000.cos.ap-nanjing.myqcloud.com/a.png|" + id},
		"Go, no trace":    {`level=error err="HEAD https://h-1.cos.ap-nanjing.myqcloud.com/a: 404 NoSuchKey(Message: The specified key does not exist., RequestId: ` + id + `)"`, "NoSuchKey|The specified key does not exist.|h-1.cos.ap-nanjing.myqcloud.com/a|" + id},
		"Java":            {"com.qcloud.cos.exception.CosServiceException: " + said + " (Status Code: 403; Error Code: SignatureDoesNotMatch; Request ID: " + id + "); Trace ID: OGVm\n\tat com.qcloud.cos.http.DefaultCosHttpClient.handleErrorMessage(DefaultCosHttpClient.java:100)", short},
		"Java, caused":    {"org.springframework.web.util.NestedServletException: Request processing failed\nCaused by: com.qcloud.cos.exception.CosServiceException: Request has expired (Status Code: 403; Error Code: AccessDenied; Request ID: " + id + ")", "AccessDenied|Request has expired||" + id},
		"Android":         {"W/System.err: com.tencent.cos.xml.exception.CosXmlServiceException: " + said + " (Service: demo-1250000000.cos.ap-nanjing.myqcloud.com; Status Code: 403; Status Message: Forbidden; Error Code: SignatureDoesNotMatch; Request ID: " + id + ")", "SignatureDoesNotMatch|" + said + "|demo-1250000000.cos.ap-nanjing.myqcloud.com|" + id},
		"Android, newer":  {"CosXmlServiceException{" + said + " (Service: null; Status Code: 403; Status Message: ; Error Code: SignatureDoesNotMatch; Request ID: " + id + ")}", short},
		"PHP":             {"PHP Fatal error:  Uncaught Qcloud\\Cos\\Exception\\ServiceResponseException: Cos Error Code: SignatureDoesNotMatch, Status Code: 403, Cos Request ID: " + id + ", Cos Error Type: client, Cos Error Message: " + said + "\n in /app/vendor/x.php:10", short},
		".NET":            {"CosServerException: (statusCode = 403, statusMessage = Forbidden, errorCode = SignatureDoesNotMatch, errorMessage = " + said + ", requestId = " + id + ", traceId = OGVm, reso" + "uce = demo-1250000000.cos.ap-nanjing.myqcloud.com/a.png)", "SignatureDoesNotMatch|" + said + "|demo-1250000000.cos.ap-nanjing.myqcloud.com/a.png|" + id},
		"C++":             {"IsSucc=false\nHttpStatus=403\nInternalErrorInfo=\nRemoteReturn=[\n\tErrorCode=SignatureDoesNotMatch\tErrorMsg=" + said + "\tResourceAddr=/a.png\tXCosRequestId=" + id + "\tXCosTraceId=OGVm]", "SignatureDoesNotMatch|" + said + "|/a.png|" + id},
		"C":               {"[2026-01-01 00:10:00] status->code: 403\n[2026-01-01 00:10:00] status->error_code: SignatureDoesNotMatch\n[2026-01-01 00:10:00] status->error_msg: " + said + "\n[2026-01-01 00:10:00] status->req_id: " + id, short},
		"boto3":           {"botocore.exceptions.ClientError: An error occurred (PathStyleDomainForbidden) when calling the PutObject operation: The bucket you are attempting to access must be addressed using COS virtual-styled domain.", "PathStyleDomainForbidden|The bucket you are attempting to access must be addressed using COS virtual-styled domain.||"},
		"boto3, retried":  {"An error occurred (AccessDenied) when calling the ListObjectsV2 operation (reached max retries: 4): Access Denied.", "AccessDenied|Access Denied.||"},
		"AWS for Java":    {"com.amazonaws.services.s3.model.AmazonS3Exception: " + said + " (Service: Amazon S3; Status Code: 403; Error Code: SignatureDoesNotMatch; Request ID: " + id + "; S3 Extended Request ID: null; Proxy: null)", short},
		"AWS for Java 2":  {"software.amazon.awssdk.services.s3.model.S3Exception: " + said + " (Service: S3, Status Code: 403, Request ID: " + id + ") (SDK Attempt Count: 1)", short},
		"Java 2, expired": {"Caused by: software.amazon.awssdk.services.s3.model.S3Exception: Request has expired (Service: S3, Status Code: 403, Request ID: " + id + ", Extended Request ID: null)", "AccessDenied|Request has expired||" + id},
		"AWS for Go 2":    {"operation error S3: PutObject, https response error StatusCode: 403, RequestID: " + id + ", HostID: , api error SignatureDoesNotMatch: " + said, short},
		"rclone":          {"2026/01/01 00:10:00 ERROR : a.png: Failed to copy: SignatureDoesNotMatch: " + said + "\n\tstatus code: 403, request id: " + id + ", host id: ", short},
	})
	checkVariants(t, "code", map[string]variant{
		"aws-sdk for JS": {"PathStyleDomainForbidden: The bucket you are attempting to access must be addressed using COS virtual-styled domain.\n    at throwDefaultError (/app/node_modules/@smithy/smithy-client/dist-cjs/index.js:867:20)", "PathStyleDomainForbidden|The bucket you are attempting to access must be addressed using COS virtual-styled domain.||"},
		"coscmd":         {"[ERROR] upload failed: NoSuchBucket", "NoSuchBucket|||"},
	})
}

func TestLabelledErrors(t *testing.T) {
	const denied = "AccessDenied|Access Denied.|demo-1250000000.cos.ap-nanjing.myqcloud.com/a.png|" + id
	checkVariants(t, "labelled", map[string]variant{
		"Go, %+v":       {"upload: &{XMLName:{Space: Local:Error} Response:0xc0001a2000 Code:SignatureDoesNotMatch Message:" + said + " Resource:" + plusPath + " RequestID:" + id + " TraceID:OGVm Conditions:[]}", "SignatureDoesNotMatch|" + said + "|" + plusPath + "|" + id},
		"minio, Python": {"minio.error.S3Error: S3 operation failed; code: SignatureDoesNotMatch, message: " + said + ", resource: /a.png, request_id: " + id + ", host_id: None, bucket_name: demo-1250000000", "SignatureDoesNotMatch|" + said + "|/a.png|" + id},
		"minio, Java":   {"ErrorResponse(code = AccessDenied, message = Access Denied., bucketName = demo, resource = demo-1250000000.cos.ap-nanjing.myqcloud.com/a.png, requestId = " + id + ", hostId = null)", denied},
		"flutter":       {"E/flutter ( 1234): CosXmlServiceException(statusCode: 403, requestId: " + id + ", errorCode: AccessDenied, errorMessage: Access Denied., serviceName: demo-1250000000.cos.ap-nanjing.myqcloud.com, details: x)", "AccessDenied|Access Denied.|demo-1250000000.cos.ap-nanjing.myqcloud.com|" + id},
		"Android":       {"CosXmlServiceException[errorCode='SignatureDoesNotMatch', errorMessage='" + said + "', requestId='" + id + "', serviceName='null']", short},
		"a title":       {`Code: "InvalidArgument", Message: "x-cos-acl value invalid:[object Undefined]"`, "InvalidArgument|x-cos-acl value invalid:[object Undefined]||"},
	})
	checkVariants(t, "sdk-error", map[string]variant{
		"flutter's channel":    {"I/flutter ( 1234): PlatformException(SignatureDoesNotMatch, " + said + ", {statusCode: 403, requestId: " + id + "}, null)", short},
		"PHP, with its client": {"Cos Error Code: SignatureDoesNotMatch, Status Code: 403, Cos Request ID: " + id + ", Cos Error Type: client, Cos Error Message: " + said + ", User-Agent: cos-php-sdk-v5.2.6.2", short},
		"Java, with its URL":   {"httpRequest: PUT https://demo-1250000000.cos.ap-nanjing.myqcloud.com/a.png HTTP/1.1, excep:com.qcloud.cos.exception.CosServiceException: Access Denied. (Status Code: 403; Error Code: AccessDenied; Request ID: " + id + "); Trace ID: OGVm", denied},
		"AWS for Go, masked":   {"PathStyleDomainForbidden: x status code: 403, request id: <REQUEST_ID>, host id: ", "PathStyleDomainForbidden|x||<REQUEST_ID>"},
	})
	// A note tells that Guzzle shortened the body.
	x := read(t, "Client error: `PUT https://demo-1250000000.cos.ap-nanjing.myqcloud.com/a%20b.png` resulted in a `403 Forbidden` response:\n<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>SignatureDoesNotMatch</Code>\n\t<Message>The Signature you spec (truncated...)\n in /app/x.php:113\nStack trace:\n#0 /app")
	require.Equal(t, "The Signature you spec", x.Cloud.Message)
	require.Equal(t, "demo-1250000000.cos.ap-nanjing.myqcloud.com/a%20b.png", x.Cloud.Resource)
	requireNote(t, x, "The client cut the body off")
}

// TestOtherErrors: errors that are not from COS are recognised: those of the JSON API, and requests
// that a Mini Program did not send.
func TestOtherErrors(t *testing.T) {
	checkVariants(t, "json-api", map[string]variant{
		"a code": {"{\n \"code\": -121,\n \"message\": \"ERROR_CMD_CORSRULE_NOT_MATCH\",\n \"request_id\": \"x\"\n}", "old-api: This is a request of COS's JSON API (v4): it answers errors such as ERROR_CMD_CORSRULE_NOT_MATCH."},
		"a path": {`{statusCode: 403, data: "You do not have permission to get URL '/files/v2/1250000000/demo/111.mp4' from this server.", errMsg: "uploadFile:ok"}`, "old-api: This is a request of COS's JSON API (v4): its paths begin with /files/v2/."},
	})
	checkVariants(t, "mini-program", map[string]variant{
		"a domain": {`{"errMsg":"request:fail url not in domain list"}`, "unknown: The Mini Program did not send the request: the host is not in its list of server domains."},
		"TLS":      {`uploadFile:fail ssl hand shake error`, "unknown: The Mini Program got no answer: ssl hand shake error."},
	})
}

func TestErrorObjects(t *testing.T) {
	checkVariants(t, "error-object", map[string]variant{
		"Node, old":    {"{ error:\n   { Code: 'SignatureDoesNotMatch',\n     Message: '" + said + "',\n     RequestId: '" + id + "' },\n  statusCode: 403 }", short},
		"Node":         {"Error: " + said + "\n    at Object.x (/app/a.js:1:1) {\n  code: 'SignatureDoesNotMatch',\n  statusCode: 403,\n  headers: { 'content-type': 'application/xml', server: 'tencent-cos', 'x-cos-request-id': '" + id + "' },\n  RequestId: '" + id + "',\n  error: {\n    Code: 'SignatureDoesNotMatch',\n    Message: '" + said + "',\n    StringToSign: 'sha1\\n' +\n      '1767225600;1767229200\\n' +\n      '226f4d26ae26888e80021a7097a7059eb23d797a\\n',\n    FormatString: 'put\\n' +\n      '/res/Shot 2026-04-28 at 13.12.14.png\\n' +\n      '\\n' +\n      'host=demo-1250000000.cos.ap-chengdu.myqcloud.com\\n',\n    Resource: '" + plusPath + "',\n    RequestId: '" + id + "'\n  }\n}", full},
		"Python":       {"qcloud_cos.cos_exception.CosServiceError: {'code': 'SignatureDoesNotMatch', 'message': '" + said + "', 'resource': '/a.png', 'requestid': '" + id + "', 'traceid': 'OGVm'}", "SignatureDoesNotMatch|" + said + "|/a.png|" + id},
		"Python, more": {"Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\nqcloud_cos.cos_exception.CosServiceError: {\"code\": \"AccessDenied\", \"message\": \"Access Denied.\", \"resource\": \"b-1.cos.ap-nanjing.myqcloud.com/it's.png\", \"requestid\": \"" + id + "\"}", "AccessDenied|Access Denied.|b-1.cos.ap-nanjing.myqcloud.com/it's.png|" + id},
		"a dictionary": {"{\n    Code = SignatureDoesNotMatch;\n    FormatString = \"put\\n/res/Shot 2026-04-28 at 13.12.14.png\\n\\nhost=demo-1250000000.cos.ap-chengdu.myqcloud.com\\n\";\n    Message = \"" + said + "\";\n    RequestId = \"" + id + "\";\n    Resource = \"" + plusPath + "\";\n    StringToSign = \"sha1\\n1767225600;1767229200\\n226f4d26ae26888e80021a7097a7059eb23d797a\\n\";\n    \"__name\" = Error;\n}", full},
	})
}

func TestNSErrors(t *testing.T) {
	checkVariants(t, "nserror", map[string]variant{
		"whole":      {"Error Domain=com.tencent.qcloud.networking Code=403 \"(null)\" UserInfo={__name=Error, RequestId=" + id + ", StringToSign=" + stringToSign + ", Code=SignatureDoesNotMatch, TraceId=OGVm, FormatString=" + formatString + ", Resource=" + plusPath + ", Message=" + said + "}", full},
		"lines lost": {"Error Domain=com.tencent.qcloud.networking Code=403 \"(null)\" UserInfo={__name=Error, RequestId=" + id + ", StringToSign=" + strings.TrimSpace(stringToSign) + ", Code=SignatureDoesNotMatch, FormatString=" + strings.ReplaceAll(strings.TrimSpace(formatString), "\n\n", "\n") + ", Resource=" + plusPath + ", Message=" + said + "}", full},
		"brief":      {"上传失败 Error Domain=com.tencent.qcloud.networking Code=403 \"x\" UserInfo={Code=AccessDenied, Message=Request has expired, RequestId=" + id + "}", "AccessDenied|Request has expired||" + id},
	})
}

func TestEscapedXML(t *testing.T) {
	go1 := strings.NewReplacer("\n", `\n`, "\t", `\t`, `"`, `\"`)
	jsonText := go1.Replace(strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(fullXML))
	checkVariants(t, "xml", map[string]variant{
		"plain":            {fullXML, full},
		"in a log":         {"2021-03-07 18:34:17 [ERROR]\nStatusCodeError: 403 - \"" + go1.Replace(fullXML) + "\"\n    at x (y.js:1:2)", full},
		"as JSON":          {`{"level":"error","body":"` + jsonText + `"}`, full},
		"twice":            {`{"msg":"{\"body\":\"` + strings.ReplaceAll(go1.Replace(fullXML), `\`, `\\`) + `\"}"}`, full},
		"bytes of Python":  {"b'" + strings.NewReplacer("\n", `\n`, "\t", `\t`, "'", `\'`).Replace(fullXML) + "'", full},
		"in a URL":         {"msg=" + strings.NewReplacer("<", "%3C", ">", "%3E", "\n", "%0A", "\t", "%09", " ", "%20", "'", "%27", "/", "%2F", "+", "%2B").Replace(fullXML), full},
		"no line breaks":   {strings.NewReplacer("\n", "", "\t", "").Replace(fullXML), full},
		"CDATA":            {strings.Replace(fullXML, formatString, "<![CDATA["+formatString+"]]>", 1), full},
		"line breaks":      {strings.ReplaceAll(html.EscapeString(fullXML), "\n", "<br>"), full},
		"on one line":      {strings.Join(strings.Fields(fullXML), " "), full},
		"a tree of Chrome": {"This XML file does not appear to have any style information associated with it. The document tree is shown below.\n<Error>\n<Code>SignatureDoesNotMatch</Code>\n<Message>" + said + "</Message>\n<StringToSign>" + stringToSign + "</StringToSign>\n<FormatString>" + formatString + "</FormatString>\n<Resource>" + plusPath + "</Resource>\n<RequestId>" + id + "</RequestId>\n</Error>", full},
		"colours in it":    {"\x1b[31m" + strings.ReplaceAll(fullXML, "\n", "\x1b[0m\n\x1b[31m"), full},
	})
}

func TestFlatXML(t *testing.T) {
	bare := "SignatureDoesNotMatch\n" + said + "\n" + stringToSign + "\n" + formatString + "\n" + plusPath + "\n" + id + "\n"
	checkVariants(t, "flat-xml", map[string]variant{
		"no tags":     {bare, full},
		"on one line": {strings.Join(strings.Fields(bare), " "), full},
	})
}

// TestEncodings: files of Windows have another encoding.
func TestEncodings(t *testing.T) {
	utf16 := func(s string, big bool) string {
		var b strings.Builder
		for _, r := range s {
			lo, hi := byte(r), byte(r>>8)
			if big {
				lo, hi = hi, lo
			}
			b.WriteByte(lo)
			b.WriteByte(hi)
		}
		return b.String()
	}
	// "上传失败：" in GBK
	const gbk = "\xc9\xcf\xb4\xab\xca\xa7\xb0\xdc\xa3\xba"
	for name, text := range map[string]string{
		"UTF-16, little": "\xff\xfe" + utf16("失败\r\n"+strings.ReplaceAll(fullXML, "\n", "\r\n"), false),
		"UTF-16, big":    "\xfe\xff" + utf16(fullXML, true),
		"no mark":        utf16(fullXML, false),
		"GBK":            gbk + "\r\n" + fullXML,
		"UTF-8, mark":    "\uFEFF" + fullXML,
	} {
		require.Equal(t, full, shows(t, text), name)
	}
	require.Equal(t, "U", strings.TrimSpace(shows(t, "\xff\xfe"+utf16(signedURL, false))))
	// A key in GBK matches its hash after conversion to UTF-8.
	require.Contains(t, shows(t, strings.ReplaceAll(fullXML, "/res/Shot", "/\xd5\xd5\xc6\xac/Shot")), "/照片/Shot")
}
