package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// TestConsole runs its parts in one browser, each with its own emulator.
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
		"uploads of objects":      objectUploads,
		"objects by keyboard":     objectKeyboard,
		"texts of objects":        objectWords,
		"previews of objects":     objectPreviews,
		"forms of an object":      objectForms,
		"objects together":        objectsTogether,
		"forms of a bucket":       bucketForms,
		"accounts":                accounts,
		"connect":                 connect,
		"control token":           controlToken,
		"fixes":                   fixes,
		"sent again":              resend,
		"a report":                report,
		"the address":             address,
		"clearing":                clearing,
		"a stopped server":        stopped,
		"time zones":              zones,
		"parts of an upload":      parts,
		"plain words":             plainWords,
		"a phone":                 onAPhone,
		"following":               following,
		"ten thousand requests":   tenThousand,
		"secrets":                 secrets,
		"foreign pages":           foreignPages,
		"small windows":           smallWindow,
		"contrast":                contrast,
		"the page of the API":     apiPage,
		"axe-core":                accessible,
		"pictures for the README": pictures,
	} {
		t.Run(name, func(t *testing.T) { test(t, browser) })
	}
}

// expiredUpload: an upload with an expired URL appears on the page with its reason, and works again
// after the clock is reset.
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

// denial: a refused request shows the policy statement to add, ready to copy.
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

// mismatch: the two canonical forms are side by side, and the differences are marked.
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
	p.until(`document.querySelector('#clock-time').innerText > '08:00:01'`) // it runs visibly
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
	r.Clock().Shift(-20 * time.Minute) // by another client
	p.until(`document.querySelector('#clock-state').innerText === '20 min behind'`)
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
	p.click("#yes")
	p.until(`document.querySelector('.foot span:last-child').innerText === '0 requests'`)
	require.Empty(t, r.Journal().Select(journal.Filter{}))
}

// has returns a condition: the page has this element.
func has(selector string) string { return `document.querySelector(` + quote(selector) + `)` }
