package api

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/storage"
)

// CORSMode is what holds for pages of other origins where a bucket has no CORS
// configuration of its own.
type CORSMode = cors.Mode

// The modes.
const (
	CORSNone       = cors.NoPage
	CORSPermissive = cors.EveryPage
)

// DefaultCORS is what holds for pages of other origins in a bucket as long as
// it has no CORS configuration: its own mode, else that of the emulator.
func (e *Emulator) DefaultCORS(b *storage.Bucket) (CORSMode, error) { return e.judge.DefaultCORS(b) }

// crossOrigin adds to an answer, success or refusal, what lets the page that
// asked see it (COS docs: 设置跨域访问). A refused preflight gets nothing.
func crossOrigin(c *call.Call, rep *call.Reply) {
	if c.CORS == nil || c.HTTP.Method == http.MethodOptions {
		return
	}
	list, _ := c.CORS.Actual(call.First(c.HTTP.Header, "Origin"), c.HTTP.Method)
	rep.AddCORS(list)
}
