package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// The bounds of x-cos-traffic-limit in bits a second: 100 KiB/s to 100 MiB/s
// (COS docs: 单链接限速).
const (
	trafficHeader     = "X-Cos-Traffic-Limit"
	trafficParam      = "x-cos-traffic-limit"
	minTraffic        = 819_200
	maxTraffic        = 838_860_800
	trafficBurst      = time.Second / 8 // what may go out at once, in time
	maxTrafficPiece   = 256 << 10       // bytes between two waits
	trafficStepsBurst = 2               // pieces in a burst
)

// pacing is the time by which traffic is limited: the real one, as the
// emulator's may stand still. A test has its own.
type pacing struct {
	now func() time.Time
	// wait returns after d, or with an error when ctx ends before.
	wait func(ctx context.Context, d time.Duration) error
}

func realPacing(now func() time.Time) pacing {
	return pacing{now: now, wait: func(ctx context.Context, d time.Duration) error {
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

// traffic lets bytes through at a rate, after a burst of an eighth of a second's
// worth: how the cloud shapes its own is unknown (choice 201). It belongs to one request and one
// goroutine; a nil one limits nothing.
type traffic struct {
	pacing
	ctx   context.Context //nolint:containedctx // of the request that it belongs to
	rate  int64           // bytes a second
	piece int             // the most that goes through without a look at the time
	due   time.Time       // when all that went through was due, a burst aside
}

// readTraffic reads the limit that a request asks for: the header, in a form
// the field, or in its absence the query parameter (choice 200). One that is no
// number or out of bounds is refused (COS docs: 单链接限速, which give the status
// alone: choice 201).
func (e *Emulator) readTraffic(c *call, h http.Header) (*traffic, error) {
	text := first(h, trafficHeader)
	if text == "" {
		text = first(c.http.Header, trafficHeader) // beside a form (cos-wx-sdk-v5)
	}
	if text == "" && len(c.query.list) > 0 {
		text = c.query.value(trafficParam)
	}
	if text == "" {
		return nil, nil
	}
	bits, ok := digits(text)
	if !ok || bits < minTraffic || bits > maxTraffic {
		return nil, coserr.New(coserr.InvalidArgument).
			WithMessage("x-cos-traffic-limit must be a number from 819200 to 838860800.")
	}
	return newTraffic(c.http.Context(), e.pacing, bits/8), nil
}

func newTraffic(ctx context.Context, p pacing, rate int64) *traffic {
	return &traffic{
		pacing: p, ctx: ctx, rate: rate, due: p.now(),
		piece: int(min(maxTrafficPiece, rate*int64(trafficBurst)/int64(time.Second)/trafficStepsBurst)),
	}
}

// pass accounts for n bytes that went through, and waits as long as they are
// ahead of the rate by more than a burst.
func (t *traffic) pass(n int) error {
	now := t.now()
	// Time in which nothing went through is no credit for later.
	if t.due.Before(now) {
		t.due = now
	}
	t.due = t.due.Add(time.Duration(int64(n) * int64(time.Second) / t.rate))
	if ahead := t.due.Sub(now) - trafficBurst; ahead > 0 {
		return t.wait(t.ctx, ahead)
	}
	return nil
}

// reader limits src; src itself when there is no limit.
func (t *traffic) reader(src io.Reader) io.Reader {
	if t == nil {
		return src
	}
	return &pacedReader{src: src, traffic: t}
}

type pacedReader struct {
	src io.Reader
	*traffic
}

// Read implements io.Reader.
func (r *pacedReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p[:min(len(p), r.piece)])
	if n > 0 && (err == nil || errors.Is(err, io.EOF)) {
		if gone := r.pass(n); gone != nil {
			return n, gone
		}
	}
	return n, err
}
