package paste

import (
	"html"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
)

// document returns error XML of COS with these parts.
func document(parts map[string]string) string {
	var b strings.Builder
	b.WriteString("<Error>")
	for _, name := range []string{
		"Code", "Message", "StringToSign", "FormatString", "Resource", "RequestId", "TraceId", "ServerTime",
		"AWSAccessKeyId", "SignatureProvided", "StringToSignBytes", "CanonicalRequest", "CanonicalRequestBytes",
	} {
		if v := parts[name]; v != "" {
			b.WriteString("<" + name + ">" + html.EscapeString(v) + "</" + name + ">")
		}
	}
	b.WriteString("</Error>")
	return b.String()
}

// knownCodes are the error codes of COS.
func knownCodes() map[string]bool {
	codes := map[string]bool{}
	for _, e := range coserr.Entries() {
		codes[e.Code] = true
	}
	codes["NoSuchResource"] = true // the Python SDK has it for a HEAD with 404
	// Of other S3 servers.
	codes["AuthorizationHeaderMalformed"], codes["AuthorizationQueryParametersError"] = true, true
	return codes
}

// codeOf returns the code that a message belongs to, for clients that print no code; "" where the
// message belongs to none, or to several.
func codeOf(message string) string {
	switch message {
	case "":
		return ""
	case coserr.MessageExpired:
		return string(coserr.AccessDenied)
	case coserr.MessageKeyFormat:
		return string(coserr.InvalidAccessKeyID)
	}
	code := ""
	for _, e := range coserr.Entries() {
		if e.Message == message {
			if code != "" {
				return ""
			}
			code = e.Code
		}
	}
	return code
}

// The formats of clients, from their source. They never change.
var (
	// cos_api, CosServiceException.getMessage
	printJava = lazily(`(?:Exception: )?(?P<Message>[^\n]*?) \(Status Code: \d+; Error Code: (?P<Code>\w+); Request ID: (?P<RequestId>[^);\s]*)\)(?:; Trace ID: (?P<TraceId>\S+))?`)
	// qcloud core, QCloudServiceException.getMessage; AmazonS3Exception has the same layout
	printAndroid = lazily(`(?:Exception(?:: |\{))?(?P<Message>[^\n{]*?) \(Service: (?P<host>[^;]*); Status Code: \d+;(?: Status Message: [^;]*;)? Error Code: (?P<Code>\w+); Request ID: (?P<RequestId>[^);\s]*)`)
	// aws-sdk-java-v2, AwsServiceException.getMessage: without the code
	printJava2 = lazily(`(?:Exception: )?(?P<Message>[^\n]*?) \(Service: S3, Status Code: \d+, Request ID: (?P<RequestId>[^),\s]*)`)
	// cos-go-sdk-v5, ErrorResponse.Error
	printGo = lazily(`(?P<method>[A-Z]{3,7}) (?P<url>https?://[^\n]*?): \d{3} (?P<Code>\w+)\(Message: (?P<Message>[^\n]*?), RequestId: (?P<RequestId>[^,)\s]*)(?:, TraceId: (?P<TraceId>[^)\s]*))?\)`)
	// cos-php-sdk-v5, ServiceResponseException.__toString
	printPHP = lazily(`Cos Error Code: (?P<Code>\w+), Status Code: \d+, Cos Request ID: (?P<RequestId>[^,\s]*), Cos Error Type: [^,\n]*, Cos Error Message: (?P<Message>[^\n]*?)(?:, User-Agent: [^\n]*)?(?:\n|$)`)
	// COSXML for .NET, CosServerException.GetInfo
	printDotNet = lazily(`statusCode = \d+, statusMessage = [^\n]*?, errorCode = (?P<Code>\w+), errorMessage = (?P<Message>[^\n]*?), requestId = (?P<RequestId>[^,\s]*), traceId = (?P<TraceId>[^,\s]*)(?:, reso?u?r?ce = (?P<Resource>[^)\n]*))?`)
	// cos-cpp-sdk-v5, CosResult::DebugString
	printCpp = lazily(`ErrorCode=(?P<Code>\w+)\s+ErrorMsg=(?P<Message>[^\t\n]*?)\s+ResourceAddr=(?P<Resource>[^\t\n]*?)\s+XCosRequestId=(?P<RequestId>\S*?)\s+XCosTraceId=(?P<TraceId>[^\s\]]*)`)
	// cos-c-sdk-v5, aos_status_t in the samples' log
	printC = lazily(`(?s)error_code: ?(?P<Code>\w+).*?error_msg: ?(?P<Message>[^\n]*)(?:.*?req_id: ?(?P<RequestId>\S+))?`)
	// flutter's channel, by which plugins hand an error on
	printPlatform = lazily(`PlatformException\((?P<Code>\w+), (?P<Message>[^\n]*?), (?:[^\n]*?[rR]equestId: (?P<RequestId>[^,}\s]+))?`)
	// botocore, ClientError
	printBoto = lazily(`An error occurred \((?P<Code>\w+)\) when calling the \w+ operation(?: \([^)]*\))?: (?P<Message>[^\n]*)`)
	// aws-sdk-go-v2, smithy
	printGoV2 = lazily(`(?:RequestID: (?P<RequestId>[^,\s]*),[^\n]*?)?api error (?P<Code>\w+): (?P<Message>[^\n]*)`)
	// rclone, minio and others by aws-sdk-go: "Code: message" and a status line
	printStatus = lazily(`(?P<Code>[A-Z]\w+): (?P<Message>[^\n:]*?)\s+status code: \d+(?:, request id: (?P<RequestId>[^,\s]*))?`)
)

func formats() []pattern {
	return []pattern{
		printGo, printJava, printAndroid, printJava2, printPHP, printDotNet, printCpp, printC, printPlatform, printBoto, printGoV2, printStatus,
	}
}

// readPrinted reads an error as a client prints it.
func readPrinted(r *reader) (bool, error) {
	for _, re := range formats() {
		for _, m := range re().FindAllStringSubmatchIndex(r.text, 8) {
			parts := map[string]string{}
			for i, name := range re().SubexpNames() {
				if name != "" && m[2*i] >= 0 {
					parts[name] = strings.TrimSpace(r.text[m[2*i]:m[2*i+1]])
				}
			}
			parts["Message"] = afterClass(parts["Message"])
			if parts["Code"] == "" {
				parts["Code"] = codeOf(parts["Message"])
			}
			if !r.codes[parts["Code"]] {
				continue
			}
			if parts["Resource"] == "" {
				parts["Resource"] = whereOf(parts)
			}
			if r.refusal(parts) {
				r.printedRequest(parts)
				return true, nil
			}
		}
	}
	return false, nil
}

// afterClass removes the name of an exception's class from its message.
func afterClass(message string) string {
	if i := strings.LastIndex(message, "Exception: "); i >= 0 {
		return message[i+len("Exception: "):]
	}
	if i := strings.LastIndex(message, "Exception{"); i >= 0 {
		return message[i+len("Exception{"):]
	}
	return message
}

// whereOf returns the resource of an error: a host, or a URL without its query.
func whereOf(parts map[string]string) string {
	if u, ok := strings.CutPrefix(parts["url"], "http"); ok {
		u = strings.TrimPrefix(strings.TrimPrefix(u, "s"), "://")
		u, _, _ = strings.Cut(u, "?")
		return u
	}
	if strings.Contains(parts["host"], ".") {
		return parts["host"]
	}
	return ""
}

// printedRequest takes the request from a pre-signed URL in an error. The Go SDK prints the URL
// decoded, so the path is encoded again.
func (r *reader) printedRequest(parts map[string]string) {
	u := parts["url"]
	if !looksSigned(u) {
		return
	}
	scheme, rest, _ := strings.Cut(u, "://")
	target, query, _ := strings.Cut(rest, "?")
	host, path, _ := strings.Cut(target, "/")
	if !strings.Contains(path, "%") {
		path = encodePath(path)
	}
	r.found.Request = &Request{Method: parts["method"], URL: scheme + "://" + host + "/" + path + "?" + query}
	r.note("The Go SDK prints the URL decoded: whether a + or a blank stood in it cannot be told.",
		"Go SDK 打印的是解码后的 URL，无法分辨其中原来是 + 还是空格。")
}

// nsError begins the fields of an NSError.
var (
	nsError = lazily(`(?s)Error Domain=\S+ Code=-?\d+.*?UserInfo=(?:0x[0-9a-f]+ )?\{`)
	nsField = lazily(`(?:^|,\s+)([A-Za-z_]\w*)=`)
)

// readNSError reads an error of the iOS SDK. The fields of its UserInfo are the elements of the
// XML.
func readNSError(r *reader) (bool, error) {
	m := nsError().FindStringIndex(r.text)
	if m == nil {
		return false, nil
	}
	info := r.text[m[1]:]
	if end := strings.LastIndexByte(info, '}'); end >= 0 {
		info = info[:end]
	}
	parts := map[string]string{}
	names := nsField().FindAllStringSubmatchIndex(info, 64)
	for i, n := range names {
		end := len(info)
		if i+1 < len(names) {
			end = names[i+1][0]
		}
		if name := info[n[2]:n[3]]; parts[name] == "" {
			parts[name] = strings.TrimRight(info[n[1]:end], " ")
		}
	}
	return r.refusal(parts), nil
}

var codeWord = lazily(`\b[A-Z][a-z]+[A-Z]\w+\b`)

// readCodeWord reads texts of no other form: an error code in the text and what follows it.
func readCodeWord(r *reader) (bool, error) {
	if r.found.Request != nil || len(r.found.Findings) > 0 {
		return false, nil // a similar word would hide the code
	}
	for _, m := range codeWord().FindAllStringIndex(r.text, 500) {
		code := r.text[m[0]:m[1]]
		if !r.codes[code] {
			continue
		}
		parts := map[string]string{"Code": code}
		rest := firstLine(r.text[m[1]:])
		if after, ok := strings.CutPrefix(strings.TrimLeft(rest, `"')] `), ":"); ok {
			message, _, _ := strings.Cut(after, "status code:")
			parts["Message"] = strings.Trim(strings.TrimSpace(message), `"'`)
		}
		if id := requestID().FindStringSubmatch(r.text); id != nil {
			parts["RequestId"] = id[1]
		}
		return r.refusal(parts), nil
	}
	return false, nil
}

var requestID = lazily(`\b(Nm[A-Za-z0-9+/]{20,}={0,2})`)

// encodePath encodes a path that was printed decoded.
func encodePath(path string) string { return strings.TrimPrefix(signer.EncodePath("/"+path), "/") }
