package control

import (
	"net/http"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/keyring"
	"github.com/cosemu/cosemu/emulator/internal/sts"
	"github.com/cosemu/cosemu/testdata/recipes"
)

// snippets are uploads with a temporary key: the recipes of the README, filled
// in.
type snippets struct {
	Curl    string `json:"curl"`
	Go      string `json:"go" doc:"cos-go-sdk-v5"`
	Node    string `json:"node" doc:"cos-nodejs-sdk-v5"`
	Python  string `json:"python" doc:"cos-python-sdk-v5"`
	Java    string `json:"java" doc:"cos_api"`
	Browser string `json:"browser" doc:"cos-js-sdk-v5"`
}

func (h *Handler) snippets(k keyring.Key, g sts.Grant) snippets {
	kind, key := example(g)
	kind = plain(kind)
	v := recipes.Values{
		Endpoint: h.options.API, Bucket: g.Bucket, Region: g.Region, Key: key, ContentType: kind,
		SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token,
	}
	fill := func(name string) string {
		text, _ := recipes.Render(name, v) // there is one of each name below
		return text
	}
	return snippets{
		Curl: h.curlSnippet(k, g, key, kind), Go: fill("go"), Node: fill("node"),
		Python: fill("python"), Java: fill("java"), Browser: fill("browser"),
	}
}

// example is a Content-Type and a key that the grant allows.
func example(g sts.Grant) (kind, key string) {
	kind = "text/plain"
	if len(g.ContentTypes) > 0 {
		kind = g.ContentTypes[0]
	}
	family, sub, _ := strings.Cut(kind, "/")
	switch {
	case sub != "*":
	case family == "image":
		kind = "image/png"
	case family == "video", family == "audio":
		kind = family + "/mp4"
	case family == "text", family == "*":
		kind = "text/plain"
	default:
		kind = family + "/octet-stream"
	}
	prefix := plain(strings.TrimSuffix(g.Prefix, "*"))
	if kind == "image/png" {
		return kind, prefix + "example.png"
	}
	return kind, prefix + "example"
}

// plain leaves out of a key what would end a text in some language.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune("\"'`\\$", r) {
			return '_'
		}
		return r
	}, s)
}

// curlSnippet is a URL signed with the key: curl makes no signatures.
func (h *Handler) curlSnippet(k keyring.Key, g sts.Grant, key, kind string) string {
	reply, err := h.emulator.Presign(api.PresignRequest{
		Method: http.MethodPut, Bucket: g.Bucket, Key: key, SecretID: k.SecretID,
		Expires: max(k.Expires.Sub(h.emulator.Clock().Now()), time.Second), Header: http.Header{"Content-Type": {kind}},
	})
	if err != nil { // the key may be gone already
		return ""
	}
	return reply.Curl
}
