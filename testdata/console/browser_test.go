package console

import (
	"bytes"
	"context"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

//nolint:gochecknoglobals // a flag of the test binary
var screenshots = flag.String("screenshots", "", "the folder to put the pictures into; none: they are made and thrown away")

const (
	// patience is how long a change may take to show on the page.
	patience = 20 * time.Second
	// strangerHost is a name that the browser resolves to this machine, as with the DNS server of
	// an attacker.
	strangerHost = "stranger.test"
)

// chromium is the browser of all tests.
type chromium context.Context

// launch starts the browser.
func launch(t *testing.T) chromium {
	t.Helper()
	name := os.Getenv("CHROMIUM")
	for _, n := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if name == "" {
			name, _ = exec.LookPath(n)
		}
	}
	require.NotEmpty(t, name, "a browser is needed: apt-get install chromium, or say in CHROMIUM where there is one")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(name), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("host-resolver-rules", "MAP "+strangerHost+" 127.0.0.1"),
		chromedp.WindowSize(1280, 800), chromedp.Env("TZ=UTC"),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(browser))
	return browser
}

// A page is a tab with the console of a rig.
type page struct {
	*rig
	ctx context.Context

	mu       sync.Mutex
	problems []string // messages and errors of the browser
	breaks   bool     // connections may break, so the browser may report that
	locked   bool     // the server asks for its token, so the browser may report 401
	asked    []string // all URLs that the page requested
	gone     string   // a part of URLs that may be answered with 404
	expected []string // parts of the problems that a test provokes
}

// expect lets the browser report problems with this part: it reports every refusal.
func (p *page) expect(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, part)
}

// mayMiss lets URLs that contain a text be answered with an error.
func (p *page) mayMiss(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = part
}

// open shows a path of the console in a new tab. The test fails at its end if the browser reported
// a problem, such as a script error or a blocked request.
func (r *rig) open(browser chromium, path string, before ...step) *page {
	r.t.Helper()
	p := r.tab(browser)
	p.do(before...)
	p.do(chromedp.Navigate("http://" + r.console + path))
	p.until(`document.querySelector('main')`)
	r.t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		require.Empty(r.t, slices.DeleteFunc(p.problems, func(problem string) bool {
			return slices.ContainsFunc(p.expected, func(part string) bool { return strings.Contains(problem, part) })
		}))
		for _, u := range p.asked {
			ours := strings.HasPrefix(u, "http://"+r.console+"/") || strings.HasPrefix(u, "data:") // the browser's own icons
			require.True(r.t, ours, "the page asked for %s", u)
		}
	})
	return p
}

// tab returns a new empty tab.
func (r *rig) tab(browser chromium) *page {
	r.t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	r.t.Cleanup(cancel)
	p := &page{rig: r, ctx: ctx}
	require.NoError(r.t, chromedp.Listen(ctx, p.listen))
	p.do(call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}), chromedp.EmulateViewport(1280, 800))
	return p
}

func (p *page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.problems = append(p.problems, e.ExceptionDetails.Text+" "+e.ExceptionDetails.URL)
		if x := e.ExceptionDetails.Exception; x != nil {
			p.problems = append(p.problems, x.Description)
		}
	case *log.EventEntryAdded:
		gone := strings.Contains(e.Entry.Text, "404") && strings.Contains(e.Entry.URL, "/api/v1/requests/") || // for an id that no longer exists
			p.gone != "" && strings.Contains(e.Entry.URL, p.gone)
		broken := p.breaks && strings.Contains(e.Entry.Text, "net::ERR_") ||
			p.locked && strings.Contains(e.Entry.Text, "401")
		if !gone && !broken && (e.Entry.Level == "error" || e.Entry.Level == "warning") {
			p.problems = append(p.problems, e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		p.asked = append(p.asked, e.Request.URL)
	}
}

// A step is an action without a result.
type step = chromedp.Action[chromedp.Void]

// call returns a command of the browser's protocol as a step.
func call[P, R any](c cdp.Command[P, R], params P) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, c, params)
		return err
	})
}

// do executes steps, within patience.
func (p *page) do(steps ...step) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	require.NoError(p.t, chromedp.Do(ctx, steps...))
}

// until waits until an expression is true. Meanwhile it may fail, and the page may change.
func (p *page) until(js string) {
	p.t.Helper()
	wait := `new Promise((done) => { const end = Date.now() + 500; (function look() { let ok = false; try { ok = ` + js + ` } catch {} ok || Date.now() > end ? done(Boolean(ok)) : setTimeout(look, 20) })() })`
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for ctx.Err() == nil {
		once, cancel := context.WithTimeout(ctx, 5*time.Second)
		ok, err := chromedp.Run(once, chromedp.Evaluate[bool](wait, chromedp.EvalAwaitPromise))
		cancel()
		if err == nil && ok {
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.t.Fatalf("never true: %s; the browser says %q; the page shows:\n%s", js, p.problems, p.text("body"))
}

// eval returns the value of an expression, and awaits promises.
func eval[T any](p *page, js string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	require.NoError(p.t, err, js)
	return out
}

// run executes a script.
func (p *page) run(js string) {
	p.t.Helper()
	eval[chromedp.Void](p, js)
}

// text returns the visible text of an element.
func (p *page) text(selector string) string {
	p.t.Helper()
	return eval[string](p, `document.querySelector(`+quote(selector)+`)?.innerText ?? ''`)
}

// click clicks at the place of the element, like a mouse, once the page no longer moves it.
func (p *page) click(selector string) {
	p.t.Helper()
	p.until(`(() => {
		const e = document.querySelector(` + quote(selector) + `);
		if (!e) return false;
		const {x, y} = e.getBoundingClientRect(), was = window.clickAt;
		window.clickAt = {e, x, y};
		const still = was?.e === e && was.x === x && was.y === y;
		if (still) delete window.clickAt;
		return still;
	})()`)
	p.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible, chromedp.NodeEnabled))
}

// choose selects an option.
func (p *page) choose(selector, value string) {
	p.t.Helper()
	p.do(chromedp.Focus(chromedp.CSS(selector)))
	p.run(`(() => { const s = document.querySelector(` + quote(selector) + `); s.value = ` + quote(value) + `; s.dispatchEvent(new Event('change', {bubbles: true})) })()`)
}

// fill replaces the text of a field.
func (p *page) fill(selector, text string) {
	p.t.Helper()
	p.do(chromedp.Focus(chromedp.CSS(selector)))
	p.run(`document.activeElement.select()`)
	p.do(call(input.InsertText, input.InsertTextParams{Text: text}))
}

// press sends keys to the focused element.
func (p *page) press(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		p.do(chromedp.KeyEvent(k))
	}
}

// media sets the preferred colour scheme.
func media(scheme string) step {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

// speaks sets the preferred languages.
func speaks(languages string) step {
	return call(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "test", AcceptLanguage: languages})
}

// shade keeps the six upper bits of a channel of 16.
func shade(c uint32) uint8 { return uint8(c>>8)&^3 | uint8(c>>14) }

// picture takes a screenshot.
func (p *page) picture(name string) {
	p.t.Helper()
	// It waits until nothing temporary is visible, such as a toast.
	p.until(`getComputedStyle(document.querySelector('#toast')).visibility === 'hidden' && document.fonts.status === 'loaded'`)
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	img, err := png.Decode(bytes.NewReader(shot))
	require.NoError(p.t, err)
	require.Equal(p.t, 1280, img.Bounds().Dx())
	small := image.NewRGBA(img.Bounds()) // fewer shades take a third less room, and look the same
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			small.SetRGBA(x, y, color.RGBA{shade(r), shade(g), shade(b), 255})
		}
	}
	dir := *screenshots
	if dir == "" {
		dir = p.t.TempDir()
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	require.NoError(p.t, err)
	require.NoError(p.t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, small))
	require.NoError(p.t, f.Close())
}

// timezone sets the zone of the browser.
func timezone(id string) step {
	return call(emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: id})
}
