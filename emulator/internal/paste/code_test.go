package paste_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCode(t *testing.T) {
	const want = "PUT U Content-Type=image/jpeg"
	checkVariants(t, "program", map[string]variant{
		"Go":          {"req, err := http.NewRequest(http.MethodPut, \"" + signedURL + "\", f)\nreq.Header.Set(\"Content-Type\", \"image/jpeg\")\nhttp.DefaultClient.Do(req)", want},
		"Go, Postman": {"url := \"" + signedURL + "\"\nmethod := \"PUT\"\nreq, err := http.NewRequest(method, url, payload)\nreq.Header.Add(\"Content-Type\", \"image/jpeg\")", want},
		"OkHttp":      {"MediaType mediaType = MediaType.parse(\"image/jpeg\");\nRequest request = new Request.Builder()\n  .url(\"" + signedURL + "\")\n  .method(\"PUT\", RequestBody.create(mediaType, file))\n  .addHeader(\"x-cos-acl\", \"private\")\n  .build();", want + " X-Cos-Acl=private"},
		"Kotlin":      {"val body = file.asRequestBody(\"image/jpeg\".toMediaType())\nval request = Request.Builder().url(\"" + signedURL + "\").method(\"PUT\", body).build()", want},
		"Java":        {"URL url = new URL(\"" + signedURL + "\");\nHttpURLConnection c = (HttpURLConnection) url.openConnection();\nc.setRequestMethod(\"PUT\");\nc.setRequestProperty(\"Content-Type\", \"image/jpeg\");", want},
		"C#":          {"var request = new HttpRequestMessage(HttpMethod.Put, \"" + signedURL + "\");\ncontent.Headers.ContentType = new MediaTypeHeaderValue(\"image/jpeg\");", want},
		"Swift":       {"var request = URLRequest(url: URL(string: \"" + signedURL + "\")!)\nrequest.httpMethod = \"PUT\"\nrequest.setValue(\"image/jpeg\", forHTTPHeaderField: \"Content-Type\")", want},
		"PHP":         {"$curl = curl_init();\ncurl_setopt_array($curl, array(\n  CURLOPT_URL => '" + signedURL + "',\n  CURLOPT_CUSTOMREQUEST => 'PUT',\n  CURLOPT_HTTPHEADER => array(\n    'Content-Type: image/jpeg'\n  ),\n));", want},
		"Dart":        {"final r = await http.put(\n  Uri.parse('" + signedURL + "'),\n  headers: {'Content-Type': 'image/jpeg'},\n  body: bytes,\n);", want},
		"wget":        {"wget --method=PUT --header=\"Content-Type: image/jpeg\" --body-file=a.jpg \"" + signedURL + "\"", want},
		"HTTPie":      {"$ http PUT '" + signedURL + "' Content-Type:image/jpeg < a.jpg", want},
	})
	checkVariants(t, "object", map[string]variant{
		"Node": {"const options = {\n  'method': 'PUT',\n  'hostname': '" + host + "',\n  'path': '" + target + "',\n  'headers': {\n    'Content-Type': 'image/jpeg'\n  }\n};\nhttps.request(options, (res) => {});", want},
	})
	checkVariants(t, "requests", map[string]variant{
		"Python's http.client": {"conn = http.client.HTTPSConnection(\"" + host + "\")\nheaders = {\n  'Content-Type': 'image/jpeg'\n}\nconn.request(\"PUT\", \"" + target + "\", payload, headers)", want},
	})
	checkVariants(t, "fetch", map[string]variant{
		"headers one by one": {"const h = new Headers();\nh.append(\"Content-Type\", \"image/jpeg\");\nfetch(\"" + signedURL + "\", {method: \"PUT\", headers: h});", want},
	})
	checkVariants(t, "powershell", map[string]variant{
		"headers one by one": {"$headers = New-Object \"System.Collections.Generic.Dictionary[[String],[String]]\"\n$headers.Add(\"Content-Type\", \"image/jpeg\")\n\nInvoke-RestMethod '" + signedURL + "' -Method 'PUT' -Headers $headers", want},
	})
	checkVariants(t, "axios", map[string]variant{
		"TypeScript": {"const url: string = '" + signedURL + "'\nawait axios.put<void>(url, blob, { headers: { 'Content-Type': 'image/jpeg' } })", want},
	})
}

// TestCodeOfOthers: headers of an answer or of another request are not part of the request.
func TestCodeOfOthers(t *testing.T) {
	for name, text := range map[string]string{
		"an answer":       "upload to " + signedURL + " failed, headers: {\"content-type\": \"application/xml\", \"server\": \"tencent-cos\"}",
		"another request": "const u = await http.post('/api/sign', body, {headers: {'Content-Type': 'application/json'}})\n// u is " + signedURL + "\nthis.up(u, 'x')",
		"another value":   "a.setHeader('Content-Type', 'image/png')\nb.setHeader('Content-Type', 'image/jpeg')\nsend(\"" + signedURL + "\")",
		"a fetch before":  "fetch('/api/sign', {headers: {'Content-Type': 'application/json'}})\nfetch('" + signedURL + "', {method: 'PUT', headers: h, body: f})",
	} {
		x := read(t, text)
		require.NotNil(t, x.Request, name)
		require.Empty(t, x.Request.Header.Get("Content-Type"), name)
		require.True(t, x.Request.MayHaveSent("Content-Type"), name)
	}
}

func TestCurlForms(t *testing.T) {
	const want = "PUT U Content-Type=image/jpeg whole"
	caret := strings.NewReplacer("&", "^&", "%", "^%^").Replace
	checkVariants(t, "curl", map[string]variant{
		"cmd":                 {"curl ^\"" + caret(signedURL) + "^\" ^\n  -X ^\"PUT^\" ^\n  -H ^\"Content-Type: image/jpeg^\" ^\n  -H ^\"sec-ch-ua: ^\\^\"Chromium^\\^\";v=^\\^\"128^\\^\"^\" ^\n  -T a.jpg", want},
		"cmd, plain quotes":   {"curl \"" + caret(signedURL) + "\" ^\n  -X \"PUT\" ^\n  -H \"Content-Type: image/jpeg\" ^\n  --compressed -T a.jpg", want},
		"cmd, by Firefox":     {"curl \"" + strings.ReplaceAll(signedURL, "%", `"%"`) + "\" -X PUT -H \"Content-Type: image/jpeg\" -T a.jpg", want},
		"a prompt of cmd":     {"C:\\Users\\me>curl.exe -X PUT -H \"Content-Type: image/jpeg\" -T a.jpg \"" + signedURL + "\"", want},
		"a quotation":         {"> ```\n> curl -X PUT -H \"Content-Type: image/jpeg\" \\\n>   -T a.jpg \\\n>   \"" + signedURL + "\"\n> ```", want},
		"typographic quotes":  {"curl –X PUT –H “Content-Type: image/jpeg” —upload-file a.jpg ‘" + signedURL + "’", want},
		"a variable":          {"$ URL=\"" + signedURL + "\"\n$ curl -X PUT -H \"Content-Type: image/jpeg\" -T a.jpg \"$URL\"", want},
		"a list, code":        {"1. 生成 URL\n2. `curl -X PUT -H 'Content-Type: image/jpeg' -T a.jpg '" + signedURL + "'`\n3. 403", want},
		"behind other words":  {"命令：curl -X PUT -H 'Content-Type: image/jpeg' -T a.jpg '" + signedURL + "'", want},
		"an English sentence": {"I ran curl -X PUT -H 'Content-Type: image/jpeg' -T a.jpg '" + signedURL + "'", want},
	})
	// A sentence about curl is not a command.
	require.Equal(t, "U", strings.TrimSpace(shows(t, "with curl -v it works\n"+signedURL)))
	require.Equal(t, full, shows(t, "I used curl -v and got\n"+fullXML))
	// The log of OkHttp, the debug level of http.client, JSON in a JSON string.
	okHTTP := "--> PUT " + signedURL + " http/1.1\nContent-Type: image/jpeg\nHost: " + host + "\n--> END PUT (3-byte body)\n<-- 403 Forbidden " + signedURL + " (35ms)\nContent-Type: application/xml\n"
	require.Equal(t, "PUT U Content-Type=image/jpeg Host="+host+" whole", shows(t, okHTTP))
	require.Equal(t, "PUT U Content-Type=image/jpeg Host="+host+" whole", shows(t, `send: b'PUT `+target+` HTTP/1.1\r\nHost: `+host+`\r\nContent-Type: image/jpeg\r\n\r\n'`+"\nreply: 'HTTP/1.1 403 Forbidden\\r\\n'\n"))
	require.Equal(t, "PUT U Content-Type=image/jpeg", shows(t, `"{\"method\":\"PUT\",\"url\":\"`+signedURL+`\",\"headers\":{\"Content-Type\":\"image/jpeg\"}}"`))
	// Raw headers from Firefox; a request in a file for REST clients, with its body.
	require.Equal(t, "PUT U Content-Type=image/jpeg Host="+host+" whole", shows(t, "PUT "+target+" undefined\nHost: "+host+"\nContent-Type: image/jpeg\n"))
	require.Equal(t, "PUT U Content-Type=image/jpeg", shows(t, "PUT "+signedURL+"\nContent-Type: image/jpeg\n\n< ./a.jpg"))
}
