package console

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// axeSource returns the script of axe-core, which npm installs in the version of the lock file.
func axeSource(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(npmFile(t, "axe", "axe-core/axe.min.js"))
	require.NoError(t, err)
	return string(text)
}

// npmFile returns the path of a file in the npm packages of a folder, which are installed if they
// are not there.
func npmFile(t *testing.T, dir, name string) string {
	t.Helper()
	file := filepath.Join(dir, "node_modules", filepath.FromSlash(name))
	if _, err := os.Stat(file); err != nil {
		npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		npm.Dir = dir
		said, err := npm.CombinedOutput()
		require.NoError(t, err, "%s", said)
	}
	return file
}

// audit returns what axe-core finds on the page as it is.
func (p *page) audit(source string) []string {
	p.t.Helper()
	if !eval[bool](p, `Boolean(window.axe)`) {
		p.run(source + `;undefined`)
	}
	return eval[[]string](p, `axe.run().then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ': ' + n.target.join(' ') + ' ' + n.html.slice(0, 120) + ' ' + n.failureSummary)))`)
}

// accessible: axe-core finds nothing in any view, in both languages and both themes, on a desk and
// on a phone.
func accessible(t *testing.T, browser chromium) {
	source := axeSource(t)
	r := start(t)
	r.makeAccount(`{"name":"checkout"}`)
	p := r.open(browser, "/")
	p.until(has("#recipe-text"))
	audit := func(what string) {
		t.Helper()
		for _, theme := range []string{"light", "dark"} {
			p.choose("#theme", theme)
			for _, lang := range []string{"en", "zh-CN"} {
				if eval[string](p, `document.documentElement.lang`) != lang {
					p.click("#language")
					p.until(`document.documentElement.lang === ` + quote(lang))
				}
				require.Empty(t, p.audit(source), "%s %s %s", what, theme, lang)
			}
		}
	}
	audit("the first screen")
	// The positive control: what axe-core would find is found.
	p.run(`document.querySelector('main').insertAdjacentHTML('beforeend', '<input id="bad">')`)
	require.Contains(t, strings.Join(p.audit(source), "\n"), "label: #bad")
	p.run(`document.querySelector('#bad').remove()`)

	r.kept(r.send("PUT", r.sign("PUT", "photos/cat.jpg")))
	bad := r.kept(r.send("PUT", r.sign("PUT", "a", "Content-Type", "image/jpeg"), "Content-Type", "image/png"))
	views := []struct{ hash, shown string }{
		{"#/requests", "a.row"},
		{"#/requests/" + bad.id, "#forms .diff"},
		{"#/explain", "#paste"},
		{"#/sign", "#sign"},
		{"#/keys", "#issue"},
		{"#/objects", ".folder .name"},
		{"#/objects/" + bucket + "/photos%2F/photos%2Fcat.jpg", "#edit-acl"},
		{"#/objects/" + bucket + "///cors", "#document"},
		{"#/objects/" + bucket + "///general", "#versioning"},
		{"#/connect", ".connect-page #recipe-text"},
	}
	for _, view := range views {
		p.run(`location.hash = ` + quote(view.hash))
		p.until(has(view.shown))
		audit(view.hash)
	}
	p.expect("query=") // a browser reports the answer 404: there are no tags, no rules
	p.run(`location.hash = '#/objects'`)
	p.until(has("#upload") + ` && document.querySelector('.folder .name') && document.querySelectorAll('.buckets .name').length === 3`) // the buttons stand still then
	for _, button := range []string{"#new-bucket", "#remove-bucket", "#new-folder"} {
		p.click(button)
		p.until(has("dialog[open]"))
		require.Empty(t, p.audit(source), button)
		p.press(kb.Escape)
		p.until(`!document.querySelector('dialog[open]')`)
	}
	p.do(chromedp.EmulateViewport(390, 800))
	for _, view := range views {
		p.run(`location.hash = ` + quote(view.hash))
		p.until(has(view.shown))
		require.Empty(t, p.audit(source), "%s on a phone", view.hash)
		require.LessOrEqual(t, eval[int](p, `Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)`), 390, view.hash)
	}
}
