package paste_test

import "testing"

func TestAxios(t *testing.T) {
	checkVariants(t, "axios", map[string]variant{
		"put":            {"axios.put('" + signedURL + "', file, { headers: { 'Content-Type': 'image/jpeg' } })", "PUT U Content-Type=image/jpeg"},
		"a config":       {"axios({\n  method: 'put',\n  url: '" + signedURL + "',\n  data: blob,\n  headers: {\n    'Content-Type': \"image/jpeg\", // of the file\n    'Content-Length': 3,\n  },\n})", "PUT U Content-Length=3 Content-Type=image/jpeg"},
		"request":        {"await axios.request({ url: \"" + signedURL + "\", method: \"PUT\" })", "PUT U"},
		"an instance":    {"const http = axios.create({ timeout: 1000 });\nhttp.put(\"" + signedURL + "\", data, {headers: {\"x-cos-acl\": \"private\"}});", "PUT U X-Cos-Acl=private"},
		"url and config": {"axios('" + signedURL + "', { method: 'PUT', headers: {a: 'b'} })", "PUT U A=b"},
	})
}

// TestAxiosErrors: the error as Node prints it, and as JSON.stringify writes it.
func TestAxiosErrors(t *testing.T) {
	checkVariants(t, "object", map[string]variant{
		"inspected": {"AxiosError: Request failed with status code 403\n    at settle (file:///app/node_modules/axios/lib/core/settle.js:19:12) {\n  code: 'ERR_BAD_REQUEST',\n  config: {\n    transitional: { silentJSONParsing: true },\n    adapter: [ 'xhr', 'http', 'fetch' ],\n    transformRequest: [ [Function: transformRequest] ],\n    headers: Object [AxiosHeaders] {\n      Accept: 'application/json, text/plain, */*',\n      'Content-Type': 'image/jpeg',\n      'Content-Length': '3'\n    },\n    method: 'put',\n    url: '" + signedURL + "',\n    data: 'abc'\n  },\n  response: { status: 403 }\n}", "PUT U Content-Length=3 Content-Type=image/jpeg"},
		"as JSON":   {`{"message":"Request failed with status code 403","name":"AxiosError","config":{"headers":{"Accept":"*/*","Content-Type":"image/jpeg"},"method":"put","url":"` + signedURL + `"},"code":"ERR_BAD_REQUEST","status":403}`, "PUT U Content-Type=image/jpeg"},
	})
}
