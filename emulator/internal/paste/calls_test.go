package paste_test

import (
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/paste"
	"github.com/stretchr/testify/require"
)

func read(t *testing.T, text string) *paste.Text {
	t.Helper()
	x, err := paste.Read(text)
	require.NoError(t, err)
	return x
}

func require0(t *testing.T, s string) {
	t.Helper()
	require.Empty(t, s)
}

func requireNote(t *testing.T, x *paste.Text, says string) {
	t.Helper()
	all := ""
	for _, n := range x.Notes {
		all += n.En + "\n"
		require.NotEmpty(t, n.Zh)
	}
	require.Contains(t, all, says)
}

func TestAjax(t *testing.T) {
	checkVariants(t, "ajax", map[string]variant{
		"jQuery":       {"$.ajax({ url: '" + signedURL + "', type: 'PUT', data: file, processData: false, contentType: 'image/png' });", "PUT U Content-Type=image/png"},
		"a mini one":   {"wx.request({\n  url: '" + signedURL + "',\n  method: 'PUT',\n  header: { 'content-type': 'image/png' },\n  data: buf,\n  success(res) { console.log(res) }\n})", "PUT U Content-Type=image/png"},
		"a form of it": {"wx.uploadFile({ url: '" + signedURL + "', filePath, name: 'file' })", "POST U"},
	})
}

func TestXHR(t *testing.T) {
	checkVariants(t, "xhr", map[string]variant{
		"plain":    {"var xhr = new XMLHttpRequest();\nxhr.open('PUT', '" + signedURL + "', true);\nxhr.setRequestHeader('Content-Type', 'image/png');\nxhr.send(file);", "PUT U Content-Type=image/png"},
		"variable": {"const u = \"" + signedURL + "\";\nconst req = new XMLHttpRequest(); req.open(\"PUT\", u); req.setRequestHeader(\"x-cos-acl\", \"private\");", "PUT U X-Cos-Acl=private"},
	})
}

func TestRequests(t *testing.T) {
	checkVariants(t, "requests", map[string]variant{
		"put":     {"import requests\nr = requests.put('" + signedURL + "', data=open('a.txt', 'rb'), headers={'Content-Type': 'text/plain'})\nprint(r.text)", "PUT U Content-Type=text/plain"},
		"request": {"url = \"" + signedURL + "\"\nheaders = {\n  \"Content-Type\": \"text/plain\"  # as signed\n}\nresponse = requests.request(\"PUT\", url, headers=headers, data=payload)", "PUT U Content-Type=text/plain"},
	})
}

func TestPlain(t *testing.T) {
	checkPlain := map[string]string{
		signedURL + "\nContent-Type: image/jpeg":                        "U Content-Type=image/jpeg",
		"GET " + signedURL + "\nContent-Type: image/jpeg\nx-cos-acl: a": "GET U Content-Type=image/jpeg X-Cos-Acl=a",
		"DELETE " + signedURL:                                           "DELETE U",
	}
	for text, want := range checkPlain {
		require.Equal(t, want, shows(t, text))
	}
}
