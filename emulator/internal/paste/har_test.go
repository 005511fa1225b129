package paste_test

import "testing"

func TestHAR(t *testing.T) {
	entry := func(method, u string, status string) string {
		return `{"startedDateTime":"2026-01-01T00:00:00Z","request":{"method":"` + method + `","url":"` + u + `","httpVersion":"http/2.0","headers":[{"name":":authority","value":"h"},{"name":"content-type","value":"image/jpeg"},{"name":"content-length","value":"3"}],"queryString":[{"name":"q-ak","value":"x"}],"headersSize":-1,"bodySize":3},"response":{"status":` + status + `,"statusText":"","headers":[{"name":"server","value":"tencent-cos"}],"content":{"size":9,"mimeType":"application/xml"}}}`
	}
	const want = "PUT U Content-Length=3 Content-Type=image/jpeg whole"
	checkVariants(t, "har", map[string]variant{
		"a log":       {`{"log":{"version":"1.2","creator":{"name":"WebInspector"},"entries":[` + entry("GET", "https://app.example.com/", "200") + "," + entry("PUT", signedURL, "403") + `]}}`, want},
		"an entry":    {entry("PUT", signedURL, "403"), want},
		"its request": {`"request": {"method": "PUT", "url": "` + signedURL + `", "httpVersion": "HTTP/1.1", "headers": [{"name": "Content-Type", "value": "image/jpeg"}], "headersSize": 10, "bodySize": 3}`, "PUT U Content-Type=image/jpeg whole"},
	})
}
