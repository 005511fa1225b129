package judge

import (
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/form"
)

// readForm reads a form up to its file, and judges what of its policy comes
// before the key pair (COS docs: POST Object). From then on the call is about
// the object that the form names.
func (j *Judge) readForm(c *call.Call) (p call.Posted, err error) {
	c.Check("form")
	f, cerr := form.Read(c.HTTP.Header.Get("Content-Type"), c.HTTP.Body)
	if cerr != nil {
		return p, cerr
	}
	p.Form = f
	auth, cerr := f.Auth(c.Request)
	if cerr != nil {
		c.Out.FormProblem = form.ProblemOf(cerr)
		return p, cerr
	}
	p.Auth = auth
	cerr = auth.CheckPolicy(c.At)
	c.Out.FormProblem = form.ProblemOf(cerr)
	return p, c.Refuse(j.Env.Mode, cerr)
}
