package paste_test

import (
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/paste"
	"github.com/stretchr/testify/require"
)

// TestHostileTexts: the time for a text is linear in its length. Otherwise this test would not end.
func TestHostileTexts(t *testing.T) {
	for _, piece := range []string{
		"{", "[", "(", "{a:", "{a:[", "fetch(", "fetch(a, {headers:{", "x.put('", `"`, "'", "`", `\`, "a:b\n", "a\n", ":a\nb\n", "curl ", "<Code>", "&lt;Code&gt;",
		`\u003cCode`, "%3CCode", "error_code: a ", "sha1 1767225600;1767229200 226f4d26ae26888e80021a7097a7059eb23d797a put /", "PUT /a HTTP/1.1\nHost: h\n", "> PUT /a HTTP/1.1\n> a: b\n",
		"Invoke-WebRequest -Headers @{a=", "NoSuchKey ", "A: b status code: ", "](http://h/", "{url:'http://h',headers:{a:b", "Error Domain=a Code=1 UserInfo={a=b, c=", "{a}", "(Service: ", "//", "/*", "`curl -", "a curl -X ", "> curl -X PUT ", "x.header(\"Host\",\"", "\"Content-Type\": \"", "HTTPSConnection(\"a\") x.request(\"PUT\",\"/?q-ak=\"", "http PUT a Host:", "NewRequest(",
		"{Code:'NoSuchKey'},", "PUT http://h: ", "Exception: ", "from origin 'x' blocked by CORS policy ", "q-ak=", "http://h/?q-ak= ",
	} {
		text := strings.Repeat(piece, (48<<10)/len(piece))
		for _, s := range []string{text, text + "\n" + fullXML} {
			_, _ = paste.Read(s) // any result is fine
		}
	}
	_, err := paste.Read(strings.Repeat("{", paste.MaxBytes+1))
	require.ErrorIs(t, err, paste.ErrTooLong)
}
