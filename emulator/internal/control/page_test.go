package control

import (
	"crypto/sha256"
	"encoding/base64"
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
	imported := regexp.MustCompile(`from ?['"]([^'"]+)['"]`)
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

// TestPageSize: the page's own files stay small. The vendored libraries are counted apart.
func TestPageSize(t *testing.T) {
	files, err := newPage(consoleFiles)
	require.NoError(t, err)
	own, vendored := len(files.index), 0
	for name, a := range files.files {
		if strings.Contains(name, "/vendor/") {
			vendored += len(a.data)
		} else {
			own += len(a.data)
		}
	}
	t.Logf("own files: %d bytes, vendored: %d bytes", own, vendored)
	require.Less(t, own, 150<<10)
	require.Less(t, vendored, 20<<10)
}
