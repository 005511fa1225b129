package fault

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/wire"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// Meeting is a request that may meet a fault. The methods of a nil one do nothing.
type Meeting struct {
	plan   *Plan
	c      *call.Call
	pacing call.Pacing
	ctx    context.Context //nolint:containedctx // of the request, and of the process
	end    func()          // releases ctx
	body   *Body           // of the request; nil: it has none
	fault  *Planned        // that it met; nil: none yet
	paused bool            // it has waited, as the fault has it
	cut    bool            // the connection ends without an answer
}

// errCut ends a request whose connection is to be closed. No client sees it.
func (m *Meeting) errCut() error {
	m.cut = true
	m.c.Conclude("closed")
	return &coserr.Error{Message: "The connection was closed."}
}

// Reading returns the request with a body that a fault can stop, once Arrived has
// bound it; nil where there is no body, or no fault.
func (p *Plan) Reading(r *http.Request) (*http.Request, *Body) {
	if p.active.Load() == 0 || r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return r, nil
	}
	own := *r
	body := &Body{src: r.Body, length: r.ContentLength}
	own.Body = body
	return &own, body
}

// Arrived returns the meeting of a request; nil where no fault waits for its account.
// The caller must End it. body is that of Reading.
func (p *Plan) Arrived(c *call.Call, body *Body, pacing call.Pacing) *Meeting {
	if !p.waiting(c.Account) {
		return nil
	}
	m := &Meeting{plan: p, c: c, body: body}
	left := MaxWait // a slow body may have many waits
	m.pacing = call.Pacing{Now: pacing.Now, Wait: func(ctx context.Context, d time.Duration) error {
		d = min(d, left)
		left -= d
		return waitForClient(ctx, c.HTTP, d, pacing)
	}}
	var cancel context.CancelFunc
	m.ctx, cancel = context.WithCancel(c.HTTP.Context())
	stop := context.AfterFunc(p.ended, cancel)
	m.end = func() {
		stop()
		cancel()
	}
	if body != nil {
		body.m = m
	}
	return m
}

// lookAround is how often a long pause looks whether the client is still there.
const lookAround = 500 * time.Millisecond

// errLeft ends the pause of a request whose client has left.
var errLeft = errors.New("the client has left")

// waitForClient waits as long as the client does. net/http ends ctx for one that leaves, but
// not before it has read the body.
func waitForClient(ctx context.Context, r *http.Request, d time.Duration, pacing call.Pacing) error {
	for end := pacing.Now().Add(d); d > 0; d = end.Sub(pacing.Now()) {
		if err := pacing.Wait(ctx, min(d, lookAround)); err != nil {
			return err
		}
		if wire.Left(r) {
			return errLeft
		}
	}
	return nil
}

// End releases what the meeting holds.
func (m *Meeting) End() {
	if m != nil {
		m.end()
	}
}

// Meet lets the request meet a fault of this moment, unless it met one before. The
// error is the answer of the fault, or ends a request that gets none.
func (m *Meeting) Meet(when When) error {
	if m == nil || m.fault != nil {
		return nil
	}
	f, hit := m.plan.Meet(&Request{
		Account: m.c.Account, Operation: m.c.Op.Name, Method: m.c.HTTP.Method, Bucket: m.c.Addr.Bucket, Key: m.c.Key(), When: when,
	})
	if !hit {
		return nil
	}
	m.fault = &f
	m.c.Entry.Fault = &journal.Fault{ID: f.ID, Fault: string(f.Word)}
	m.c.Check("fault")
	return m.begin()
}

// begin is what a fault does before the operation runs (choice 763).
func (m *Meeting) begin() error {
	switch f := m.fault; f.Word {
	case Answer:
		return m.answer()
	case Close:
		if f.Of == OfRequest {
			return m.cutRequest()
		}
	case Delay:
		return m.wait()
	case Stall:
		if f.Of == OfRequest && m.body == nil {
			return m.wait()
		}
	case Stale:
		m.c.Past = m.plan.tail.past(m.c, f.For)
	case Throttle, WrongCRC64, WrongETag, Corrupt:
	}
	return nil
}

func (m *Meeting) answer() error {
	f := m.fault
	err := coserr.New(coserr.WithStatus(f.Code, f.Status))
	if f.Status != 0 {
		err.Status = f.Status
	}
	if f.Message != "" {
		err.Message = f.Message
	}
	if err.Code == coserr.RequestTimeTooSkewed || err.Message == coserr.MessageExpired {
		err.ServerTime = m.c.At // SDKs correct their clock by it
	}
	err.WithoutIDs = f.WithoutRequestID // choice 769
	return err
}

// cutRequest reads the body up to where the connection ends. The operation never runs,
// so nothing is stored.
func (m *Meeting) cutRequest() error {
	if m.body != nil && m.fault.AfterBytes > 0 {
		// A client that sends no more is cut where it stopped.
		n, _ := io.CopyN(io.Discard, m.body, m.fault.AfterBytes-m.body.read)
		m.c.Out.Received = n
	}
	return m.errCut()
}

// wait pauses once, by the real clock. If the client or the process goes meanwhile, the
// request ends (choice 770).
func (m *Meeting) wait() error {
	if m.paused {
		return nil
	}
	m.paused = true
	if err := m.pacing.Wait(m.ctx, m.fault.For); err != nil {
		return m.errCut()
	}
	return nil
}

// Served is what a fault does with the answer, before it is written: rep, or what
// ended the request.
func (m *Meeting) Served(rep *call.Reply) {
	if m == nil || m.fault == nil {
		return
	}
	switch f := m.fault; f.Word {
	case Stall:
		if f.Of == OfRequest { // unless the body was read so far
			_ = m.wait() // cuts by itself
		}
	case Close:
		m.cut = m.cut || f.Of == OfResponse && f.AfterBytes == 0
	case Throttle, Corrupt, Delay, Answer, Stale:
	case WrongCRC64:
		spoilCRC64(rep)
	case WrongETag:
		spoilETag(rep)
	}
	m.c.Out.Silent = m.cut
}

// Answered reports whether the answer is that of the fault, and not of COS.
func (m *Meeting) Answered() bool {
	return m != nil && m.fault != nil && (m.cut || m.fault.Word == Answer)
}

// Finding says which fault was met; nil: none was.
func (m *Meeting) Finding() *diagnose.Finding {
	if m == nil || m.fault == nil {
		return nil
	}
	f := wordsFault.Finding(diagnose.Values{Name: m.fault.ID, Detail: m.fault.say()})
	return &f
}

// Write writes the answer, through what the fault does to it. The connection must be
// closed afterwards if closes is true.
func (m *Meeting) Write(w http.ResponseWriter, answer func(http.ResponseWriter) int64) (sent int64, closes bool) {
	if m == nil || m.fault == nil {
		return answer(w), false
	}
	if m.cut {
		m.c.Entry.ID = m.c.ID.String()
		return 0, true
	}
	out := m.writer(w)
	if out == nil {
		return answer(w), false
	}
	answer(out)
	if out.limited {
		_ = http.NewResponseController(w).Flush() // the client may be gone
	}
	return out.sent, out.limited || out.gone
}

// throttle limits the rate at which bytes pass.
func (m *Meeting) throttle() *call.Traffic {
	return call.NewTraffic(m.ctx, m.pacing, m.fault.BytesPerSecond)
}
