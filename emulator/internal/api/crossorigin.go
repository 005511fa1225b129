package api

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/storage"
)

// CORSMode says which pages may use a bucket that has no CORS configuration.
type CORSMode = cors.Mode

// The modes.
const (
	CORSNone       = cors.NoPage
	CORSPermissive = cors.EveryPage
)

// DefaultCORS is the mode of a bucket as long as it has no CORS configuration: its
// own, else that of the emulator.
func (e *Emulator) DefaultCORS(b *storage.Bucket) (CORSMode, error) { return e.judge.DefaultCORS(b) }

// crossOrigin adds the CORS headers to an answer, so that the page can read it also
// when it is a refusal (COS docs: 设置跨域访问). A refused preflight has none.
func crossOrigin(c *call.Call, rep *call.Reply) {
	if c.CORS == nil || c.HTTP.Method == http.MethodOptions {
		return
	}
	list, _ := c.CORS.Actual(call.First(c.HTTP.Header, "Origin"), c.HTTP.Method)
	rep.AddCORS(list)
}
