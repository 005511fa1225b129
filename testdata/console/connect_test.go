package console

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/testdata/recipes"
)

// connect: the first screen tells how to connect, its command line works, and the request that it
// makes moves it aside. It stays one click away.
func connect(t *testing.T, browser chromium) {
	r := start(t)
	p := r.open(browser, "/")
	p.until(has("#connect-curl") + ` && ` + has("#recipe-text"))
	for id, want := range map[string]string{
		"endpoint": "http://" + r.api, "region": "ap-guangzhou", "appid": "1250000000", "secret-id": keyID, "secret-key": "$COSEMU_SECRET_KEY",
	} {
		require.Equal(t, want, p.text("#connect-"+id), id)
	}
	require.Equal(t, bucket, eval[string](p, `document.querySelector('#connect-bucket').value`))
	require.Equal(t, eval[int](p, `document.querySelectorAll('[role=tab]').length`), len(recipes.Names()))

	// Each tab has the recipe, filled in.
	for _, name := range []string{"go", "python", "boto3"} {
		p.click("#tab-" + name)
		want, err := recipes.Render(name, recipes.Values{Endpoint: r.api, Bucket: bucket, Region: "ap-guangzhou", SecretID: keyID})
		require.NoError(t, err)
		p.until(`document.querySelector('#recipe-text').innerText.trim() === ` + quote(strings.TrimSpace(want)))
	}
	p.press(kb.ArrowRight)
	p.until(`document.activeElement.id === 'tab-aws-js' && document.querySelector('#recipe-text').innerText.includes('@aws-sdk/client-s3')`)
	p.choose("#connect-bucket", "logs-1250000000")
	p.until(`document.querySelector('#recipe-text').innerText.includes('logs-1250000000') && document.querySelector('#connect-region').innerText === 'ap-beijing'`)

	line := p.text("#connect-curl")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	said, err := exec.CommandContext(ctx, "sh", "-c", line).CombinedOutput()
	require.NoError(t, err, "%s", said)
	p.until(`document.querySelectorAll('a.row').length === 1 && !document.querySelector('.connect')`)
	_, err = r.Store().Stat("logs-1250000000", "hello.txt")
	require.NoError(t, err)

	p.click("#connect")
	p.until(has(".connect-page #connect-curl"))
	p.click("#language")
	p.until(`document.querySelector('h1').innerText === '接入客户端' && document.querySelector('.connect').innerText.includes('COSEMU_SECRET_KEY 读取')`)
	p.do(chromedp.EmulateViewport(390, 800))
	require.Empty(t, eval[[]string](p, wideElements))
}

// wideElements lists what sticks out of the window at the right.
const wideElements = `[...document.querySelectorAll('body *')].filter((e) => !e.closest('.skip, .sr') && e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('pre')).map((e) => e.outerHTML.slice(0, 80))`
