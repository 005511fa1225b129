package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// throughCOS sends a signed request to the COS API.
func (r *rig) throughCOS(method, key, query, body string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method,
		"http://"+r.console+"/api/v1/cos/"+bucket+"?key="+url.QueryEscape(key)+"&query="+url.QueryEscape(query), strings.NewReader(body))
	require.NoError(r.t, err)
	req.Header.Set("X-Cosemu-Send", "1")
	return r.do(req)
}

// parts: the parts of an upload fold under it, in the list and by the keyboard. A refused part is
// seen although they are folded.
func parts(t *testing.T, browser chromium) {
	r := start(t)
	begun := r.throughCOS("POST", "film.mp4", "uploads", "")
	require.Equal(t, http.StatusOK, begun.status, begun.body)
	_, rest, _ := strings.Cut(begun.body, "<UploadId>")
	id, _, _ := strings.Cut(rest, "</UploadId>")
	for _, n := range []string{"1", "2", "3"} {
		require.Equal(t, http.StatusOK, r.kept(r.throughCOS("PUT", "film.mp4", "partNumber="+n+"&uploadId="+id, "part "+n)).status)
	}
	bad := r.kept(r.send("PUT", "http://"+r.api+"/"+bucket+"/film.mp4?partNumber=4&uploadId="+id))
	require.Equal(t, http.StatusForbidden, bad.status)
	r.kept(r.throughCOS("PUT", "film.mp4", "partNumber=5&uploadId="+id, "part 5"))
	p := r.open(browser, "/")
	p.until(`document.querySelectorAll('a.row').length === 2 && document.querySelector('.chip.parts').innerText.includes('5 parts')`)
	require.Contains(t, p.text(rowOf(bad.id)), "5 parts", "the refused one stands for them")
	require.Equal(t, "6 requests", p.text(".foot span:last-child"))
	p.click(".chip.parts")
	p.until(`document.querySelectorAll('a.row').length === 6 && document.querySelectorAll('a.row.inside').length === 4`)
	p.click(".chip.parts")
	p.until(`document.querySelectorAll('a.row').length === 2`)
	p.run(`document.querySelector('#rows').focus()`)
	p.press(kb.Home, kb.ArrowRight)
	p.until(`document.querySelectorAll('a.row').length === 6`)
	p.press(kb.ArrowLeft)
	p.until(`document.querySelectorAll('a.row').length === 2`)
}

// plainWords: the list and the findings say what is wrong in words, with the id for those who hover.
func plainWords(t *testing.T, browser chromium) {
	r := start(t)
	bad := r.kept(r.send("GET", r.sign("PUT", "a")))
	p := r.open(browser, "/#/requests/"+url.QueryEscape(bad.id))
	p.until(`document.querySelector('a.row .c-reason .chip').innerText === 'other method' && document.querySelector('#finding .chip').innerText === 'other method'`)
	require.Equal(t, "method", eval[string](p, `document.querySelector('#finding .chip').title`))
	require.Contains(t, eval[string](p, `document.querySelector('a.row .c-reason').title`), "method")
	p.click("#language")
	p.until(`document.querySelector('a.row .c-reason .chip').innerText === '请求方法不同'`)
}

// onAPhone: names can be read, the reason is shown, and the header is small.
func onAPhone(t *testing.T, browser chromium) {
	r := start(t)
	bad := r.kept(r.send("GET", r.sign("PUT", "photos/2026/a-name-of-some-length.jpg")))
	p := r.open(browser, "/", chromedp.EmulateViewport(390, 844))
	p.until(has(rowOf(bad.id)))
	p.until(`document.querySelector('a.row .c-reason .chip').innerText === 'other method'`)
	require.Less(t, eval[float64](p, `document.querySelector('.topbar').getBoundingClientRect().height`), 170.0)
	whole := `(s) => { const e = document.querySelector(s); return e.checkVisibility() && e.scrollWidth <= e.clientWidth + 1 }`
	require.True(t, eval[bool](p, `(`+whole+`)('a.row .c-key')`), "the name is whole")
	require.True(t, eval[bool](p, `(`+whole+`)('a.row .c-reason')`), "so is the reason")
	require.Empty(t, eval[[]string](p, wideElements))
	require.False(t, eval[bool](p, `document.querySelector('#freeze').checkVisibility()`))
	p.click("#clock-more")
	p.click("#freeze")
	p.until(`document.querySelector('#freeze').innerText === 'Freeze'`)
	require.Empty(t, eval[[]string](p, wideElements))
	for _, hash := range []string{"#/requests/" + url.QueryEscape(bad.id), "#/connect", "#/explain"} {
		p.run(`location.hash = ` + quote(hash))
		p.until(has("main h1"))
		require.Empty(t, eval[[]string](p, wideElements), hash)
	}
}
