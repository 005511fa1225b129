package control

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestPage(t *testing.T) {
	r := start(t, Options{})
	index := r.call("GET", "/", "")
	require.Equal(t, http.StatusOK, index.status)
	require.Equal(t, "text/html; charset=utf-8", index.header.Get("Content-Type"))
	require.Equal(t, "no-cache", index.header.Get("Cache-Control"), "asked for again, so that a new version shows")
	require.Equal(t, "no-referrer", index.header.Get("Referrer-Policy"))
	require.Equal(t, "DENY", index.header.Get("X-Frame-Options"))
	again := r.call("GET", "/", "", header("If-None-Match", index.header.Get("Etag")))
	require.Equal(t, http.StatusNotModified, again.status)
	require.Empty(t, again.body)

	// Each file that the page and its modules use exists and may be cached for ever. No file is
	// from another host.
	named := regexp.MustCompile(`(?:href|src)="([^"]+)"|": "(/console/[^"]+)"`)
	imported := regexp.MustCompile(`(?:from ?|import\()['"]([^'"]+)['"]`)
	queue, seen := []string{}, map[string]bool{}
	for _, m := range named.FindAllStringSubmatch(index.body, -1) {
		queue = append(queue, m[1]+m[2])
	}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if seen[name] || name == "preact" || name == "preact/hooks" || name == "htm" {
			continue
		}
		seen[name] = true
		require.True(t, strings.HasPrefix(name, "/console/"), name)
		a := r.call("GET", name, "")
		require.Equal(t, http.StatusOK, a.status, name)
		require.Equal(t, "public, max-age=31536000, immutable", a.header.Get("Cache-Control"), name)
		require.Equal(t, assetType(name), a.header.Get("Content-Type"), name)
		for _, m := range imported.FindAllStringSubmatch(a.body, -1) {
			next := m[1]
			if strings.HasPrefix(next, ".") {
				next = path.Join(path.Dir(name), next)
			}
			queue = append(queue, next)
		}
		if path.Ext(name) == ".css" {
			require.NotRegexp(t, `url\(|@import`, a.body, name)
		}
	}
	files, err := newPage(consoleFiles)
	require.NoError(t, err)
	require.Len(t, seen, len(files.files), "no file that nobody loads")

	r.call("GET", "/console/0000000000000000/js/app.mjs", "").wantProblem(t, http.StatusNotFound)
	for name := range seen {
		r.call("GET", path.Dir(path.Dir(name))+"/vendor/README.md", "").wantProblem(t, http.StatusNotFound)
	}
	require.Equal(t, "GET", r.call("POST", "/", "{}").header.Get("Allow"))
	r.call("GET", "/", "", host("evil.test")).wantProblem(t, http.StatusMisdirectedRequest)
}

// TestPagePolicy: the policy allows only the page's own files and its import map.
func TestPagePolicy(t *testing.T) {
	r := start(t, Options{})
	index := r.call("GET", "/", "")
	policy := index.header.Get("Content-Security-Policy")
	m := regexp.MustCompile(`(?s)<script type="importmap">(.*?)</script>`).FindStringSubmatch(index.body)
	require.NotNil(t, m)
	sum := sha256.Sum256([]byte(m[1]))
	require.Contains(t, policy, "script-src 'self' 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"';")
	for _, part := range []string{"default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} {
		require.Contains(t, policy, part)
	}
	require.NotContains(t, policy, "unsafe")
	require.NotContains(t, policy, "http")
	require.Len(t, regexp.MustCompile(`<script`).FindAllString(index.body, -1), 2, "the map and the module")
	require.NotContains(t, index.body, " style=")
}

// TestPageVersions: a change of any file changes the names of all files, so browsers show no old
// ones.
func TestPageVersions(t *testing.T) {
	files := fstest.MapFS{
		"console/index.html": {Data: []byte("<script src={{assets}}/a.mjs>")},
		"console/a.mjs":      {Data: []byte("one")},
		"console/NOTES.md":   {Data: []byte("notes")},
	}
	one, err := newPage(files)
	require.NoError(t, err)
	require.Len(t, one.files, 1)
	files["console/a.mjs"] = &fstest.MapFile{Data: []byte("two")}
	two, err := newPage(files)
	require.NoError(t, err)
	for name := range one.files {
		require.Contains(t, string(one.index), name)
		require.NotContains(t, two.files, name)
		require.NotContains(t, string(two.index), name)
	}
	require.NotEqual(t, one.tag, two.tag)
	_, err = newPage(fstest.MapFS{})
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestPermalink(t *testing.T) {
	r := start(t, Options{})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for link, want := range map[string]string{
		"/requests/NmIw==":          "/#/requests/NmIw==",
		"/requests/NmIw%3D%3D":      "/#/requests/NmIw==",
		"/requests/a/b+c=":          "/#/requests/a%2Fb+c=",
		"/requests/a?account=12":    "/?account=12#/requests/a",
		"/requests/%22%3E%3Cscript": "/#/requests/%22%3E%3Cscript",
	} {
		res, err := client.Get("http://" + r.console + link)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusFound, res.StatusCode, link)
		require.Equal(t, want, res.Header.Get("Location"), link)
	}
}

// TestPageSize: what the page loads at first stays small, and so does all of it as it is sent. The
// vendored libraries are counted apart as files, and included in what is sent.
func TestPageSize(t *testing.T) {
	files, err := newPage(consoleFiles)
	require.NoError(t, err)
	own, vendored, sent := len(files.index), 0, len(files.index)
	modules := map[string]string{}
	for name, a := range files.files {
		sent += len(a.packed)
		switch {
		case strings.Contains(name, "/vendor/"):
			vendored += len(a.data)
		case path.Ext(name) == ".mjs":
			modules["./"+path.Base(name)] = string(a.data)
		default:
			own += len(a.data)
		}
	}
	imported := regexp.MustCompile(`from ['"](\./[^'"]+)['"]`)
	first := map[string]bool{"./app.mjs": true}
	for queue := []string{"./app.mjs"}; len(queue) > 0; queue = queue[1:] {
		own += len(modules[queue[0]])
		for _, m := range imported.FindAllStringSubmatch(modules[queue[0]], -1) {
			if !first[m[1]] {
				first[m[1]] = true
				queue = append(queue, m[1])
			}
		}
	}
	t.Logf("own files at first: %d bytes, vendored: %d bytes, sent in all: %d bytes", own, vendored, sent)
	require.Less(t, own, 150<<10)
	require.Less(t, vendored, 20<<10)
	require.Less(t, sent, 110<<10)
	require.NotContains(t, first, "./objects.mjs")
}

// TestPageIsSentCompressed: to whoever takes it, and what arrives is the file.
func TestPageIsSentCompressed(t *testing.T) {
	r := start(t, Options{})
	index := r.call("GET", "/", "")
	name := regexp.MustCompile(`src="([^"]+app\.mjs)"`).FindStringSubmatch(index.body)[1]
	plain := r.call("GET", name, "", header("Accept-Encoding", "identity"))
	require.Empty(t, plain.header.Get("Content-Encoding"))
	packed := r.call("GET", name, "", header("Accept-Encoding", "gzip, br"))
	require.Equal(t, "gzip", packed.header.Get("Content-Encoding"))
	require.Equal(t, "Accept-Encoding", packed.header.Get("Vary"))
	z, err := gzip.NewReader(strings.NewReader(packed.body))
	require.NoError(t, err)
	text, err := io.ReadAll(z)
	require.NoError(t, err)
	require.Equal(t, plain.body, string(text))
	require.Less(t, len(packed.body), len(plain.body))
}
