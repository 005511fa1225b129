package call

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// The bounds of x-cos-traffic-limit in bits a second: 100 KiB/s to 100 MiB/s
// (COS docs: 单链接限速).
const (
	TrafficHeader     = "X-Cos-Traffic-Limit"
	trafficParam      = "x-cos-traffic-limit"
	minTraffic        = 819_200
	maxTraffic        = 838_860_800
	trafficBurst      = time.Second / 8 // what may go out at once, in time
	MaxPiece          = 256 << 10       // bytes between two waits
	trafficStepsBurst = 2               // pieces in a burst
)

// Pacing is the time by which traffic is limited: the real one, as the
// emulator's may stand still. A test has its own.
type Pacing struct {
	Now func() time.Time
	// Wait returns after d, or with an error when ctx ends before.
	Wait func(ctx context.Context, d time.Duration) error
}

// RealPacing waits by the real time.
func RealPacing(now func() time.Time) Pacing {
	return Pacing{Now: now, Wait: func(ctx context.Context, d time.Duration) error {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

// Traffic lets bytes through at a rate, after a burst of an eighth of a second's
// worth: how the cloud shapes its own is unknown (choice 201). It belongs to one request and one
// goroutine; a nil one limits nothing.
type Traffic struct {
	Pacing
	ctx   context.Context //nolint:containedctx // of the request that it belongs to
	rate  int64           // bytes a second
	Piece int             // the most that goes through without a look at the time
	due   time.Time       // when all that went through was due, a burst aside
}

// ReadTraffic reads the limit that a request asks for: the header, in a form
// the field, or in its absence the query parameter (choice 200). One that is no
// number or out of bounds is refused (COS docs: 单链接限速, which give the status
// alone: choice 201).
func (env *Env) ReadTraffic(c *Call, h http.Header) (*Traffic, error) {
	text := First(h, TrafficHeader)
	if text == "" {
		text = First(c.HTTP.Header, TrafficHeader) // beside a form (cos-wx-sdk-v5)
	}
	if text == "" && len(c.Request.Params) > 0 {
		text = c.Query().Value(trafficParam)
	}
	if text == "" {
		return nil, nil
	}
	bits, ok := chars.Number(text)
	if !ok || bits < minTraffic || bits > maxTraffic {
		return nil, coserr.New(coserr.InvalidArgument).
			WithMessage("x-cos-traffic-limit must be a number from 819200 to 838860800.")
	}
	return newTraffic(c.HTTP.Context(), env.Pacing, bits/8), nil
}

// NewTraffic lets bytes through at a rate, in bytes a second.
func NewTraffic(ctx context.Context, p Pacing, rate int64) *Traffic {
	t := newTraffic(ctx, p, rate)
	t.Piece = max(t.Piece, 1)
	return t
}

func newTraffic(ctx context.Context, p Pacing, rate int64) *Traffic {
	return &Traffic{
		Pacing: p, ctx: ctx, rate: rate, due: p.Now(),
		Piece: int(min(MaxPiece, rate*int64(trafficBurst)/int64(time.Second)/trafficStepsBurst)),
	}
}

// Pass accounts for n bytes that went through, and waits as long as they are
// ahead of the rate by more than a burst.
func (t *Traffic) Pass(n int) error {
	now := t.Now()
	// Time in which nothing went through is no credit for later.
	if t.due.Before(now) {
		t.due = now
	}
	t.due = t.due.Add(time.Duration(int64(n) * int64(time.Second) / t.rate))
	if ahead := t.due.Sub(now) - trafficBurst; ahead > 0 {
		return t.Wait(t.ctx, ahead)
	}
	return nil
}

// reader limits src; src itself when there is no limit.
func (t *Traffic) reader(src io.Reader) io.Reader {
	if t == nil {
		return src
	}
	return &pacedReader{src: src, Traffic: t}
}

type pacedReader struct {
	src io.Reader
	*Traffic
}

// Read implements io.Reader.
func (r *pacedReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p[:min(len(p), r.Piece)])
	if n > 0 && (err == nil || errors.Is(err, io.EOF)) {
		if gone := r.Pass(n); gone != nil {
			return n, gone
		}
	}
	return n, err
}
