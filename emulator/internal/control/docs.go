package control

import (
	"embed"
	"net/http"
	"sync"
)

// docsFiles is the page that shows the OpenAPI document: a renderer from another project, and the
// few lines that open it. It is no part of the console.
//
//go:embed docs/index.html docs/docs.mjs docs/docs.css docs/vendor/openapi-explorer.min.js
var docsFiles embed.FS

const docsPath = "/api/docs"

// docsPolicy lets the page load its own files only, and call the control API only. The renderer
// writes style attributes, so styles may be inline.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// registerDocs registers the page of the API.
func registerDocs(mux *http.ServeMux) {
	for path, file := range map[string]struct{ name, kind string }{
		docsPath:               {"docs/index.html", "text/html; charset=utf-8"},
		docsPath + "/docs.mjs": {"docs/docs.mjs", "text/javascript; charset=utf-8"},
		docsPath + "/docs.css": {"docs/docs.css", "text/css; charset=utf-8"},
		docsPath + "/openapi-explorer.min.js": {
			"docs/vendor/openapi-explorer.min.js", "text/javascript; charset=utf-8",
		},
	} {
		load := sync.OnceValue(func() asset { // compressing takes a while, and few look
			data, err := docsFiles.ReadFile(file.name)
			if err != nil {
				panic("control: " + err.Error()) // the files are part of the program
			}
			return asset{file.kind, data, newPacker().pack(data)}
		})
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			head := w.Header()
			head.Set("Content-Security-Policy", docsPolicy)
			head.Set("Cross-Origin-Opener-Policy", "same-origin")
			head.Set("Referrer-Policy", "no-referrer")
			load().serve(w, r)
		})
	}
	mux.Handle("GET "+docsPath+"/{$}", http.RedirectHandler(docsPath, http.StatusFound))
}
