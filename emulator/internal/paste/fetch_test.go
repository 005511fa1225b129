package paste_test

import "testing"

func TestFetch(t *testing.T) {
	checkVariants(t, "fetch", map[string]variant{
		"as Chrome copies it":  {"fetch(\"" + signedURL + "\", {\n  \"headers\": {\n    \"accept\": \"*/*\",\n    \"content-type\": \"image/jpeg\",\n    \"sec-ch-ua\": \"\\\"Chromium\\\";v=\\\"128\\\"\"\n  },\n  \"referrer\": \"https://app.example.com/\",\n  \"body\": null,\n  \"method\": \"PUT\",\n  \"mode\": \"cors\",\n  \"credentials\": \"omit\"\n});", "PUT U Content-Type=image/jpeg"},
		"as Firefox copies it": {"await fetch(\"" + signedURL + "\", {\n    \"credentials\": \"omit\",\n    \"headers\": {\n        \"User-Agent\": \"Mozilla/5.0 (X11)\",\n        \"Content-Type\": \"image/jpeg\"\n    },\n    \"body\": \"abc\",\n    \"method\": \"PUT\",\n    \"mode\": \"cors\"\n});", "PUT U Content-Type=image/jpeg"},
		"for Node":             {"const res = await fetch('" + signedURL + "', { method: 'put', body: fs.readFileSync('a.txt'), headers: new Headers({ 'Content-Type': 'text/plain' }) })\nif (!res.ok) throw new Error(`failed: ${res.status}`)", "PUT U Content-Type=text/plain"},
		"by variables":         {"// upload\nconst url = `" + signedURL + "`;\nconst headers = { 'Content-Type': 'image/png' };\nfetch(url, { method: 'PUT', headers, body: file })\n  .then(r => r.text());", "PUT U Content-Type=image/png"},
		"pairs of headers":     {"fetch('" + signedURL + "', {method:'PUT', headers: [['Content-Type','image/png'],['x-cos-acl','private']]})", "PUT U Content-Type=image/png X-Cos-Acl=private"},
		"no options":           {"fetch(\"" + signedURL + "\")", "GET U"},
		"the second call":      {"const {url} = await (await fetch('https://api.example.com/sign')).json()\nfetch('" + signedURL + "', {method: 'PUT'})", "PUT U"},
		"with its answer":      {"fetch('" + signedURL + "', {method: 'PUT'})\n\n403\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", "PUT U\nAccessDenied|Request has expired||"},
	})
}

// TestFetchComputes: notes tell which values the code computes.
func TestFetchComputes(t *testing.T) {
	x := read(t, "fetch('"+signedURL+"', {method: 'PUT', headers: {'Content-Type': file.type}, body: file})")
	require0(t, x.Request.Header.Get("Content-Type"))
	requireNote(t, x, "Content-Type (file.type)")
	x = read(t, "fetch(`https://h/${name}?q-ak=x&q-signature=y`, {method: 'PUT'})")
	requireNote(t, x, "${name}, which was not filled in")
}
