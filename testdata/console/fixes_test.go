package console

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// fixes: one click on the page makes the very same request succeed, and undo restores what was.
func fixes(t *testing.T, browser chromium) {
	for name, test := range map[string]struct {
		fix     string
		prepare func(t *testing.T, r *rig) (send func() answer)
		status  int
		shows   string
	}{
		"a page's origin": {
			fix: "allow-origin", status: 200, shows: "<AllowedOrigin>https://app.example.com</AllowedOrigin>",
			prepare: func(_ *testing.T, r *rig) func() answer {
				return func() answer {
					return r.send("OPTIONS", "http://"+r.api+"/"+bucket+"/k", "Origin", "https://app.example.com",
						"Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "content-type")
				}
			},
		},
		"a bucket": {
			fix: "create-bucket", status: 200,
			prepare: func(t *testing.T, r *rig) func() answer {
				require.Equal(t, http.StatusCreated, r.control("POST", "/buckets", `{"name":"new-1250000000"}`).status)
				u := r.signIn("new-1250000000", "PUT", "k")
				require.NoError(t, r.Store().DropBucket("new-1250000000"))
				return func() answer { return r.send("PUT", u) }
			},
		},
		"a statement": {
			fix: "add-statement", status: 200, shows: "name/cos:PutObject",
			prepare: func(t *testing.T, r *rig) func() answer {
				require.NoError(t, r.Keys().Add(keyring.Key{SecretID: "AKIDother", SecretKey: "secret", AppID: "1300000001"}))
				u := r.signAs("AKIDother", "PUT", "k")
				return func() answer { return r.send("PUT", u) }
			},
		},
		"an alias": {
			fix: "add-alias:" + bucket, status: 200,
			prepare: func(t *testing.T, r *rig) func() answer {
				u := r.signPath(t, r.api, "/k", startTime())
				return func() answer { return r.send("PUT", u) }
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			send := test.prepare(t, r)
			refused := r.kept(send())
			require.GreaterOrEqual(t, refused.status, 400)
			p := r.open(browser, "/#/requests/"+url.QueryEscape(refused.id))
			button := `[data-fix="` + test.fix + `"]`
			p.until(has(button))
			if test.shows != "" {
				p.click("#fixes summary")
				require.Contains(t, p.text("#fixes pre"), test.shows)
			}
			p.click(button)
			p.until(has(`[data-undo="` + test.fix + `"]`))
			require.Equal(t, test.status, send().status, "an upload after the fix")
			p.mayMiss("/api/v1/fixes/") // the question whether objects go too
			p.click(`[data-undo="` + test.fix + `"]`)
			if test.fix == "create-bucket" { // the upload is in it
				p.until(has("#fixes .danger"))
				_, err := r.Store().Stat("new-1250000000", "k")
				require.NoError(t, err, "asked first")
				p.click("#fixes .danger")
			}
			p.until(has(button))
			require.Equal(t, refused.status, send().status, "as before")
		})
	}
}

// signPath signs a PUT of a path at a host, as an SDK does that sends the key alone.
func (r *rig) signPath(t *testing.T, host, path string, at time.Time) string {
	t.Helper()
	s, err := signer.Presign(signer.PresignInput{
		Credentials: signer.Credentials{SecretID: keyID, SecretKey: secret}, Method: http.MethodPut, Scheme: "http",
		Host: host, Key: strings.TrimPrefix(path, "/"), Start: at, Expires: time.Hour, Header: http.Header{},
	})
	require.NoError(t, err)
	return s.URL
}

// resend: the request is sent again with a correct signature and the file that was chosen; both
// stand side by side, and undo removes the object.
func resend(t *testing.T, browser chromium) {
	r := start(t)
	u := r.sign("PUT", "photos/cat.jpg", "Content-Type", "image/jpeg")
	bad := r.kept(r.send("PUT", u, "Content-Type", "image/png"))
	p := r.open(browser, "/#/requests/"+url.QueryEscape(bad.id))
	p.until(has(`[data-fix="resend"]`))
	file := filepath.Join(t.TempDir(), "cat.png")
	require.NoError(t, os.WriteFile(file, []byte("meow"), 0o600))
	p.upload("#resend input", file)
	p.click(`[data-fix="resend"]`)
	p.until(has("#both"))
	require.Contains(t, p.text("#resend"), "Accepted")
	rows := eval[[]string](p, `[...document.querySelectorAll('#both tr.differs')].map((r) => r.innerText.replace(/\s+/g, ' '))`)
	require.Contains(t, rows[0], "403 SignatureDoesNotMatch")
	require.Contains(t, rows[0], "200")
	require.NotContains(t, p.text("#both"), secret)
	o, err := r.Store().Stat(bucket, "photos/cat.jpg")
	require.NoError(t, err)
	require.EqualValues(t, 4, o.Size)
	p.click(`[data-undo="resend"]`)
	p.until(`!document.querySelector('[data-undo="resend"]')`)
	_, err = r.Store().Stat(bucket, "photos/cat.jpg")
	require.ErrorIs(t, err, storage.ErrNoObject)
	p.click("#language")
	p.until(`document.querySelector('#fixes h3').innerText === '就地修复'`)
}

// upload chooses a file for an input.
func (p *page) upload(selector, file string) {
	p.t.Helper()
	p.do(chromedp.SetUploadFiles(chromedp.CSS(selector), []string{file}))
}
