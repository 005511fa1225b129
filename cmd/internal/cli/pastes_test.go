package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pastes are the texts of testdata/cases/pastes: which finding comes first, and
// what a page must say.
func pastes() map[string]struct{ first, says string } {
	return map[string]struct{ first, says string }{
		"e1-fetch.txt":        {"header-value", `"image/png"`},
		"e3-devtools.txt":     {"header-value", `"image/png"`},
		"e5-curl-v.txt":       {"header-value", `"image/png"`},
		"e6-axios.txt":        {"header-value", `"image/png"`},
		"e7-node-inspect.txt": {"key-format", "InvalidAccessKeyId: The access key Id format you provided is invalid."},
		"e8-php.txt":          {"key-unknown", "RequestId  NmEwMDAwMDBfMDEwMDAwN2ZfMV8x"},
		"e10-go.txt":          {"", "SignatureDoesNotMatch: The Signature you specified is invalid."},
		"e11-java.txt":        {"", "SignatureDoesNotMatch: The Signature you specified is invalid."},
		"e13-cors-console.txt": {
			"cors-no-rule", "no CORS rule of the bucket allows what https://app.example.com asks for",
		},
		"e14-body-plus.txt":  {"path-plus", "/res/Shot+2026-04-28+at+13.12.14.png"},
		"e16-picgo-log.txt":  {"path-plus", "/res/Shot+2026-04-28+at+13.12.14.png"},
		"e17-node-json.txt":  {"unknown", "The signature does not match what the cloud received."},
		"e18-path-style.txt": {"path-style", "<bucket>.cos.<region>.myqcloud.com"},
		"e19-sigv4-url.txt":  {"unknown", "The S3 signature does not match"},
	}
}

// Whatever is pasted, the command and the server say the same of it.
func TestPastes(t *testing.T) {
	const at, secret = "2026-01-01T00:10:00Z", "cosemuSecretForLocalTestsOnly000"
	const folder = "../../../testdata/cases/pastes"
	s := serveHere(t, []string{"COSEMU_CLOCK=" + at})
	env := []string{"COSEMU_SECRET_KEY=" + secret, "COSEMU_LISTEN=" + s.ready.Listen}
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, files, len(pastes()))
	for _, f := range files {
		t.Run(f.Name(), func(t *testing.T) {
			want, ok := pastes()[f.Name()]
			require.True(t, ok)
			text, err := os.ReadFile(filepath.Join(folder, f.Name()))
			require.NoError(t, err)
			// The key of this one is known, or there would be nothing to judge.
			text = bytes.ReplaceAll(text, []byte("AKIDexample"), []byte("AKIDcosemuLocalUseOnlyNotARealKey000"))
			theirs := s.asked(t, map[string]any{"text": string(text), "at": at})
			require.Equal(t, theirs, document(t, explained(t, string(text), env, "--at="+at, "--json")))
			first := ""
			if list := theirs["finding"].(map[string]any)["findings"].([]any); len(list) > 0 {
				first = list[0].(map[string]any)["id"].(string)
				require.Equal(t, first == "header-value", list[0].(map[string]any)["proven"])
			}
			require.Equal(t, want.first, first)
			page := explained(t, string(text), env, "--at="+at)
			require.Contains(t, strings.Join(strings.Fields(page), " "), strings.Join(strings.Fields(want.says), " "))
			require.NotContains(t, page, secret)
			requireFilled(t, page)
		})
	}
}
