package paste_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/paste"
	"github.com/cosemu/cosemu/signer"
	"github.com/stretchr/testify/require"
)

const (
	signedURL = "https://examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/a.txt?q-sign-algorithm=sha1&q-ak=AKIDx&q-sign-time=1;2&q-key-time=1;2&q-header-list=host&q-url-param-list=&q-signature=0000"
	body      = "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>AccessDenied</Code>\n\t<Message>Request has expired</Message>\n\t<Resource>a/b</Resource>\n\t<RequestId>x</RequestId>\n\t<TraceId>y</TraceId>\n</Error>\n"
	mismatch  = "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>sha1\n1;2\n7d82bb8e9ed4ee3a9e5d1bb7e44f6e3b6b1de6b4\n</StringToSign><FormatString>put\n/a.txt\n\nhost=x&amp;y=https%3A%2F%2Fz\n</FormatString></Error>"
)

// what describes the result of Read in short.
func what(x *paste.Text) string {
	var parts []string
	if q := x.Request; q != nil {
		if q.Method == "" {
			parts = append(parts, "url "+q.URL)
		} else {
			parts = append(parts, "curl "+q.Method+" "+q.URL)
		}
	}
	if x.Cloud != nil {
		parts = append(parts, "cloud "+x.Cloud.Code)
	}
	return strings.Join(parts, ", ")
}

func TestRead(t *testing.T) {
	quoted := func(s string) string {
		b, err := json.Marshal(s)
		require.NoError(t, err)
		return string(b)
	}
	curl := "curl -T a.txt '" + signedURL + "'"
	found := "curl PUT " + signedURL
	for name, c := range map[string]struct{ text, want string }{
		"a URL":                     {signedURL, "url " + signedURL},
		"one that is not signed":    {"https://h/k", "url https://h/k"},
		"with blanks around":        {"\uFEFF\n  " + signedURL + " \r\n", "url " + signedURL},
		"in quotes":                 {"'" + signedURL + "'", "url " + signedURL},
		"in double quotes, a comma": {`"` + signedURL + `",`, "url " + signedURL},
		"in angle brackets":         {"<" + signedURL + ">", "url " + signedURL},
		"broken into lines":         {signedURL[:70] + "\n  " + signedURL[70:150] + "\n" + signedURL[150:], "url " + signedURL},
		"with raw blanks":           {"https://h/a b.txt?q-ak=x", "url https://h/a b.txt?q-ak=x"},
		"another URL below":         {"https://h/k?q-ak=x\nhttps://h/other", "url https://h/k?q-ak=x"},
		"without its scheme":        {strings.TrimPrefix(signedURL, "https://"), "url http://" + strings.TrimPrefix(signedURL, "https://")},
		"in a log line":             {"2026-11-24 ERROR PUT " + signedURL + ": 403", found},
		"in a sentence":             {"why does (" + signedURL + ") fail? see https://docs.test/", "url " + signedURL},
		"a command":                 {curl, found},
		"behind a prompt":           {"$ " + curl, found},
		"behind a long prompt":      {"me@host:~/dir$ " + curl, found},
		"with variables":            {"HTTPS_PROXY=http://p:1 " + curl, found},
		"with a path":               {"/usr/bin/" + curl, found},
		"in lines":                  {"curl \\\n  -X PUT \\\n  '" + signedURL + "'", found},
		"below a comment":           {"# this one fails:\n" + curl + "\n", found},
		"a body":                    {body, "cloud AccessDenied"},
		"cut off":                   {body[:100], "cloud AccessDenied"},
		"as HTML":                   {html.EscapeString(body), "cloud AccessDenied"},
		"as JSON":                   {`{"body":` + quoted(body) + `}`, "cloud AccessDenied"},
		"with HTML in a URL":        {`<a href="` + html.EscapeString(signedURL) + `">x</a>`, "url " + signedURL},
		"behind a log line":         {"upload failed: 403 " + body, "cloud AccessDenied"},
		"a URL, then a body":        {signedURL + "\n\n" + body, "url " + signedURL + ", cloud AccessDenied"},
		"a body, then a URL":        {body + signedURL + "\n", "url " + signedURL + ", cloud AccessDenied"},
		"a command, then a body":    {"$ " + curl + "\n" + body + "$ ", found + ", cloud AccessDenied"},
		"a log line with both":      {"PUT " + signedURL + " failed: " + quoted(mismatch), found + ", cloud SignatureDoesNotMatch"},
		"a URL within a body":       {mismatch, "cloud SignatureDoesNotMatch"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := paste.Read(c.text)
			require.NoError(t, err)
			require.Equal(t, c.want, what(got))
		})
	}
}

func TestReadKeepsHeaders(t *testing.T) {
	got, err := paste.Read("~ % curl -X PUT -H 'Content-Type: a/b' \\\n -H 'X-Cos-Meta-A: 1' https://h/k\n" + body)
	require.NoError(t, err)
	require.Equal(t, http.Header{"Content-Type": {"a/b"}, "X-Cos-Meta-A": {"1"}, "Accept": {"*/*"}}, got.Request.Header)
	require.NotNil(t, got.Cloud)
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "there is nothing to explain",
		" \n\t":                               "there is nothing to explain",
		"hello":                               "the text has no URL, no curl command, no error XML",
		"<html>502</html>":                    "the text has no URL, no curl command, no error XML",
		"see https://h/k ok?":                 "the text has no URL, no curl command, no error XML",
		"curl 'https://h/k":                   "the curl command: the command ends within a quotation",
		"curl":                                "the curl command: the command has no URL",
		"$ curl -X PUT\n":                     "the curl command: the command has no URL",
		strings.Repeat("a", paste.MaxBytes+1): "the text is longer than 512 KiB",
	} {
		_, err := paste.Read(text)
		require.ErrorContains(t, err, want, "%.40s", text)
		require.NotContains(t, err.Error(), "diagnose:")
	}
	_, err := paste.Read(strings.Repeat(" ", 300<<10) + body)
	require.NoError(t, err, "blanks do not count")
}

// TestNothingIsShown: neither a printed result nor an error contains a token.
func TestNothingIsShown(t *testing.T) {
	got, err := paste.Read("curl 'https://h/k?x-cos-security-token=hush&q-ak=x'\n" + body)
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.Equal(t, "xml and curl", fmt.Sprintf(verb, *got))
	}
	_, err = paste.Read("curl 'https://h/k?x-cos-security-token=hush")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hush")
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{signedURL, body, mismatch, "$ curl -T a '" + signedURL + "'\n" + body, `"` + signedURL + `"`, html.EscapeString(body), "<", "(http://", "curl", "fetch('" + signedURL + "', {headers: {a: ['b', {", "Invoke-WebRequest -Uri \"" + signedURL + "\" -Headers @{\"a\"=\"b\"", "> PUT /a HTTP/1.1\n> Host: h", "Request URL\nhttps://h/k", "UserInfo={Code=a, FormatString=put"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := paste.Read(text)
		if err != nil {
			return
		}
		if what(got) == "" && len(got.Findings) == 0 {
			t.Fatal("nothing was found, and that is no error")
		}
		if q := got.Request; q != nil {
			_, _ = signer.NewRequest("PUT", q.URL, q.Header) // it must not panic
		}
	})
}
