package api

import (
	"errors"
	"io"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/keyring"
	"github.com/cosemu/cosemu/signer"
)

// incoming is a body as it is read: as fast as the request asks for, and under
// strict.cut_at_expiry no longer than its signature holds.
func (e *Emulator) incoming(c *call, src io.Reader, pace *traffic) io.Reader {
	src = pace.reader(src)
	if e.cutsAtExpiry(c) {
		return &cutReader{src: src, e: e, c: c}
	}
	return src
}

// cutsAtExpiry tells whether a transfer ends with the validity of what it was
// signed by: "the request is interrupted" (COS docs: 使用预签名 URL 访问 COS,
// which speaks of uploads and downloads). By default it may end in peace: SDKs
// are often run with a clock that stands or jumps.
func (e *Emulator) cutsAtExpiry(c *call) bool { return e.cfg.Strict.CutAtExpiry && !c.anonymous() }

// cutReader ends a body when the validity of its request does.
type cutReader struct {
	src io.Reader
	e   *Emulator
	c   *call
}

// Read implements io.Reader. The time is looked at once bytes have come: those
// that come too late are the ones that do not count.
func (r *cutReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if n == 0 && !errors.Is(err, io.EOF) {
		return n, err
	}
	if late := r.e.refuse(r.c, r.e.lapsed(r.c)); late != nil {
		return 0, late
	}
	return n, err
}

// lapsed judges the times of a request as they are now, which held when it
// arrived. The answer is the one of a request that comes too late (choice 203).
func (e *Emulator) lapsed(c *call) *coserr.Error {
	now := e.clock.Now()
	c.judged = now
	var te *signer.TimeError
	if errors.As(c.claim.CheckTime(now), &te) && te.Kind == signer.TimeExpired {
		return coserr.New(coserr.AccessDenied).WithMessage("Request has expired").WithServerTime(now)
	}
	if _, err := e.keys.Lookup(c.claim.SecretID, c.claim.Token, now); errors.Is(err, keyring.ErrTokenExpired) {
		c.keyErr = err
		return keyRefusal(err, c.claim.SecretID)
	}
	if c.auth != nil {
		return c.auth.CheckPolicy(now)
	}
	return nil
}
