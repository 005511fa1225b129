package console

import (
	"net"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// controlToken: the page asks once for the token of a server that has one, and then follows requests,
// over a restart of the server too.
func controlToken(t *testing.T, browser chromium) {
	r := startLocked(t, "control-token-of-this-test")
	r.kept(r.send("PUT", r.sign("PUT", "before")))

	p := r.tab(browser)
	p.locked, p.breaks = true, true
	p.do(chromedp.Navigate("http://" + r.console + "/"))
	p.until(`document.querySelector('dialog#token[open]')`)
	require.Zero(t, eval[int](p, `document.querySelectorAll('a.row').length`))
	answerWith := func(text string) {
		p.run(`{ const i = document.querySelector('dialog#token input'); i.value = ` + quote(text) + `; i.form.requestSubmit(); }`)
	}
	answerWith("not-the-token")
	p.until(`document.querySelector('dialog#token [role=alert]').textContent`)
	require.Zero(t, eval[int](p, `document.querySelectorAll('a.row').length`))
	answerWith(r.token)
	p.until(`!document.querySelector('dialog#token')`)
	p.until(`document.querySelector('a.row .c-key')?.innerText === 'before'`)
	require.NotContains(t, eval[string](p, `document.cookie + JSON.stringify(localStorage)`), "token", "no script reads the cookie")

	r.kept(r.send("PUT", r.sign("PUT", "live")))
	p.until(`[...document.querySelectorAll('a.row .c-key')].some((e) => e.innerText === 'live')`)

	r.stopConsole()
	l, err := net.Listen("tcp", r.console)
	require.NoError(t, err)
	r.serveConsole(l, r.newHandler()) // its sessions are others
	r.kept(r.send("PUT", r.sign("PUT", "after-restart")))
	p.until(`[...document.querySelectorAll('a.row .c-key')].some((e) => e.innerText === 'after-restart')`)
	require.False(t, eval[bool](p, `Boolean(document.querySelector('dialog#token'))`), "the tab has kept the token")
}
