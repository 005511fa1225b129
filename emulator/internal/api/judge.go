package api

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
)

// Judge tells what would come of a request if it arrived now, as far as that
// can be said without its body: nothing is sent, stored or kept in the
// journal. The entry has the verdict, the checks and the finding. The error
// says that the URL or the method cannot be read.
func (e *Emulator) Judge(method, rawURL string, header http.Header) (*journal.Entry, error) {
	req, err := signer.NewRequest(method, rawURL, header)
	if err != nil {
		return nil, err
	}
	c := e.beginJudging(req, tlsOf(rawURL, req.Host) != nil)
	e.finishJudging(c)
	return c.entry, nil
}

// beginJudging begins with a request that did not arrive; secure means by TLS.
func (e *Emulator) beginJudging(req *signer.Request, secure bool) *call {
	r := &http.Request{Method: req.Method, Host: req.Host, Header: req.Header, Proto: "HTTP/1.1", Body: http.NoBody}
	if secure {
		r.TLS = tlsOf("https://", req.Host)
	}
	return e.begin(r, req)
}

// finishJudging judges it and fills its entry.
func (e *Emulator) finishJudging(c *call) {
	c.op = e.ops.find(c)
	rep := &reply{status: http.StatusOK}
	err := e.checkAddress(c)
	if err == nil {
		err = e.judge(c)
	}
	if err == nil && !c.undecided() {
		if err = e.refuseUnread(c); err != nil {
			c.check("operation")
		}
	}
	if err != nil {
		rep = c.refusal(err)
	} else {
		c.conclude("ok")
	}
	e.whyRefused(c, rep)
	c.entry.ID = c.id.String()
	undecided := rep.err == nil && c.reported == nil && c.undecided()
	if undecided {
		e.diagnose(c, &coserr.Error{})
	}
	e.fill(c, rep, nil)
	if undecided {
		c.entry.Verdict, c.entry.Status, c.entry.Hints = journal.Unchecked, 0, nil
	}
}

// refuseUnread refuses what the operation would refuse without reading a body:
// a call that cosemu does not have, and headers of an upload that make no sense.
func (e *Emulator) refuseUnread(c *call) error {
	if c.op.name == "" { // its handler refuses, and does nothing else
		_, err := c.op.run(e, c)
		return err
	}
	if c.op.is(upload) {
		if err := refuseUnsupported(c.http.Header); err != nil {
			return err
		}
	}
	if c.op.is(describes) {
		_, err := readMetadata(c, c.http.Header)
		return err
	}
	return nil
}

// whyRefused explains what was refused, or would have been: the request, or
// the first of several keys in it.
func (e *Emulator) whyRefused(c *call, rep *reply) {
	switch {
	case c.reported != nil:
		e.explain(c, c.reported)
	case rep.err != nil:
		e.explain(c, rep.err)
	case c.decision.Policy != nil:
		e.explain(c, coserr.New(coserr.AccessDenied))
	}
}
