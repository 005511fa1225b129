package paste_test

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/paste"
	"github.com/stretchr/testify/require"
)

// variant is a text in one form, and its expected content.
type variant struct{ text, want string }

// shows describes the content of a text in short: the form, then method, URL (U is signedURL) and
// headers of the request, or the parts of the error.
func shows(t *testing.T, text string) string {
	t.Helper()
	x, err := paste.Read(text)
	require.NoError(t, err, "%.300s", text)
	var parts []string
	if q := x.Request; q != nil {
		var headers []string
		for name, values := range q.Header {
			if !strings.HasPrefix(name, "Sec-") && name != "Accept" && name != "User-Agent" {
				headers = append(headers, name+"="+strings.Join(values, ","))
			}
		}
		sort.Strings(headers)
		how := ""
		if q.Whole {
			how = " whole"
		}
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %s %s", q.Method, strings.ReplaceAll(q.URL, signedURL, "U"), strings.Join(headers, " ")))+how)
	}
	if c := x.Cloud; c != nil {
		parts = append(parts, strings.Join([]string{c.Code, c.Message, c.Resource, c.RequestID}, "|"))
		if c.FormatString != "" {
			parts = append(parts, fmt.Sprintf("%q %t", c.FormatString, c.Belongs))
		}
	}
	for _, f := range x.Findings {
		parts = append(parts, string(f.ID)+": "+f.Sentence.En)
		require.NotEmpty(t, f.Sentence.Zh)
		require.NotEmpty(t, f.Advice.En)
		require.NotEmpty(t, f.Advice.Zh)
	}
	return strings.Join(parts, "\n")
}

func checkVariants(t *testing.T, form string, list map[string]variant) {
	t.Helper()
	for name, v := range list {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, v.want, shows(t, v.text))
			x, err := paste.Read(v.text)
			require.NoError(t, err)
			require.Contains(t, x.Forms, form)
			// Text around it, in any language, changes nothing.
			around, err := paste.Read("上传失败了，请帮忙看看：\n\n" + v.text + "\n\nどうすればいいですか\n")
			if err == nil && around.Request != nil && x.Request != nil && form != "url" {
				require.Equal(t, x.Request.URL, around.Request.URL)
				require.Equal(t, x.Request.Header, around.Request.Header)
			}
		})
	}
}
