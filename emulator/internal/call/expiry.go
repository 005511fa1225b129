package call

import (
	"errors"
	"io"
)

// Incoming is a body as it is read: as fast as the request asks for, and under
// strict.cut_at_expiry no longer than its signature holds.
func (env *Env) Incoming(c *Call, src io.Reader, pace *Traffic) io.Reader {
	src = pace.reader(src)
	if env.CutsAtExpiry(c) {
		return &cutReader{src: src, env: env, c: c}
	}
	return src
}

// CutsAtExpiry tells whether a transfer ends with the validity of what it was
// signed by: "the request is interrupted" (COS docs: 使用预签名 URL 访问 COS,
// which speaks of uploads and downloads). By default it may end in peace: SDKs
// are often run with a clock that stands or jumps.
func (env *Env) CutsAtExpiry(c *Call) bool { return env.Expired != nil && !c.Who.Anonymous() }

// CutNow ends a transfer whose time is over; nil: it may go on.
func (env *Env) CutNow(c *Call) error { return c.Refuse(env.Mode, env.Expired(c)) }

// cutReader ends a body when the validity of its request does.
type cutReader struct {
	src io.Reader
	env *Env
	c   *Call
}

// Read implements io.Reader. The time is looked at once bytes have come: those
// that come too late are the ones that do not count.
func (r *cutReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if n == 0 && !errors.Is(err, io.EOF) {
		return n, err
	}
	if late := r.env.CutNow(r.c); late != nil {
		return 0, late
	}
	return n, err
}
