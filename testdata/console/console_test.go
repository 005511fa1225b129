package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/keyring"
	"github.com/cosemu/cosemu/storage"
)

// TestConsole runs its parts in one browser, each with an emulator of its own.
func TestConsole(t *testing.T) {
	browser := launch(t)
	for name, test := range map[string]func(*testing.T, chromium){
		"an expired upload":       expiredUpload,
		"a signature's mismatch":  mismatch,
		"a denial":                denial,
		"the clock":               clockOnThePage,
		"languages and themes":    languagesAndThemes,
		"the keyboard":            keyboard,
		"filters":                 filters,
		"explain":                 explain,
		"sign":                    sign,
		"temporary keys":          issueKey,
		"objects":                 objects,
		"following":               following,
		"ten thousand requests":   tenThousand,
		"secrets":                 secrets,
		"foreign pages":           foreignPages,
		"small windows":           smallWindow,
		"contrast":                contrast,
		"pictures for the README": pictures,
	} {
		t.Run(name, func(t *testing.T) { test(t, browser) })
	}
}

// An upload that comes too late shows up by itself, says why, and works again
// once the clock is where it was.
func expiredUpload(t *testing.T, browser chromium) {
	r := start(t)
	p := r.open(browser, "/")
	url := r.sign("PUT", "photos/cat.jpg")
	first := r.send("PUT", url)
	require.Equal(t, http.StatusOK, first.status)
	p.until(has(rowOf(first.id) + ".v-accepted"))

	p.click(`[data-by="24h"]`)
	p.until(`document.querySelector('#clock-time').parentElement.innerText.includes('2026-11-25')`)
	late := r.send("PUT", url)
	require.Equal(t, http.StatusForbidden, late.status)
	p.until(has(rowOf(late.id) + ".v-refused"))
	require.Contains(t, p.text(rowOf(late.id)), "expired")

	p.click(rowOf(late.id))
	p.until(has("#finding"))
	said := p.text("#finding")
	require.Contains(t, said, "23 h 45 min")
	require.Contains(t, said, "longer validity")
	require.Contains(t, p.text("#detail"), "403 AccessDenied")
	require.Contains(t, p.text(".steps"), "Time")
	require.Equal(t, 1, eval[int](p, `document.querySelectorAll('.steps .failed').length`))
	require.Contains(t, p.text(".validity"), "too late")
	require.Contains(t, p.text(".xml"), "<Message>Request has expired</Message>")

	p.click("#rewind")
	p.until(`document.querySelector('#clock-time').parentElement.innerText.includes('2026-11-24')`)
	again := r.send("PUT", url)
	require.Equal(t, http.StatusOK, again.status, again.body)
	p.until(has(rowOf(again.id) + ".v-accepted"))
	require.Empty(t, eval[[]string](p, `new Promise((done) => {
		const jumps = [];
		new PerformanceObserver((list) => list.getEntries().forEach((e) => e.hadRecentInput || jumps.push(...e.sources.filter((s) => s.node?.nodeType === 1).map((s) => e.value + ' ' + (s.node?.className || s.node?.nodeName) + JSON.stringify([s.previousRect, s.currentRect]))))).observe({type: 'layout-shift', buffered: true});
		setTimeout(done, 100, jumps);
	})`), "no element jumped")
}

// A denial ends with the statement to add, as it can be pasted.
func denial(t *testing.T, browser chromium) {
	r := start(t)
	require.NoError(t, r.Keys().Add(keyring.Key{
		SecretID: "AKIDother", SecretKey: "secret", AppID: "1300000001",
	}))
	refused := r.kept(r.send("PUT", r.signAs("AKIDother", "PUT", "photos/<b>cat.jpg")))
	require.Equal(t, http.StatusForbidden, refused.status, refused.body)
	p := r.open(browser, "/requests/"+refused.id)
	p.until(has("#finding .suggestion"))
	require.Equal(t, "The key belongs to APPID 1300000001, the bucket to 1250000000.", p.text("#finding .sentence"))
	require.JSONEq(t, `{"principal":{"qcs":["qcs::cam::uin/1300000001:uin/1300000001"]},"effect":"allow","action":["name/cos:PutObject"],`+
		`"resource":["qcs::cos:ap-guangzhou:uid/1250000000:`+bucket+`/photos/<b>cat.jpg"]}`, p.text("#finding .suggestion"))
}

// The two canonical forms stand side by side, what differs is marked.
func mismatch(t *testing.T, browser chromium) {
	r := start(t)
	url := r.sign("PUT", "photos/cat.jpg", "Content-Type", "image/jpeg")
	bad := r.kept(r.send("PUT", url, "Content-Type", "image/png"))
	require.Equal(t, http.StatusForbidden, bad.status)
	p := r.open(browser, "/requests/"+bad.id) // the permalink
	p.until(has("#forms .diff"))
	require.Equal(t, "Content-Type was signed as \"image/jpeg\", arrived as \"image/png\".", p.text("#finding .sentence"))
	require.Contains(t, p.text("#finding"), "proven")
	type row struct{ Left, Right, Del, Ins string }
	rows := eval[[]row](p, `[...document.querySelectorAll('#forms tbody tr.differs')].map((tr) => {
		const [left, right] = tr.querySelectorAll('td');
		const marked = (td, m) => [...td.querySelectorAll(m)].map((e) => e.innerText).join('|');
		return {Left: left.innerText, Right: right.innerText, Del: marked(left, 'del'), Ins: marked(right, 'ins')};
	})`)
	require.Equal(t, []row{{"content-type=image%2Fjpeg", "content-type=image%2Fpng", "jpe", "pn"}}, rows)
	marked := eval[[]string](p, `['del', 'ins', '#forms tr.differs'].map((s) => getComputedStyle(document.querySelector(s)).backgroundColor)`)
	require.Len(t, map[string]bool{marked[0]: true, marked[1]: true, marked[2]: true}, 3, "seen by colour: %v", marked)
	same := eval[int](p, `document.querySelectorAll('#forms tbody tr.same').length`)
	require.Equal(t, 3, same, "method, path, host")

	p.run(`Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { window.copied = text }}})`)
	p.click("#copy-curl")
	p.until(`window.copied?.startsWith('curl -T FILE')`)
	p.click("#copy-id")
	p.until(`window.copied === ` + quote(bad.id))
	p.click("#copy-link")
	p.until(`window.copied === location.origin + '/#/requests/' + encodeURIComponent(` + quote(bad.id) + `)`)
	p.until(`document.querySelector('#toast')?.innerText === 'Copied'`)

	r.open(browser, "/#/requests/none-such").until(`document.querySelector('#detail').innerText.includes('No request of this id')`)
}

func clockOnThePage(t *testing.T, browser chromium) {
	r := start(t)
	p := r.open(browser, "/")
	p.until(`document.querySelector('#clock-state').innerText === 'frozen'`)
	require.Equal(t, "08:00:00", p.text("#clock-time"))
	for _, move := range []struct {
		button string
		at     time.Time
	}{
		{`[data-by="15m"]`, startTime().Add(15 * time.Minute)},
		{`[data-by="-15m"]`, startTime()},
		{`[data-by="-24h"]`, startTime().Add(-24 * time.Hour)},
		{`[data-by="24h"]`, startTime()},
	} {
		p.click(move.button)
		p.until(`document.querySelector('.face').title === ` + quote(move.at.Format("2006-01-02T15:04:05.000Z")))
		require.True(t, r.Clock().Now().Equal(move.at), "%s: %s", move.button, r.Clock().Now())
	}
	p.click("#freeze")
	p.until(`document.querySelector('#freeze').innerText === 'Freeze'`)
	require.False(t, r.Clock().State().Frozen)
	p.until(`document.querySelector('#clock-time').innerText > '08:00:01'`) // it runs, and can be seen to
	p.click("#freeze")
	p.until(`document.querySelector('#clock-state').innerText === 'frozen'`)
	require.True(t, r.Clock().State().Frozen)

	p.click("#set-clock")
	p.until(`document.querySelector('dialog[open] input')`)
	p.run(`(() => { const i = document.querySelector('dialog[open] input'); i.value = '2027-01-02T03:04:05'; i.dispatchEvent(new Event('input', {bubbles: true})) })()`)
	p.click("dialog[open] .primary")
	p.until(`document.querySelector('#clock-time').innerText === '03:04:05'`)
	require.Equal(t, "2027-01-02T03:04:05Z", r.Clock().Now().Format(time.RFC3339))

	p.click("#real")
	p.until(`document.querySelector('#clock-state').innerText === 'real time' && document.querySelector('#real').disabled`)
	require.Zero(t, r.Clock().State().Offset)
	r.Clock().Shift(-20 * time.Minute) // by somebody else
	p.until(`document.querySelector('#clock-state').innerText === '20 min behind'`)
}

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

	// Both languages say everything.
	p.until(`import(document.querySelector('script[type=module]').src.replace('app.mjs', 'words.en.mjs')).then((m) => window.en = m.default) && window.en`)
	p.until(`import(document.querySelector('script[type=module]').src.replace('app.mjs', 'words.zh.mjs')).then((m) => window.zh = m.default) && window.zh`)
	shape := `(function shape(x) { return typeof x !== 'object' ? typeof x : Array.isArray(x) ? 'list of ' + x.length : Object.fromEntries(Object.entries(x).map(([k, v]) => [k, shape(v)])) })`
	require.JSONEq(t, eval[string](p, `JSON.stringify(`+shape+`(window.en))`), eval[string](p, `JSON.stringify(`+shape+`(window.zh))`))

	other := r.open(browser, "/", speaks("de-DE,de"))
	require.Equal(t, "en", eval[string](other, `document.documentElement.lang`), "chosen in the other tab, and the default as well")
}

// Everything is within reach of the keyboard, and one sees where one is.
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
	p.until(chosen(ids[0])) // and no further
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

	// Round the page with Tab: everything that can be clicked comes, visibly.
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
			continue // from the page's end to its beginning
		}
		require.Equal(t, []string{"true", "true"}, at[1:], "%s has the focus, and shows it", at[0])
		seen[at[0]] = true
	}
	for _, want := range []string{"brand", "-24h", "-15m", "15m", "24h", "freeze", "set-clock", "real", "language", "theme", "search", "filter-method", "filter-status", "filter-bucket", "clear", "rows", "skip"} {
		require.Contains(t, seen, want)
	}
	// What can be clicked is in that round: no element that only a mouse finds.
	require.Empty(t, eval[[]string](p, `[...document.querySelectorAll('button, a, select, input, textarea')].filter((e) => e.checkVisibility() && e.tabIndex < 0 && e.getAttribute('role') !== 'option').map((e) => e.outerHTML)`))
	require.Empty(t, eval[[]string](p, `[...document.querySelectorAll('button, a, select, input, textarea')].filter((e) => !(e.innerText || e.ariaLabel || e.labels?.length)).map((e) => e.outerHTML)`), "each has a name")
}

func filters(t *testing.T, browser chromium) {
	r := start(t)
	r.kept(r.send("PUT", r.sign("PUT", "photos/cat.jpg")))
	r.kept(r.send("GET", r.sign("GET", "photos/none.jpg")))
	r.kept(r.send("GET", r.sign("PUT", "photos/dog.jpg")))
	p := r.open(browser, "/")
	shows := func(keys ...string) {
		t.Helper()
		p.until(`[...document.querySelectorAll('a.row .c-key')].map((e) => e.innerText).join(' ') === ` + quote(strings.Join(keys, " ")))
	}
	shows("photos/dog.jpg", "photos/none.jpg", "photos/cat.jpg")
	require.Equal(t, "All 3 Accepted 1 Refused 2", strings.Join(strings.Fields(p.text(".segments")), " "))
	p.click(".segments .v-refused")
	shows("photos/dog.jpg", "photos/none.jpg")
	require.Equal(t, "2 of 3 requests", p.text(".foot span:last-child"))
	p.choose("#filter-status", "404")
	shows("photos/none.jpg")
	p.choose("#filter-status", "")
	p.fill("#search", "METHOD") // a reason
	shows("photos/dog.jpg")
	r.kept(r.send("PUT", r.sign("PUT", "photos/owl.jpg")))
	p.until(`document.querySelector('.foot span:last-child').innerText === '1 of 4 requests'`)
	p.click(".segments .v-accepted")
	p.until(`document.querySelector('.empty')`)
	p.click(".empty button")
	shows("photos/owl.jpg", "photos/dog.jpg", "photos/none.jpg", "photos/cat.jpg")
	p.choose("#filter-method", "GET")
	shows("photos/dog.jpg", "photos/none.jpg")
	p.choose("#filter-bucket", bucket)
	shows("photos/dog.jpg", "photos/none.jpg")
	p.click("#clear")
	p.until(`document.querySelector('.foot span:last-child').innerText === '0 requests'`)
	require.Empty(t, r.Journal().Select(journal.Filter{}))
}

// Whatever is pasted is recognised and explained, and nothing is sent.
func explain(t *testing.T, browser chromium) {
	r := start(t)
	url := r.sign("PUT", "photos/cat.jpg", "Content-Type", "image/jpeg")
	bad := r.kept(r.send("PUT", url, "Content-Type", "image/png"))
	p := r.open(browser, "/#/explain")
	p.until(`document.activeElement.id === 'paste'`)
	ask := func(text, read string) {
		t.Helper()
		p.fill("#paste", text)
		p.until(`document.querySelector('.seen').innerText.includes(` + quote(read) + `)`)
		p.click("#explain")
	}
	sentence := func(want string) {
		t.Helper()
		p.until(`document.querySelector('#explanation').innerText.includes(` + quote(want) + `)`)
	}
	ask("curl -T cat.jpg -H 'Content-Type: image/webp' '"+url+"'", "a curl command")
	sentence(`Content-Type was signed as "image/jpeg", arrived as "image/webp".`)
	ask(url+"\nContent-Type: image/jpeg", "a URL")
	sentence("This would be accepted")
	ask("GET "+url+"\nContent-Type: image/jpeg", "a URL")
	p.until(`document.querySelector('#explanation').innerText.includes('Signed for PUT, arrived as GET.')`)
	ask(bad.body, "XML")
	p.until(`document.querySelector('#explanation').innerText.includes('This request is in the list')`)
	ask("curl -T cat.jpg -H 'Content-Type: image/jpeg' '"+url+"'\n"+bad.body, "a curl command and a refusal’s XML")
	sentence(`Content-Type: this request has "image/jpeg", the cloud received "image/png".`)
	require.Equal(t, "jpe", eval[string](p, `document.querySelector('#explanation tr.differs del').innerText`))
	p.fill("#paste", "what is this")
	p.until(`document.querySelector('.seen').innerText.includes("other text, which the server reads")`)
	require.Len(t, r.Journal().Select(journal.Filter{}), 1, "nothing was sent")

	// A paste anywhere is a question too; an id leads to its request.
	p.click(`.views a[href="#/objects"]`)
	p.until(has(".objects"))
	p.run(`(() => { const d = new DataTransfer(); d.setData('text/plain', ` + quote("x-cos-request-id: "+bad.id) + `); document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true})) })()`)
	p.until(`location.hash.startsWith('#/requests/') && document.querySelector('#detail #finding')`)
}

// A URL made on the page works as it is.
func sign(t *testing.T, browser chromium) {
	r := start(t)
	p := r.open(browser, "/#/sign")
	p.until(has("#sign"))
	p.run(`fetch(document.querySelector('#ca').href).then((r) => r.text()).then((t) => { document.title = t.slice(0, 27) })`)
	p.until(`document.title === '-----BEGIN CERTIFICATE-----'`)
	p.click("#sign")
	p.until(`document.querySelector('.wrong').innerText === 'Name the object.'`)
	p.fill("#sign-key", "photos/猫 & dog.jpg")
	p.choose("#sign-expires", "1h")
	p.fill("#sign-headers", "nonsense")
	p.click("#sign")
	p.until(`document.querySelector('.wrong').innerText.includes('nonsense')`)
	p.fill("#sign-headers", "Content-Type: image/jpeg")
	p.click("#sign")
	p.until(has("#signed-url"))
	url := p.text("#signed-url")
	require.Contains(t, p.text("#signed-curl"), "curl -T FILE -H 'Content-Type: image/jpeg' '"+url+"'")
	require.Contains(t, p.text("#signed"), "2026-11-24 09:00:00")
	require.Equal(t, http.StatusForbidden, r.send("PUT", url).status, "the header is signed")
	require.Equal(t, http.StatusOK, r.send("PUT", url, "Content-Type", "image/jpeg").status)
	_, err := r.Store().Stat(bucket, "photos/猫 & dog.jpg")
	require.NoError(t, err)
	require.NotContains(t, p.text("#sign-credential"), tempID, "its URL would show a token")
	require.Contains(t, p.text("#sign-credential"), keyID)
}

func objects(t *testing.T, browser chromium) {
	r := start(t)
	for _, key := range []string{"a.txt", "dir/b.txt", "dir/deep/c.txt", "dir/deep//..", "dir2/<b>&amp;.html"} {
		require.Equal(t, http.StatusOK, r.send("PUT", r.sign("PUT", key)).status, key)
	}
	p := r.open(browser, "/#/objects")
	shows := func(names ...string) {
		t.Helper()
		p.until(`[...document.querySelectorAll('.folder tbody .name')].map((e) => e.innerText).join(' ') === ` + quote(strings.Join(names, " ")))
	}
	shows("dir/", "dir2/", "a.txt")
	p.click(".folder a.dir")
	shows("deep/", "b.txt")
	p.click(".folder a.dir")
	shows("/", "c.txt")
	p.click(".folder a.dir")
	shows("..")
	require.Equal(t, "hello", eval[string](p, `fetch(document.querySelector('.folder a[download]').href).then((r) => r.text())`))
	p.click(".folder .danger")
	p.until(`document.activeElement.closest('dialog')?.innerText.includes('Delete dir/deep//..?')`)
	p.press(kb.Escape)
	p.until(`!document.querySelector('.folder dialog')`)
	_, err := r.Store().Stat(bucket, "dir/deep//..")
	require.NoError(t, err, "asked first")
	p.click(".folder .danger")
	p.click("#confirm")
	p.until(`document.querySelector('.folder').innerText.includes('Nothing here')`)
	_, err = r.Store().Stat(bucket, "dir/deep//..")
	require.ErrorIs(t, err, storage.ErrNoObject)
	p.click(".crumbs a")
	shows("dir/", "dir2/", "a.txt")
	p.click(".folder tbody tr:nth-child(2) a")
	shows("<b>&amp;.html")
	p.click(".buckets li:last-child a")
	p.until(`document.querySelector('.folder').innerText.includes('Nothing here')`)

	for i := range 250 {
		require.Equal(t, http.StatusOK, r.send("PUT", r.sign("PUT", "many/"+time.Duration(i).String())).status)
	}
	p.do(chromedp.Navigate("http://" + r.console + "/#/objects/" + bucket + "/many%2F"))
	p.until(`document.querySelectorAll('.folder tbody tr').length === 200`)
	p.click("#more")
	p.until(`document.querySelectorAll('.folder tbody tr').length === 250 && !document.querySelector('#more')`)
}

// has is true once the page has such an element.
func has(selector string) string { return `document.querySelector(` + quote(selector) + `)` }
