package cli

import (
	"bytes"
	"encoding/json"
	"html"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator"
	"github.com/stretchr/testify/require"
)

// typed runs a command with something on its standard input.
func typed(stdin string, env []string, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	code := Main(args, env, strings.NewReader(stdin), &stdout, &stderr)
	return outcome{code, stdout.String(), stderr.String()}
}

// explained runs explain and expects that it can.
func explained(t *testing.T, stdin string, env []string, args ...string) string {
	t.Helper()
	o := typed(stdin, append([]string{"COLUMNS=200"}, env...), append([]string{"explain"}, args...)...)
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Empty(t, o.stderr)
	return o.stdout
}

func explainedJSON(t *testing.T, stdin string, env []string, args ...string) emulator.Explanation {
	t.Helper()
	var e emulator.Explanation
	require.NoError(t, json.Unmarshal([]byte(explained(t, stdin, env, append(args, "--json")...)), &e))
	return e
}

// seen is a refusal of the real cloud that a public thread shows.
type seen struct {
	httpString, signTime, hash, resource string
	url                                  string // of the request, as the thread tells it
	header                               []string
	lists                                string // q-header-list and q-url-param-list
}

// body is the XML as it came.
func (s *seen) body() string {
	return "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>SignatureDoesNotMatch</Code>\n" +
		"\t<Message>The Signature you specified is invalid.</Message>\n" +
		"\t<StringToSign>sha1\n" + s.signTime + "\n" + s.hash + "\n</StringToSign>\n" +
		"\t<FormatString>" + strings.ReplaceAll(s.httpString, "&", "&amp;") + "</FormatString>\n" +
		"\t<Resource>" + s.resource + "</Resource>\n" +
		"\t<RequestId>NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ==</RequestId>\n</Error>\n"
}

// authorization is a header as the client sent it; its signature is nobody's.
func (s *seen) authorization() string {
	headers, params, _ := strings.Cut(s.lists, "|")
	return "Authorization: q-sign-algorithm=sha1&q-ak=AKIDx&q-sign-time=" + s.signTime + "&q-key-time=" + s.signTime +
		"&q-header-list=" + headers + "&q-url-param-list=" + params + "&q-signature=" + strings.Repeat("0", 40)
}

func (s *seen) args() []string {
	args := []string{"--header=" + s.authorization(), s.url}
	for _, h := range s.header {
		args = append(args, "--header="+h)
	}
	return args
}

func seenByName() map[string]*seen {
	return map[string]*seen{
		// tencentyun/qcloud-sdk-ios issue 16
		"ios": {
			"put\n/38905642349559468_1.jpg\n\n\n", "1564976412;1564980012", "009ec928a0a91a0cc0c936c7acddc10169a45e33", "/38905642349559468_1.jpg",
			"https://a-1250000000.cos.ap-beijing.myqcloud.com/38905642349559468_1.jpg", nil, "|",
		},
		// Molunerfinn/PicGo issue 638
		"picgo": {
			"put\n/imagesresume-zh en_页面_1.png\n\nhost=o2-1258123310.cos.ap-beijing.myqcloud.com\n", "1615113257;1615199657",
			"c7503b92a8581b3f3f68c8f7f64a8917b03a1a95", "o2-1258123310.cos.ap-beijing.myqcloud.com/imagesresume-zh+en_页面_1.png",
			"https://o2-1258123310.cos.ap-beijing.myqcloud.com/imagesresume-zh+en_页面_1.png", nil, "host|",
		},
		// TryImpossible/flutter-diy, the README of tencent_cos_plus
		"flutter": {
			"put\n/\ncors=\ncontent-length=454&content-md5=DfuiC7IOBwIeiVanWPG%2FKg%3D%3D&content-type=application%2Fxml%3B%20charset%3Dutf-8&date=Wed%2C%2019%20Oct%202022%2005%3A49%3A28%20GMT&host=test-app-1251021022.cos.ap-guangzhou.myqcloud.com\n",
			"1666158568;1666218568", "488ab174d5f7a6ec0966aeeb82600e185114d7d1", "/",
			"https://test-app-1251021022.cos.ap-guangzhou.myqcloud.com/?cors",
			[]string{"Content-Length: 454", "Content-MD5: DfuiC7IOBwIeiVanWPG/Kg==", "Content-Type: application/xml; charset=utf-8", "Date: Wed, 19 Oct 2022 05:49:28 GMT"},
			"content-length;content-md5;content-type;date;host|cors",
		},
		// zhangruiyu/tencent_cos issue 11
		"log": {
			"put\n/log/YqNfNc_观众_.log\n\ncontent-length=778314&content-type=image%2Fjpeg&host=bingbing-1253488539.cos.ap-nanjing.myqcloud.com\n",
			"1680157339;1680157519", "fd8170f0893f3185a1471c368104dddea1f83dd9", "/log/YqNfNc_观众_.log",
			"https://bingbing-1253488539.cos.ap-nanjing.myqcloud.com/log/YqNfNc_%E8%A7%82%E4%BC%97_.log",
			[]string{"Content-Length: 778314", "Content-Type: text/plain"},
			"content-length;content-type;host|",
		},
	}
}

// The bodies of the real cloud, alone: whole, their forms taken apart.
func TestExplainSeenBodies(t *testing.T) {
	for name, s := range seenByName() {
		out := explained(t, s.body(), nil)
		require.Contains(t, out, s.resource, name)
		require.Contains(t, out, "The cloud refused it: SignatureDoesNotMatch: The Signature you specified is invalid.\n", name)
		require.Contains(t, out, "The body is whole: StringToSign holds the SHA-1 of FormatString.\n", name)
		require.Contains(t, out, strings.Split(s.httpString, "\n")[1]+"\n", name)
		require.Contains(t, out, "RequestId  NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ==\n", name)
		require.Equal(t, out, explained(t, "", nil, "--body="+writeFile(t, "403.xml", s.body())), name)
		require.Equal(t, out, explained(t, s.body(), nil, "-"), name)
		require.Equal(t, out, explained(t, s.body(), nil, "--body=-"), name)
		require.Equal(t, out, explained(t, "", nil, s.body()), name)

		e := explainedJSON(t, s.body(), nil)
		require.Equal(t, s.httpString, e.Cloud.HTTPString, name)
		require.True(t, e.Cloud.Belongs, name)
		require.False(t, e.Cloud.Mended, name)
		require.Nil(t, e.Request, name)

		// Copied from a page, indented and without its empty lines.
		mended := explained(t, html.EscapeString(strings.ReplaceAll(strings.ReplaceAll(s.body(), "\n\n", "\n"), "\n", "\n    ")), nil)
		require.Contains(t, mended, "Copying had changed FormatString; it was mended", name)

		// One letter off: it does not belong, and that stands before all else.
		damaged := explained(t, strings.Replace(s.body(), "put\n", "get\n", 1), nil)
		require.Contains(t, damaged, "The SHA-1 in StringToSign is not that of FormatString", name)
		cause := "The signature does not match"
		if name == "picgo" { // its Resource says more
			cause = "A raw '+' in the path"
		}
		require.Contains(t, damaged, cause, name)
		require.Less(t, strings.Index(damaged, "is not that of FormatString"), strings.Index(damaged, cause), name)
		require.NotContains(t, damaged, "The body is whole", name)
	}
}

// With the request beside it, the line that differs is named; without a
// secret nothing is claimed to be proven.
func TestExplainSeenBodiesWithTheRequest(t *testing.T) {
	for name, says := range map[string][]string{
		"ios":     {"nothing changed on the way", "this request = the cloud received"},
		"picgo":   {"A raw '+' in the path means a space", "path-plus, seen, not proven"},
		"flutter": {"nothing changed on the way", "this request = the cloud received"},
		"log": {
			`Content-Type: this request has "text/plain", the cloud received "image/jpeg".`, "header-value, seen, not proven",
			"! content-type=text%2Fplain", "! content-type=image%2Fjpeg",
		},
	} {
		s := seenByName()[name]
		out := explained(t, s.body(), nil, append([]string{"--body=-"}, s.args()...)...)
		for _, want := range append(says, "PUT "+s.url[:28], "The body is whole", "Without a SecretKey nothing can be proven") {
			require.Contains(t, out, want, name)
		}
		// The same as one paste, command and body.
		pasted := "$ curl -X PUT '" + s.url + "' -H '" + s.authorization() + "'"
		for _, h := range s.header {
			pasted += " \\\n  -H '" + h + "'"
		}
		require.Equal(t, out, explained(t, pasted+"\n"+s.body(), nil), name)
	}
	// The body of one beside the request of another.
	out := explained(t, seenByName()["ios"].body(), nil, append([]string{"--body=-"}, seenByName()["log"].args()...)...)
	require.Contains(t, out, "The body belongs to another request")
}

// Bodies that have no FormatString.
func TestExplainOtherSeenBodies(t *testing.T) {
	const head = "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n"
	for name, c := range map[string]struct{ body, says string }{
		// tencentyun/cos-wx-sdk-v5 issues 30, 34
		"denied": {head + "\t<Code>AccessDenied</Code>\n\t<Message>Access Denied.</Message>\n\t<ServerTime>2019-04-09T03:39:20Z</ServerTime>\n\t<Resource>b-1250000000.cos.ap-beijing.myqcloud.com/k</Resource>\n</Error>", "ServerTime  2019-04-09 03:39:20 UTC"},
		// tencentyun/cos-nodejs-sdk-v5 issue 29
		"xml": {head + "\t<Code>MalformedXML</Code>\n\t<Message>The XML you provided was not well-formed or did not validate against our published schema.</Message>\n</Error>", "The code says it all"},
		// cut short: the code names the mistake, and not its cause
		"mismatch": {head + "\t<Code>SignatureDoesNotMatch</Code>\n</Error>", "The body alone does not say why"},
		// the tests of cos-go-sdk-v5
		"exists": {head + "\t<Code>BucketAlreadyExists</Code>\n\t<Message>The requested bucket name is not available.</Message>\n</Error>", "The cloud refused it: BucketAlreadyExists: The requested bucket name is not available.\n"},
	} {
		require.Contains(t, explained(t, c.body, nil), c.says, name)
	}
}

// The body of a refusal that our own server just gave, with the secret: proven.
func TestExplainProvesWhatTheServerRefused(t *testing.T) {
	s := serveHere(t, nil)
	url := s.presign(nil, "--key=照片/a b.jpg", "--header=content-type: image/jpeg")
	status, body := send(t, "PUT", url, "hello", "Content-Type", "text/html")
	require.Equal(t, http.StatusForbidden, status)
	file := writeFile(t, "403.xml", body)

	out := explained(t, "", nil, "--body="+file, "--header=Content-Type: image/jpeg", url)
	require.Contains(t, out, `Content-Type: this request has "image/jpeg", the cloud received "text/html".`)
	require.Contains(t, out, "header-value, proven")
	require.NotContains(t, out, "Without a SecretKey")

	// Of a key pair that is not configured nothing is proven, until its secret
	// is given.
	stranger := []string{"COSEMU_CREDENTIALS=AKIDother:hush-other"}
	out = explained(t, "", stranger, "--body="+file, "--header=Content-Type: image/jpeg", url)
	require.Contains(t, out, "header-value, seen, not proven")
	require.Contains(t, out, "Set COSEMU_SECRET_KEY to that of AKIDcosemuLocalUseOnlyNotARealKey000")
	out = explained(t, "", append(stranger, "COSEMU_SECRET_KEY=cosemuSecretForLocalTestsOnly000"), "--body="+file, "--header=Content-Type: image/jpeg", url)
	require.Contains(t, out, "header-value, proven")
	require.NotContains(t, out, "cosemuSecretForLocalTestsOnly000")
}

// What is explained offline is what the running server says of the same
// request, under the same names.
func TestExplainAgreesWithTheServer(t *testing.T) {
	s := serveHere(t, []string{"COSEMU_CLOCK=2026-11-24T08:00:00Z"})
	clock := []string{"COSEMU_CLOCK=2026-11-24T08:00:00Z", "COSEMU_LISTEN=" + s.ready.Listen}
	good := s.presign(clock, "--key=a", "--header=content-type: image/jpeg")
	expired := s.presign([]string{"COSEMU_CLOCK=2026-11-24T06:53:00Z"}, "--key=a")
	for name, c := range map[string]struct {
		url  string
		kind string // the Content-Type that is sent
	}{
		"right":          {good, "image/jpeg"},
		"another header": {good, "text/html"},
		"expired":        {expired, ""},
		"unsigned":       {"http://" + s.ready.Listen + "/test-1250000000/a", ""},
		"encoded twice":  {strings.Replace(s.presign(clock, "--key=a b"), "%20", "%2520", 1), ""},
	} {
		question := map[string]any{"method": "PUT", "url": c.url}
		args := []string{"--method=PUT", c.url}
		if c.kind != "" {
			question["headers"] = map[string]string{"Content-Type": c.kind}
			args = append(args, "--header=Content-Type: "+c.kind)
		}
		theirs := s.asked(t, question)
		require.Equal(t, theirs, document(t, explained(t, "", clock, append(args, "--json")...)), name)

		// As one paste, and with the method left out.
		line := "curl -T a '" + c.url + "'"
		if c.kind != "" {
			line += " -H 'Content-Type: " + c.kind + "'"
		}
		theirs = s.asked(t, map[string]any{"text": line})
		require.Equal(t, theirs, document(t, explained(t, line, clock, "--json")), name)
		theirs = s.asked(t, map[string]any{"url": c.url})
		require.Equal(t, theirs, document(t, explained(t, "", clock, c.url, "--json")), name)
	}
	// One difference stays: of a key that is not configured a server knows that
	// there is none.
	stranger := strings.Replace(good, "AKIDcosemuLocalUseOnlyNotARealKey000", "AKIDother", 1)
	asked, err := json.Marshal(s.asked(t, map[string]any{"text": stranger}))
	require.NoError(t, err)
	require.Contains(t, string(asked), "key-unknown")
	mine := explainedJSON(t, stranger, clock)
	require.EqualValues(t, "unchecked", mine.Request.Verdict)
	require.Empty(t, mine.Request.Diagnosis)
}

// asked returns what the server answers to a question, without what differs
// from one answer to the next.
func (s *served) asked(t *testing.T, question map[string]any) map[string]any {
	t.Helper()
	q, err := json.Marshal(question)
	require.NoError(t, err)
	status, body := send(t, "POST", "http://"+s.ready.Console+"/api/v1/explain", string(q), "Content-Type", "application/json")
	require.Equal(t, http.StatusOK, status, body)
	return document(t, body)
}

// document reads an explanation and takes out number, id and times.
func document(t *testing.T, text string) map[string]any {
	t.Helper()
	var doc map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &doc))
	if r, ok := doc["request"].(map[string]any); ok {
		for _, name := range []string{"seq", "id", "at", "took_ms"} {
			require.Contains(t, r, name)
			delete(r, name)
		}
	}
	return doc
}

func TestExplainURLs(t *testing.T) {
	s := serveHere(t, nil)
	good := s.presign(nil, "--key=a")
	get := s.presign(nil, "--key=a", "--method=GET")
	image := s.presign(nil, "--key=a", "--header=content-type: image/jpeg")
	hour := time.Now().Add(67 * time.Minute).UTC().Truncate(time.Second)
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"right":            {[]string{good}, "Nothing is wrong: the signature is right, and the time too.\n"},
		"a download":       {[]string{get}, "GET " + s.ready.Listen + "/test-1250000000/a\nNothing is wrong"},
		"sent as a PUT":    {[]string{get, "--method=PUT"}, "Signed for GET, arrived as PUT.\n"},
		"a header missing": {[]string{image}, "The signature covers Content-Type: image/jpeg. What was sent is not shown here"},
		"a header given":   {[]string{image, "--header", "content-type:image/jpeg"}, "Nothing is wrong"},
		"in an hour":       {[]string{good, "--at=" + hour.Format(time.RFC3339)}, "It would be refused: 403 AccessDenied: Request has expired\n"},
		"in Unix seconds":  {[]string{good, "--at=1"}, "It would be refused: 403 RequestTimeTooSkewed"},
		"as in a header":   {[]string{good, "--at=" + hour.Format(http.TimeFormat)}, "It would be refused: 403 AccessDenied: Request has expired\n"},
		"curl":             {[]string{"curl -T a '" + image + "' -H 'Content-Type: text/html'"}, `arrived as "text/html"`},
		"curl, mended":     {[]string{"curl -T a '" + image + "' -H 'Content-Type: text/html'", "--header=Content-Type: image/jpeg"}, "Nothing is wrong"},
		"curl, otherwise":  {[]string{"curl '" + good + "'", "--method=PUT"}, "Nothing is wrong"},
	} {
		out := explained(t, "", nil, c.args...)
		require.Contains(t, out, c.says, name)
		require.NotContains(t, out, "q-signature", "the query is not repeated: %s", name)
	}
	out := explained(t, good, []string{"COSEMU_CREDENTIALS=AKIDother:hush-other"})
	require.Contains(t, out, "Nothing wrong can be seen. The signature itself was not checked.\n")
	require.Contains(t, out, "No method given; assuming PUT.")
	require.Regexp(t, `signature +not checked\n`, out)
	require.NotContains(t, explained(t, "", []string{"COSEMU_CREDENTIALS=AKIDother:hush-other"}, good, "--method=PUT"), "No method given")
	require.Contains(t, explained(t, good, []string{"LANG=zh_CN.UTF-8"}), "没有问题：签名正确")

	// The line that the README tells people to paste.
	cmd := exec.Command(binary, "explain")
	cmd.Stdin, cmd.Env = strings.NewReader("$ curl -T a.jpg '"+image+"'\n"), []string{}
	printed, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", printed)
	require.Contains(t, string(printed), "header-not-sent, proven")
}

func TestExplainErrors(t *testing.T) {
	file := writeFile(t, "other.txt", "hello")
	const body = "<Error><Code>AccessDenied</Code></Error>"
	for name, c := range map[string]struct {
		stdin string
		args  []string
		code  int
		says  string
	}{
		"nothing":               {"", nil, exitFailed, "there is nothing to explain"},
		"a greeting":            {"hello", nil, exitFailed, "the text has no URL, no curl command, no error XML"},
		"too much":              {strings.Repeat("a", 1<<20), nil, exitFailed, "longer than 512 KiB"},
		"an open quotation":     {"curl 'https://h", nil, exitFailed, "the command ends within a quotation"},
		"no such file":          {"", []string{"--body=" + filepath.Join(t.TempDir(), "none")}, exitFailed, "no such file"},
		"no body":               {"", []string{"--body=" + file}, exitFailed, "the body holds no refusal"},
		"a URL for a body":      {"https://h/k", []string{"--body=-"}, exitFailed, "the body holds no refusal"},
		"input twice":           {body, []string{"-", "--body=-"}, exitUsage, "standard input can be read once"},
		"two bodies":            {body, []string{body, "--body=-"}, exitUsage, "--body is one too many"},
		"a header without name": {"", []string{"--header=:hush", "https://h/k"}, exitUsage, "--header wants NAME:VALUE"},
		"no header":             {"", []string{"--header=hush", "https://h/k"}, exitUsage, "--header wants NAME:VALUE"},
		"no time":               {"", []string{"--at=soon", "https://h/k"}, exitUsage, `--at: "soon" is no time`},
		"milliseconds":          {"", []string{"--at=1557989151000000", "https://h/k"}, exitUsage, "--at:"},
		"a method for a body":   {body, []string{"--method=PUT"}, exitUsage, "--method and --header belong to a request"},
		"a secret as a flag":    {"", []string{"--secret-key=hush", "https://h/k"}, exitUsage, "unknown flag --secret-key"},
		"a bad URL":             {"", []string{"https://"}, exitFailed, "the URL cannot be read"},
		"no terminal to ask on": {"", []string{"--prove", "https://h/k?q-ak=AKIDx&q-signature=0"}, exitFailed, "--prove: standard input is no terminal to ask on: set COSEMU_SECRET_KEY"},
	} {
		o := typed(c.stdin, nil, append([]string{"explain"}, c.args...)...)
		require.Equal(t, c.code, o.code, "%s: %s", name, o.stderr)
		require.Contains(t, o.stderr, c.says, name)
		require.NotContains(t, o.stderr, "hush", name)
		require.Empty(t, o.stdout, name)
	}
	// --prove asks for nothing when the secret is there.
	require.Contains(t, explained(t, "", []string{"COSEMU_SECRET_KEY=hush-hush"}, "--prove", "https://h/k?q-ak=AKIDx&q-signature=0"), "AKIDx")
}

// No secret and no token, whichever way they came.
func TestExplainShowsNoSecret(t *testing.T) {
	env := []string{"COSEMU_CREDENTIALS=[{secret_id: AKIDtemporary, secret_key: hush-secret, token: hush-token}]"}
	o := command(env, "presign", "--key=b", "--secret-id=AKIDtemporary")
	require.Equal(t, exitOK, o.code, o.stderr)
	url := strings.TrimSpace(o.stdout)
	require.Contains(t, url, "hush-token", "or this test looks for nothing")
	const body = "<Error><Code>SignatureDoesNotMatch</Code><FormatString>put\n/c\nx-cos-security-token=hush-token\nhost=x\n</FormatString></Error>"
	for _, args := range [][]string{
		{url},
		{strings.Replace(url, "/b?", "/c?", 1)},
		{"curl -T a '" + url + "' -H 'X-Cos-Security-Token: hush-token' -H 'Cookie: hush-cookie'"},
		{url, "--body=" + writeFile(t, "403.xml", body)},
		{strings.Replace(url, "AKIDtemporary", "hush-secret", 1)},
		{body},
	} {
		for _, more := range [][]string{nil, {"--json"}} {
			for _, env := range [][]string{env, {"COSEMU_SECRET_KEY=hush-secret"}} {
				o := command(env, append(append([]string{"explain"}, args...), more...)...)
				require.Equal(t, exitOK, o.code, o.stderr)
				require.NotContains(t, o.stdout+o.stderr, "hush", "%s", args)
			}
		}
	}
}

// TestExplainAFile: the name of a file stands for what it holds.
func TestExplainAFile(t *testing.T) {
	body := `{ Code: 'InvalidAccessKeyId', Message: 'The access key Id format you provided is invalid.', RequestId: 'NmEwMDAwMDBfMDEwMDAwN2ZfMV8x' }`
	o := command(nil, "explain", writeFile(t, "pasted.txt", body))
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Contains(t, o.stdout, "key-format")
	require.Equal(t, command(nil, "explain", body).stdout, o.stdout, "as with the text itself")
}
