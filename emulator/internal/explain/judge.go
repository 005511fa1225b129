package explain

import (
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/judge"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/signer"
)

// Verdict tells what would come of a request if it arrived now, as far as that
// can be said without its body: nothing is sent, stored or kept in the
// journal. The entry has the verdict, the checks and the finding. The error
// says that the URL or the method cannot be read.
func (x *Explainer) Verdict(method, rawURL string, header http.Header) (*journal.Entry, error) {
	req, err := signer.NewRequest(method, rawURL, header)
	if err != nil {
		return nil, err
	}
	c := x.Judge.Suppose(req, judge.TLSOf(rawURL, req.Host) != nil, time.Time{}, nil)
	x.finishJudging(c)
	return c.Entry, nil
}

// finishJudging judges it and fills its entry.
func (x *Explainer) finishJudging(c *call.Call) {
	rep := &call.Reply{Status: http.StatusOK}
	err := x.Judge.Supposed(c)
	if err == nil && !undecided(c) {
		if err = ops.Refusal(x.Judge.Env, c); err != nil {
			c.Check("operation")
		}
	}
	if err != nil {
		rep = c.Refusal(err)
	} else {
		c.Conclude("ok")
	}
	x.WhyRefused(c, rep)
	c.Entry.ID = c.ID.String()
	open := rep.Err == nil && c.Out.Reported == nil && undecided(c)
	if open {
		x.diagnose(c, &coserr.Error{})
	}
	x.Records.Fill(c, rep, nil)
	if open {
		c.Entry.Verdict, c.Entry.Status, c.Entry.Hints = journal.Unchecked, 0, nil
	}
}

// WhyRefused explains what was refused, or would have been: the request, or
// the first of several keys in it.
func (x *Explainer) WhyRefused(c *call.Call, rep *call.Reply) {
	switch {
	case c.Out.Reported != nil:
		x.explain(c, c.Out.Reported)
	case rep.Err != nil:
		x.explain(c, rep.Err)
	case c.Out.Denied.Policy != nil:
		x.explain(c, coserr.New(coserr.AccessDenied))
	}
}
