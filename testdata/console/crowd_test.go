package console

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/control"
	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// flood sends n requests for keys with a name, over a few connections.
func (r *rig) flood(name string, n int) {
	r.t.Helper()
	urls := []string{r.sign("GET", name+"/a"), r.sign("PUT", name+"/b"), strings.Replace(r.sign("GET", name+"/c"), "q-signature=", "q-signature=0", 1)}
	before := r.Journal().Last()
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := worker; i < n; i += 4 {
				url := urls[i%len(urls)]
				method := "GET"
				if i%len(urls) == 1 {
					method = "PUT"
				}
				r.send(method, url)
			}
		})
	}
	all.Wait()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	_, err := r.Journal().Wait(ctx, journal.Filter{After: before}, n)
	require.NoError(r.t, err)
}

// tenThousand: with ten thousand requests the page draws few rows and each frame is short, while a
// user scrolls or searches and while more requests come.
func tenThousand(t *testing.T, browser chromium) {
	const n = 10_000
	r := start(t)
	r.flood("old", n)
	began := time.Now()
	p := r.open(browser, "/")
	p.until(`document.querySelector('.foot').innerText.includes('10000 requests')`)
	t.Logf("the page shows %d requests after %v", n, time.Since(began).Round(time.Millisecond))
	nodes := func() int { return eval[int](p, `document.querySelectorAll('*').length`) }
	require.Less(t, nodes(), 900)

	// The longest time between two frames, in milliseconds, while a script runs at each of some
	// frames.
	longest := func(frames int, each string) float64 {
		t.Helper()
		return eval[float64](p, fmt.Sprintf(`new Promise((done) => {
			const rows = document.querySelector('#rows');
			let i = 0, most = 0, last = performance.now();
			requestAnimationFrame(function frame(now) {
				if (i > 1) most = Math.max(most, now - last);
				last = now;
				if (i++ >= %d) return done(most);
				%s;
				requestAnimationFrame(frame);
			});
		})`, frames, each))
	}
	gaps := map[string]float64{}
	p.run(`window.long = []; new PerformanceObserver((list) => window.long.push(...list.getEntries().map((e) => Math.round(e.duration)))).observe({type: 'longtask'})`)
	p.do(call(performance.Enable, performance.EnableParams{TimeDomain: "threadTicks"}))
	busy := p.busy()
	gaps["scrolling"] = longest(120, `rows.scrollTop = (rows.scrollHeight - rows.clientHeight) * i / 120`)
	perFrame := (p.busy() - busy) * 1000 / 120
	t.Logf("scrolling: %.1f ms of processor time a frame, long tasks: %v", perFrame, eval[[]float64](p, `window.long`))
	require.Less(t, perFrame, 1000.0/60, "60 frames a second")
	p.until(`[...document.querySelectorAll('a.row')].some((e) => e.getAttribute('aria-posinset') === '10000')`)
	require.Less(t, nodes(), 900)
	gaps["searching"] = longest(30, `const s = document.querySelector('#search'); s.value = 'old/c'.slice(0, i % 6); s.dispatchEvent(new Event('input', {bubbles: true}))`)
	p.fill("#search", "")

	// The rows in view stay in place while more requests come.
	p.run(`document.querySelector('#rows').scrollTop = 3000`)
	p.until(`document.querySelector('#rows').scrollTop === 3000 && document.querySelector('a.row[aria-posinset="105"]')`)
	place := `[...document.querySelectorAll('a.row')].map((e) => [e.id, e.getBoundingClientRect().top]).filter(([, top]) => top > 300 && top < 330)[0].join()`
	looked := eval[string](p, place)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.flood("new", 600)
	}()
	gaps["arrivals"] = longest(90, ``)
	<-done
	p.until(`document.querySelector('.fresh').innerText.includes('600 new requests')`)
	require.Equal(t, looked, eval[string](p, place))
	p.until(`document.querySelector('.foot').innerText.includes('10000 requests')`)
	require.Less(t, nodes(), 900)
	p.click(".fresh")
	p.until(`document.querySelector('a.row[aria-posinset="1"] .c-key').innerText.startsWith('new/') && document.querySelector('.fresh').hidden`)
	for what, gap := range gaps {
		t.Logf("longest frame while %s: %.0f ms", what, gap)
		require.Less(t, gap, 500.0, "while %s", what) // a machine that runs other programs too
	}
	p.until(`/600 new, 200 refused/.test(document.querySelector('#news').innerText) || document.querySelector('#news').innerText.includes('new')`)
}

// busy returns the processor time of the page's main thread so far, in seconds.
func (p *page) busy() float64 {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	var out float64
	require.NoError(p.t, chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		got, err := chromedp.Call(ctx, performance.GetMetrics, cdp.Empty{})
		for _, m := range got.Metrics {
			if m.Name == "TaskDuration" {
				out = m.Value
			}
		}
		return err
	})))
	return out
}

// following: the page follows changes of the emulator.
func following(t *testing.T, browser chromium) {
	r := start(t)
	p := r.open(browser, "/")
	p.until(`document.querySelector('.connection.live')`)
	r.kept(r.send("PUT", r.sign("PUT", "a")))
	p.until(`document.querySelectorAll('a.row').length === 1`)
	require.NoError(t, r.Reset()) // by another client
	p.until(`document.querySelectorAll('a.row').length === 0 && document.querySelector('.empty')`)
	r.kept(r.send("PUT", r.sign("PUT", "b")))
	p.until(`document.querySelector('a.row .c-key').innerText === 'b'`)

	p.mu.Lock()
	p.breaks = true
	p.mu.Unlock()
	// The page reconnects after an interruption and misses nothing, even if the server was
	// restarted.
	shows := func(keys string) {
		t.Helper()
		p.until(`[...document.querySelectorAll('a.row .c-key')].map((e) => e.innerText).join('') === ` + quote(keys))
	}
	for i, h := range []*control.Handler{r.handler, r.newHandler()} {
		addr := r.console
		r.stopConsole()
		p.until(`document.querySelector('.connection.offline')`)
		r.kept(r.send("PUT", r.sign("PUT", []string{"c", "e"}[i])))
		l, err := net.Listen("tcp", addr)
		require.NoError(t, err)
		r.serveConsole(l, h)
		r.kept(r.send("PUT", r.sign("PUT", []string{"d", "f"}[i])))
		shows([]string{"dcb", "fedcb"}[i])
		p.until(`document.querySelector('.connection.live')`)
	}
}

// secrets: no secret or token gets to the page, in any view.
func secrets(t *testing.T, browser chromium) {
	r := start(t)
	url := r.signAs(tempID, "PUT", "a")
	require.Contains(t, url, "x-cos-security-token=the")
	good := r.kept(r.send("PUT", url))
	require.Equal(t, http.StatusOK, good.status)
	bad := r.kept(r.send("GET", url))
	require.Equal(t, http.StatusForbidden, bad.status)
	require.Contains(t, bad.body, "the%2Btoken", "the answer itself has it")

	p := r.tab(browser)
	bodies := p.keepBodies()
	p.do(chromedp.Navigate("http://" + r.console + "/"))
	seen := func() string {
		return eval[string](p, `document.documentElement.outerHTML + JSON.stringify([...document.querySelectorAll('input, textarea')].map((e) => e.value))`)
	}
	var shown strings.Builder
	for _, id := range []string{good.id, bad.id} {
		p.until(has(rowOf(id)))
		p.click(rowOf(id))
		p.until(`document.querySelector('#detail .facts')`)
		shown.WriteString(seen())
	}
	require.Contains(t, shown.String(), "[hidden]")
	for _, view := range []string{"sign", "keys", "objects", "explain"} {
		p.click(`.views a[href="#/` + view + `"]`)
		p.until(has(".page." + view))
		p.until(`!document.querySelector('.page').innerText.startsWith('Loading')`)
		shown.WriteString(seen())
	}
	p.run(`fetch('/api/v1/explain', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: ` + quote(`{"url":`+quote(url)+`,"method":"GET"}`) + `}).then((r) => r.text())`)
	got := bodies()
	require.Greater(t, len(got), 20, "answers that the page got")
	for _, text := range append(got, shown.String()) {
		for _, s := range []string{secret, tempKey, token, "the%2Btoken", "the%2btoken", "of=the-temporary"} {
			i := strings.Index(text, s)
			require.Negative(t, i, "shown: …%s", text[max(0, i-200):max(0, i)])
		}
	}
}

// keepBodies records the bodies of all answers; the result returns them.
func (p *page) keepBodies() func() []string {
	var mu sync.Mutex
	var ids []network.RequestID
	require.NoError(p.t, chromedp.Listen(p.ctx, func(event any) {
		if e, ok := event.(*network.EventLoadingFinished); ok {
			mu.Lock()
			defer mu.Unlock()
			ids = append(ids, e.RequestID)
		}
	}))
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		var out []string
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		defer cancel()
		for _, id := range ids {
			err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
				got, err := chromedp.Call(ctx, network.GetResponseBody, network.GetResponseBodyParams{RequestID: id})
				out = append(out, string(got.Body))
				return err
			}))
			require.NoError(p.t, err)
		}
		return out
	}
}

// foreignPages: a page of another origin can neither move the clock nor read anything, even with a
// host name that resolves to this machine.
func foreignPages(t *testing.T, browser chromium) {
	r := start(t)
	r.kept(r.send("PUT", r.sign("PUT", "a")))
	l := listen(t)
	serve(t, l, &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<title>foreign</title><form method=post action='http://" + r.console + "/api/v1/reset' enctype=text/plain></form>"))
	})})
	p := r.tab(browser)
	p.do(chromedp.Navigate("http://" + l.Addr().String() + "/"))
	api := "http://" + r.console + "/api/v1"
	try := func(path, init string) string {
		return eval[string](p, `fetch('`+api+path+`', `+init+`).then((r) => r.type + r.status, (e) => e.name)`)
	}
	require.Equal(t, "TypeError", try("/requests", `{}`))
	require.Equal(t, "TypeError", try("/requests", `{mode: 'no-cors'}`), "not even as an opaque answer")
	for _, init := range []string{
		`{method: 'POST', mode: 'no-cors', body: '{"by":"1h"}'}`,
		`{method: 'POST', mode: 'no-cors', headers: {'Content-Type': 'text/plain'}, body: '{"by":"1h"}'}`,
		`{method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"by":"1h"}'}`,
	} {
		require.NotContains(t, try("/clock/advance", init), "200")
	}
	require.Equal(t, "TypeError", try("/clock", `{method: 'DELETE'}`))
	framed := eval[string](p, `new Promise((done) => { const f = document.createElement('iframe'); f.src = 'http://`+r.console+`/'; f.onload = () => { let what = 'hidden'; try { what = f.contentDocument ? 'seen' : 'hidden' } catch {} done(what) }; document.body.append(f) })`)
	require.Equal(t, "hidden", framed)
	p.run(`document.forms[0].submit()`)
	p.until(`document.body?.innerText.includes('another origin')`)
	require.True(t, r.Clock().Now().Equal(startTime()))
	require.Len(t, r.Journal().Select(journal.Filter{}), 1, "no reset")

	// The same requests from a page whose host name resolves to this machine.
	_, port, err := net.SplitHostPort(r.console)
	require.NoError(t, err)
	p.do(chromedp.Navigate("http://" + strangerHost + ":" + port + "/"))
	require.Contains(t, p.text("body"), "does not answer to the host name")
	require.Equal(t, "421", eval[string](p, `fetch('/api/v1/requests').then((r) => String(r.status))`))
	require.Equal(t, "421", eval[string](p, `fetch('/api/v1/clock', {method: 'DELETE'}).then((r) => String(r.status))`))
	require.True(t, r.Clock().Now().Equal(startTime()))
	// The console itself is allowed.
	own := r.open(browser, "/")
	require.Equal(t, "200", eval[string](own, `fetch('/api/v1/clock/advance', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"by":"1h"}'}).then((r) => String(r.status))`))
	require.True(t, r.Clock().Now().Equal(startTime().Add(time.Hour)))
}

// smallWindow: on a small screen either the list or the request is visible.
func smallWindow(t *testing.T, browser chromium) {
	r := start(t)
	bad := r.kept(r.send("GET", r.sign("PUT", strings.Repeat("very-long-name/", 20))))
	p := r.open(browser, "/", chromedp.EmulateViewport(420, 800))
	wide := `[...document.querySelectorAll('body *')].filter((e) => !e.closest('.skip, .sr') && e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80))`
	p.until(has(rowOf(bad.id)))
	require.Empty(t, eval[[]string](p, wide))
	p.click(rowOf(bad.id))
	p.until(`document.querySelector('#finding')?.checkVisibility() && !document.querySelector('#rows').checkVisibility()`)
	require.Empty(t, eval[[]string](p, wide))
	p.click(".close")
	p.until(`document.querySelector('#rows').checkVisibility()`)
	for _, view := range []string{"explain", "sign", "keys", "objects"} {
		p.click(`.views a[href="#/` + view + `"]`)
		p.until(has(".page." + view))
		require.Empty(t, eval[[]string](p, wide), view)
	}
}

// contrast measures the contrast of each text (WCAG 2.2, 1.4.3: 4.5 to 1), in both themes.
func contrast(t *testing.T, browser chromium) {
	r := start(t)
	bad := r.kept(r.send("PUT", r.sign("PUT", "a", "Content-Type", "image/jpeg"), "Content-Type", "image/png"))
	p := r.open(browser, "/#/requests/"+bad.id)
	p.until(has("#forms .diff"))
	measure := `(() => {
		const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
		const rgba = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data] };
		const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
		const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c } return [255, 255, 255] };
		const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		const poor = [];
		let n = 0;
		for (let t = texts.nextNode(); t; t = texts.nextNode()) {
			const e = t.parentElement;
			if (!t.data.trim() || !e.checkVisibility({visibilityProperty: true, opacityProperty: true}) || e.closest(':disabled, .sr, noscript')) continue;
			n++;
			const [a, b] = [light(rgba(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
			const ratio = (a + .05) / (b + .05);
			if (ratio < 4.5) poor.push(ratio.toFixed(2) + ' ' + t.data.trim() + ' in ' + e.className);
		}
		return [String(n), ...poor];
	})()`
	for _, theme := range []string{"light", "dark"} {
		p.choose("#theme", theme)
		for _, view := range []string{"#/requests/" + bad.id, "#/explain", "#/sign", "#/keys", "#/objects"} {
			p.run(`location.hash = ` + quote(view))
			p.until(`document.querySelector('.page, #forms .diff')`)
			got := eval[[]string](p, measure)
			require.NotEqual(t, "0", got[0])
			require.Empty(t, got[1:], "%s %s", theme, view)
		}
	}
}

// pictures makes the screenshots of the README.
func pictures(t *testing.T, browser chromium) {
	r := start(t)
	p := r.open(browser, "/")
	p.until(has("#recipe-text"))
	p.click("#tab-go")
	p.until(`document.querySelector('#recipe-text').innerText.includes('cos-go-sdk-v5')`)
	p.picture("connect")
	late := r.sign("PUT", "photos/2026/dog.jpg", "Content-Type", "image/jpeg")
	for _, key := range []string{"index.html", "photos/2026/owl.jpg", "reports/November 2026/summary.pdf", "图片/猫.png"} {
		r.kept(r.send("PUT", r.sign("PUT", key)))
	}
	r.kept(r.send("GET", r.sign("GET", "index.html")))
	r.kept(r.send("GET", r.sign("GET", "favicon.ico")))
	r.kept(r.send("GET", r.sign("PUT", "photos/2026/owl.jpg")))
	r.kept(r.send("PUT", r.signAs(tempID, "PUT", "avatars/7.png")))
	r.Clock().Advance(16 * time.Minute)
	r.kept(r.send("PUT", late, "Content-Type", "image/jpeg"))
	for _, key := range []string{"photos/2026/fox.jpg", "photos/2026/hen.jpg"} {
		r.kept(r.send("PUT", r.sign("PUT", key)))
	}
	bad := r.kept(r.send("PUT", r.sign("PUT", "photos/2026/cat.jpg", "Content-Type", "image/jpeg"), "Content-Type", "image/jpeg; charset=utf-8"))
	p.until(has(rowOf(bad.id)))
	p.until(`document.querySelector('#clock-time').innerText === '08:16:00'`)
	p.click(rowOf(bad.id))
	p.until(has("#forms .diff"))
	p.picture("mismatch")
	p.choose("#theme", "dark")
	p.click("#language")
	p.run(`document.querySelector('#rows').focus()`)
	expired := r.Journal().Select(journal.Filter{Code: "AccessDenied"})
	require.Len(t, expired, 1)
	p.click(rowOf(expired[0].ID))
	p.until(`document.querySelector('.validity.out')`)
	p.picture("expired-dark-zh")
}
