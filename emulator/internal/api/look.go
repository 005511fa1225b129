package api

import (
	"net/http"

	"github.com/cosemu/cosemu/signer"
)

// Look answers a GET or HEAD of a bucket or object for the console. It is judged as any
// other, but it leaves no trace, and no planned fault meets it: what the user's programs
// sent stands in the journal, and the faults are for them.
func (e *Emulator) Look(w http.ResponseWriter, r *http.Request) {
	c := e.judge.Arrive(r, signer.ReadRequest(r))
	defer e.accounts.Leave(e.accounts.Enter(c.Account))
	rep, err := e.handle(c, nil)
	if err != nil {
		rep = c.Refusal(err)
	}
	answer(w, &e.env, c, rep)
	e.judge.Release(c)
}
