package api

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/call"
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
	r = judge.OverTLS(r)
	c := e.judge.Arrive(r, signer.ReadRequest(r))
	defer e.accounts.Leave(e.accounts.Enter(c.Account))
	rep, err := e.handle(c)
	if err != nil {
		rep = c.Refusal(err)
	}
	crossOrigin(c, rep)
	e.explainer.WhyRefused(c, rep)
	c.Out.Sent = answer(w, &e.env, c, rep)
	e.records.Record(w.Header(), c, rep)
	e.judge.Release(c)
}

// handle judges a call, and runs its operation. The body is not touched before
// that, so a client that sent `Expect: 100-continue` keeps a refused body to
// itself.
func (e *Emulator) handle(c *call.Call) (*call.Reply, error) {
	if err := e.judge.Request(c); err != nil {
		return nil, err
	}
	if err := c.TakePayload(e.env.Mode); err != nil {
		return nil, err
	}
	c.Check("operation")
	return ops.Run(&e.env, c)
}
