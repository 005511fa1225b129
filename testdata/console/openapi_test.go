package console

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestOpenAPI: a public linter with its recommended rules finds nothing in the OpenAPI document.
func TestOpenAPI(t *testing.T) {
	r := start(t)
	res, err := http.Get("http://" + r.console + "/api/v1/openapi.json")
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	doc, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	program, err := filepath.Abs(npmFile(t, "redocly", "@redocly/cli/bin/cli.js"))
	require.NoError(t, err)
	lint := func(doc string) []string {
		t.Helper()
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "openapi.json"), []byte(doc), 0o600))
		cmd := exec.CommandContext(t.Context(), "node", program, "lint", "--extends=recommended", "--format=json", "openapi.json")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
		text, _ := cmd.Output() // it fails where it finds something
		var report struct {
			Problems []struct{ RuleID, Message string }
		}
		require.NoError(t, json.Unmarshal(text, &report), "%s", text)
		var out []string
		for _, p := range report.Problems {
			out = append(out, p.RuleID+": "+p.Message)
		}
		return out
	}
	require.Empty(t, lint(string(doc)))
	require.NotEmpty(t, lint(strings.Replace(string(doc), `"operationId":"list-buckets"`, `"operationId":"create-bucket"`, 1)))
}

// apiPage: the page of the API shows each call, and its examples run.
func apiPage(t *testing.T, browser chromium) {
	source := axeSource(t)
	r := start(t)
	p := r.open(browser, "/#/connect")
	p.until(has(`a[href="/api/docs"]`))
	inside := func(selector string) string {
		return `document.querySelector('openapi-explorer')?.shadowRoot?.querySelector(` + quote(selector) + `)`
	}
	for _, theme := range []string{"light", "dark"} {
		p.run(`localStorage.setItem('cosemu.theme', ` + quote(theme) + `)`)
		p.do(chromedp.Navigate("http://" + r.console + "/api/docs"))
		p.until(inside(".main-content") + ` && document.querySelector('h1').innerText.includes('cosemu')`)
		p.until(`document.documentElement.dataset.theme === ` + quote(theme))
		require.Empty(t, p.audit(source), theme)
		for _, route := range []string{"get-/api/v1/clock", "post-/api/v1/clock/advance", "put-/api/v1/cos/-bucket-"} {
			p.run(`location.hash = ` + quote("#?route="+route))
			p.until(inside(".btn-execute") + `.checkVisibility()`)
			require.Empty(t, p.audit(source), theme+" "+route)
		}
	}

	// The example of a call is sent as it stands.
	p.run(`location.hash = '#?route=post-/api/v1/clock/advance'`)
	p.until(`document.querySelector('openapi-explorer').shadowRoot.textContent.includes('/api/v1/clock/advance')`)
	p.until(inside(".btn-execute") + `.checkVisibility()`)
	p.run(inside(".btn-execute") + `.click()`)
	require.Eventually(t, func() bool { return r.Clock().Now().After(startTime()) }, patience, patience/1000, "the clock moved")

	p.do(chromedp.EmulateViewport(390, 800))
	p.until(`document.documentElement.scrollWidth <= 390`)
}
