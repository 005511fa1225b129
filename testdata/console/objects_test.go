package console

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// drop drops files and folders onto an element, as a mouse does.
func (p *page) drop(selector string, files ...string) {
	p.t.Helper()
	at := eval[[]float64](p, `(() => { const b = document.querySelector(`+quote(selector)+`).getBoundingClientRect(); return [b.x + b.width / 2, b.y + 20] })()`)
	data := input.DragData{Items: []*input.DragDataItem{}, Files: files, DragOperationsMask: 1}
	for _, kind := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
		p.do(call(input.DispatchDragEvent, input.DispatchDragEventParams{Type: kind, X: at[0], Y: at[1], Data: &data}))
	}
}

// throttle limits uploads, in bytes a second; -1 lifts the limit.
func (p *page) throttle(rate float64) {
	p.t.Helper()
	p.do(call(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{DownloadThroughput: -1, UploadThroughput: rate}},
	}))
}

// object returns what is stored under a key.
func (r *rig) object(key string) storage.Object {
	r.t.Helper()
	o, err := r.Store().Stat(bucket, key)
	require.NoError(r.t, err, key)
	return o
}

func (r *rig) absent(key string) {
	r.t.Helper()
	_, err := r.Store().Stat(bucket, key)
	require.ErrorIs(r.t, err, storage.ErrNoObject, key)
}

// objectUploads: files and folders are dropped onto the page; a large file goes in parts; what is
// cancelled leaves nothing.
func objectUploads(t *testing.T, browser chromium) {
	r := start(t)
	dir := t.TempDir()
	write := func(name, body string) string {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(body), 0o600))
		return file
	}
	small := write("猫 & dog.txt", "hello")
	write("album/one.txt", "1")
	write("album/deep/two.txt", "22")
	large := write("large.bin", strings.Repeat("0123456789abcdef", 20<<16)) // 20 MiB

	p := r.open(browser, "/#/objects/"+bucket+"/in%2F")
	p.until(has("#upload"))
	p.drop(".folder", small, filepath.Join(dir, "album"), large)
	p.until(`document.querySelector('.uploads [role=status]').textContent === '4 done'`)
	p.until(`[...document.querySelectorAll('.folder tbody .name')].map((e) => e.innerText).join(' ') === 'album/ large.bin 猫 & dog.txt'`)
	o := r.object("in/猫 & dog.txt")
	require.EqualValues(t, 5, o.Size)
	require.EqualValues(t, 1, r.object("in/album/one.txt").Size)
	require.EqualValues(t, 2, r.object("in/album/deep/two.txt").Size)
	big := r.object("in/large.bin")
	require.EqualValues(t, 20<<20, big.Size)
	require.True(t, strings.HasSuffix(big.ETag, "-3"), "three parts: %s", big.ETag)

	// At 1 MiB a second there is time to cancel.
	p.throttle(1 << 20)
	p.drop(".folder", write("cancelled.bin", strings.Repeat("x", 40<<20)))
	p.until(`document.querySelector('.uploads progress').value > 0`)
	p.click("#cancel-all")
	p.until(`document.querySelector('.uploads li:last-child').dataset.state === 'cancelled'`)
	p.throttle(-1)
	r.absent("in/cancelled.bin")
	require.Eventually(t, func() bool {
		list, err := r.Store().ListUploads(bucket, storage.UploadOptions{Max: 10})
		return err == nil && len(list.Uploads) == 0
	}, patience, patience/1000, "no parts stay")

	p.click("#clear-uploads")
	p.click("#new-folder")
	p.until(has("dialog[open]"))
	p.fill("#folder-name", "empty")
	p.click("#confirm")
	p.until(`location.hash.includes('empty')`)
	require.Zero(t, r.object("in/empty/").Size)
}

// objectKeyboard: each control of the objects view can be reached with the keyboard, and shows that.
func objectKeyboard(t *testing.T, browser chromium) {
	r := start(t)
	r.put("dir/a.txt", "text/plain", []byte("one"))
	for _, view := range []struct {
		hash string
		want []string
	}{
		{"/#/objects/" + bucket + "/dir%2F", []string{"new-bucket", "settings", "remove-bucket", "upload", "upload-folder", "new-folder", "mark-all", "copy-many", "move-many", "remove-many", "Choose dir/a.txt"}},
		{"/#/objects/" + bucket + "/dir%2F/dir%2Fa.txt", []string{"download", "sign-link", "copy-one", "move-one", "remove-one", "headers", "storage-class", "tags", "acl"}},
		{"/#/objects/" + bucket + "///cors", []string{"pane-cors", "pane-policy", "pane-lifecycle", "pane-general", "document", "example"}},
	} {
		p := r.open(browser, view.hash)
		p.expect("query=") // a browser reports the answer 404: there are no tags, no rules
		p.until(`document.querySelector('#mark-all:enabled, #acl, #document')`)
		if view.want[0] == "new-bucket" { // what is marked enables the buttons
			p.run(`document.querySelector('#mark-all').focus()`)
			p.press(" ")
			p.until(`document.querySelector('#remove-many:enabled')`)
		}
		p.run(`document.querySelector('#main').focus()`)
		seen := map[string]bool{}
		for range 40 {
			p.press(kb.Tab)
			at := eval[[]string](p, `(() => {
				const e = document.activeElement, s = getComputedStyle(e), box = e.getBoundingClientRect();
				return [e.id || e.ariaLabel || e.innerText || e.tagName, String(e === document.body || s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0), String(e === document.body || box.bottom > 0 && box.top < innerHeight && box.width > 0)];
			})()`)
			require.Equal(t, []string{"true", "true"}, at[1:], "%s has the focus, and shows it", at[0])
			seen[at[0]] = true
		}
		for _, want := range view.want {
			require.Contains(t, seen, want, view.hash)
		}
	}
}

// objectWords: both languages have all texts of the view.
func objectWords(t *testing.T, browser chromium) {
	r := start(t)
	p := r.open(browser, "/#/objects")
	p.until(has("#upload"))
	p.until(`import(document.querySelector('script[type=module]').src.replace('app.mjs', 'objects.words.mjs')).then((m) => window.texts = m) && window.texts`)
	shape := `(function shape(x) { return typeof x !== 'object' ? typeof x : Object.fromEntries(Object.entries(x).map(([k, v]) => [k, shape(v)])) })`
	require.JSONEq(t, eval[string](p, `JSON.stringify(`+shape+`(texts.en))`), eval[string](p, `JSON.stringify(`+shape+`(texts.zh))`))
	p.click("#language")
	p.until(`document.querySelector('#upload').innerText === '上传'`)
}

// sound is a second of silence, which browsers play.
func sound() []byte {
	const rate = 8000
	var b bytes.Buffer
	b.WriteString("RIFF")
	_ = binary.Write(&b, binary.LittleEndian, uint32(36+rate))
	b.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(rate), uint16(1), uint16(8)} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("data")
	_ = binary.Write(&b, binary.LittleEndian, uint32(rate))
	b.Write(bytes.Repeat([]byte{128}, rate))
	return b.Bytes()
}

// put stores a body with its type.
func (r *rig) put(key, kind string, body []byte) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPut, r.sign("PUT", key, "Content-Type", kind), bytes.NewReader(body))
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", kind)
	res, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	require.NoError(r.t, res.Body.Close())
	require.Equal(r.t, http.StatusOK, res.StatusCode)
}

// objectPreviews: bodies are shown, and none of them runs.
func objectPreviews(t *testing.T, browser chromium) {
	r := start(t)
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 7, 5))))
	attack := `document.title = 'attacked'; top.document.title = 'attacked'; fetch('/api/v1/reset', {method: 'POST'})`
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="4" onload="` + strings.ReplaceAll(attack, "'", "&apos;") + `"><script>` + attack + `</script></svg>`
	page := `<html><body onload="` + attack + `"><script>` + attack + `</script><img src=x onerror="` + attack + `"></body></html>`
	r.put("picture", "image/png", picture.Bytes())
	r.put("drawing", "image/svg+xml", []byte(svg))
	r.put("page.html", "text/html", []byte(page))
	r.put("page", "image/png", []byte(page))
	r.put("sound", "audio/wav", sound())
	r.put("film", "video/mp4", sound())
	r.put("data", "application/json", []byte(`{"a":[1,2]}`))
	r.put("long.txt", "text/plain", []byte(strings.Repeat("0123456789abcdef", 5000)))
	r.put("unknown", "application/zip", []byte("PK"))

	p := r.open(browser, "/#/objects/"+bucket)
	p.expect("query=tagging") // a browser reports the answer 404: there are no tags
	show := func(key, kind, until string) {
		t.Helper()
		p.run(`location.hash = '#/objects/` + bucket + `//` + key + `'`)
		p.until(`document.querySelector('.object')?.getAttribute('aria-label') === ` + quote(key) + ` && document.querySelector('#preview')?.dataset.kind === ` + quote(kind) + ` && ` + until)
	}
	show("picture", "image", `document.querySelector('#preview img').naturalWidth === 7`)
	show("drawing", "image", `document.querySelector('#preview img').naturalWidth === 9`)
	show("sound", "audio", `document.querySelector('#preview audio').duration === 1`)
	show("film", "video", `document.querySelector('#preview video').duration === 1`)
	show("data", "json", `document.querySelector('#preview').innerText.includes('"a": [')`)
	show("page.html", "text", `document.querySelector('#preview').innerText.includes('onload=')`)
	show("page", "image", `document.querySelector('#preview img').complete`)
	show("long.txt", "text", `document.querySelector('#preview').innerText.includes('The first 64 KiB')`)
	require.Less(t, len(p.text("#preview")), 70<<10)
	show("unknown", "", `document.querySelector('#preview').innerText.includes('No preview')`)
	require.NotContains(t, eval[string](p, `document.title`), "attacked")

	// Opened by themselves, they run nothing either; a download opens nothing.
	for _, key := range []string{"drawing", "page.html", "page"} {
		tab := r.tab(browser)
		ctx, cancel := context.WithTimeout(tab.ctx, patience)
		_ = chromedp.Do(ctx, chromedp.Navigate("http://"+r.console+"/api/v1/cos/"+bucket+"?key="+key)) // fails where it is a download
		cancel()
		require.NotContains(t, eval[string](tab, `document.title`), "attacked", key)
	}
	// Nor in a frame or a window of the console itself, nor as its script.
	require.Equal(t, "refused", eval[string](p, `new Promise((done) => {
		const s = document.createElement('script');
		s.src = '/api/v1/cos/`+bucket+`?key=data';
		s.onload = () => done('ran');
		s.onerror = () => done('refused');
		document.head.append(s);
	})`))
	r.object("drawing") // nothing was reset
	p.expect("script")
}

// objectForms: what an object carries is shown and changed, its versions too.
func objectForms(t *testing.T, browser chromium) {
	r := start(t)
	require.NoError(t, r.Store().SetVersioning(bucket, storage.VersioningEnabled))
	r.put("dir/a.txt", "text/plain", []byte("one"))
	first := r.object("dir/a.txt").VersionID
	r.put("dir/a.txt", "text/plain", []byte("second"))
	p := r.open(browser, "/#/objects/"+bucket+"/dir%2F")
	p.expect("query=tagging") // a browser reports the answer 404: there are no tags yet
	p.click(".folder tbody a.name")
	p.until(`document.querySelector('#headers').value === 'Content-Type: text/plain'`)
	require.Contains(t, p.text(".object .facts"), "6 bytes")
	require.Equal(t, 2, eval[int](p, `document.querySelectorAll('.versions tbody tr').length`))

	p.fill("#headers", "Content-Type: text/csv\nCache-Control: max-age=60\nx-cos-meta-colour: red")
	p.choose("#storage-class", "STANDARD_IA")
	p.click("#edit-headers button")
	p.until(`document.querySelectorAll('.versions tbody tr').length === 3`)
	res, err := http.Head(r.sign("HEAD", "dir/a.txt"))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, []string{"text/csv", "max-age=60", "red", "STANDARD_IA"}, []string{
		res.Header.Get("Content-Type"), res.Header.Get("Cache-Control"), res.Header.Get("X-Cos-Meta-Colour"), res.Header.Get("X-Cos-Storage-Class"),
	})
	p.until(`document.querySelector('#headers').value === 'Content-Type: text/csv\nCache-Control: max-age=60\nx-cos-meta-colour: red'`)

	p.fill("#tags", "team=photos\nstage=test")
	p.click("#edit-tags button")
	require.Eventually(t, func() bool { return len(r.object("dir/a.txt").Tags) == 2 }, patience, patience/1000)
	require.Equal(t, []storage.Field{{Name: "team", Value: "photos"}, {Name: "stage", Value: "test"}}, r.object("dir/a.txt").Tags)
	p.until(`!document.querySelector('#edit-tags button').disabled`)
	p.choose("#acl", "public-read")
	p.click("#edit-acl button")
	p.until(`!document.querySelector('#edit-acl button').disabled`)
	require.Equal(t, http.StatusOK, r.send("GET", "http://"+r.api+"/"+bucket+"/dir/a.txt").status, "anybody reads it")

	// A refusal shows what the server says, and changes nothing.
	p.fill("#tags", strings.Repeat("k", 200)+"=v")
	p.click("#edit-tags button")
	p.until(`document.querySelector('.refusal a')`)
	require.Len(t, r.object("dir/a.txt").Tags, 2)
	p.expect("/api/v1/cos/")

	p.click(`.versions tr[data-version="` + first + `"] .restore`)
	p.until(`document.querySelectorAll('.versions tbody tr').length === 4`)
	require.EqualValues(t, 3, r.object("dir/a.txt").Size)
	p.click(`.versions tr[data-version="` + first + `"] .danger`)
	p.until(`document.activeElement.innerText === 'Sure?'`)
	_, err = r.Store().StatVersion(bucket, "dir/a.txt", first)
	require.NoError(t, err, "asked first")
	p.click(`.versions tr[data-version="` + first + `"] .danger`)
	p.until(`document.querySelectorAll('.versions tbody tr').length === 3`)
	_, err = r.Store().StatVersion(bucket, "dir/a.txt", first)
	require.Error(t, err)

	p.click("#sign-link")
	p.until(`document.querySelector('#sign-key').value === 'dir/a.txt'`)
	p.click("#sign")
	p.until(has("#signed-url"))
	require.Equal(t, "one", r.send("GET", p.text("#signed-url")).body)
}

// objectsTogether: many objects are copied, moved and deleted with one question.
func objectsTogether(t *testing.T, browser chromium) {
	r := start(t)
	for _, key := range []string{"a/1", "a/2", "a/deep/3", "a/deep/", "b", "a+b %2F"} {
		r.put(key, "text/plain", []byte("body of "+key))
	}
	p := r.open(browser, "/#/objects/"+bucket+"/a%2F")
	p.until(`document.querySelectorAll('.folder tbody tr').length === 3`)
	p.click("#mark-all")
	p.click("#copy-many")
	p.until(has("dialog[open] #to-bucket"))
	p.choose("#to-bucket", "logs-1250000000")
	p.fill("#to-path", "copy/")
	p.click("#confirm")
	p.until(`document.querySelector('#toast').innerText === '4 copied'`)
	for _, key := range []string{"copy/1", "copy/2", "copy/deep/3", "copy/deep/"} {
		_, err := r.Store().Stat("logs-1250000000", key)
		require.NoError(t, err, key)
	}
	r.object("a/deep/3")

	p.run(`location.hash = '#/objects/` + bucket + `'`)
	p.until(`document.querySelectorAll('.folder tbody tr').length === 3`)
	p.click(`[aria-label="Choose a+b %2F"]`)
	p.click("#move-many")
	p.until(`document.querySelector('#to-path').value === 'a+b %2F'`)
	p.until(has("dialog[open]"))
	p.fill("#to-path", "moved/猫?.txt")
	p.click("#confirm")
	p.until(`document.querySelector('#toast').innerText === '1 moved'`)
	r.absent("a+b %2F")
	require.EqualValues(t, len("body of a+b %2F"), r.object("moved/猫?.txt").Size)

	p.until(`document.querySelector('[aria-label="Choose a/"]')`)
	p.click(`[aria-label="Choose a/"]`)
	p.click("#remove-many")
	p.until(`document.querySelector('dialog .lead').innerText === 'Delete 4 objects?' && document.querySelectorAll('dialog li').length === 4`)
	r.object("a/1")
	p.click("#confirm")
	p.until(`document.querySelector('#toast').innerText === '4 deleted'`)
	for _, key := range []string{"a/1", "a/2", "a/deep/3", "a/deep/"} {
		r.absent(key)
	}
	r.object("b")
}

// bucketForms: buckets are created and deleted, and their settings are judged by the server.
func bucketForms(t *testing.T, browser chromium) {
	r := start(t)
	p := r.open(browser, "/#/objects")
	p.click("#new-bucket")
	p.until(has("dialog[open]"))
	p.fill("#bucket-name", "new-1250000000")
	p.click("#confirm")
	p.until(`location.hash === '#/objects/new-1250000000'`)
	_, err := r.Store().Bucket("new-1250000000")
	require.NoError(t, err)

	config := func(name string) string {
		doc, err := r.Store().Config("new-1250000000", name)
		if err != nil {
			return ""
		}
		return string(doc)
	}
	p.expect("/api/v1/cos/") // a browser reports the answer 404: there is no document yet
	p.click("#settings")
	for _, pane := range []string{"cors", "policy", "lifecycle"} {
		p.click("#pane-" + pane)
		p.until(`document.querySelector('#pane-` + pane + `').ariaCurrent === 'page' && document.querySelector('form.ask p').innerText.includes('There is none yet')`)
		p.fill("#document", "<nonsense>")
		p.click("#save")
		p.until(`document.querySelector('.refusal a[href^="#/requests/"]')`)
		require.Empty(t, config(pane), "nothing is kept that the server refuses")
		p.click("#example")
		p.click("#save")
		p.until(`!document.querySelector('.refusal') && document.querySelector('form .danger')`)
		require.NotEmpty(t, config(pane))
	}
	p.click("form .danger")
	require.NotEmpty(t, config("lifecycle"), "asked first")
	p.click("form .danger")
	p.until(`!document.querySelector('form .danger')`)
	require.Empty(t, config("lifecycle"))

	p.click("#pane-general")
	p.until(`document.querySelector('#versioning:enabled')`)
	p.choose("#versioning", "Enabled")
	p.choose("#bucket-acl", "public-read")
	p.click("#save")
	p.until(`document.querySelector('.buckets a[aria-current]').innerText.includes('public-read')`)
	b, err := r.Store().Bucket("new-1250000000")
	require.NoError(t, err)
	require.Equal(t, storage.VersioningEnabled, b.Versioning)

	p.run(`fetch('/api/v1/cos/new-1250000000?key=a', {method: 'PUT', body: 'x', headers: {'X-Cosemu-Send': '1'}})`)
	p.expect("/api/v1/buckets/")
	p.click("#remove-bucket")
	p.click("#confirm")
	p.until(`document.querySelector('#toast').innerText.includes('not empty')`)
	_, err = r.Store().Bucket("new-1250000000")
	require.NoError(t, err)
	p.click("#force")
	p.click("#confirm")
	p.until(`![...document.querySelectorAll('.buckets .name')].some((e) => e.innerText === 'new-1250000000')`)
	_, err = r.Store().Bucket("new-1250000000")
	require.ErrorIs(t, err, storage.ErrNoBucket)
}
