package diagnose_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer/diagnose"
)

func TestParseCurl(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	all := func(pairs ...string) http.Header { return header(append(pairs, "Accept", "*/*")...) }
	tests := []struct {
		command     string
		method, url string
		header      http.Header
	}{
		{`curl https://h/k`, "GET", "https://h/k", all()},
		{`$ curl -T a.txt 'https://h/k?q-sign-time=1;2&q-ak=x'`, "PUT", "https://h/k?q-sign-time=1;2&q-ak=x", all()},
		{`curl -sSv -XPUT "https://h/k" -H 'Content-Type: image/jpeg' --data-binary @a.jpg`, "PUT", "https://h/k", all("Content-Type", "image/jpeg")},
		{`curl -X PUT https://h/k --data-binary @a.jpg`, "PUT", "https://h/k", all("Content-Type", form)},
		{`curl https://h/k -d a=b -d c=d`, "POST", "https://h/k", all("Content-Type", form)},
		{`curl -G https://h/k?x=1 -d a=b --data-urlencode 'c=d e'`, "GET", "https://h/k?x=1&a=b&c=d%20e", all()},
		{`curl --url-query 'a=b c' https://h/k`, "GET", "https://h/k?a=b%20c", all()},
		{`curl --json '{"a":1}' https://h/k`, "POST", "https://h/k", header("Content-Type", "application/json", "Accept", "application/json")},
		{`curl -F key=k -F file=@a https://h/`, "POST", "https://h/", all("Content-Type", "multipart/form-data")},
		{`curl -I https://h/k`, "HEAD", "https://h/k", all()},
		{`curl -I -X GET https://h/k`, "GET", "https://h/k", all()},
		{`curl -T dir/a.txt https://h/dir/`, "PUT", "https://h/dir/a.txt", all()},
		{`curl -T - https://h/dir/`, "PUT", "https://h/dir/", all()},
		{`curl -Tdir/a.txt https://h/k#part`, "PUT", "https://h/k", all()},
		{`curl h/k`, "GET", "http://h/k", all()},
		{`curl https://h/a/../b//c/./d`, "GET", "https://h/b//c/d", all()},
		{`curl --path-as-is https://h/a/../b//c`, "GET", "https://h/a/../b//c", all()},
		{`curl https://h/a/..`, "GET", "https://h/", all()},
		{`curl -H "Accept:" -H "X-Empty;" -H 'X-Two: 1' -H 'X-Two: 2' https://h/k`, "GET", "https://h/k", header("X-Empty", "", "X-Two", "1", "X-Two", "2")},
		{`curl -H 'Content-Type:' -d x https://h/k`, "POST", "https://h/k", all()},
		{`curl -H $'X-Cos-Meta-A: it\'s \u5f20\x41\n' https://h/k`, "GET", "https://h/k", all("X-Cos-Meta-A", "it's 张A")},
		{"curl -X PUT \\\n  -H 'A: 1' \\\r\n  https://h/k", "PUT", "https://h/k", all("A", "1")},
		{"curl `\n -X PUT `\n https://h/k", "PUT", "https://h/k", all()},
		{"curl ^\n -X PUT ^\r\n https://h/k", "PUT", "https://h/k", all()},
		{"curl.exe --request PUT ^\"https://h/k?a=1^&b=2^\" ^\r\n  -H ^\"Content-Type: a/b^\"", "PUT", "https://h/k?a=1&b=2", all("Content-Type", "a/b")},
		{"curl -X PUT\n  -H 'A: 1'\n  'https://h/k'\nnext command", "PUT", "https://h/k", all("A", "1")},
		{`/usr/bin/curl --output x --max-time 3 -o y -w '%{http_code}' https://h/k | jq`, "GET", "https://h/k", all()},
		{`HTTPS_PROXY=http://p:1 curl https://h/k`, "GET", "https://h/k", all()},
		// Unquoted, as the shell cuts it.
		{`curl -T a https://h/k?q-sign-algorithm=sha1&q-ak=x`, "PUT", "https://h/k?q-sign-algorithm=sha1", all()},
		{`curl https://h/k\?a=1\&b=2`, "GET", "https://h/k?a=1&b=2", all()},
		{`curl -A me -e from -b c=1 -r 0-9 https://h/k`, "GET", "https://h/k", all("User-Agent", "me", "Referer", "from", "Cookie", "c=1", "Range", "bytes=0-9")},
		{`curl -- https://h/k`, "GET", "https://h/k", all()},
	}
	for _, tt := range tests {
		c, err := diagnose.ParseCurl(tt.command)
		require.NoError(t, err, tt.command)
		require.Equal(t, tt.method, c.Method, tt.command)
		require.Equal(t, tt.url, c.URL, tt.command)
		require.Equal(t, tt.header, c.Header, tt.command)
		_, err = c.Request()
		require.NoError(t, err, tt.command)
	}
}

func TestParseCurlRefuses(t *testing.T) {
	for command, want := range map[string]string{
		"":                       "the command is empty",
		"wget https://h/k":       "the command does not begin with curl",
		"curl":                   "the command has no URL",
		"curl -X":                "the option -X has no value",
		"curl https://h/k -H":    "the option -H has no value",
		"curl --header":          "the option --header has no value",
		"curl 'https://h/secret": "the command ends within a quotation",
		`curl "https://h/secret`: "the command ends within a quotation",
	} {
		_, err := diagnose.ParseCurl(command)
		require.EqualError(t, err, "diagnose: "+want, command)
	}
	_, err := diagnose.ParseCurl(string(make([]byte, 1<<20)))
	require.Error(t, err)
}

// TestCurlExplains: a pasted command is judged as the request it makes.
func TestCurlExplains(t *testing.T) {
	url := "https://" + host + "/k?q-sign-algorithm=sha1&q-ak=" + ak + "&q-sign-time=" + times + "&q-key-time=" + times +
		"&q-header-list=content-type;host&q-url-param-list=&q-signature=" +
		mac(mac(secret, times), stringToSign(times, "put\n/k\n\ncontent-type=image%2Fjpeg&host="+host+"\n"))
	explain := func(command string) *diagnose.Report {
		c, err := diagnose.ParseCurl(command)
		require.NoError(t, err)
		in := made{noClaim: true, target: "/"}.input()
		in.Request, err = c.Request()
		require.NoError(t, err)
		return diagnose.Explain(withClaim(in))
	}
	require.Empty(t, explain("curl -T a.jpg -H 'Content-Type: image/jpeg' '"+url+"'").Findings, "control")
	r := explain("curl -X PUT --data-binary @a.jpg '" + url + "'")
	require.Equal(t, "header-value", r.Header())
	require.Equal(t, `Content-Type was signed as "image/jpeg", arrived as "application/x-www-form-urlencoded".`, r.Findings[0].Sentence.En)
	r = explain("curl -T a.jpg " + url)
	require.Equal(t, "signature-format", r.Header())
	require.Equal(t, "The URL breaks off within its signature: q-ak is missing.", r.Findings[0].Sentence.En)
}

func TestCurlHidesQuery(t *testing.T) {
	c, err := diagnose.ParseCurl("curl 'https://h/k?x-cos-security-token=tok' -H 'Cookie: tok'")
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		require.NotContains(t, fmt.Sprintf(verb, *c), "tok", verb)
	}
}
