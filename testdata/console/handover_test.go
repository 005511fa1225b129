package console

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// catchCopies keeps in window.copied what the page puts into the clipboard.
const catchCopies = `Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { window.copied = text }}})`

// report: a request is copied as one text without secrets, and another server's console opens it
// again, from a file and from a paste.
func report(t *testing.T, browser chromium) {
	r := start(t)
	u := r.signAs(tempID, "PUT", "photos/cat.jpg", "Content-Type", "image/jpeg")
	bad := r.kept(r.send("PUT", u, "Content-Type", "image/png"))
	p := r.open(browser, "/#/requests/"+url.QueryEscape(bad.id))
	p.until(has("#copy-report"))
	p.run(catchCopies)
	p.click("#copy-report")
	p.until(`window.copied?.startsWith('# cosemu: report')`)
	text := eval[string](p, `window.copied`)
	for _, part := range []string{bad.id, "SignatureDoesNotMatch", `arrived as "image/png"`, "content-type=image%2Fjpeg", "frozen at", "[hidden]"} {
		require.Contains(t, text, part)
	}
	for _, s := range []string{secret, tempKey, token, "the%2Btoken"} {
		require.NotContains(t, text, s)
	}
	for _, format := range []string{"markdown", "har", "json"} {
		body := eval[string](p, `fetch(document.querySelector('#report-`+format+`').href).then((r) => r.text())`)
		require.Contains(t, body, bad.id, format)
	}

	other := start(t)
	file := filepath.Join(t.TempDir(), "report.md")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	q := other.open(browser, "/#/explain")
	q.until(has("#open-report"))
	q.upload("#open-report", file)
	q.until(has("#opened") + ` && ` + has("#explanation #forms .diff"))
	require.Contains(t, q.text("#explanation"), `Content-Type was signed as "image/jpeg", arrived as "image/png".`)
	require.Equal(t, 1, eval[int](q, `document.querySelectorAll('#explanation tr.differs').length`))
	require.Zero(t, eval[int](q, `document.querySelectorAll('#explanation .actions, #explanation #fixes').length`), "it is not of this server")
	q.click("#language")
	q.until(`document.querySelector('#opened').innerText.includes('不在本服务器上')`)
	q.click("#language")

	// Pasted elsewhere it opens too; a damaged one is said to be so, and the page stays.
	q.click(`.views a[href="#/sign"]`)
	q.until(has("#sign"))
	paste := func(text string) {
		q.run(`(() => { const d = new DataTransfer(); d.setData('text/plain', ` + quote(text) + `); document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true})) })()`)
	}
	paste(text)
	q.until(has("#opened"))
	paste(`{"cosemu_report":1,"request":{"id":1,"finding":{"findings":[{}]}}}`)
	q.until(`document.querySelector('#toast').innerText.includes('cannot be read') && !document.querySelector('#opened')`)
	require.Empty(t, other.Journal().Select(journal.Filter{}))
}

// address: the filters stand in the address, so that a link shows the same.
func address(t *testing.T, browser chromium) {
	r := start(t)
	r.kept(r.send("PUT", r.sign("PUT", "photos/cat.jpg")))
	bad := r.kept(r.send("GET", r.sign("PUT", "photos/dog.jpg")))
	r.kept(r.send("GET", r.sign("PUT", "films/dog.mp4")))
	p := r.open(browser, "/")
	p.until(`document.querySelectorAll('a.row').length === 3`)
	p.click(".segments .v-refused")
	p.fill("#search", "photos/")
	p.until(`document.querySelectorAll('a.row').length === 1`)
	p.click(rowOf(bad.id))
	p.until(has("#finding"))
	link := eval[string](p, `location.search + location.hash`)
	require.Equal(t, "?verdict=refused&q=photos%2F#/requests/"+url.QueryEscape(bad.id), link)
	again := r.open(browser, "/"+link)
	again.until(`document.querySelectorAll('a.row').length === 1 && document.querySelector('#finding')`)
	require.Equal(t, "photos/", eval[string](again, `document.querySelector('#search').value`))
	again.fill("#search", "")
	again.click(".segments .v-all")
	again.until(`document.querySelectorAll('a.row').length === 3 && location.search === ''`)
}

// clearing: it says what it clears, asks, and can be undone; a reset says that it cannot.
func clearing(t *testing.T, browser chromium) {
	r := start(t)
	for _, key := range []string{"a", "b"} {
		r.kept(r.send("PUT", r.sign("PUT", key)))
	}
	p := r.open(browser, "/")
	p.until(`document.querySelectorAll('a.row').length === 2`)
	p.click("#clear")
	p.until(`document.querySelector('#ask').innerText.includes('Clear 2 requests of all accounts?')`)
	p.click("#ask button:not(#yes)")
	p.until(`!` + has("#ask")) // a browser tells a page of a closed dialog a moment later
	require.Len(t, r.Journal().Select(journal.Filter{}), 2, "asked first")
	p.click("#clear")
	p.click("#yes")
	p.until(has("#restore"))
	require.Empty(t, r.Journal().Select(journal.Filter{}))
	watcher := r.open(browser, "/")
	watcher.until(`document.querySelector('.connection.live') && !document.querySelector('a.row')`)
	p.click("#restore")
	p.until(`document.querySelectorAll('a.row').length === 2 && document.querySelector('#clear')`)
	require.Len(t, r.Journal().Select(journal.Filter{}), 2)
	watcher.until(`document.querySelectorAll('a.row').length === 2`)

	p.click("#connect")
	p.until(has(".connect-page #recipe-text")) // below it the page stands still
	p.click("#reset")
	p.until(`document.querySelector('#ask').innerText.includes('cannot be undone')`)
	p.click("#ask button:not(#yes)")
	p.until(`!` + has("#ask"))
	_, err := r.Store().Stat(bucket, "a")
	require.NoError(t, err, "asked first")
	p.click("#reset")
	p.click("#yes")
	p.until(`document.querySelector('#toast').innerText.includes('as at the start')`)
	_, err = r.Store().Stat(bucket, "a")
	require.Error(t, err)
	require.Equal(t, http.StatusOK, r.control("POST", "/requests/restore", "").status)
	require.Empty(t, r.Journal().Select(journal.Filter{}), "nothing is left of what was before")
}

// stopped: every view says that the server does not answer, and recovers.
func stopped(t *testing.T, browser chromium) {
	r := start(t)
	p := r.open(browser, "/")
	p.until(`document.querySelector('.connection.live')`)
	p.mu.Lock()
	p.breaks = true
	p.mu.Unlock()
	for _, view := range []string{"requests", "explain", "sign", "keys", "objects"} {
		p.click(`.views a[href="#/` + view + `"]`)
		p.until(has("main > *"))
	}
	addr := r.console
	r.stopConsole()
	for _, view := range []string{"requests", "explain", "sign", "keys", "objects"} {
		p.click(`.views a[href="#/` + view + `"]`)
		p.until(`document.querySelector('#lost').innerText.includes('does not answer')`)
	}
	l, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	r.serveConsole(l, r.handler)
	p.until(`document.querySelector('#lost').innerText === ''`)
	p.click(`.views a[href="#/sign"]`)
	p.until(has("#sign"))
}

// zones: times are in the reader's zone and in UTC, and say so.
func zones(t *testing.T, browser chromium) {
	r := start(t)
	id := r.kept(r.send("PUT", r.sign("PUT", "a"))).id
	p := r.tab(browser)
	p.do(timezone("Asia/Shanghai"))
	p.do(chromedp.Navigate("http://" + r.console + "/#/requests/" + url.QueryEscape(id)))
	p.until(has("#detail .facts"))
	require.Contains(t, p.text("#detail .facts"), "2026-11-24 16:00:00 UTC+8 · 2026-11-24 08:00:00 UTC")
	p.click("#set-clock")
	p.until(has("dialog[open] input"))
	require.Contains(t, p.text("dialog[open] label"), "UTC+8")
	p.run(`(() => { const i = document.querySelector('dialog[open] input'); i.value = '2027-01-02T03:04:05'; i.dispatchEvent(new Event('input', {bubbles: true})) })()`)
	p.until(`document.querySelector('#set-utc').innerText === '= 2027-01-01 19:04:05 UTC'`)
	p.click("dialog[open] .primary")
	p.until(`document.querySelector('#clock-time').innerText === '03:04:05'`)
	require.Equal(t, "2027-01-01T19:04:05Z", r.Clock().Now().Format("2006-01-02T15:04:05Z07:00"))
}
