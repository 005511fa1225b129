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
	"github.com/cosemu/cosemu/storage"
)

// explain: pasted text is recognised and explained, and nothing is sent.
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

	// Pasting anywhere asks too; a pasted id shows its request.
	p.click(`.views a[href="#/objects"]`)
	p.until(has(".objects"))
	p.run(`(() => { const d = new DataTransfer(); d.setData('text/plain', ` + quote("x-cos-request-id: "+bad.id) + `); document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true})) })()`)
	p.until(`location.hash.startsWith('#/requests/') && document.querySelector('#detail #finding')`)
}

// sign: a URL made on the page works.
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
