package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// issueKey: the key of the form has exactly the rights that the page shows.
func issueKey(t *testing.T, browser chromium) {
	r := start(t)
	p := r.open(browser, "/#/keys")
	p.until(has("#issue"))
	p.fill("#key-size", "many")
	p.click("#issue")
	p.until(`document.querySelector('.wrong').innerText.includes('0 to 5120')`)
	require.Zero(t, r.Keys().Issued())
	p.fill("#key-prefix", "avatars/")
	p.fill("#key-size", "0.00001") // in megabytes: ten bytes
	p.click("#issue")
	p.until(has("#issued-policy"))
	require.Contains(t, p.text("#issued"), "2026-11-24 08:15:00")
	require.JSONEq(t, `{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:PutObject"],
		"resource":["qcs::cos:ap-guangzhou:uid/1250000000:`+bucket+`/avatars/*"],
		"condition":{"numeric_less_than_equal":{"cos:content-length":10},"string_like":{"cos:content-type":["image/*"]}}}]}`, p.text("#issued-policy"))

	pair := strings.Fields(p.text("#issued-pair"))
	require.Len(t, pair, 6)
	id, key, token := pair[1], pair[3], pair[5]
	who := r.Keys().Identify(id, token, startTime())
	require.NoError(t, who.KeyErr)
	require.Equal(t, key, who.Key.SecretKey)
	for _, sdk := range []string{"browser", "node", "go", "python", "java", "curl"} {
		p.choose("#issued-sdk", sdk)
		p.until(`document.querySelector('#issued-code').innerText.includes(` + quote(map[string]string{
			"browser": "SecurityToken: ", "node": "SecurityToken: ", "go": "SessionToken:", "python": "CosConfig(",
			"java": "BasicSessionCredentials(", "curl": "curl -T FILE",
		}[sdk]) + `)`)
		code := p.text("#issued-code")
		require.Contains(t, code, "avatars/example.png", sdk)
		require.Contains(t, code, token, sdk)
		if sdk != "curl" {
			require.Contains(t, code, key, sdk)
		}
	}

	send := func(name, kind string) int {
		return r.send("PUT", r.signAs(id, "PUT", name, "Content-Type", kind), "Content-Type", kind).status
	}
	require.Equal(t, http.StatusOK, send("avatars/7.png", "image/png"))
	require.Equal(t, http.StatusForbidden, send("other/7.png", "image/png"))
	require.Equal(t, http.StatusForbidden, send("avatars/7.html", "text/html"))
	for _, e := range r.Journal().Select(journal.Filter{Verdict: journal.Refused}) {
		require.Equal(t, []string{"policy-denied"}, e.Diagnosis)
	}

	p.click("#language")
	p.until(`document.querySelector('h1').innerText === '签发临时密钥'`)
	require.Contains(t, p.text("#issued"), "有效至")
	p.do(chromedp.Reload()) // the secret goes with the page
	p.until(has("#issue"))
	require.NotContains(t, eval[string](p, `document.documentElement.outerHTML`), key)
}
