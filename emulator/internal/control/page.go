package control

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// consoleFiles is the console page. Its modules and style sheets need no build step.
//
//go:embed console/index.html console/js console/css console/vendor console/icon.svg
var consoleFiles embed.FS

const (
	// assetsPath is the path of the page's files. The next part of the path is their version, so
	// that browsers may cache them for ever.
	assetsPath = "/console/"
	// assetsMark is the placeholder for that path in index.html.
	assetsMark = "{{assets}}"
)

// page is the console page, ready to be served.
type page struct {
	index  []byte
	tag    string // entity tag of the index
	policy string // the Content-Security-Policy
	files  map[string]asset
}

type asset struct {
	kind   string // the Content-Type
	data   []byte
	packed []byte // compressed with gzip
}

// newPage reads the embedded files. An error is a mistake in this package.
func newPage(files fs.FS) (*page, error) {
	found := map[string]asset{}
	version, packer := sha256.New(), newPacker()
	err := fs.WalkDir(files, "console", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, "console/")
		version.Write([]byte(name + "\x00")) // never fails
		version.Write(data)
		if kind := assetType(name); kind != "" {
			found[name] = asset{kind, data, packer.pack(data)}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	base := assetsPath + hex.EncodeToString(version.Sum(nil)[:8])
	p := &page{files: make(map[string]asset, len(found))}
	p.index = bytes.ReplaceAll(found["index.html"].data, []byte(assetsMark), []byte(base))
	delete(found, "index.html")
	for name, a := range found {
		p.files[base+"/"+name] = a
	}
	sum := sha256.Sum256(p.index)
	p.tag = `"` + hex.EncodeToString(sum[:8]) + `"`
	p.policy = contentPolicy(p.index)
	return p, nil
}

// packer compresses files, once for all readers. Its tables take 800 KiB, so that one serves for all
// files of a page.
type packer struct{ w *gzip.Writer }

func newPacker() packer {
	w, err := gzip.NewWriterLevel(nil, gzip.BestCompression)
	if err != nil {
		panic("control: " + err.Error()) // there is such a level
	}
	return packer{w}
}

func (p packer) pack(data []byte) []byte {
	var b bytes.Buffer
	p.w.Reset(&b)
	_, err := p.w.Write(data)
	if err == nil {
		err = p.w.Close()
	}
	if err != nil {
		panic("control: " + err.Error()) // a buffer takes everything
	}
	return b.Bytes()
}

// assetType returns the Content-Type of a file, or "" for a file that is not served, such as the
// licence of a library.
func assetType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return ""
}

// contentPolicy returns a Content-Security-Policy that lets the page load its own files only. The
// import map must be inline, so the policy allows it by its hash.
func contentPolicy(index []byte) string {
	_, rest, _ := bytes.Cut(index, []byte(`<script type="importmap">`))
	script, _, _ := bytes.Cut(rest, []byte("</script>"))
	sum := sha256.Sum256(script)
	return "default-src 'self'; script-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " +
		"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

func (p *page) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.serveIndex)
	mux.HandleFunc("GET "+assetsPath, p.serveAsset)
	mux.HandleFunc("GET /requests/{id...}", permalink)
}

func (p *page) serveIndex(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Security-Policy", p.policy)
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cache-Control", "no-cache")
	head.Set("Etag", p.tag)
	if r.Header.Get("If-None-Match") == p.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Type", assetType("index.html"))
	_, _ = w.Write(p.index) // the client may be gone
}

func (p *page) serveAsset(w http.ResponseWriter, r *http.Request) {
	a, ok := p.files[r.URL.Path]
	if !ok {
		problem(w, http.StatusNotFound, "the console has no such file; reload the page, it may be an older version")
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	a.serve(w, r)
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Type", a.kind)
	head.Set("Vary", "Accept-Encoding")
	data := a.data
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		head.Set("Content-Encoding", "gzip")
		data = a.packed
	}
	_, _ = w.Write(data) // the client may be gone
}

// permalink redirects /requests/<id>, the form in logs and messages, to the request on the page. An
// account stays in the link.
func permalink(w http.ResponseWriter, r *http.Request) {
	to := url.URL{Path: "/"}
	if account := r.URL.Query().Get("account"); account != "" {
		to.RawQuery = url.Values{"account": {account}}.Encode()
	}
	http.Redirect(w, r, to.String()+"#/requests/"+url.PathEscape(r.PathValue("id")), http.StatusFound)
}
