package api

import (
	"errors"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/explain"
	"github.com/cosemu/cosemu/emulator/internal/fault"
	"github.com/cosemu/cosemu/emulator/internal/judge"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/signer"
)

// serveAPI takes one request from its first byte to its answer and log line.
func (e *Emulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	if r.URL.Host != "" && !e.judge.Serves(r.URL.Host) {
		e.serveForeign(w, r)
		return
	}
	r, body := e.faults.Reading(judge.OverTLS(r))
	c := e.judge.Arrive(r, signer.ReadRequest(r))
	defer e.accounts.Leave(e.accounts.Enter(c.Account))
	m := e.faults.Arrived(c, body, e.env.Pacing)
	defer m.End()
	rep, err := e.handle(c, m)
	if err != nil {
		rep = c.Refusal(err)
	}
	crossOrigin(c, rep)
	m.Served(rep)
	e.why(c, rep, m)
	var closes bool
	c.Out.Sent, closes = m.Write(w, func(w http.ResponseWriter) int64 { return answer(w, &e.env, c, rep) })
	e.records.Record(w.Header(), c, rep)
	e.judge.Release(c)
	if closes {
		panic(http.ErrAbortHandler) // the server closes the connection (choice 765)
	}
}

// why explains the answer: by the fault that was met, and by what is wrong with the
// request.
func (e *Emulator) why(c *call.Call, rep *call.Reply, m *fault.Meeting) {
	if !m.Answered() {
		e.explainer.WhyRefused(c, rep)
	}
	if f := m.Finding(); f != nil {
		explain.FoundAlso(c, *f)
	}
}

// handle judges a call, and runs its operation. The body is not touched before
// that, so a client that sent `Expect: 100-continue` keeps a refused body to
// itself.
func (e *Emulator) handle(c *call.Call, m *fault.Meeting) (*call.Reply, error) {
	if err := m.Meet(fault.Before); err != nil {
		return nil, errors.Join(err, e.judge.FindCORS(c))
	}
	if err := e.judge.Request(c); err != nil {
		return nil, err
	}
	if err := m.Meet(fault.After); err != nil {
		return nil, err
	}
	if err := c.TakePayload(e.env.Mode); err != nil {
		return nil, err
	}
	c.Check("operation")
	return ops.Run(&e.env, c)
}
