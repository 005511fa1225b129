package console

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func languagesAndThemes(t *testing.T, browser chromium) {
	r := start(t)
	bad := r.kept(r.send("GET", r.sign("PUT", "a")))
	background := `getComputedStyle(document.body).backgroundColor`
	p := r.open(browser, "/#/requests/"+bad.id, speaks("zh-CN,zh,en"), media("dark"))
	p.until(has("#finding"))
	require.Equal(t, "zh-CN", eval[string](p, `document.documentElement.lang`))
	require.Equal(t, "签名时用的是 PUT，请求却是 GET。", p.text("#finding .sentence"))
	require.Equal(t, []string{"请求", "诊断", "生成预签名 URL", "临时密钥", "对象"}, eval[[]string](p, `[...document.querySelectorAll('.views a')].map((a) => a.innerText)`))
	dark := eval[string](p, background)

	p.click("#language")
	p.until(`document.querySelector('#finding .sentence').innerText === 'Signed for PUT, arrived as GET.'`)
	require.Equal(t, "en", eval[string](p, `document.documentElement.lang`))
	p.do(media("light"))
	light := eval[string](p, background)
	require.NotEqual(t, dark, light)
	p.choose("#theme", "dark")
	p.until(background + ` === ` + quote(dark))
	p.do(chromedp.Reload())
	p.until(has("#finding"))
	require.Equal(t, "en", eval[string](p, `document.documentElement.lang`), "what was chosen lasts")
	require.Equal(t, dark, eval[string](p, background))

	// Both languages have all texts.
	p.until(`import(document.querySelector('script[type=module]').src.replace('app.mjs', 'words.en.mjs')).then((m) => window.en = m.default) && window.en`)
	p.until(`import(document.querySelector('script[type=module]').src.replace('app.mjs', 'words.zh.mjs')).then((m) => window.zh = m.default) && window.zh`)
	shape := `(function shape(x) { return typeof x !== 'object' ? typeof x : Array.isArray(x) ? 'list of ' + x.length : Object.fromEntries(Object.entries(x).map(([k, v]) => [k, shape(v)])) })`
	require.JSONEq(t, eval[string](p, `JSON.stringify(`+shape+`(window.en))`), eval[string](p, `JSON.stringify(`+shape+`(window.zh))`))

	other := r.open(browser, "/", speaks("de-DE,de"))
	require.Equal(t, "en", eval[string](other, `document.documentElement.lang`), "chosen in the other tab, and the default as well")
}

// keyboard: everything can be reached with the keyboard, and the focus is visible.
func keyboard(t *testing.T, browser chromium) {
	r := start(t)
	var ids []string
	for _, key := range []string{"xxone", "xxtwo", "three"} {
		ids = append(ids, r.kept(r.send("PUT", r.sign("PUT", key))).id)
	}
	p := r.open(browser, "/")
	p.until(`document.querySelectorAll('a.row').length === 3`)
	chosen := func(id string) string {
		return `document.querySelector(` + quote(rowOf(id)) + `).getAttribute('aria-selected') === 'true' && document.querySelector('#rows').getAttribute('aria-activedescendant') === document.querySelector(` + quote(rowOf(id)) + `).id`
	}
	p.press("/")
	require.Equal(t, "search", eval[string](p, `document.activeElement.id`))
	p.press("x", "x") // xxone, xxtwo
	p.until(`document.querySelectorAll('a.row').length === 2`)
	p.press(kb.ArrowDown) // into the list
	require.Equal(t, "rows", eval[string](p, `document.activeElement.id`))
	p.press(kb.ArrowDown)
	p.until(chosen(ids[1]))
	p.press(kb.ArrowDown, kb.ArrowDown)
	p.until(chosen(ids[0])) // and not beyond its end
	p.press(kb.Home)
	p.until(chosen(ids[1]))
	p.press(kb.End)
	p.until(chosen(ids[0]))
	p.until(`document.querySelector('#detail .verdict')`)
	p.press(kb.Enter)
	require.Equal(t, "detail", eval[string](p, `document.activeElement.id`))
	p.press(kb.Escape)
	require.Equal(t, "rows", eval[string](p, `document.activeElement.id`))
	p.press(kb.Escape)
	p.until(`location.hash === '#/requests' && !document.querySelector('[aria-selected=true]')`)

	// Tab reaches each element that can be clicked, and shows it.
	p.press("/")
	p.run(`(() => { const s = document.activeElement; s.value = ''; s.dispatchEvent(new Event('input', {bubbles: true})); s.blur() })()`)
	p.press(kb.Home)
	p.run(`window.scrollTo(0, 0)`)
	seen := map[string]bool{}
	for range 45 {
		p.press(kb.Tab)
		at := eval[[]string](p, `(() => {
			const e = document.activeElement, s = getComputedStyle(e);
			const shown = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none';
			const box = e.getBoundingClientRect();
			return [e === document.body ? 'BODY' : e.id || e.dataset.by || e.className || e.innerText || e.tagName, String(shown), String(box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight + 1 && box.width > 0)];
		})()`)
		if at[0] == "BODY" {
			continue // from the end of the page to its beginning
		}
		require.Equal(t, []string{"true", "true"}, at[1:], "%s has the focus, and shows it", at[0])
		seen[at[0]] = true
	}
	for _, want := range []string{"brand", "-24h", "-15m", "15m", "24h", "freeze", "set-clock", "real", "language", "theme", "search", "filter-method", "filter-status", "filter-bucket", "clear", "rows", "skip"} {
		require.Contains(t, seen, want)
	}
	// There is no other element that can be clicked.
	require.Empty(t, eval[[]string](p, `[...document.querySelectorAll('button, a, select, input, textarea')].filter((e) => e.checkVisibility() && e.tabIndex < 0 && e.getAttribute('role') !== 'option').map((e) => e.outerHTML)`))
	require.Empty(t, eval[[]string](p, `[...document.querySelectorAll('button, a, select, input, textarea')].filter((e) => !(e.innerText || e.ariaLabel || e.labels?.length)).map((e) => e.outerHTML)`), "each has a name")
}
